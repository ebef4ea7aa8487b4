// Other people's MQTT-SN beside ours: a Python client against our gateway, and scapy reading what our encoder writes.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from 'vitest';
import { loadCodec } from '../../host-shim/mqttsn/codec.ts';
import { MESSAGES, type Message } from '../../host-shim/mqttsn/messages.ts';
import { repoRoot } from '../support/device.ts';
import { golden, missing } from '../vectors/mqttsn-golden.ts';
import { Bench, until } from './mqttsn-lab.ts';

const SCRIPT = join(repoRoot, 'test', 'interop', 'mqttsn-peer.py');
/** `python3 -m venv build/peers && build/peers/bin/pip install mqttsn==0.0.4 scapy==2.8.0` makes the first. */
const PYTHON = [process.env.MOTE_PEERS, join(repoRoot, 'build', 'peers', 'bin', 'python3'), 'python3'].find(
  (python) => python && Object.keys(versionsOf(python)).length > 0,
);
const versions = PYTHON ? versionsOf(PYTHON) : {};
const lacks = (name: string) =>
  versions[name] ? '' : ` (SKIPPED: python3 -m venv build/peers && build/peers/bin/pip install ${name})`;

function versionsOf(python: string): Record<string, string> {
  const { stdout, status } = spawnSync(python, [SCRIPT], { input: '{"what": "versions"}\n', encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout) : {};
}

/** A job for the Python side: its lines as they come. */
function start(job: object): { child: ChildProcess; lines: AsyncIterator<string> } {
  const child = spawn(PYTHON!, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin!.write(`${JSON.stringify(job)}\n`);
  return { child, lines: createInterface(child.stdout!)[Symbol.asyncIterator]() };
}

let bench: Bench | undefined;
afterEach(async () => {
  await bench?.stop();
  bench = undefined;
});

describe(`the client of PyPI's mqttsn${lacks('mqttsn')}`, () => {
  test.skipIf(lacks('mqttsn') !== '').each([
    ['transparent', 0],
    ['transparent', 1],
    ['transparent', 2],
    ['aggregating', 1],
  ] as const)('publishes and hears through our gateway, %s, QoS %i', { timeout: 30_000 }, async (mode, qos) => {
    bench = await Bench.start('aedes', { mode });
    const mqtt = await bench.mqtt('lab/peer');
    const job = { what: 'client', port: bench.gateway.port, id: 'pythonpeer000001', listen: 'lab/peer', qos };
    // Its own three come back to it, as it has subscribed to where it publishes; one more comes from MQTT. With QoS 0 it
    // only publishes: its own reception of QoS 0 ends with an AttributeError.
    const expected = qos === 0 ? [] : ['a', 'b', 'c', 'from mqtt'];
    const { lines } = start({ ...job, payloads: ['a', 'b', 'c'], expect: expected.length });
    expect(JSON.parse((await lines.next()).value)).toEqual({ ready: true, code: 0 });
    await until(() => mqtt.inbox.length >= 3);
    expect(mqtt.inbox.map(({ text }) => text)).toEqual(['a', 'b', 'c']);
    if (qos > 0) await mqtt.publishAsync('lab/peer', 'from mqtt', { qos: qos as 1 | 2 });
    const { messages } = JSON.parse((await lines.next()).value);
    expect(messages.map(([, payload]: [string, string]) => payload)).toEqual(expected);
    expect(bench.gateway.stats().refused).toEqual({});
  });
});

describe(`scapy's dissector as an oracle${lacks('scapy')}${missing}`, () => {
  /** What scapy calls our fields. */
  const NAMES: [keyof Message, string][] = [
    ['topicId', 'tid'],
    ['msgId', 'mid'],
    ['returnCode', 'return_code'],
    ['gwId', 'gw_id'],
    ['duration', 'duration'],
    ['radius', 'radius'],
  ];

  test.skipIf(lacks('scapy') + missing !== '')('reads and writes again every golden frame of our encoder', async () => {
    const codec = await loadCodec();
    const cases = golden().positive.filter((one) => !one.decodeOnly && one.message.type !== 'ENCAPSULATED');
    const frames = cases.map(({ message }) => Buffer.from(codec.encode(message)).toString('hex'));
    const { lines } = start({ what: 'dissect', frames });
    const packets = JSON.parse((await lines.next()).value) as {
      type: number;
      len: number;
      fields: Record<string, number>;
      again: string;
    }[];
    expect(packets.length).toBe(cases.length);
    expect(cases.length).toBeGreaterThan(70);
    let compared = 0;
    cases.forEach(({ name, message }, at) => {
      const { type, len, fields, again } = packets[at]!;
      expect([name, type, len, again]).toEqual([
        name,
        MESSAGES.indexOf(message.type),
        frames[at]!.length / 2,
        frames[at],
      ]);
      for (const [ours, theirs] of NAMES) {
        if (message[ours] === undefined || fields[theirs] === undefined) continue;
        expect([name, ours, fields[theirs]]).toEqual([name, ours, message[ours]]);
        compared++;
      }
    });
    expect(compared).toBeGreaterThan(50);
  });
});

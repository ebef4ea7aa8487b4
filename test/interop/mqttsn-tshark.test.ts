// Wireshark's dissector reads what our encoder writes. Debian: package tshark.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCodec } from '../../host-shim/mqttsn/codec.ts';
import { MESSAGES, type Message } from '../../host-shim/mqttsn/messages.ts';
import { golden, missing } from '../vectors/mqttsn-golden.ts';

const here = spawnSync('tshark', ['--version']).status === 0;
const why = !here ? ' (SKIPPED: tshark is not installed: apt-get install tshark)' : missing;

/** What the dissector calls our fields; only of those it shows as numbers. */
const NUMBERS: [keyof Message, string][] = [
  ['msgId', 'mqttsn.msg.id'],
  ['topicId', 'mqttsn.topic.id'],
  ['gwId', 'mqttsn.gw.id'],
  ['returnCode', 'mqttsn.return.code'],
];

describe.skipIf(why !== '')(`tshark's dissector as an oracle${why}`, () => {
  test('agrees on type, length and identifiers of every golden frame that it can read', {
    timeout: 120_000,
  }, async () => {
    const codec = await loadCodec();
    // Its known limits: an empty will topic, names outside of ASCII.
    const cases = golden().positive.filter((one) => one.tsharkAgrees && !one.decodeOnly);
    expect(cases.length).toBe(78);
    const packets = dissect(cases.map(({ message }) => codec.encode(message)));
    expect(packets.length).toBe(cases.length);
    cases.forEach(({ name, message, frame }, i) => {
      const layer = packets[i]!;
      const outer = message.type === 'ENCAPSULATED' ? 0xfe : MESSAGES.indexOf(message.type);
      expect(Number(first(layer, 'mqttsn.msg.type')), name).toBe(outer);
      const octets = message.type === 'ENCAPSULATED' ? frame.length - message.inner!.length : frame.length;
      expect(Number(first(layer, 'mqttsn.msg.len')), name).toBe(octets);
      expect(JSON.stringify(layer), name).not.toContain('_ws.malformed');
      if (message.type === 'ENCAPSULATED') return;
      for (const [ours, theirs] of NUMBERS) {
        const shown = first(layer, theirs);
        if (message[ours] !== undefined && shown !== undefined)
          expect(Number(shown), `${name} ${ours}`).toBe(message[ours]);
      }
    });
  });
});

type Layer = Record<string, unknown>;

function dissect(frames: Uint8Array[]): Layer[] {
  const folder = mkdtempSync(join(tmpdir(), 'mqttsn-'));
  try {
    const lines = frames.map((frame) => `0000 ${Buffer.from(frame).toString('hex').replace(/../g, '$& ')}\n`);
    writeFileSync(join(folder, 'frames.txt'), lines.join('\n'));
    execFileSync('text2pcap', ['-q', '-u', '20000,10000', join(folder, 'frames.txt'), join(folder, 'frames.pcap')]);
    const options = [
      '-r',
      join(folder, 'frames.pcap'),
      '-d',
      'udp.port==10000,mqttsn',
      '-T',
      'json',
      '--no-duplicate-keys',
    ];
    const json = execFileSync('tshark', options, { maxBuffer: 64 << 20, stdio: ['ignore', 'pipe', 'ignore'] });
    const packets = JSON.parse(json.toString()) as { _source: { layers: { mqttsn: Layer } } }[];
    return packets.map((packet) => packet._source.layers.mqttsn);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A field anywhere in the dissection. */
function first(layer: unknown, name: string): unknown {
  if (typeof layer !== 'object' || layer === null) return undefined;
  for (const [key, value] of Object.entries(layer)) {
    if (key === name) return Array.isArray(value) ? value[0] : value;
    const inside = first(value, name);
    if (inside !== undefined) return inside;
  }
  return undefined;
}

// mote gateway mqtt-sn and mote mqttsn pub|sub: each against the library, and their bad input with exit codes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ERRORS, type ErrorKey } from '../../../host-shim/errors.ts';
import { Bench, until } from '../../interop/mqttsn-lab.ts';
import { mote } from './harness.ts';

let bench: Bench;
let here: string[];
beforeAll(async () => {
  bench = await Bench.start('aedes', { predefined: { '*': { 1: 'pre/one' } } });
  here = ['--port', `${bench.gateway.port}`];
});
afterAll(() => bench.stop());

async function fails(key: ErrorKey, ...argv: string[]): Promise<string> {
  const { code, exit } = ERRORS[key];
  const { exit: ended, json } = await mote(...argv, '--json');
  expect([argv, ended, json.error.code]).toEqual([argv, exit, code]);
  return json.error.message;
}

describe('mqttsn pub', () => {
  test.each(['-1', '0', '1', '2'])('QoS %s to a predefined topic', async (qos) => {
    const peer = await bench.mqtt('pre/one');
    const { exit, json } = await mote(
      'mqttsn',
      'pub',
      ...here,
      '--predefined',
      '1',
      '--message',
      qos,
      `--qos=${qos}`,
      '--json',
    );
    expect([exit, json]).toEqual([
      0,
      { topic: '', type: 'predefined', id: 1, qos: Number(qos), retain: false, bytes: qos.length },
    ]);
    await until(() => peer.inbox.length > 0);
    expect(peer.inbox).toMatchObject([{ topic: 'pre/one', text: qos }]);
  });

  test('normal and short topics, retained', async () => {
    const peer = await bench.mqtt('#');
    expect((await mote('mqttsn', 'pub', ...here, '--topic', 'a/b', '--message', 'x', '--retain')).exit).toBe(0);
    expect(
      (await mote('mqttsn', 'pub', ...here, '--topic', 'zq', '--short', '--message', 'y', '--qos', '1')).exit,
    ).toBe(0);
    await until(() => peer.inbox.length > 1);
    expect(peer.inbox.map(({ topic }) => topic)).toEqual(['a/b', 'zq']);
  });

  test('what goes wrong', async () => {
    await fails('usage', 'mqttsn', 'pub', ...here, '--message', 'x');
    await fails('usage', 'mqttsn', 'pub', ...here, '--topic', 'a', '--message', 'x', '--qos', '3');
    expect(
      await fails('sn-argument', 'mqttsn', 'pub', ...here, '--topic', 'abc', '--short', '--message', 'x'),
    ).toContain('E_ARGUMENT');
    await fails('sn-argument', 'mqttsn', 'pub', ...here, '--topic', 'a', '--message', 'x', '--id', 'x'.repeat(24));
    expect(
      await fails('sn-argument', 'mqttsn', 'pub', ...here, '--topic', 'a', '--message', 'x'.repeat(600)),
    ).toContain('E_ROOM');
    expect(
      await fails('sn-argument', 'mqttsn', 'pub', ...here, '--topic', 'a', '--message', 'x', '--qos=-1'),
    ).toContain('E_QOS');
    expect(
      await fails('gateway-refused', 'mqttsn', 'pub', ...here, '--predefined', '99', '--message', 'x', '--qos', '1'),
    ).toContain('invalid topic id');
    await fails('gateway-silent', 'mqttsn', 'pub', '--port', '9', '--topic', 'a', '--message', 'x', '--timeout', '1');
    await fails('gateway-silent', 'mqttsn', 'pub', '--host', 'gateway.invalid', '--topic', 'a', '--message', 'x');
  });
});

describe('mqttsn sub', () => {
  test('prints what comes and ends after --count', async () => {
    const peer = await bench.mqtt();
    const running = mote('mqttsn', 'sub', ...here, '--topic', 's/+', '--qos', '1', '--count', '2', '--id', 'sub1');
    await until(() => bench.gateway.stats().clients === 1);
    for (let i = 0; i < 20; i++) {
      await peer.publishAsync('s/x', `m${i}`, { qos: 1 });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { exit, stdout, stderr } = await running;
    expect([exit, stderr]).toEqual([0, 'subscribed with QoS 1\n']);
    expect(stdout).toMatch(/^s\/x m\d+\ns\/x m\d+\n$/);
  });

  test('a sleeping client gets what the gateway has kept', async () => {
    const peer = await bench.mqtt();
    const argv = ['--predefined', '1', '--qos', '1', '--sleep', '1', '--count', '1', '--id', 'sub2', '--json'];
    const running = mote('mqttsn', 'sub', ...here, ...argv);
    await until(() => bench.gateway.stats().clients === 1);
    for (let i = 0; i < 20; i++) {
      await peer.publishAsync('pre/one', `m${i}`, { qos: 1 });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const { exit, json } = await running;
    expect(exit).toBe(0);
    expect(json.messages).toEqual([{ topic: 1, payload: expect.stringMatching(/^m\d+$/), qos: 1, retain: false }]);
  });

  test('ends after --for with nothing; what goes wrong', async () => {
    const { exit, json } = await mote('mqttsn', 'sub', ...here, '--topic', 'quiet', '--for', '0', '--json');
    expect([exit, json]).toEqual([0, { messages: [] }]);
    expect(await fails('gateway-refused', 'mqttsn', 'sub', ...here, '--topic', 'a/#/b')).toContain('not supported');
    await fails('gateway-silent', 'mqttsn', 'sub', '--port', '9', '--topic', 'a', '--timeout', '1');
  });
});

describe('gateway mqtt-sn', () => {
  test('listens for a while and tells its counts', async () => {
    const argv = ['--broker', bench.broker.url, '--port', '0', '--for', '0', '--predefined', 'dev1/2=a/b', '--json'];
    const { exit, json } = await mote('gateway', 'mqtt-sn', ...argv);
    expect(exit).toBe(0);
    expect(json).toMatchObject({ host: '127.0.0.1', broker: bench.broker.url, clients: 0, received: 0, refused: {} });
  });

  test('what goes wrong', async () => {
    await fails('usage', 'gateway', 'mqtt-sn', '--predefined', '0=a');
    await fails('usage', 'gateway', 'mqtt-sn', '--predefined', '1=a/#');
    await fails('usage', 'gateway', 'mqtt-sn', '--mode', 'other');
    await fails('broker-url', 'gateway', 'mqtt-sn', '--broker', 'http://x', '--port', '0');
    await fails('port-in-use', 'gateway', 'mqtt-sn', ...here);
  });
});

describe('mote run --gateway', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mote-run-udp-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const files = ['--flash', join(folder, 'flash.bin'), '--settings', join(folder, 'device.json'), '--keys', folder];

  test('a board that reaches its broker through the gateway alone', { timeout: 20_000 }, async () => {
    const { json, exit } = await mote(
      'run',
      '--gateway',
      `127.0.0.1:${bench.gateway.port}`,
      ...files,
      '--for',
      '2',
      '--json',
    );
    expect([exit, json.broker]).toEqual([0, `udp://127.0.0.1:${bench.gateway.port}`]);
    const texts = json.log.map(({ text }: { text: string }) => text);
    expect(texts).toContainEqual(expect.stringContaining(`connected to the gateway 127.0.0.1:${bench.gateway.port}`));
  });

  test('what is no address and no profile', async () => {
    await fails('gateway-address', 'run', '--gateway', '127.0.0.1', ...files);
    await fails('profile-unknown', 'run', '--gateway', '127.0.0.1:1', '--profile', 'x', ...files);
  });
});

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Broker, startBroker } from '../../../host-shim/board/broker.ts';
import { openBundle } from '../../../host-shim/release/bundle.ts';
import { push } from '../../../host-shim/release/push.ts';
import { urlSource } from '../../../host-shim/release/source.ts';
import { FakeDevice, type Faults } from './fake-device.ts';
import { hex, sample, wasmOf } from './sample.ts';

const SIZE = 100_000;
const wasm = wasmOf(SIZE).map((byte, i) => (i < 16 ? byte : (i * 7) & 0xff));
const bundle = sample({ wasm });
const { envelope } = openBundle(bundle);

type Handler = (request: IncomingMessage, response: ServerResponse, range: [number, number] | null) => void;
let server: Server;
let url = '';
let handler: Handler;
/** The ranges asked for. */
let asked: string[] = [];

/** What a web server with ranges does (RFC 9110, 14). */
const serve =
  (file: Uint8Array, tag = '"v1"'): Handler =>
  (request, response, range) => {
    const changed = request.headers['if-range'] !== undefined && request.headers['if-range'] !== tag;
    if (range === null || changed) return response.writeHead(200, { etag: tag }).end(file);
    if (range[0] >= file.length) return response.writeHead(416).end();
    const end = Math.min(range[1] + 1, file.length);
    const headers = { etag: tag, 'content-range': `bytes ${range[0]}-${end - 1}/${file.length}` };
    return response.writeHead(206, headers).end(file.subarray(range[0], end));
  };

let broker: Broker;
let device: FakeDevice | undefined;
let serial = 0;
beforeAll(async () => {
  broker = await startBroker();
  server = createServer((request, response) => {
    asked.push(request.headers.range ?? '');
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    handler(request, response, from === undefined ? null : [Number(from), Number(to)]);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/gateway.mote`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await broker.stop();
});
afterEach(async () => {
  asked = [];
  await device?.stop();
  device = undefined;
});

async function pushTo(faults: Faults = {}) {
  const base = `acme/lab/gateway/u${++serial}`;
  device = await FakeDevice.start(broker.url, base, SIZE, faults);
  const source = await urlSource(url);
  return push({ bundle: source, broker: broker.url, device: base, resendMs: 100, timeoutMs: 2000 });
}

describe('a bundle at a web server', () => {
  test('is the file’s envelope and payload, whatever part is read', async () => {
    handler = serve(bundle);
    const source = await urlSource(url);
    expect(hex(source.envelope)).toBe(hex(envelope));
    expect(source.size).toBe(SIZE);
    for (const [at, length] of [
      [0, 4096],
      [SIZE - 1, 1],
      [40_000, 20_000],
      [3, 1],
    ] as const) {
      expect(hex(await source.read(at, length))).toBe(hex(wasm.subarray(at, at + length)));
    }
  });

  test('is pushed, fetched in order and once', async () => {
    handler = serve(bundle);
    const result = await pushTo();
    expect(result).toMatchObject({ state: 'CONFIRMED', running: createHash('sha256').update(wasm).digest('hex') });
    expect(hex(device!.module)).toBe(hex(wasm));
    expect(asked.length).toBeLessThanOrEqual(Math.ceil(bundle.length / 12_288) + 1);
  });

  test('is not fetched again where the device has it', async () => {
    handler = serve(bundle);
    const base = `acme/lab/gateway/u${++serial}`;
    device = await FakeDevice.start(broker.url, base, SIZE, { dieAt: 60_000 });
    const source = await urlSource(url);
    const dying = push({ bundle: source, broker: broker.url, device: base, resendMs: 100, timeoutMs: 500 });
    await expect(dying).rejects.toMatchObject({ key: 'push-stalled' });
    asked = [];
    device.revive();
    const again = await push({ bundle: await urlSource(url), broker: broker.url, device: base, resendMs: 100 });
    expect(again.state).toBe('CONFIRMED');
    const starts = asked.slice(1).map((range) => Number(/\d+/.exec(range)![0]));
    expect(Math.min(...starts)).toBeGreaterThanOrEqual(56_000);
  });

  test('is read whole from a server without ranges', async () => {
    handler = (request, response) => serve(bundle)(request, response, null);
    expect((await pushTo()).state).toBe('CONFIRMED');
    expect(asked.length).toBe(1);
  });

  test('waits for a server that fails for a while', async () => {
    let failures = 0;
    const good = serve(bundle);
    handler = (request, response, range) => {
      if (range![0] > 0 && ++failures % 3 !== 0)
        return failures % 3 === 1 ? response.destroy() : response.writeHead(503).end();
      return good(request, response, range);
    };
    expect((await pushTo()).state).toBe('CONFIRMED');
    expect(hex(device!.module)).toBe(hex(wasm));
    expect(failures).toBeGreaterThan(10);
  });

  test('says when the server stays away', async () => {
    const good = serve(bundle);
    handler = (request, response, range) => (range![0] > 0 ? void response.destroy() : good(request, response, range));
    await expect(pushTo()).rejects.toMatchObject({ key: 'push-stalled', message: expect.stringContaining(url) });
  });

  test.each<[string, Handler]>([
    ['another entity tag', serve(bundle, '"v2"')],
    ['a shorter file', serve(bundle.subarray(0, -1), '"v1"')],
    ['no such range', (_, response) => response.writeHead(416).end()],
  ])('ends when the file changes meanwhile: %s', async (_, later) => {
    const good = serve(bundle);
    handler = (request, response, range) => (range![0] > 0 ? later : good)(request, response, range);
    await expect(pushTo()).rejects.toMatchObject({ key: 'source-changed' });
  });

  test.each<[string, string, Handler]>([
    ['nothing there', 'source-unreachable', (_, response) => response.writeHead(404).end()],
    ['a page', 'bundle-foreign', serve(Buffer.from('<html>not found</html>'.repeat(2000)))],
    ['a later format', 'bundle-unsupported', serve(Uint8Array.from(bundle).fill(9, 13, 14))],
    [
      'an envelope without end',
      'bundle-malformed',
      serve(Buffer.concat([bundle.subarray(0, 14), Buffer.alloc(20_000, 0x5f)])),
    ],
    ['a file cut short', 'bundle-malformed', serve(bundle.subarray(0, 50_000))],
    ['bytes after the end', 'bundle-malformed', serve(Buffer.concat([bundle, Buffer.of(0)]))],
    [
      'another range than asked for',
      'source-unreachable',
      (_, response) =>
        response.writeHead(206, { 'content-range': 'bytes 1-16384/50000' }).end(bundle.subarray(1, 16_385)),
    ],
    [
      'a range without end',
      'source-unreachable',
      (_, response) => {
        response.writeHead(206, { 'content-range': `bytes 0-16383/${bundle.length}` });
        const more = () => {
          if (response.destroyed) return;
          response.write(Buffer.alloc(65_536));
          setImmediate(more);
        };
        more();
      },
    ],
  ])('%s: %s', async (_, key, answer) => {
    handler = answer;
    await expect(urlSource(url)).rejects.toMatchObject({ key });
  });
});

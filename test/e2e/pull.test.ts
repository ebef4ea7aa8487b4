/** A device that fetches its update by itself, from a web server with all its moods. Real kernel, broker, HTTP. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { WebLink } from '../../host-shim/board/http.ts';
import { type Board, type Broker, NorFlash, startBroker } from '../../host-shim/index.ts';
import { readBundle } from '../../host-shim/release/bundle.ts';
import { push } from '../../host-shim/release/push.ts';
import { urlSource } from '../../host-shim/release/source.ts';
import { mote } from '../unit/cli/harness.ts';
import { testBundle } from '../support/device.ts';
import { startOnline } from '../support/online.ts';

/** What the server does to requests of the device. Undefined: what it should. */
type Mood = (range: { from: number; to: number; tag: string }, response: ServerResponse, file: Uint8Array) => boolean;

let broker: Broker;
let bundle: Uint8Array;
let server: Server;
let port = 0;
let file: Uint8Array;
let mood: Mood | undefined;
let asked: { from: number; to: number; tag: string }[] = [];
let board: Board | undefined;
let serial = 0;

beforeAll(async () => {
  bundle = await testBundle('modules/gateway', { sequence: 1 });
  broker = await startBroker();
  await open();
}, 60_000);
afterAll(async () => {
  await close();
  await broker.stop();
});
afterEach(async () => {
  await board?.stop();
  mood = undefined;
  asked = [];
});

async function open(): Promise<void> {
  server = createServer((request, response) => {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const range = { from: Number(from), to: Number(to), tag: String(request.headers['if-range'] ?? '') };
    // The sender reads the head of the file, in a block of 16 KiB from its begin.
    const isDevice = range.from > 0;
    if (isDevice) asked.push(range);
    if (isDevice && mood?.(range, response, file)) return;
    part(response, range);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
}

function part(response: ServerResponse, { from, to }: { from: number; to: number }, tag = '"v1"'): void {
  const bytes = file.subarray(from, to + 1);
  const range = `bytes ${from}-${from + bytes.length - 1}/${file.length}`;
  response.writeHead(206, { etag: tag, 'content-range': range, 'content-length': bytes.length }).end(bytes);
}

const close = (): Promise<void> =>
  new Promise((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });

async function device(): Promise<{ base: string; start(): Promise<void> }> {
  const thing = `p${++serial}`;
  const flash = new NorFlash();
  const start = async () => {
    ({ board } = await startOnline(thing, broker, { flash, http: new WebLink() }));
  };
  await start();
  return { base: `acme/lab/esp32c6/${thing}`, start };
}

const url = () => `http://127.0.0.1:${port}/gateway.mote`;
async function pull(base: string, timeoutMs = 20_000) {
  const source = await urlSource(url());
  return push({ bundle: source, broker: broker.url, device: base, pull: true, timeoutMs, resendMs: 300 });
}

test('fetches sector by sector, with the entity tag of the first piece, and confirms', async () => {
  file = bundle;
  const { base } = await device();
  const result = await pull(base);
  expect(result).toMatchObject({ state: 'CONFIRMED', chunks: 0, bytes: 0 });
  const { payload } = readBundle(bundle);
  const start = bundle.length - payload.length;
  expect(asked.map(({ from }) => from - start)).toEqual(asked.map((_, at) => at * 4096));
  expect(asked.at(-1)!.to).toBe(bundle.length - 1);
  expect(asked.map(({ tag }) => tag)).toEqual(asked.map((_, at) => (at === 0 ? '' : '"v1"')));
  // Done is done.
  expect(await pull(base)).toMatchObject({ state: 'CONFIRMED' });
  expect(asked).toHaveLength(Math.ceil(payload.length / 4096));
}, 30_000);

test('goes on after a power cut by itself, and after the server was away', async () => {
  file = bundle;
  const { base, start } = await device();
  let cut = false;
  mood = ({ from }) => {
    if (cut || asked.length !== 4) return false;
    cut = true;
    expect(from).toBeGreaterThan(0);
    // The answer never comes: power and server go.
    void board!
      .stop()
      .then(close)
      .then(() => start())
      .then(() => setTimeout(() => void open(), 1500));
    return true;
  };
  const result = await pull(base, 30_000);
  expect(result).toMatchObject({ state: 'CONFIRMED' });
  expect(cut).toBe(true);
  const again = asked.filter(({ from }, at) => asked.findIndex((other) => other.from === from) < at);
  // The piece under way, and no other.
  expect(again).toHaveLength(1);
}, 60_000);

test.each<[string, Mood]>([
  [
    'another length',
    (range, response) => {
      const bytes = file.subarray(range.from, range.to + 1);
      response.writeHead(206, { 'content-range': `bytes ${range.from}-${range.to}/${file.length + 1}` }).end(bytes);
      return true;
    },
  ],
  [
    'another range',
    (range, response) => {
      part(response, { from: range.from + 1, to: range.to + 1 });
      return true;
    },
  ],
  [
    'another entity tag',
    (range, response) => {
      part(response, range, asked.length > 2 ? '"v2"' : '"v1"');
      return true;
    },
  ],
  [
    'the whole file, since it changed or knows no ranges',
    (_range, response) => {
      response.writeHead(200, { 'content-length': file.length }).end(file);
      return true;
    },
  ],
  [
    'a redirection',
    (_range, response) => {
      response.writeHead(302, { location: url() }).end();
      return true;
    },
  ],
  [
    'nothing in a piece',
    (range, response) => {
      response
        .writeHead(206, { 'content-range': `bytes ${range.from}-${range.to}/${file.length}`, 'content-length': 0 })
        .end();
      return true;
    },
  ],
  [
    'bytes without an end',
    (range, response) => {
      response.writeHead(200);
      const more = () => response.writable && response.write(Buffer.alloc(65_536), () => setImmediate(more));
      more();
      return range.from > 0;
    },
  ],
])(
  'a server that sends %s is given up, and what ran runs',
  async (_name, how) => {
    file = bundle;
    mood = how;
    const { base } = await device();
    expect(await pull(base)).toMatchObject({ state: 'REFUSED', reason: 'bad-source' });
  },
  30_000,
);

test('a file of the same length with other bytes is noticed when it is whole', async () => {
  file = bundle.slice();
  file[file.length - 10]! ^= 1;
  const { base } = await device();
  expect(await pull(base)).toMatchObject({ state: 'REFUSED', reason: 'bad-digest' });
}, 30_000);

test('a piece with more bytes than were asked for adds nothing; the command says all of it', async () => {
  file = bundle;
  mood = (range, response) => {
    const range206 = `bytes ${range.from}-${range.to}/${file.length}`;
    response.writeHead(206, { etag: '"v1"', 'content-range': range206 });
    response.end(Buffer.concat([file.subarray(range.from, range.to + 1), Buffer.alloc(100_000)]));
    return true;
  };
  const { base } = await device();
  const words = ['push', url(), '--to', base, '--broker', broker.url, '--pull', '--json'];
  expect((await mote(...words)).json).toMatchObject({ state: 'CONFIRMED', bytes: 0 });
  const local = await mote('push', 'gateway.mote', '--to', base, '--broker', broker.url, '--pull', '--json');
  expect(local.exit).not.toBe(0);
}, 30_000);

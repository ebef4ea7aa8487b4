/** A debugger on a board whose modules run in this program's WebAssembly: breakpoints and traps in TypeScript. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NorFlash } from '../../host-shim/board/flash.ts';
import { Kernel, type KernelPorts } from '../../host-shim/board/kernel.ts';
import { sourceMaps } from '../../host-shim/engine/sources.ts';
import { compileModule } from '../../runtime/guest/compiler/index.ts';
import { packageRoot } from '../../runtime/abi/package-root.ts';
import { buildKernel } from '../../runtime/kernel/build/index.ts';

const FOLDER = join(packageRoot(), 'test/fixtures/modules/debugged');
const FILE = 'test/fixtures/modules/debugged/index.ts';
const scratch = mkdtempSync(join(tmpdir(), 'mote-debug-'));
const lines = readFileSync(join(FOLDER, 'index.ts'), 'utf8').split('\n');
/** From 1, as people count. */
const DIVISION = lines.findIndex((line) => line.includes('1000 /')) + 1;

let kernel: WebAssembly.Module;
let mapOf: (wasm: Uint8Array) => string | undefined;
let wasm: Uint8Array;

beforeAll(async () => {
  kernel = await WebAssembly.compile(readFileSync((await buildKernel({ engine: 'host' })).file));
  // As it comes to a board: without a map.
  ({ wasm } = await compileModule(FOLDER, { out: join(scratch, 'release') }));
  mapOf = await sourceMaps([FOLDER], join(scratch, 'maps'));
}, 300_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A kernel with the module as its only one, and where its traps were. */
function board() {
  const trapped: string[][] = [];
  const published: string[] = [];
  const said: string[] = [];
  const ports: KernelPorts = {
    log: (_level, actor, text) => said.push(`${actor}: ${text}`),
    now: () => 0,
    unix: () => undefined,
    random: (out) => out.fill(7),
    settings: { get: () => undefined },
    flash: new NorFlash(),
    builtins: { debugged: wasm },
    radio: undefined,
    mqtt: {
      start: () => {},
      stop: async () => {},
      connected: () => true,
      publish: (topic: string, payload: Uint8Array) => {
        published.push(`${topic} ${Buffer.from(payload)}`);
        return 0;
      },
      subscribe: () => 0,
      forget: () => {},
    } as KernelPorts['mqtt'],
  } as KernelPorts;
  const machine = new Kernel(kernel, ports, { mapOf, trapped: (places) => trapped.push(places) });
  expect(machine.boot('debugged', { memory: 8192, stack: 1024, fuel: 100_000, mailbox: 1024 })).toBe(1);
  const work = () => {
    while (machine.step());
  };
  work();
  const send = (...bytes: number[]) => {
    machine.onMqtt(1, 't', Uint8Array.from(bytes));
    work();
  };
  return { send, trapped, published, said };
}

it('a trap names the line of TypeScript, and where it was called from', () => {
  const { send, trapped, published, said } = board();
  send(10, 20);
  expect(published).toEqual(['sum 150']);
  expect(trapped).toEqual([]);
  send(1, 0);
  expect(trapped).toHaveLength(1);
  expect(trapped[0]![0]).toMatch(new RegExp(`^${FILE}:${DIVISION}:\\d+$`));
  expect(trapped[0]!.length).toBeGreaterThan(0);
  expect(said.at(-1)).toBe('debugged: trap: integer divide by zero');
});

/** What DevTools do: find the map of a Wasm script, set a breakpoint at the offset of a line, tell where the program stands. */
const DEBUGGER = `
  const { Session } = require('node:inspector');
  const { SourceMap } = require('node:module');
  const { parentPort, workerData } = require('node:worker_threads');
  const session = new Session();
  parentPort.once('message', () => session.disconnect());
  session.connectToMainThread();
  const post = (method, params) =>
    new Promise((ok, no) => session.post(method, params, (error, result) => (error ? no(error) : ok(result))));
  const scripts = new Map();
  const place = (map, offset) => {
    const found = map.findEntry(0, offset);
    return found.originalSource === undefined ? undefined : found.originalSource + ':' + (found.originalLine + 1);
  };
  session.on('Debugger.scriptParsed', ({ params }) => {
    if (!params.sourceMapURL?.startsWith('data:application/json;base64,') || params.scriptLanguage !== 'WebAssembly') return;
    const json = Buffer.from(params.sourceMapURL.split(',')[1], 'base64').toString();
    scripts.set(params.scriptId, { map: new SourceMap(JSON.parse(json)), length: params.endColumn });
  });
  session.on('Debugger.paused', ({ params }) => {
    const { scriptId, columnNumber } = params.callFrames[0].location;
    const script = scripts.get(scriptId);
    parentPort.postMessage({ paused: script ? place(script.map, columnNumber) : 'elsewhere' });
    session.post('Debugger.resume');
  });
  (async () => {
    await post('Debugger.enable');
    const set = [];
    for (const [scriptId, { map, length }] of scripts) {
      for (let offset = 0; offset < length; offset++) {
        if (place(map, offset) !== workerData.file + ':' + workerData.line) continue;
        const { actualLocation } = await post('Debugger.setBreakpoint', { location: { scriptId, lineNumber: 0, columnNumber: offset } });
        set.push(place(map, actualLocation.columnNumber));
        break;
      }
    }
    parentPort.postMessage({ scripts: scripts.size, set });
  })();
`;

it('a breakpoint in a line of TypeScript stops there, each time', async () => {
  const { send, published } = board();
  const messages: { paused?: string; set?: string[] }[] = [];
  const worker = new Worker(DEBUGGER, { eval: true, workerData: { file: FILE, line: DIVISION } });
  const until = (done: () => boolean) =>
    new Promise<void>((resolve, reject) => {
      worker.once('error', reject);
      const look = () => (done() ? resolve() : setTimeout(look, 10));
      look();
    });
  worker.on('message', (message) => messages.push(message));
  try {
    await until(() => messages.length > 0);
    expect(messages[0]!.set).toEqual([`${FILE}:${DIVISION}`]);
    send(10, 20, 50);
    await until(() => messages.length >= 4);
    expect(messages.slice(1).map(({ paused }) => paused)).toEqual(new Array(3).fill(`${FILE}:${DIVISION}`));
    expect(published).toEqual(['sum 170']);
  } finally {
    worker.postMessage('enough');
    await new Promise((ended) => worker.once('exit', ended));
  }
}, 30_000);

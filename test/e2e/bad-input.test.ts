/** What a board may find or be sent, on the interpreter in this program and on rv32imac: it runs nothing that did not verify. */
import { randomFillSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt, { type MqttClient as Client } from 'mqtt';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { blankImage, FileFlash, FLASH_LAYOUT } from '../../host-shim/board/flash.ts';
import {
  type Board,
  type Broker,
  createBoard,
  DeviceSettings,
  MqttClient,
  push,
  startBroker,
} from '../../host-shim/index.ts';
import { createQemuBoard } from '../../host-shim/qemu/index.ts';
import { thumbprint } from '../../host-shim/release/algorithms.ts';
import { CLASS, owner, testBundle, testSigner, VENDOR } from '../support/device.ts';
import { describeTarget } from '../support/tools.ts';

const BASE = 'acme/lab/esp32c6/bad';
const [JOURNAL, SLOTS] = FLASH_LAYOUT.map(({ size }) => size) as [number, number];
let scratch: string;
let flash: string;
let broker: Broker;
let client: Client;
const undo: (() => unknown)[] = [];

beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'mote-bad-'));
  flash = join(scratch, 'flash.bin');
  broker = await startBroker();
  client = await mqtt.connectAsync(broker.url, { protocolVersion: 4 });
});
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
  await client.endAsync(true);
  await broker.stop();
  rmSync(scratch, { recursive: true, force: true });
});

type Make = (options: ReturnType<typeof common>) => Promise<Board>;

function common(log: (line: string) => void) {
  const [org, edge, thingType, thing] = BASE.split('/') as [string, string, string, string];
  return {
    name: 'bad',
    settings: new DeviceSettings({
      identity: { org, edge, thingType, thing },
      vendor: VENDOR,
      class: CLASS,
      trust: [Buffer.from(thumbprint(owner.algorithm, owner.publicKey)).toString('hex')],
      keys: {},
    }),
    mqtt: new MqttClient({ url: broker.url, base: BASE, retry: { first: 20, last: 100 } }),
    log: ({ actor, text }: { actor: string; text: string }) => log(`${actor}: ${text}`),
  };
}

async function start(make: Make) {
  const lines: string[] = [];
  const board = await make(common((line) => lines.push(line)));
  board.start();
  let stopped = false;
  const stop = async () => {
    if (!stopped) await board.stop();
    stopped = true;
  };
  undo.push(stop);
  return { lines, stop };
}

const isGateway = (line: string) => line.startsWith('gateway:');
const to = (bundle: Uint8Array) => push({ bundle, broker: client, device: BASE });

function runs(make: Make) {
  let gateway: Uint8Array;
  let foreign: Uint8Array;
  beforeAll(async () => {
    gateway = await testBundle('modules/gateway', { sequence: 1 });
    foreign = await testBundle('modules/gateway', { signers: [testSigner(9)] });
  }, 120_000);

  it('a flash image of another size: flash-size, and the file is left as it is', async () => {
    for (const size of [0, blankImage().length - 1, blankImage().length + 1]) {
      writeFileSync(flash, new Uint8Array(size));
      await expect(make(common(() => {}))).rejects.toMatchObject({ key: 'flash-size', code: 'MOTE-7001' });
      expect(readFileSync(flash).length).toBe(size);
    }
  });

  it('a flash that holds garbage: nothing of it runs, and an update is taken', async () => {
    writeFileSync(flash, randomFillSync(new Uint8Array(blankImage().length)));
    const { lines } = await start(make);
    expect(await to(foreign)).toMatchObject({ state: 'REFUSED', reason: 'unknown-key' });
    expect(lines.filter(isGateway)).toEqual([]);
    expect(await to(gateway)).toMatchObject({ state: 'CONFIRMED', running: expect.any(String) });
    expect(lines.filter(isGateway)).toEqual(['gateway: listening for meters']);
  }, 60_000);

  it('slots that hold garbage behind a journal that knows them: the module does not start, and comes back by a push', async () => {
    const before = await start(make);
    expect(await to(gateway)).toMatchObject({ state: 'CONFIRMED' });
    await before.stop();
    const again = await start(make);
    await vi.waitFor(() => expect(again.lines).toContain('gateway: listening for meters'), { timeout: 20_000 });
    await again.stop();
    const image = readFileSync(flash);
    randomFillSync(image, JOURNAL, SLOTS);
    writeFileSync(flash, image);
    const after = await start(make);
    await vi.waitFor(() => expect(after.lines).toContain('supervisor: what runs does not verify'), { timeout: 20_000 });
    expect(await to(foreign)).toMatchObject({ state: 'REFUSED' });
    expect(after.lines.filter(isGateway)).toEqual([]);
    expect(await to(gateway)).toMatchObject({ state: 'CONFIRMED' });
  }, 60_000);

  it('a bundle for another version of the contract: unsupported, and nothing is erased for it', async () => {
    await start(make);
    const erased = readFileSync(flash);
    const later = await testBundle('modules/gateway', { abi: '9.9' });
    expect(await to(later)).toMatchObject({ state: 'REFUSED', reason: 'unsupported', chunks: 0 });
    expect(readFileSync(flash).subarray(JOURNAL, JOURNAL + SLOTS)).toEqual(erased.subarray(JOURNAL, JOURNAL + SLOTS));
  }, 60_000);
}

describe('the emulated board finds', () => {
  runs(async (options) => {
    const file = await FileFlash.open(flash);
    undo.push(() => file.close());
    return createBoard({ ...options, flash: file });
  });
});

describeTarget('the rv32 board finds', () => {
  runs((options) => createQemuBoard({ ...options, flash }));

  it('no wasm2c: it says so, interprets its own modules, and takes an update', async () => {
    const path = process.env.PATH;
    const bin = join(scratch, 'bin');
    mkdirSync(bin);
    for (const program of ['mkfifo', 'qemu-system-riscv32', 'riscv64-unknown-elf-gcc']) {
      const { stdout } = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' });
      symlinkSync(stdout.trim(), join(bin, program));
    }
    undo.push(() => {
      process.env.PATH = path;
    });
    process.env.PATH = bin;
    const said: string[] = [];
    await start((options) => createQemuBoard({ ...options, flash, onBuild: (line) => said.push(line) }));
    expect(said).toContain('qemu: wasm2c (Debian: wabt) is not installed: the modules of the firmware are interpreted');
    const bundle = await testBundle('test/fixtures/modules/steady', { sequence: 1 });
    await vi.waitFor(async () => expect(await to(bundle)).toMatchObject({ state: 'CONFIRMED' }), { timeout: 30_000 });
  }, 120_000);
});

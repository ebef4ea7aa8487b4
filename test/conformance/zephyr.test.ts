/** The Zephyr application on emulated boards: the same kernel, supervisor and modules as on the emulated board, over a real broker. */
import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Broker, type Device, push, startBroker } from '../../host-shim/index.ts';
import { thumbprint } from '../../host-shim/release/algorithms.ts';
import { CLASS, owner, repoRoot, testBundle, testSigner, VENDOR } from '../support/device.ts';
import { buildImage, type Machine, noNativeSim, noWasm2c, noZephyr, startImage } from '../support/zephyr.ts';

/** The modules of the firmware run natively on one, in the heap that an ESP32-C6 gives, and are interpreted on the other. */
const BOARDS = [
  { board: 'qemu_riscv32', missing: noZephyr() ?? noWasm2c(), interpret: false },
  { board: 'native_sim', missing: noNativeSim(), interpret: true },
];
const device: Device = {
  identity: { org: 'acme', edge: 'lab', thingType: 'zephyr', thing: 'z1' },
  vendor: VENDOR,
  class: CLASS,
  trust: [Buffer.from(thumbprint(owner.algorithm, owner.publicKey)).toString('hex')],
  keys: {},
};
/** Where the simulated flash stands in RAM (zephyr-board/run.mjs). */
const FLASH = 10 * 1024 * 1024;
const topic = 'acme/lab/zephyr/z1';

for (const { board, missing, interpret } of BOARDS) {
  describe.skipIf(missing)(`Zephyr on ${board}${missing ? ` (skipped: ${missing})` : ''}`, () => {
    let folder: string;
    let image: string;
    let broker: Broker;
    let running: Machine | undefined;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'mote-zephyr-test-'));
      broker = await startBroker();
      image = buildImage({ name: 'update', board, device, interpret });
    }, 600_000);
    afterEach(async () => {
      await running?.stop();
      running = undefined;
    });
    afterAll(async () => {
      await broker.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    const start = async (memory: string) => {
      running = startImage(image, join(folder, memory), broker.url);
      await running.says(`as ${topic}`);
      return running;
    };

    it('takes an update over MQTT, and runs it again after a reset', async () => {
      const gateway = await testBundle('modules/gateway', { sequence: 1 });
      await start('one');
      const first = await push({ bundle: gateway, broker: broker.url, device: topic });
      expect(first.state).toBe('CONFIRMED');
      await running!.stop();

      await start('one');
      const again = await push({ bundle: gateway, broker: broker.url, device: topic });
      // It runs already: nothing is sent.
      expect(again).toMatchObject({ state: 'CONFIRMED', running: first.running, chunks: 0 });
      if (board !== 'qemu_riscv32') return;
      // What it took: a line for the heap and for each stack, "used of size".
      await running!.stop();
      const measure = join(repoRoot, 'zephyr-board', 'measure.mjs');
      const lines = execFileSync(process.execPath, [measure, image, join(folder, 'one')], { encoding: 'utf8' });
      const taken = [...lines.matchAll(/(\d+) of (\d+)/g)].map(([, used, size]) => Number(used) / Number(size));
      expect(taken).toHaveLength(3);
      expect(Math.max(...taken)).toBeLessThan(0.9);
    }, 120_000);

    it('says that it is there, and its will that it is gone, to those who ask later', async () => {
      const retained = async (name: string) => {
        const client = await connectAsync(broker.url);
        const heard = new Promise<Buffer>((resolve) => client.once('message', (_topic, payload) => resolve(payload)));
        await client.subscribeAsync(`${topic}/${name}`);
        return heard.finally(() => client.end(true));
      };
      await start('state');
      expect(`${await retained('state')}`).toBe('online');
      expect((await retained('reported')).length).toBeGreaterThan(0);
      await running!.stop();
      expect(`${await retained('state')}`).toBe('offline');
    }, 60_000);

    it('refuses what a stranger has signed, and what is older than what runs', async () => {
      await start('two');
      const foreign = await testBundle('modules/gateway', { signers: [testSigner(9)] });
      expect(await push({ bundle: foreign, broker: broker.url, device: topic })).toMatchObject({
        state: 'REFUSED',
        reason: expect.stringContaining('unknown-key'),
        chunks: 0,
      });
      const newer = await testBundle('modules/gateway', { sequence: 5 });
      expect((await push({ bundle: newer, broker: broker.url, device: topic })).state).toBe('CONFIRMED');
      const older = await testBundle('test/fixtures/modules/steady', { sequence: 4 });
      expect(await push({ bundle: older, broker: broker.url, device: topic })).toMatchObject({
        state: 'REFUSED',
        reason: expect.stringContaining('rollback'),
      });
    }, 120_000);

    it.runIf(board === 'qemu_riscv32')(
      'runs nothing of a flash that holds garbage, and takes an update after it',
      async () => {
        const memory = join(folder, 'garbage');
        const ram = Buffer.alloc(64 * 1024 * 1024);
        ram.fill(0xff, FLASH, FLASH + 0x100000);
        // Journal and slots, not the settings before them (app/boards/qemu_riscv32.overlay).
        randomFillSync(ram, FLASH + 0xe000, 0x42000);
        writeFileSync(memory, ram);
        await start('garbage');
        const query = await push({
          bundle: await testBundle('modules/gateway', { signers: [testSigner(9)] }),
          broker: broker.url,
          device: topic,
        });
        expect(query.running).toBeUndefined();
        const good = await testBundle('modules/gateway', { sequence: 1 });
        expect((await push({ bundle: good, broker: broker.url, device: topic })).state).toBe('CONFIRMED');
      },
      120_000,
    );

    it('goes back to what ran before when a trial fails', async () => {
      await start('three');
      const good = await testBundle('modules/gateway', { sequence: 1 });
      const before = await push({ bundle: good, broker: broker.url, device: topic });
      const faulty = await testBundle('test/fixtures/modules/faulty', { sequence: 2 });
      const result = await push({ bundle: faulty, broker: broker.url, device: topic });
      expect(result).toMatchObject({ state: 'REVERTED', running: before.running });
    }, 120_000);
  });
}

/**
 * Firmware on trial: what MCUboot leaves in the trailer behind a swap, and the application that confirms itself in it once it has
 * reached its broker. The swap itself is MCUboot's and does not run here (it has no qemu_riscv32).
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Broker, startBroker } from '../../host-shim/index.ts';
import { CLASS, repoRoot, VENDOR } from '../support/device.ts';
import { buildImage, type Machine, noMcuboot, noZephyr, startImage } from '../support/zephyr.ts';

const missing = noZephyr() ?? noMcuboot();
/** Where the simulated flash stands in RAM (zephyr-board/run.mjs), and where in it the first image ends (trial.overlay). */
const FLASH = { at: 10 * 1024 * 1024, size: 0x100000 };
const END = FLASH.at + 0xa0000;
/** MCUboot's design, "Image Trailer": two flags of 8 bytes and the magic at the end. */
const MAGIC = Buffer.from('77c295f360d2ef7f3552500f2cb67980', 'hex');
const [COPY_DONE, IMAGE_OK] = [END - 32, END - 24];
const [SET, UNSET] = [1, 0xff];

describe.skipIf(missing)(`firmware on trial on Zephyr${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let folder: string;
  let memory: string;
  let image: string;
  let broker: Broker;
  let running: Machine | undefined;
  const support = join(repoRoot, 'test', 'support', 'zephyr');

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mote-zephyr-trial-'));
    memory = join(folder, 'memory');
    broker = await startBroker();
    image = buildImage({
      name: 'trial',
      board: 'qemu_riscv32',
      device: {
        identity: { org: 'acme', edge: 'lab', thingType: 'zephyr', thing: 'z1' },
        vendor: VENDOR,
        class: CLASS,
        trust: [],
        keys: {},
      },
      conf: [join(support, 'trial.conf')],
      overlays: [join(support, 'trial.overlay')],
    });
    const ram = Buffer.alloc(64 * 1024 * 1024);
    ram.fill(0xff, FLASH.at, FLASH.at + FLASH.size);
    MAGIC.copy(ram, END - MAGIC.length);
    ram[COPY_DONE] = SET;
    writeFileSync(memory, ram);
  }, 600_000);
  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });
  afterAll(async () => {
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const imageOk = () => readFileSync(memory)[IMAGE_OK];

  it('stays on trial while no broker is reached', async () => {
    running = startImage(image, memory, 'mqtt://127.0.0.1:1');
    await running.says('not connected to');
    expect(running.console()).not.toContain('this firmware');
    expect(imageOk()).toBe(UNSET);
  }, 60_000);

  it('confirms itself when it has reached its broker, once', async () => {
    running = startImage(image, memory, broker.url);
    await running.says('this firmware has reached its broker and stays');
    expect(imageOk()).toBe(SET);
    await running.stop();
    running = startImage(image, memory, broker.url);
    await running.says('as acme/lab/zephyr/z1');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(running.console()).not.toContain('this firmware');
  }, 60_000);
});

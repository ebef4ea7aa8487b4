/**
 * Power cuts on rv32: QEMU is killed in the middle of a turn of an update, started again on the same flash file, and the
 * update must end well. MOTE_KILLS: how many times (default 4); MOTE_SEED: which ones.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt, { type MqttClient as Client } from 'mqtt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Board, type Broker, DeviceSettings, MqttClient, push, startBroker } from '../../host-shim/index.ts';
import { createQemuBoard, type QemuMachine } from '../../host-shim/qemu/index.ts';
import { thumbprint } from '../../host-shim/release/algorithms.ts';
import { CLASS, owner, testBundle, VENDOR } from '../support/device.ts';
import { describeTarget } from '../support/tools.ts';

const KILLS = Number(process.env.MOTE_KILLS ?? 4);
const BASE = 'acme/lab/esp32c6/cut';
/** Longer than most turns: a cut often falls into the next one, which writes flash as well. */
const MOST_MICROSECONDS = 2000;

/** Mulberry32. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describeTarget('an rv32 board that is killed', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'mote-e2e-'));
  let broker: Broker;
  let client: Client;
  let board: Board;
  let machine: QemuMachine;
  let cuts = 0;
  const updates = ['modules/gateway', 'test/fixtures/modules/steady'];

  beforeAll(async () => {
    broker = await startBroker();
    client = await mqtt.connectAsync(broker.url, { protocolVersion: 4 });
    const [org, edge, thingType, thing] = BASE.split('/') as [string, string, string, string];
    const settings = new DeviceSettings({
      identity: { org, edge, thingType, thing },
      vendor: VENDOR,
      class: CLASS,
      trust: [Buffer.from(thumbprint(owner.algorithm, owner.publicKey)).toString('hex')],
      keys: {},
    });
    board = await createQemuBoard({
      name: 'rv32',
      flash: join(scratch, 'flash.bin'),
      settings,
      mqtt: new MqttClient({ url: broker.url, base: BASE, retry: { first: 20, last: 100 } }),
      onMachine: (made) => {
        machine = made;
      },
    });
    board.on('error', () => {});
    board.on('powercut', () => {
      cuts++;
      setTimeout(() => board.start(), 50);
    });
    board.start();
  }, 300_000);
  afterAll(async () => {
    await board?.stop();
    await client.endAsync(true);
    await broker.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  const update = async (sequence: number) => {
    const bundle = await testBundle(updates[sequence % updates.length]!, { sequence });
    const before = board.counters.steps;
    const result = await push({ bundle, broker: client, device: BASE, resendMs: 300 });
    return { result, steps: board.counters.steps - before };
  };

  it(
    `${KILLS} times within an update: each ends with the new module running`,
    async () => {
      // How long undisturbed updates take, in turns.
      const long = [await update(1), await update(2)];
      for (const { result } of long) expect(result.state).toBe('CONFIRMED');
      expect(cuts).toBe(0);
      const seed = Number(process.env.MOTE_SEED ?? 1);
      const next = random(seed);
      for (let kill = 0; kill < KILLS; kill++) {
        const sequence = 3 + kill;
        const steps = 1 + Math.floor(next() * long[kill % 2]!.steps * 0.9);
        const microseconds = Math.floor(next() * MOST_MICROSECONDS);
        const where = `seed ${seed}, kill ${kill}: step ${steps}, ${microseconds} µs`;
        machine.cutPower(steps, microseconds);
        const { result } = await update(sequence);
        expect(result.state, where).toBe('CONFIRMED');
        expect(cuts, where).toBe(kill + 1);
      }
    },
    60_000 + 15_000 * KILLS,
  );
});

/**
 * `mote push --chaos cut@N`: the sender itself, over a real broker, against an emulated board that loses power. CI takes some
 * N, spread over the update, and one beyond its end; MOTE_CHAOS=all takes each (npx vitest run test/e2e/chaos.test.ts).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBroker } from '../../host-shim/board/broker.ts';
import { obeyChaos, parseChaos } from '../../host-shim/board/chaos.ts';
import { createBoard, DeviceSettings, NorFlash } from '../../host-shim/index.ts';
import { MqttClient } from '../../host-shim/board/mqtt.ts';
import { connectBroker } from '../../host-shim/mqtt/connection.ts';
import { push } from '../../host-shim/release/push.ts';
import { thumbprint } from '../../host-shim/release/algorithms.ts';
import { buildKernel } from '../../runtime/kernel/build/index.ts';
import { CLASS, owner, testBundle, VENDOR } from '../support/device.ts';

const SHARE = 8;
/** Of the regions `journal` and `slots`. */
const writesOf = ({ regionCounters: [journal, slots] }: NorFlash) =>
  [journal!, slots!].reduce((sum, { programs, erases }) => sum + programs + erases, 0);
type HostBroker = Awaited<ReturnType<typeof startBroker>>;

describe('mote push --chaos cut@N', () => {
  let broker: HostBroker;
  let bundle: Uint8Array;
  let kernel: string;
  beforeAll(async () => {
    [broker, bundle, { file: kernel }] = await Promise.all([
      startBroker(),
      testBundle('modules/gateway'),
      buildKernel({ engine: 'host' }),
    ]);
  }, 120_000);
  afterAll(() => broker?.stop());

  /** Pushes the demo's bundle to a new board that loses power at its N-th write; how many writes it made in all. */
  async function survive(cut: number | undefined, thing: string) {
    const identity = { org: 'acme', edge: 'lab', thingType: 'esp32c6', thing };
    const device = Object.values(identity).join('/');
    const flash = new NorFlash();
    const trust = [Buffer.from(thumbprint(owner.algorithm, owner.publicKey)).toString('hex')];
    const settings = new DeviceSettings({ identity, vendor: VENDOR, class: CLASS, trust, keys: {} });
    const mqtt = new MqttClient({ url: broker.url, base: device, retry: { first: 20, last: 100 } });
    const board = await createBoard({ name: thing, flash, settings, mqtt, kernel });
    const client = await connectBroker(broker.url);
    let cuts = 0;
    board.on('powercut', () => cuts++);
    try {
      await obeyChaos(board, flash, client, device);
      board.start();
      const before = writesOf(flash);
      const chaos = cut === undefined ? undefined : parseChaos(`cut@${cut}`);
      const { state, reason } = await push({ bundle, broker: client, device, resendMs: 100, timeoutMs: 30_000, chaos });
      return { state, reason, cuts, writes: writesOf(flash) - before };
    } finally {
      await board.stop();
      await client.endAsync(true);
    }
  }

  it(`is CONFIRMED in the end${process.env.MOTE_CHAOS === 'all' ? ', for every N' : ''}`, async () => {
    const { state, cuts, writes } = await survive(undefined, 'calm');
    expect({ state, cuts }).toEqual({ state: 'CONFIRMED', cuts: 0 });
    const all = Array.from({ length: writes + 1 }, (_, at) => at + 1);
    const step = process.env.MOTE_CHAOS === 'all' ? 1 : Math.floor(all.length / SHARE);
    const chosen = all.filter((n) => (all.length - n) % step === 0);
    expect(chosen.at(-1)).toBe(writes + 1);
    const bad: unknown[] = [];
    for (const n of chosen) {
      const { state, reason, cuts } = await survive(n, `cut-${n}`);
      if (state !== 'CONFIRMED' || cuts !== (n <= writes ? 1 : 0)) bad.push({ n, state, reason, cuts });
    }
    expect(bad).toEqual([]);
    console.log(`chaos: ${writes} writes in the update, ${chosen.length} cuts tried, ${bad.length} bad`);
  }, 600_000);

  it('is refused by a board that was not launched for it', async () => {
    const client = await connectBroker(broker.url);
    try {
      const pushing = push({ bundle, broker: client, device: 'acme/lab/esp32c6/deaf', chaos: { cut: 1 } });
      await expect(pushing).rejects.toMatchObject({ key: 'chaos-deaf' });
    } finally {
      await client.endAsync(true);
    }
  }, 20_000);

  it.each(['cut', 'cut@', 'cut@0', 'cut@-1', 'cut@1.5', 'cut@99999999', 'fire@3'])('%s is no chaos', (text) => {
    expect(() => parseChaos(text)).toThrowError(expect.objectContaining({ key: 'chaos-invalid' }));
  });
});

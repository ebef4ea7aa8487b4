/** The board on rv32imac under QEMU: an update over a broker, a power cut, a bad release; images that are not its own. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt, { type MqttClient as Client } from 'mqtt';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import {
  type Board,
  type Broker,
  DeviceSettings,
  Ether,
  MqttClient,
  push,
  startBroker,
} from '../../host-shim/index.ts';
import { blankImage } from '../../host-shim/board/flash.ts';
import { MemoryStore, MqttBus, Receiver } from '../../host-shim/fleet/index.ts';
import { buildBoard, createQemuBoard, QemuMachine } from '../../host-shim/qemu/index.ts';
import { thumbprint } from '../../host-shim/release/algorithms.ts';
import { openBundle } from '../../host-shim/release/bundle.ts';
import { CLASS, owner, testBundle, VENDOR } from '../support/device.ts';
import { describeTarget } from '../support/tools.ts';

const BASE = 'acme/lab/esp32c6/rv32';
let scratch: string;
let flash: string;
let broker: Broker;
let client: Client;
const boards: Board[] = [];

beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'mote-e2e-'));
  flash = join(scratch, 'flash, with a comma.bin');
  broker = await startBroker();
  client = await mqtt.connectAsync(broker.url, { protocolVersion: 4 });
});
afterEach(async () => {
  await Promise.all(boards.splice(0).map((board) => board.stop()));
  await client.endAsync(true);
  await broker.stop();
  rmSync(scratch, { recursive: true, force: true });
});

async function board(ether = new Ether()) {
  const [org, edge, thingType, thing] = BASE.split('/') as [string, string, string, string];
  const settings = new DeviceSettings({
    identity: { org, edge, thingType, thing },
    vendor: VENDOR,
    class: CLASS,
    trust: [Buffer.from(thumbprint(owner.algorithm, owner.publicKey)).toString('hex')],
    keys: {},
  });
  const lines: string[] = [];
  const link = new MqttClient({ url: broker.url, base: BASE, retry: { first: 20, last: 100 } });
  const made = await createQemuBoard({
    name: 'rv32',
    flash,
    settings,
    mqtt: link,
    radio: ether.attach(),
    log: ({ actor, text }) => lines.push(`${actor}: ${text}`),
  });
  boards.push(made);
  made.start();
  return { board: made, lines };
}

describeTarget('an rv32 board with a broker', () => {
  let gateway: Uint8Array;
  let faulty: Uint8Array;
  beforeAll(async () => {
    await buildBoard();
    gateway = await testBundle('modules/gateway', { sequence: 1 });
    faulty = await testBundle('test/fixtures/modules/faulty', { sequence: 2 });
  });

  it('takes a pushed module, keeps it without power, hears a meter with it, and goes back from a bad one', async () => {
    const first = await board();
    const progress: string[] = [];
    const pushed = await push({
      bundle: gateway,
      broker: client,
      device: BASE,
      onProgress: ({ state }) => state && progress.push(state),
    });
    expect(pushed).toMatchObject({ state: 'CONFIRMED' });
    expect([...new Set(progress)]).toEqual(expect.arrayContaining(['FETCHING', 'CONFIRMED']));
    await first.board.stop();

    const ether = new Ether();
    const second = await board(ether);
    const heard: Uint8Array[] = [];
    const receiver = new Receiver(new MemoryStore(), {
      onDelivery: (_, { records }) => heard.push(...records.filter((one) => one.class === 0).map((one) => one.payload)),
    });
    await receiver.serve(new MqttBus(client), BASE);
    // EN 13757-4 annex C, frame format B.
    const telegram = '1444AE0C7856341201078C2027780B134365877AC5';
    await vi.waitFor(
      () => {
        ether.transmit(Buffer.from(telegram, 'hex'));
        expect(heard.length).toBeGreaterThan(0);
      },
      { timeout: 10_000, interval: 200 },
    );
    const bad = await push({ bundle: faulty, broker: client, device: BASE });
    expect(bad).toMatchObject({ state: 'REVERTED', reason: 'trap: unreachable executed', running: pushed.running });
    expect(second.board.counters.resets).toBe(0);
  }, 120_000);

  it('refuses one flipped bit, and erases nothing for it', async () => {
    const { board: device } = await board();
    const damaged = gateway.slice();
    damaged[gateway.length - openBundle(gateway).payload.length - 5]! ^= 1;
    const answer = await push({ bundle: damaged, broker: client, device: BASE });
    expect(answer).toMatchObject({ state: 'REFUSED', reason: 'bad-signature' });
    expect(device.counters.resets).toBe(0);
  });
});

describeTarget('an rv32 machine does not start', () => {
  let elf: string;
  beforeAll(async () => {
    ({ elf } = await buildBoard());
  });
  const ports = (): ConstructorParameters<typeof QemuMachine>[1] => ({
    log: () => {},
    now: () => 0,
    unix: () => undefined,
    random: (out) => out.fill(1),
    settings: { get: () => undefined },
    flash: undefined as never,
    builtins: {},
    radio: undefined,
    mqtt: undefined,
  });

  it('with a flash image of another size', async () => {
    writeFileSync(flash, new Uint8Array(1000));
    await expect(board()).rejects.toMatchObject({ key: 'flash-size' });
    expect(() => new QemuMachine({ elf, flash }, ports())).toThrow('board: the flash image has another size');
    truncateSync(flash, blankImage().length + 1);
    expect(() => new QemuMachine({ elf, flash }, ports())).toThrow('board: the flash image has another size');
  });

  it('without a flash image', () => {
    expect(() => new QemuMachine({ elf, flash }, ports())).toThrow('board: the flash image cannot be opened');
  });

  it('from an image that is no program', () => {
    writeFileSync(join(scratch, 'no.elf'), 'no program');
    expect(() => new QemuMachine({ elf: join(scratch, 'missing.elf'), flash }, ports())).toThrow(/missing\.elf/);
  });

  it('without its supervisor', async () => {
    writeFileSync(flash, blankImage());
    const machine = new QemuMachine({ elf, flash }, ports());
    const budget = { memory: 1024, stack: 512, fuel: 1, mailbox: 20 };
    expect(machine.boot('supervisor', budget)).toBe(-3);
    machine.stop();
    expect(await machine.exited).toBe(null);
  });
});

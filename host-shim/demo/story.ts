/** The main job, once: build, sign, push, hear meters, refuse a damaged bundle, come back from a bad one. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { type CompiledModule, compileModule } from '../../runtime/guest/compiler/index.ts';
import { createBoard } from '../board/board.ts';
import { startBroker } from '../board/broker.ts';
import { type Chaos, cutPower } from '../board/chaos.ts';
import { RealClock } from '../board/clock.ts';
import { FileFlash } from '../board/flash.ts';
import { MqttClient } from '../board/mqtt.ts';
import type { LogLine } from '../board/ports.ts';
import { Ether } from '../board/radio.ts';
import { type Device, DeviceSettings, saveDevice } from '../board/settings.ts';
import { DEFAULTS } from '../defaults.ts';
import { packageRoot, writeWhole } from '../files.ts';
import { MqttBus } from '../fleet/bus.ts';
import { Receiver } from '../fleet/receiver.ts';
import { MemoryStore } from '../fleet/store.ts';
import { openBundle, readBundle, signBundle } from '../release/bundle.ts';
import { companionOf, loadSigner, newKey } from '../release/keystore.ts';
import { type Progress, type PushResult, push } from '../release/push.ts';
import { type MeterReading, readMeter } from '../telemetry/readings.ts';
import { WmbusDecoder } from '../codec/wmbus.ts';

export interface Telegram {
  name: string;
  hex: string;
  key?: string;
  source: string;
}

/** What `npm run demo -- --json` prints. */
export interface Outcome {
  ok: boolean;
  module: { name: string; wasmBytes: number; memoryBytes: number };
  signature: { algorithms: string[] };
  push: { state: string; chunks: number; bytes: number };
  readings: MeterReading[];
  tampered: { state: string; reason: string | null };
  bad: { state: string; reason: string | null };
  running: { digest: string | null };
}

/** Told while it happens. */
export interface Teller {
  step(title: string): void;
  detail(text: string): void;
  progress(progress: Progress): void;
  log(line: LogLine): void;
  readings(readings: MeterReading[]): void;
}

const DEVICE = { org: 'demo', edge: 'bench', thingType: 'esp32c6', thing: 'emulated' };
const BASE = Object.values(DEVICE).join('/');
/** Between two telegrams, ms, and the longest wait for what they say. */
const INTERVAL = 40;
const PATIENCE = 20_000;

/**
 * `folder` is made anew and keeps keys, bundles and the flash image afterwards. With `chaos` the board loses power once
 * while the first bundle is pushed.
 */
export async function tellStory(folder: string, teller: Teller, chaos?: Chaos): Promise<Outcome> {
  const root = packageRoot();
  await rm(folder, { recursive: true, force: true });

  teller.step('Compile the application module');
  const gateway = await compileModule(join(root, 'modules', 'gateway'));
  const faulty = await compileModule(join(root, 'test', 'fixtures', 'modules', 'faulty'), {
    out: join(folder, 'modules'),
  });
  teller.detail(describe(gateway));

  teller.step('Make a pair of signing keys and sign');
  const keys = join(folder, 'keys');
  const key = await newKey(keys, 'release');
  const classical = await newKey(keys, companionOf('release'), 'Ed25519');
  const signers = await Promise.all([key, classical].map(({ name }) => loadSigner(keys, name)));
  for (const { name, algorithm, kid } of [key, classical])
    teller.detail(`key ${name}: ${algorithm}, thumbprint ${kid.slice(0, 16)}…`);
  const release = (module: CompiledModule, sequence: number): Uint8Array => {
    const { name: component, version, budgets, grants } = module.manifest;
    return signBundle({
      wasm: module.wasm,
      vendor: DEFAULTS.vendor,
      class: DEFAULTS.class,
      component,
      version,
      budgets,
      grants,
      sequence,
      signers,
    });
  };
  const bundle = release(gateway, 1);
  const file = join(folder, 'gateway.mote');
  await writeWhole(file, bundle);
  const { signatures } = readBundle(bundle);
  const algorithms = signatures.map(({ algorithm }) => algorithm?.name ?? 'unknown');
  teller.detail(`${file}: ${bundle.length} bytes, signed with ${algorithms.join(' and ')}`);

  teller.step('Start a broker and an emulated ESP32-C6');
  const telegrams: Telegram[] = JSON.parse(
    await readFile(join(root, 'test', 'fixtures', 'wmbus', 'telegrams.json'), 'utf8'),
  );
  const device: Device = {
    identity: DEVICE,
    vendor: DEFAULTS.vendor,
    class: DEFAULTS.class,
    trust: [key.kid, classical.kid],
    policy: ['ML-DSA-65', 'Ed25519'],
    keys: await meterKeys(telegrams),
  };
  await saveDevice(join(folder, 'device.json'), device);
  const broker = await startBroker();
  const flash = await FileFlash.open(join(folder, 'flash.bin'));
  const ether = new Ether();
  const board = await createBoard({
    name: DEVICE.thing,
    flash,
    settings: new DeviceSettings(device, 'the demo'),
    mqtt: new MqttClient({ url: broker.url, base: BASE, retry: { first: 100, last: 1000 } }),
    radio: ether.attach(),
    log: (line) => teller.log(line),
  });
  const failed = new Promise<never>((_, reject) => board.once('error', reject));
  failed.catch(() => {});
  const client = await mqtt.connectAsync(broker.url, { protocolVersion: 4 });
  const meters = new Meters(ether);
  try {
    await meters.receiver.serve(new MqttBus(client), BASE);
    board.start();
    teller.detail(`broker ${broker.url}, device ${BASE}`);
    return await Promise.race([failed, onAir()]);
  } finally {
    await client.endAsync(true);
    await board.stop();
    flash.close();
    await broker.stop();
  }

  async function onAir(): Promise<Outcome> {
    const send = (bytes: Uint8Array) =>
      push({ bundle: bytes, broker: client, device: BASE, onProgress: (progress) => teller.progress(progress) });

    teller.step('Push the bundle over the air');
    if (chaos) cutPower(board, flash, chaos, () => teller.detail(`power cut at write ${chaos.cut} of flash`));
    const pushed = await send(bundle);
    teller.detail(`${pushed.state}: ${pushed.chunks} chunks, ${pushed.bytes} bytes; running ${short(pushed.running)}`);

    teller.step(`Listen to ${telegrams.length} virtual meters`);
    const readings = await meters.collect(telegrams);
    teller.readings(readings);

    teller.step('Push a release with one flipped bit');
    const tampered = await send(flipBit(release(gateway, 2)));
    teller.detail(`${tampered.state}: ${tampered.reason}`);
    const after = await meters.collect(telegrams.slice(0, 1));
    teller.detail(`the device works on: ${after.length} more reading`);

    teller.step('Push a validly signed module that traps on its third message');
    const bad = await send(release(faulty, 3));
    teller.detail(`${bad.state}: ${bad.reason}; running ${short(bad.running)}`);
    const back = await meters.collect(telegrams.slice(0, 1));
    teller.detail(`the module before it is back: ${back.length} more reading`);

    const ok =
      pushed.state === 'CONFIRMED' &&
      readings.length === telegrams.length &&
      tampered.state === 'REFUSED' &&
      after.length === 1 &&
      bad.state === 'REVERTED' &&
      back.length === 1 &&
      bad.running === pushed.running;
    return {
      ok,
      module: { name: gateway.name, wasmBytes: gateway.bytes, memoryBytes: gateway.memory.limit },
      signature: { algorithms },
      push: { state: pushed.state, chunks: pushed.chunks, bytes: pushed.bytes },
      readings,
      tampered: fate(tampered),
      bad: fate(bad),
      running: { digest: bad.running ?? null },
    };
  }
}

const fate = ({ state, reason }: PushResult) => ({ state, reason: reason ?? null });
const short = (digest: string | undefined) => (digest ? `${digest.slice(0, 16)}…` : 'nothing');

function describe({ name, bytes, memory, manifest }: CompiledModule): string {
  const { memory: limit, fuel, stack, mailbox } = manifest.budgets;
  return `${name}: ${bytes} bytes of Wasm, ${memory.staticEnd} of ${limit} bytes of memory before the first message, fuel ${fuel} a message, stack ${stack}, mailbox ${mailbox}`;
}

/** The keys that the owner gave the device, by the name under which a module asks for them. */
async function meterKeys(telegrams: Telegram[]): Promise<Record<string, string>> {
  const codec = await WmbusDecoder.load();
  const keyed = telegrams.filter(({ key }) => key !== undefined);
  return Object.fromEntries(
    keyed.map(({ hex, key }) => {
      const { meter } = JSON.parse(codec.decode(Buffer.from(hex, 'hex'), Buffer.from(key!, 'hex')));
      return [`wmbus/${meter.manufacturer}-${meter.id}`, key!];
    }),
  );
}

/** The meters on the air, and the receiver behind the broker, which acknowledges what it has (docs/delivery.md). */
class Meters {
  readonly receiver = new Receiver(new MemoryStore(), {
    onDelivery: (_, { records }) => {
      for (const { class: level, payload } of records) {
        const reading = level === 0 ? readMeter(payload) : null;
        if (reading) this.#heard.push(reading);
      }
      this.#arrived();
    },
  });
  readonly #ether: Ether;
  #heard: MeterReading[] = [];
  #arrived = () => {};

  constructor(ether: Ether) {
    this.#ether = ether;
  }

  /** Sends each telegram once and waits for what the device delivers about it. */
  async collect(telegrams: Telegram[]): Promise<MeterReading[]> {
    this.#heard = [];
    const clock = new RealClock();
    const stops = telegrams.map(({ hex }, turn) =>
      clock.at((turn + 1) * INTERVAL, () => this.#ether.transmit(Buffer.from(hex, 'hex'), -70)),
    );
    await new Promise<void>((resolve) => {
      this.#arrived = () => this.#heard.length >= telegrams.length && resolve();
      stops.push(clock.at(telegrams.length * INTERVAL + PATIENCE, resolve));
    });
    for (const stop of stops) stop();
    return this.#heard;
  }
}

/** One bit of the module's bytes, in their middle. */
function flipBit(bundle: Uint8Array): Uint8Array {
  const damaged = bundle.slice();
  const middle = bundle.length - (openBundle(bundle).payload.length >> 1);
  damaged[middle]! ^= 1;
  return damaged;
}

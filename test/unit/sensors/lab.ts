/** A virtual board with modules/sensors on it and virtual parts on its buses, in virtual time. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createBoard, DeviceSettings, LocalMqtt, NorFlash, VirtualClock } from '../../../host-shim/index.ts';
import type { Part } from '../../../host-shim/parts/part.ts';
import { type Wire, Wiring } from '../../../host-shim/parts/wiring.ts';
import { readSenml, type SenmlRecord } from '../../../host-shim/telemetry/senml.ts';
import { compileModule } from '../../../runtime/guest/compiler/index.ts';
import { buildKernel } from '../../../runtime/kernel/build/index.ts';
import { repoRoot } from '../../support/device.ts';

const BASE = 'acme/lab/esp32c6/one';

export interface Lab {
  clock: VirtualClock;
  wiring: Wiring;
  /** Packs in the order of their publication, newest last. */
  readings: { part: string; time: number; records: SenmlRecord[] }[];
  events: { part: string; time: number; error: string; failures: number }[];
  log: string[];
  /** What each transfer read, in hexadecimal, or its error. */
  trace: string[];
  part(name: string): Part;
  /** The values of the newest reading of a part, by the record's name without the part's. */
  values(part?: string): Map<string, SenmlRecord>;
  after(ms: number): Lab;
  /** A message from the broker, below the device's base topic. */
  publish(topic: string, payload: Uint8Array): void;
  /** What the device published, but readings and events. */
  messages: { topic: string; payload: Uint8Array }[];
  stop(): Promise<void>;
}

export interface LabOptions {
  /** Settings `sensors/<key>`, or of another module by their whole names. */
  settings: Record<string, string>;
  wires: Wire[];
  engine?: 'wasm3' | 'host';
  /** Of the module; all without it. */
  grants?: 'no buses';
  /** With modules/delivery and modules/rules beside it: readings are then in what delivery publishes. */
  station?: boolean;
  unix?: number;
}

const built = new Map<
  string,
  Promise<{ wasm: Uint8Array; budget: { memory: number; stack: number; fuel: number; mailbox: number } }>
>();

function module(folder: string) {
  const known = built.get(folder);
  if (known) return known;
  const made = compileModule(join(repoRoot, folder), { out: join(repoRoot, 'build', 'test-modules', 'sensors') }).then(
    ({ wasm, manifest }) => ({ wasm, budget: manifest.budgets }),
  );
  built.set(folder, made);
  return made;
}

const kernels = new Map<string, Promise<WebAssembly.Module>>();

function kernel(engine: 'wasm3' | 'host'): Promise<WebAssembly.Module> {
  const known = kernels.get(engine);
  if (known) return known;
  const made = buildKernel({ engine }).then(async ({ file }) => {
    return WebAssembly.compile(new Uint8Array(await readFile(file)));
  });
  kernels.set(engine, made);
  return made;
}

/** Compiles what labs are made of, for a hook with time for it. */
export async function buildLabs(): Promise<void> {
  for (const engine of ['host', 'wasm3'] as const) await kernel(engine);
  for (const name of ['sensors', 'rules', 'delivery']) await module(`modules/${name}`);
  for (const name of ['launcher', 'station']) await module(`test/unit/sensors/assembly/${name}`);
}

export async function sensorLab({ settings, wires, engine = 'host', grants, station, unix }: LabOptions): Promise<Lab> {
  const launcher = await module(`test/unit/sensors/assembly/${station ? 'station' : 'launcher'}`);
  const sensors = await module('modules/sensors');
  const more = station ? { rules: await module('modules/rules'), delivery: await module('modules/delivery') } : {};
  const clock = new VirtualClock(unix);
  const hub = new LocalMqtt();
  const trace: string[] = [];
  const wiring = new Wiring({ clock, wires, trace: (line) => trace.push(line.result ?? line.error ?? '') });
  const lab: Lab = {
    clock,
    wiring,
    readings: [],
    events: [],
    log: [],
    trace,
    part: (name) => wiring.part(name),
    values: (part) => {
      const newest = lab.readings.findLast((reading) => part === undefined || reading.part === part);
      const prefix = newest ? `sensors/${newest.part}/` : '';
      return new Map(newest?.records.map((record) => [record.name.slice(prefix.length), record]));
    },
    after(ms) {
      clock.advance(ms);
      return lab;
    },
    publish: (topic, payload) => hub.publish(`${BASE}/${topic}`, payload),
    messages: [],
    stop: () => board.stop(),
  };
  const board = await createBoard({
    name: 'one',
    flash: new NorFlash(),
    settings: new DeviceSettings({
      identity: { org: 'acme', edge: 'lab', thingType: 'esp32c6', thing: 'one' },
      vendor: '6ba7b810-9dad-51d1-80b4-00c04fd430c8',
      class: '6ba7b811-9dad-51d1-80b4-00c04fd430c8',
      trust: [],
      keys: Object.fromEntries(
        Object.entries(settings).map(([key, text]) => [
          key.includes('/') ? key : `sensors/${key}`,
          Buffer.from(text, 'latin1').toString('hex'),
        ]),
      ),
    }),
    mqtt: hub.link(BASE),
    buses: wiring,
    clock,
    kernel: await kernel(engine),
    builtins: {
      sensors: sensors.wasm,
      launcher: launcher.wasm,
      ...Object.fromEntries(Object.entries(more).map(([name, { wasm }]) => [name, wasm])),
    },
    supervisor:
      grants || station ? { name: 'launcher', budget: launcher.budget } : { name: 'sensors', budget: sensors.budget },
    log: ({ level, actor, text }) => lab.log.push(`${level} ${actor}: ${text}`),
  });
  hub.subscribe(`${BASE}/telemetry`, (_, payload) => {
    const records = readSenml(payload);
    lab.readings.push({ part: nameOf(records), time: clock.now(), records });
  });
  hub.subscribe(`${BASE}/events`, (_, payload) => {
    const records = readSenml(payload);
    const [error, failures] = records.map(({ value }) => value) as [string, number];
    lab.events.push({ part: nameOf(records), time: clock.now(), error, failures });
  });
  hub.subscribe(`${BASE}/+`, (topic, payload) => {
    const last = topic.split('/').at(-1)!;
    if (!['telemetry', 'events'].includes(last)) lab.messages.push({ topic: last, payload: payload.slice() });
  });
  board.on('error', (error) => lab.log.push(`fatal: ${error.message}`));
  board.start();
  clock.advance(0);
  return lab;
}

function nameOf(records: SenmlRecord[]): string {
  return records[0]!.name.split('/')[1]!;
}

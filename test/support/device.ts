/**
 * A device for tests of updates: the real kernel, supervisor and verifier on the emulated board, with virtual time and
 * a broker without a network. The same calls give the same run.
 */
import { join } from 'node:path';
import {
  type Board,
  createBoard,
  Ether,
  type LogLine,
  LocalMqtt,
  NorFlash,
  type Release,
  seededRandom,
  DeviceSettings,
  signBundle,
  type Signer,
  VirtualClock,
} from '../../host-shim/index.ts';
import type { Device } from '../../host-shim/board/settings.ts';
import { ALGORITHMS, thumbprint } from '../../host-shim/release/algorithms.ts';
import { packageRoot } from '../../host-shim/files.ts';
import { openBundle } from '../../host-shim/release/bundle.ts';
import { signerFromSeed } from '../../host-shim/release/cose.ts';
import {
  CHUNK,
  decodeReport,
  encodeToDevice,
  type Report,
  type ToDevice,
  transferOf,
  WINDOW,
} from '../../host-shim/release/protocol.ts';
import { compileModule } from '../../runtime/guest/compiler/index.ts';

export const repoRoot = packageRoot();
export const VENDOR = '6ba7b810-9dad-51d1-80b4-00c04fd430c8';
export const CLASS = '6ba7b811-9dad-51d1-80b4-00c04fd430c8';
const BASE = 'acme/lab/esp32c6/one';

/** A signer with a seed of one repeated byte. Deterministic, so that bundles are the same in each run. */
export function testSigner(byte: number, wanted = 'ML-DSA-65'): Signer {
  const algorithm = ALGORITHMS.find(({ name }) => name === wanted);
  if (!algorithm) throw new Error(`${wanted} is not in the table`);
  return signerFromSeed(algorithm, new Uint8Array(32).fill(byte), true);
}

export const owner = testSigner(1);

export interface TestDevice {
  board: Board;
  clock: VirtualClock;
  flash: NorFlash;
  mqtt: LocalMqtt;
  ether: Ether;
  reports: Report[];
  log: LogLine[];
  /** Programs and erases of the regions that updates live in. */
  writes(): { programs: number; erases: number };
  send(message: ToDevice): void;
  /** The last report, after `ms` of virtual time. */
  after(ms: number): Report | undefined;
  /** Offers and sends chunks as the device asks for them, until it has decided or `ms` have passed. */
  push(bundle: Uint8Array, options?: PushOptions): Report | undefined;
}

export interface PushOptions {
  ms?: number;
  /** Decides for each chunk whether it is sent, dropped, or sent twice. */
  chaos?: (offset: number) => 'send' | 'drop' | 'twice';
}

export interface DeviceOptions {
  flash?: NorFlash;
  trust?: Signer[];
  keys?: Record<string, string>;
  unix?: number;
  /** Path of another kernel than build/kernel.wasm. */
  kernel?: string;
  policy?: Device['policy'];
  roots?: Signer[];
  places?: number;
  /** Hex. */
  seed?: string;
}

export async function testDevice(options: DeviceOptions = {}): Promise<TestDevice> {
  const {
    flash = new NorFlash(),
    trust = [owner],
    keys = {},
    unix,
    kernel,
    policy,
    roots = [],
    places,
    seed,
  } = options;
  const thumbprints = (signers: Signer[]) =>
    signers.map(({ algorithm, publicKey }) => Buffer.from(thumbprint(algorithm, publicKey)).toString('hex'));
  const clock = new VirtualClock(unix);
  const mqtt = new LocalMqtt();
  const ether = new Ether();
  const reports: Report[] = [];
  const log: LogLine[] = [];
  const settings = new DeviceSettings({
    identity: { org: 'acme', edge: 'lab', thingType: 'esp32c6', thing: 'one' },
    vendor: VENDOR,
    class: CLASS,
    trust: thumbprints(trust),
    roots: thumbprints(roots),
    ...(policy && { policy }),
    ...(places && { places }),
    ...(seed && { seed }),
    keys,
  });
  const board = await createBoard({
    name: 'one',
    flash,
    settings,
    clock,
    mqtt: mqtt.link(BASE),
    radio: ether.attach(),
    random: seededRandom('test'),
    log: (line) => log.push(line),
    ...(kernel && { kernel }),
  });
  mqtt.subscribe(`${BASE}/ota-state`, (_topic, payload) => reports.push(decodeReport(payload)));
  const device: TestDevice = {
    board,
    clock,
    flash,
    mqtt,
    ether,
    reports,
    log,
    writes: () => {
      const [journal, slots] = flash.regionCounters;
      return { programs: journal!.programs + slots!.programs, erases: journal!.erases + slots!.erases };
    },
    send: (message) => mqtt.publish(`${BASE}/ota`, encodeToDevice(message)),
    after(ms) {
      clock.advance(ms);
      return reports.at(-1);
    },
    push: (bundle, pushing) => pushTo(device, bundle, pushing),
  };
  return device;
}

function pushTo(device: TestDevice, bundle: Uint8Array, options: PushOptions = {}): Report | undefined {
  const { ms = 60_000, chaos = () => 'send' } = options;
  const { envelope, payload } = openBundle(bundle);
  const transfer = transferOf(envelope);
  const end = device.clock.now() + ms;
  const isOurs = ({ transfer: id }: Report) => id !== null && Buffer.compare(id, transfer) === 0;
  while (device.clock.now() < end) {
    const before = device.reports.length;
    device.send({ kind: 1, transfer, envelope });
    device.after(100);
    for (let heard = true; heard; ) {
      const last = device.reports.filter(isOurs).at(-1);
      if (last && ['CONFIRMED', 'REVERTED', 'REFUSED'].includes(last.state) && device.reports.length > before)
        return last;
      if (last?.state !== 'FETCHING') break;
      const stop = Math.min(last.next + WINDOW, payload.length);
      for (let offset = last.next; offset < stop; offset += CHUNK) {
        const message: ToDevice = {
          kind: 2,
          transfer,
          offset,
          data: payload.slice(offset, Math.min(offset + CHUNK, stop)),
        };
        const fate = chaos(offset);
        if (fate !== 'drop') device.send(message);
        if (fate === 'twice') device.send(message);
      }
      const count = device.reports.length;
      device.after(100);
      heard = device.reports.length > count;
    }
    device.after(1000);
  }
  return device.reports.filter(isOurs).at(-1);
}

/** Compiles a module of the repository and signs it. */
export async function testBundle(folder: string, changes: Partial<Release> = {}): Promise<Uint8Array> {
  const out = join(repoRoot, 'build', 'test-modules', folder.replaceAll('/', '-'));
  const { wasm, manifest } = await compileModule(join(repoRoot, folder), { out });
  return signBundle({
    wasm,
    vendor: VENDOR,
    class: CLASS,
    component: manifest.name,
    version: manifest.version,
    budgets: manifest.budgets,
    grants: manifest.grants,
    sequence: 1,
    signers: [owner],
    ...changes,
  });
}

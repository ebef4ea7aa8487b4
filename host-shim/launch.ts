/** One emulated board that stays: its flash and its settings in files, a broker of its own where none is named. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Board, type BoardOptions, createBoard } from './board/board.ts';
import { type Broker, startBroker } from './board/broker.ts';
import { obeyChaos } from './board/chaos.ts';
import { RealClock } from './board/clock.ts';
import { FileFlash, type NorFlash } from './board/flash.ts';
import { WebLink } from './board/http.ts';
import { Kernel, type KernelPorts } from './board/kernel.ts';
import { MqttClient } from './board/mqtt.ts';
import type { LogSink, MqttLink } from './board/ports.ts';
import { type Device, DeviceSettings, loadDevice, saveDevice } from './board/settings.ts';
import { parseProfile, type Profile, profileBase } from './board/topics.ts';
import { DEFAULTS } from './defaults.ts';
import { environmentCredentials } from './mqtt/credentials.ts';
import { fault, MoteError } from './errors.ts';
import { codeOf, readBounded } from './files.ts';
import { connectBroker } from './mqtt/connection.ts';
import type { AlgorithmName } from './release/algorithms.ts';
import { listKeys } from './release/keystore.ts';
import type { Target } from './targets.ts';

export interface LaunchOptions {
  /** Base topic, `org/edge/type/thing`. Default: that of the settings file, or the emulated board's. */
  name?: string | undefined;
  /** Flash image; made where there is none. Default: in .mote/boards/<thing>. */
  flash?: string | undefined;
  /** Settings file; made where there is none, with the trust of the key store. Default: in .mote/boards/<thing>. */
  settings?: string | undefined;
  /** URL of a broker; without it one is started on `port`. */
  broker?: string | undefined;
  port?: number | undefined;
  /** `host:port` of an MQTT-SN gateway: then the board speaks UDP to it, and no broker is started. */
  gateway?: string | undefined;
  /** Where the broker wants the topics: `plain` (the default) or `magistrala:<tenant>:<channel>`. */
  profile?: string | undefined;
  /** Folder of the key store. */
  keys?: string | undefined;
  /** What runs the modules: the kernel's interpreter, this program's own WebAssembly, or an rv32imac under QEMU. */
  target?: Target | undefined;
  /** A described board (runtime/boards) by name, or the file of one, whose virtual parts are wired to the buses. */
  board?: string | undefined;
  /** With `board`: a file for a trace of its buses (parts/trace.ts), and one with a trace in place of parts. */
  record?: string | undefined;
  replay?: string | undefined;
  /** Lose power when a sender asks for it (board/chaos.ts). Not with QEMU. */
  chaos?: boolean | undefined;
  /**
   * For a debugger, with target `host`: folders of modules whose TypeScript it shows. Their traps are logged with file and
   * line.
   */
  inspect?: string[] | undefined;
  log?: LogSink;
  /** Told when something is compiled for the target. */
  onBuild?: (line: string) => void;
}

export interface Launched {
  board: Board;
  device: string;
  broker: string;
  flash: string;
  settings: string;
  /** Thumbprints of the keys that it trusts. */
  trust: string[];
  /** Rejects when the board cannot go on: board-crashed or board-gave-up. Never resolves. */
  failed: Promise<never>;
  stop(): Promise<void>;
}

/**
 * Throws port-in-use, broker-url, topic-invalid, settings-name, board-unknown, device-damaged, flash-size, not-built, trace-invalid and file-*;
 * for QEMU tool-missing and build-failed.
 */
export async function launchBoard(options: LaunchOptions): Promise<Launched> {
  const { keys = DEFAULTS.keys, port = DEFAULTS.port } = options;
  const name = identityOf(options.name ?? DEFAULTS.device);
  const folder = join(DEFAULTS.boards, name.thing);
  const files = {
    flash: options.flash ?? join(folder, 'flash.bin'),
    settings: options.settings ?? join(folder, 'device.json'),
  };
  await makeFolder(dirname(files.settings), options.settings === undefined);
  await makeFolder(dirname(files.flash), options.flash === undefined);
  const owned = await provision(files.settings, name, keys);
  const settings = new DeviceSettings(owned, files.settings);
  if (options.name !== undefined && settings.base !== options.name) {
    throw fault('settings-name', { path: files.settings, found: settings.base, name: options.name });
  }
  const undo: (() => unknown)[] = [];
  const stop = async () => {
    for (let step = undo.pop(); step; step = undo.pop()) await step();
  };
  try {
    const base = profileBase(settings.base, readProfile(options.profile ?? 'plain'));
    let own: Broker | undefined;
    if (options.broker === undefined && options.gateway === undefined) {
      own = await startBroker({ port });
      undo.push(() => own?.stop());
    }
    const broker = options.broker ?? own?.url ?? `udp://${options.gateway}`;
    const mqtt =
      options.gateway === undefined
        ? new MqttClient({ ...environmentCredentials(), url: broker, base })
        : await snLink(options.gateway, base);
    const parts = { name: settings.base, settings, mqtt, http: new WebLink(), ...(await virtualParts(options)) };
    const { board, flash } = await makeBoard(options, files.flash, parts, undo);
    if (options.chaos && flash && options.gateway === undefined) {
      const client = await connectBroker(broker);
      undo.push(() => client.endAsync(true));
      await obeyChaos(board, flash, client, settings.base);
    }
    const failed = new Promise<never>((_, reject) => board.on('error', reject));
    failed.catch(() => {});
    board.start();
    undo.push(() => board.stop());
    return { board, device: settings.base, broker, ...files, trust: owned.trust, failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Throws gateway-address. */
async function snLink(gateway: string, base: string): Promise<MqttLink> {
  const [, host, port] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+)):(\d{1,5})$/.exec(gateway)?.filter((part) => part !== undefined) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) throw fault('gateway-address', { gateway });
  const { SnMqttLink } = await import('./mqttsn/board-link.ts');
  return new SnMqttLink({ host, port: Number(port), base });
}

/** Throws profile-unknown. */
function readProfile(text: string): Profile {
  const profile = parseProfile(text);
  if (!profile) throw fault('profile-unknown', { profile: text });
  return profile;
}

/** Buses with the parts of a described board. Throws board-unknown, trace-invalid and file-*. */
async function virtualParts({ board, record, replay }: LaunchOptions): Promise<Pick<BoardOptions, 'buses' | 'clock'>> {
  if (board === undefined) return {};
  const { findBoard, replayFile, traceFile, wiringOf } = await import('./parts/boards.ts');
  const clock = new RealClock();
  const replays = replay === undefined ? [] : await replayFile(replay);
  const trace = record === undefined ? {} : { trace: traceFile(record) };
  return { clock, buses: wiringOf(await findBoard(board), { clock, replays, ...trace }) };
}

/** With its flash, where this program has it. */
async function makeBoard(
  { target = 'wasm', inspect, log, onBuild }: LaunchOptions,
  image: string,
  parts: Pick<BoardOptions, 'name' | 'settings' | 'mqtt' | 'http' | 'buses' | 'clock'>,
  undo: (() => unknown)[],
): Promise<{ board: Board; flash?: NorFlash }> {
  const logged = { ...parts, ...(log && { log }) };
  if (target === 'qemu') {
    const { createQemuBoard } = await import('./qemu/index.ts');
    return { board: await createQemuBoard({ ...logged, flash: image, ...(onBuild && { onBuild }) }) };
  }
  const flash = await FileFlash.open(image);
  undo.push(() => flash.close());
  if (target === 'wasm') return { board: await createBoard({ ...logged, flash }), flash };
  const { buildKernel } = await import('../runtime/kernel/build/index.ts');
  const { file } = await buildKernel({ engine: 'host', ...(onBuild && { log: onBuild }) });
  if (!inspect) return { board: await createBoard({ ...logged, flash, kernel: file }), flash };
  const { sourceMaps } = await import('./engine/sources.ts');
  const mapOf = await sourceMaps(inspect, join(DEFAULTS.boards, 'sources'));
  const kernel = await WebAssembly.compile(await readBounded(file));
  const machine = (ports: KernelPorts) =>
    new Kernel(kernel, ports, {
      mapOf,
      trapped: (places) => {
        for (const place of places) ports.log('error', 'trap', `at ${place}`);
      },
    });
  return { board: await createBoard({ ...logged, flash, machine }), flash };
}

function identityOf(topic: string): Device['identity'] {
  const [org = '', edge = '', thingType = '', thing = '', ...more] = topic.split('/');
  if (more.length > 0) throw fault('topic-invalid', { topic });
  return { org, edge, thingType, thing };
}

/** What can sign modules (docs/bundle.cddl). The device demands both families once its owner has a key of each. */
const FAMILIES: AlgorithmName[] = ['ML-DSA-65', 'Ed25519'];

/** The device of the file; a new one gets this identity and trusts the keys of the key store that sign modules. */
async function provision(path: string, identity: Device['identity'], keys: string): Promise<Device> {
  try {
    return await loadDevice(path);
  } catch (error) {
    if (!(error instanceof MoteError) || error.key !== 'file-missing') throw error;
  }
  const signing = (await listKeys(keys)).filter(({ algorithm }) => FAMILIES.includes(algorithm));
  const policy = FAMILIES.filter((family) => signing.some(({ algorithm }) => algorithm === family));
  const device: Device = {
    identity,
    vendor: DEFAULTS.vendor,
    class: DEFAULTS.class,
    trust: signing.map(({ kid }) => kid),
    ...(policy.length === FAMILIES.length && { policy }),
    keys: {},
  };
  await saveDevice(path, device);
  return device;
}

/** Folders of our own are made; in folders that the user names, a typing error shall not make one. */
async function makeFolder(path: string, ours: boolean): Promise<void> {
  if (!ours) return;
  await mkdir(path, { recursive: true }).catch((error) => {
    throw fault('file-unwritable', { path, why: codeOf(error) ?? String(error) }, error);
  });
}

/**
 * A device for tests of delivery: the real kernel and modules/delivery on the strict NOR flash, an application module that is
 * driven from the air, virtual time, and a link in any weather. Power can go at every call that the kernel makes of its host.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blankImage, NorFlash, PowerCut, type Region } from '../../host-shim/board/flash.ts';
import { Kernel, type KernelPorts } from '../../host-shim/board/kernel.ts';
import { Subscriptions } from '../../host-shim/board/subscriptions.ts';
import { packageRoot } from '../../host-shim/files.ts';
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';
import { buildKernel } from '../../runtime/kernel/build/index.ts';
import { compileModule } from '../../runtime/guest/compiler/index.ts';
import { chance, FAIR, Link, type Weather } from './link.ts';

export const repoRoot = packageRoot();
const SECTOR = 4096;
/** 2026-11-21T00:00:00Z */
export const MIDNIGHT = Date.UTC(2026, 10, 21);

export function layout(sectors = 16, align = 4): Region[] {
  return [
    { name: 'journal', size: 2 * SECTOR, sector: SECTOR, align: 4, erased: 0xff },
    { name: 'slots', size: 2 * SECTOR, sector: SECTOR, align: 4, erased: 0xff },
    { name: 'delivery', size: sectors * SECTOR, sector: SECTOR, align, erased: 0xff },
  ];
}

/** What a device is made of. */
export interface Subject {
  kernel: WebAssembly.Module;
  builtins: Record<string, Uint8Array>;
}

/** `engine`: wasm3 as on a board, or the host's own for long runs. */
export async function subject(engine: 'wasm3' | 'host' = 'wasm3'): Promise<Subject> {
  const file = join(repoRoot, 'build', engine === 'wasm3' ? 'kernel.wasm' : 'kernel-host.wasm');
  await buildKernel({ out: file, ...(engine === 'host' && { engine }) });
  const out = join(repoRoot, 'build', 'test-modules', 'delivery');
  const modules = await Promise.all([
    compileModule(join(repoRoot, 'modules', 'delivery')),
    compileModule(join(repoRoot, 'test', 'delivery', 'assembly', 'app'), { out }),
    compileModule(join(repoRoot, 'test', 'delivery', 'assembly', 'chatter'), { out }),
    compileModule(join(repoRoot, 'test', 'delivery', 'assembly', 'root'), { out }),
  ]);
  const kernel = await WebAssembly.compile(new Uint8Array(await readFile(file)));
  return { kernel, builtins: Object.fromEntries(modules.map(({ name, wasm }) => [name, wasm])) };
}

export interface RigOptions {
  subject: Subject;
  seed?: number;
  weather?: Weather;
  sectors?: number;
  align?: number;
  image?: Uint8Array;
  /** Unix time at the rig's beginning, ms; null: the board does not know it. */
  unix?: number | null;
}

/** What the application module said on the air: receipts, desired documents, executions. */
export interface Receipt {
  token: number;
  outcome: number;
  number: number;
}

const ROOT_BUDGET = { memory: 8192, stack: 2048, fuel: 400_000, mailbox: 1024 };
/** Steps of the kernel in one instant: far more than there is work. */
const MOST_STEPS = 100_000;

export class Rig {
  now = 0;
  /** Added to the wall clock: steps of it. */
  clockError = 0;
  unix: number | null;
  /** Host calls of this rig's lives together, and the one that cuts the power, counted from 1. */
  calls = 0;
  cutAt: number | undefined;
  tear: PowerCut['tear'] | undefined;
  readonly flash: NorFlash;
  readonly link: Link;
  readonly counters = { boots: 0, cuts: 0, published: 0 };
  /** Page programs of 256 bytes that the program operations on `delivery` take. */
  pages = 0;
  programs = 0;
  /** Calls that write to the flash, by their number. */
  readonly writes: number[] = [];
  /** Where the last program operation ended. */
  end = 0;
  readonly erases: number[];
  readonly log: string[] = [];
  onPublish: (topic: string, payload: Uint8Array) => void = () => {};
  onReceipt: (receipt: Receipt) => void = () => {};
  onDesired: (version: number, document: Uint8Array) => void = () => {};
  onRun: (args: Uint8Array) => void = () => {};
  online = true;
  /** Bytes of a publication that the link takes. */
  most = Number.POSITIVE_INFINITY;
  /** Delivery may end without that being a fault. */
  mayEnd = false;
  readonly #subject: Subject;
  readonly #random: () => number;
  readonly #subscriptions = new Subscriptions();
  #kernel: Kernel | undefined;
  #started = 0;
  #image: Uint8Array;

  constructor(options: RigOptions) {
    const { subject: made, seed = 1, weather = FAIR, sectors = 16, align = 4, unix = MIDNIGHT } = options;
    this.#subject = made;
    this.unix = unix;
    const regions = layout(sectors, align);
    this.#image = options.image ?? blankImage(regions);
    this.flash = new NorFlash({ layout: regions, image: this.#image });
    this.erases = Array(sectors).fill(0);
    this.flash.onOperation = ({ kind, offset, length, region }) => {
      this.#call(kind !== 'read');
      if (kind !== 'read') this.writes.push(this.calls);
      if (region !== 'delivery') throw new Error(`delivery touches ${region}`);
      if (kind === 'erase') for (let at = offset; at < offset + length; at += SECTOR) this.erases[at / SECTOR]!++;
      if (kind !== 'program') return;
      this.programs++;
      this.end = offset + length;
      this.pages += Math.floor((offset + length - 1) / 256) - Math.floor(offset / 256) + 1;
    };
    this.link = new Link(weather, seed * 7919 + 1);
    this.#random = chance(seed * 104729 + 3);
  }

  get on(): boolean {
    return this.#kernel !== undefined;
  }

  image(): Uint8Array {
    return this.#image.slice();
  }

  boot(): void {
    this.off();
    this.counters.boots++;
    this.#started = this.now;
    try {
      this.#kernel = new Kernel(this.#subject.kernel, this.#ports());
      const id = this.#kernel.boot('root', ROOT_BUDGET);
      if (id <= 0) throw new Error(`the root does not boot: ${id}`);
      this.#work();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Power off, at once. */
  off(): void {
    this.#kernel = undefined;
    this.#subscriptions.clear();
  }

  /** A frame for the application module: `P`, `R` or `T` of test/delivery/assembly/app. */
  frame(bytes: Uint8Array): void {
    this.#do((kernel) => kernel.onRadio(bytes, -60));
  }

  publish(priority: number, payload: Uint8Array, token = 0): void {
    const frame = new Uint8Array(4 + payload.length);
    frame.set([0x50, priority, token & 255, token >> 8]);
    frame.set(payload, 4);
    this.frame(frame);
  }

  /** A publication to the device, through the weather. */
  send(topic: string, payload: Uint8Array): void {
    const copy = payload.slice();
    this.link.send(this.now, () => this.deliver(topic, copy));
  }

  /** The same at once. */
  deliver(topic: string, payload: Uint8Array): void {
    for (const actor of this.#subscriptions.actors(topic)) this.#do((kernel) => kernel.onMqtt(actor, topic, payload));
  }

  /** Lets time pass. */
  after(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const times = [this.link.next()];
      const deadline = this.#kernel?.nextDeadline();
      if (deadline !== undefined) times.push(this.#started + deadline);
      const next = Math.min(...times.filter((time) => time !== undefined));
      if (next > end) break;
      this.now = Math.max(this.now, next);
      this.link.deliver(this.now);
      this.#work();
    }
    this.now = end;
  }

  #do(event: (kernel: Kernel) => void): void {
    if (!this.#kernel) return;
    event(this.#kernel);
    this.#work();
  }

  #work(): void {
    try {
      for (let steps = 0; this.#kernel?.step(); steps++) {
        if (steps > MOST_STEPS) throw new Error('time stands still');
        if (this.#kernel.halted()) throw new Error(`the root ended: ${this.log.at(-1)}`);
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (!(error instanceof PowerCut)) throw error;
    this.counters.cuts++;
    this.off();
  }

  /** A call of the kernel to its host: where the power may go. */
  #call(tears = false): void {
    this.calls++;
    if (this.calls !== this.cutAt) return;
    throw new PowerCut(tears ? this.tear : undefined);
  }

  #ports(): KernelPorts {
    return {
      log: (level, actor, text) => {
        this.log.push(`${level} ${actor}: ${text}`);
        if (this.log.length > 200) this.log.shift();
        if (actor === 'delivery' && !this.mayEnd && /trap|fuel|memory/.test(text))
          throw new Error(`delivery ended: ${text}`);
      },
      now: () => this.now - this.#started,
      unix: () => (this.unix === null ? undefined : this.unix + this.now + this.clockError),
      random: (out) => {
        this.#call();
        for (let i = 0; i < out.length; i++) out[i] = this.#random() * 256;
      },
      settings: { get: () => undefined },
      flash: this.flash,
      builtins: this.#subject.builtins,
      radio: {
        send: (frame) => {
          this.#call();
          this.#hear(frame.slice());
          return 0;
        },
        listen: () => () => {},
      },
      mqtt: {
        start: () => {},
        stop: async () => {},
        connected: () => {
          this.#call();
          return this.online;
        },
        publish: (topic, payload) => {
          this.#call();
          if (payload.length > this.most) return ErrorCode['too-big'];
          this.counters.published++;
          const copy = payload.slice();
          this.link.send(this.now, () => this.onPublish(topic, copy));
          return 0;
        },
        subscribe: (actor, filter) => {
          this.#call();
          return this.#subscriptions.add(actor, filter);
        },
        forget: (actor) => void this.#subscriptions.forget(actor),
      },
    };
  }

  #hear(frame: Uint8Array): void {
    const view = new DataView(frame.buffer);
    if (frame[0] === 0x73) {
      this.onReceipt({ outcome: frame[1]!, token: view.getUint16(2, true), number: view.getUint32(4, true) });
    } else if (frame[0] === 0x64) this.onDesired(Number(view.getBigUint64(1, true)), frame.slice(9));
    else if (frame[0] === 0x78) this.onRun(frame.slice(1));
  }
}

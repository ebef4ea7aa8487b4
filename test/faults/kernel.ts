/**
 * One life, from power-on to power-off, of a device that runs the Wasm of the supervisor and of the modules that read
 * strangers' bytes for it in the host's engine: the imports of runtime/abi/mote.wit, virtual time, and application
 * modules that are played. Thousands of power cuts take seconds here; the real kernel goes through the same update in
 * test/e2e.
 */
import { createHash } from 'node:crypto';
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';
import type { FlashPort } from '../../host-shim/board/ports.ts';
import { algorithmNamed } from '../../host-shim/release/algorithms.ts';

/** What a played application module does. By default nothing wrong. */
export interface Behaviour {
  name: string;
  /** At its start: the kernel refuses it, it traps, or it takes the whole device down. */
  start?: 'refused' | 'trap' | 'reset';
  /** Traps at this tick, counted from 1. */
  trapAt?: number;
  /** What `health` answers; `hang`: nothing. */
  health?: boolean | 'hang';
  /** What `inspect` tells. */
  denied?: number;
  /** A supervisor in place of the firmware's: that very one, one that traps at its start or its third timer, or does nothing. */
  supervisor?: 'good' | 'traps' | 'falls' | 'hangs';
}

export interface World {
  flash: FlashPort;
  setting(name: string): Uint8Array | undefined;
  /** Who a module's bytes are; undefined: bytes that nobody signed. */
  behaviour(module: Uint8Array): Behaviour | undefined;
  /** Milliseconds since 1970, or undefined. */
  unix(): number | undefined;
  online(): boolean;
  /** What a web server has, under any address; undefined: there is none. */
  file(): Uint8Array | undefined;
  /** Modules may read these bytes under this name. */
  shared(name: string, bytes: Uint8Array): void;
  /** A module of a slot was entered. */
  entered(behaviour: Behaviour): void;
  publish(topic: string, payload: Uint8Array): void;
  log(text: string): void;
  /** The supervisor's budget: longer messages do not reach it. */
  mailbox: number;
}

/** A module took the device down: thrown out of `run`. */
export class DeviceReset extends Error {}

/** The supervisor itself trapped: never right. */
export class SupervisorTrap extends Error {}

const SUPERVISOR = 1;
/** So often one supervisor hands over to another without time passing before that is a fault of theirs. */
const HANDOVERS_MAX = 50;
/** MOTE_MESSAGE_OVERHEAD of runtime/kernel/bounds.h. */
const OVERHEAD = 20;
const CASE = { tick: 0, timer: 1, mqtt: 3, mail: 4, started: 5, exited: 6, health: 7, http: 11 } as const;

interface Actor {
  id: number;
  builtin?: string;
  guest?: Guest;
  module?: Uint8Array;
  behaviour?: Behaviour;
  ticks: number;
  running: boolean;
}

type Task = () => void;

interface Exports {
  memory: WebAssembly.Memory;
  cabi_realloc(old: number, oldSize: number, align: number, size: number): number;
  arena_reset(): void;
  handle(kind: number, a: number, b: number, c: number, d: number): void;
  start(): void;
}

/** The longest read of the contract: what is read is copied into a guest's memory at once. */
const READ = new Uint8Array(4096);

/** A module of the firmware whose own Wasm runs here, and what it answers with. */
class Guest {
  readonly exports: Exports;
  life: Life | undefined;
  id = SUPERVISOR;
  #view: DataView | undefined;

  constructor(module: WebAssembly.Module, imports: (guest: Guest) => WebAssembly.Imports, prepare: Prepare) {
    const instance = new WebAssembly.Instance(module, imports(this));
    this.exports = instance.exports as unknown as Exports;
    prepare(instance);
  }

  /** Its memory as it is now. */
  get view(): DataView {
    const { buffer } = this.exports.memory;
    if (this.#view?.buffer !== buffer) this.#view = new DataView(buffer);
    return this.#view;
  }

  lower(bytes: Uint8Array): number {
    const at = this.exports.cabi_realloc(0, 0, 8, bytes.length) >>> 0;
    new Uint8Array(this.exports.memory.buffer, at, bytes.length).set(bytes);
    return at;
  }

  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.exports.memory.buffer, at >>> 0, length >>> 0).slice();
  }

  call(kind: number, a = 0, b = 0, c = 0, d = 0): void {
    this.exports.handle(kind, a, b, c, d);
    this.exports.arena_reset();
  }

  message(kind: number, lists: Uint8Array[], first?: number): void {
    const flat = first === undefined ? [] : [first];
    for (const bytes of lists) flat.push(this.lower(bytes), bytes.length);
    this.call(kind, ...flat);
  }
}

type Prepare = (instance: WebAssembly.Instance) => void;

/** The firmware: the supervisor, the modules of which one at a time runs beside it, and a switch for planted bugs. */
export interface Firmware {
  module: WebAssembly.Module;
  /** By name. */
  helpers: ReadonlyMap<string, WebAssembly.Module>;
  prepare?: Prepare;
  /** Instances of helpers: one life at a time uses them. */
  kept?: Map<string, Kept>;
  /** Every signature that the host's library has not verified before is taken as a bad one, unasked: where strangers sign. */
  strangers?: boolean;
}

interface Kept {
  guest: Guest;
  image: Uint8Array;
}

export class Life {
  now = 0;
  readonly #world: World;
  readonly #firmware: Firmware;
  #supervisor: Guest;
  /** The supervisor that was handed over to, until it is not fed in time. */
  #successor: Behaviour | undefined;
  #patience = Number.POSITIVE_INFINITY;
  readonly #actors = new Map<number, Actor>();
  readonly #timers = new Map<number, number>();
  readonly #tasks: Task[] = [];
  #lastActor = SUPERVISOR;
  #failure: unknown;
  /** Timers of the supervisor that was handed over to. */
  #timed = 0;
  /** Handovers since virtual time has passed, and that time. */
  #handovers = 0;
  #since = 0;

  constructor(firmware: Firmware, world: World) {
    this.#world = world;
    this.#firmware = firmware;
    this.#supervisor = this.#startSupervisor();
    this.#enter(() => this.#supervisor.exports.start());
  }

  /** A publication for the supervisor. */
  deliver(topic: string, payload: Uint8Array): void {
    if (OVERHEAD + topic.length + payload.length > this.#world.mailbox) return;
    this.#tasks.push(() => this.#message(CASE.mqtt, [Buffer.from(topic), payload]));
  }

  /** Lets `ms` of virtual time pass. Throws what a flash port threw, DeviceReset or SupervisorTrap. */
  run(ms: number): void {
    const end = this.now + ms;
    for (let turns = 0; turns < 1_000_000; turns++) {
      const task = this.#tasks.shift();
      if (task) {
        task();
        continue;
      }
      let first: number | undefined;
      for (const [id, due] of this.#timers) if (first === undefined || due < this.#timers.get(first)!) first = id;
      const next = first === undefined ? Number.POSITIVE_INFINITY : this.#timers.get(first)!;
      if (this.#patience <= Math.min(next, end)) {
        this.now = Math.max(this.now, this.#patience);
        this.#succeed(undefined);
        continue;
      }
      if (first === undefined || next > end) {
        this.now = end;
        return;
      }
      this.now = Math.max(this.now, this.#timers.get(first)!);
      this.#timers.delete(first);
      const id = first;
      this.#tasks.push(() => this.#onTimer(id));
    }
    throw new SupervisorTrap('time stands still');
  }

  #onTimer(id: number): void {
    if (this.#successor?.supervisor === 'falls' && ++this.#timed === 3) this.#succeed(undefined);
    else this.#call(CASE.timer, id);
  }

  #startSupervisor(): Guest {
    const { module, prepare = () => {} } = this.#firmware;
    const guest = new Guest(module, (self) => importsOf(module, self), prepare);
    guest.life = this;
    return guest;
  }

  /** As after a reset, with this supervisor; undefined: the firmware's. */
  #succeed(behaviour: Behaviour | undefined): void {
    if (this.#since !== this.now) this.#handovers = 0;
    this.#since = this.now;
    if (++this.#handovers > HANDOVERS_MAX) throw new SupervisorTrap('one supervisor hands over to the other for ever');
    this.#actors.clear();
    this.#timers.clear();
    this.#tasks.length = 0;
    this.#successor = behaviour;
    this.#timed = 0;
    if (!behaviour) this.#patience = Number.POSITIVE_INFINITY;
    this.#lastActor += 100;
    this.#supervisor = this.#startSupervisor();
    if (behaviour?.start === 'reset') throw new DeviceReset();
    if (behaviour?.supervisor === 'hangs') return;
    if (behaviour?.supervisor === 'traps') this.#succeed(undefined);
    else this.#enter(() => this.#supervisor.exports.start());
  }

  #enter(work: () => void): void {
    if (this.#successor?.supervisor === 'hangs') return;
    try {
      work();
    } catch (error) {
      const failure = this.#failure ?? error;
      this.#failure = undefined;
      if (failure instanceof WebAssembly.RuntimeError && this.#successor) {
        this.#tasks.length = 0;
        this.#tasks.push(() => this.#succeed(undefined));
        return;
      }
      if (failure instanceof WebAssembly.RuntimeError) throw new SupervisorTrap(failure.message, { cause: failure });
      throw failure;
    }
  }

  #call(kind: number, ...scalars: number[]): void {
    this.#enter(() => this.#supervisor.call(kind, ...scalars));
  }

  #message(kind: number, lists: Uint8Array[], first?: number): void {
    this.#enter(() => this.#supervisor.message(kind, lists, first));
  }

  // Actors

  #spawn(actor: Omit<Actor, 'id' | 'ticks' | 'running'>): number {
    const id = ++this.#lastActor;
    this.#actors.set(id, { ...actor, id, ticks: 0, running: false });
    this.#tasks.push(() => this.#start(id));
    return id;
  }

  #start(id: number): void {
    const actor = this.#actors.get(id);
    if (!actor) return;
    if (actor.module) {
      actor.behaviour = this.#world.behaviour(actor.module) ?? { name: 'bytes that nobody signed' };
      this.#world.entered(actor.behaviour);
      if (actor.behaviour.start === 'reset') throw new DeviceReset();
    }
    const start = actor.behaviour?.start;
    if (start) this.#end(id, start === 'trap' ? 'trap: unreachable executed' : 'load: unknown section');
    else {
      actor.running = true;
      this.#call(CASE.started, id);
    }
  }

  #end(id: number, reason: string): void {
    this.#actors.delete(id);
    this.#tasks.push(() => this.#message(CASE.exited, [Buffer.from(reason)], id));
  }

  #tick(id: number): void {
    const actor = this.#actors.get(id);
    if (actor?.behaviour && ++actor.ticks === actor.behaviour.trapAt) this.#end(id, 'trap: unreachable executed');
  }

  #check(id: number): void {
    const actor = this.#actors.get(id);
    const health = actor?.behaviour?.health ?? true;
    if (!actor || health === 'hang') return;
    this.#tasks.push(() => this.#call(CASE.health, id, health ? 1 : 0));
  }

  #letter(id: number, letter: Uint8Array): void {
    const actor = this.#actors.get(id);
    if (!actor?.builtin) return;
    const kept = this.#helper(actor);
    if (!kept) {
      const answer = verify(actor.builtin, letter, this.#firmware.strangers);
      this.#tasks.push(() => this.#message(CASE.mail, [Uint8Array.of(answer ? 1 : 0)], id));
      return;
    }
    try {
      kept.message(CASE.mail, [letter], SUPERVISOR);
    } catch (error) {
      const failure = this.#failure ?? error;
      this.#failure = undefined;
      if (!(failure instanceof WebAssembly.RuntimeError)) throw failure;
      this.#world.log(`${actor.builtin}: trap: ${failure.message}`);
      this.#end(id, `trap: ${failure.message}`);
    }
  }

  /** The instance that plays this actor: as it is after its start when the actor is new. Undefined: a verifier of signatures. */
  #helper(actor: Actor): Guest | undefined {
    if (actor.guest) return actor.guest;
    const { helpers, prepare = () => {} } = this.#firmware;
    const name = actor.builtin!;
    const module = helpers.get(name);
    if (!module) return undefined;
    this.#firmware.kept ??= new Map();
    let kept = this.#firmware.kept.get(name);
    if (!kept) {
      const guest = new Guest(module, (self) => importsOf(module, self), prepare);
      guest.exports.start();
      kept = { guest, image: guest.bytes(0, guest.exports.memory.buffer.byteLength) };
      this.#firmware.kept.set(name, kept);
    }
    new Uint8Array(kept.guest.exports.memory.buffer).set(kept.image);
    kept.guest.exports.arena_reset();
    kept.guest.life = this;
    kept.guest.id = actor.id;
    actor.guest = kept.guest;
    return kept.guest;
  }

  /** An error of a port must come out as it went in; the engine would keep it, but not through every frame. */
  failed(error: unknown): void {
    this.#failure = error;
  }

  /** What a module can call, by its name in the contract. */
  imports(guest: Guest): Record<string, (...args: number[]) => unknown> {
    const { flash } = this.#world;
    const view = () => guest.view;
    const bytes = (at: number, length: number) => guest.bytes(at, length);
    const text = (at: number, length: number) => Buffer.from(bytes(at, length)).toString();
    /** result<_, error> at `ret`, its payload at `at`. */
    const answer = (ret: number, code: number, at = 1, write: () => void = () => {}) => {
      view().setUint8(ret >>> 0, code < 0 ? 1 : 0);
      if (code < 0) view().setUint8((ret >>> 0) + at, -code - 1);
      else write();
    };
    const list = (ret: number, value: Uint8Array | undefined, code: number = ErrorCode['not-found']) => {
      if (!value) return answer(ret, code, 4);
      const at = guest.lower(value);
      answer(ret, 0, 4, () => {
        view().setUint32((ret >>> 0) + 4, at, true);
        view().setUint32((ret >>> 0) + 8, value.length, true);
      });
    };
    const known = (actor: number) => (this.#actors.has(actor >>> 0) ? 0 : ErrorCode['not-found']);
    const later = (task: Task) => void this.#tasks.push(task);
    return {
      'log.write': (_level, at, length) => this.#world.log(text(at!, length!)),
      'clock.now': () => BigInt(this.now),
      'clock.unix': (ret) => {
        const unix = this.#world.unix();
        view().setUint8(ret! >>> 0, unix === undefined ? 0 : 1);
        if (unix !== undefined) view().setBigUint64((ret! >>> 0) + 8, BigInt(unix + this.now), true);
      },
      'timer.set': (id, delay, ret) => {
        this.#timers.set(id!, this.now + (delay! >>> 0));
        answer(ret!, 0);
      },
      'timer.cancel': (id) => void this.#timers.delete(id!),
      'settings.get': (at, length, ret) => list(ret!, this.#world.setting(text(at!, length!))),
      'mqtt.connected': () => (this.#world.online() ? 1 : 0),
      'mqtt.subscribe': (_at, _length, ret) => answer(ret!, 0),
      'mqtt.publish': (topic, topicLength, at, length, _qos, ret) => {
        const online = this.#world.online();
        if (online) this.#world.publish(text(topic!, topicLength!), bytes(at!, length!));
        answer(ret!, online ? 0 : ErrorCode.offline);
      },
      'flash.describe': (region, ret) => {
        const found = flash.describe(region!);
        answer(ret!, found ? 0 : ErrorCode.invalid, 4, () => {
          const words = [found!.size, found!.sector, found!.align];
          for (const [i, word] of words.entries()) view().setUint32((ret! >>> 0) + 4 + 4 * i, word, true);
          view().setUint8((ret! >>> 0) + 16, found!.erased);
        });
      },
      'flash.read': (region, offset, length, ret) => {
        if (length! >>> 0 > READ.length) return list(ret!, undefined, ErrorCode['too-big']);
        const out = READ.subarray(0, length! >>> 0);
        const code = flash.read(region!, offset! >>> 0, out);
        list(ret!, code < 0 ? undefined : out, code);
      },
      'flash.program': (region, offset, at, length, ret) =>
        answer(ret!, flash.program(region!, offset! >>> 0, bytes(at!, length!))),
      'flash.erase': (region, offset, length, ret) => answer(ret!, flash.erase(region!, offset! >>> 0, length! >>> 0)),
      'mail.send': (to, at, length, ret) => {
        const letter = bytes(at!, length!);
        later(() => this.#letter(to!, letter));
        answer(ret!, known(to!));
      },
      'mail.reply': (at, length, ret) => {
        const letter = bytes(at!, length!);
        const from = guest.id;
        if (OVERHEAD + letter.length > this.#world.mailbox) return answer(ret!, ErrorCode['too-big']);
        later(() => this.#actors.has(from) && this.#message(CASE.mail, [letter], from));
        answer(ret!, 0);
      },
      'actors.spawn': (_name, _nameLength, source, first, second, third, _m, _s, _f, _b, _grants, _count, ret) => {
        let id: number;
        if (source === 0) id = this.#spawn({ builtin: text(first!, second!) });
        else {
          const module = new Uint8Array(third! >>> 0);
          const code = flash.read(first!, second! >>> 0, module);
          if (code < 0) return answer(ret!, code, 4);
          id = this.#spawn({ module });
        }
        answer(ret!, 0, 4, () => view().setUint32((ret! >>> 0) + 4, id, true));
      },
      // No delivery beside it: what is told to it is told to nobody.
      'mail.post': (_name, _nameLength, _payload, _length, ret) => answer(ret!, ErrorCode['not-found'], 4),
      'actors.share': (name, length, region, offset, size, ret) => {
        const shared = new Uint8Array(size! >>> 0);
        if (size) flash.read(region!, offset! >>> 0, shared);
        this.#world.shared(text(name!, length!), shared);
        answer(ret!, 0);
      },
      'actors.handover': (region, offset, length, _memory, _stack, _fuel, _mailbox, patience, ret) => {
        if (this.#successor) return answer(ret!, ErrorCode.denied);
        const module = new Uint8Array(length! >>> 0);
        const code = flash.read(region!, offset! >>> 0, module);
        if (code < 0) return answer(ret!, code);
        const behaviour = this.#world.behaviour(module) ?? { name: 'bytes that nobody signed', supervisor: 'traps' };
        this.#world.entered(behaviour);
        this.#patience = this.now + (patience! >>> 0);
        // All that waits is forgotten, as by a reset.
        this.#tasks.unshift(() => this.#succeed(behaviour));
        answer(ret!, 0);
      },
      'http.get': (_url, _urlLength, offset, length, _tag, _tagLength, ret) => {
        const file = this.#world.file();
        if (!file) return answer(ret!, ErrorCode.offline);
        const from = offset! >>> 0;
        const head = Buffer.from(Uint32Array.of(206, from, file.length).buffer);
        later(() => this.#message(CASE.http, [head, file.subarray(from, from + (length! >>> 0))]));
        answer(ret!, 0);
      },
      'actors.feed': (patience, ret) => {
        if (this.#successor) this.#patience = this.now + (patience! >>> 0);
        answer(ret!, this.#successor ? 0 : ErrorCode['not-found']);
      },
      'actors.stop': (actor, ret) => {
        answer(ret!, known(actor!));
        this.#actors.delete(actor!);
      },
      'actors.tick': (actor, ret) => {
        later(() => this.#tick(actor!));
        answer(ret!, known(actor!));
      },
      'actors.check': (actor, ret) => {
        later(() => this.#check(actor!));
        answer(ret!, known(actor!));
      },
      'actors.inspect': (actor, ret) =>
        answer(ret!, known(actor!), 4, () => {
          const at = (ret! >>> 0) + 4;
          const found = this.#actors.get(actor!)!;
          const words = [found.ticks, found.behaviour?.denied ?? 0, 0, 1, 1024];
          view().setUint8(at, found.running ? 1 : 0);
          for (const [i, word] of words.entries()) view().setUint32(at + 4 + 4 * i, word, true);
        }),
    };
  }
}

/** Bound to the guest, and through it to the life that it has at the moment. */
function importsOf(module: WebAssembly.Module, guest: Guest): WebAssembly.Imports {
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  let bound: { life: Life; all: ReturnType<Life['imports']> } | undefined;
  for (const { module: space, name } of WebAssembly.Module.imports(module)) {
    const full = `${space}.${name}`;
    imports[space] ??= {};
    imports[space][name] = (...args: number[]) => {
      const life = guest.life!;
      if (bound?.life !== life) bound = { life, all: life.imports(guest) };
      const found = bound.all[full];
      if (!found) throw new Error(`${full} is not played here`);
      try {
        return found(...args) as number;
      } catch (error) {
        life.failed(error);
        throw error;
      }
    };
  }
  return imports;
}

/** Verdicts by the digest of builtin and letter: the same few letters come thousands of times. */
const verdicts = new Map<string, boolean>();

/** The letter of modules/ml-dsa: `[parameter set][key][signature][message]`; judged by the host's library. */
function verify(builtin: string, letter: Uint8Array, strangers = false): boolean {
  const id = `${builtin}:${createHash('sha256').update(letter).digest('base64')}`;
  const known = verdicts.get(id);
  if (known !== undefined || strangers) return known ?? false;
  const algorithm = builtin === 'ml-dsa' ? algorithmNamed(`ML-DSA-${letter[0]}`) : algorithmNamed('Ed25519');
  if (!algorithm) throw new Error(`no verifier for a letter to ${builtin}`);
  const keyAt = builtin === 'ml-dsa' ? 1 : 0;
  const signatureAt = keyAt + algorithm.publicKeyBytes;
  const messageAt = signatureAt + algorithm.signatureBytes;
  const verdict = algorithm.verify(
    letter.subarray(keyAt, signatureAt),
    letter.subarray(messageAt),
    letter.subarray(signatureAt, messageAt),
  );
  verdicts.set(id, verdict);
  return verdict;
}

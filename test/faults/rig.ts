/** A device for fault tests: flash that outlives its lives, a sender, and what the device said and ran. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { packageRoot } from '../../host-shim/files.ts';
import { NorFlash, PowerCut, type Region } from '../../host-shim/board/flash.ts';
import type { FlashPort } from '../../host-shim/board/ports.ts';
import { ALGORITHMS, thumbprint } from '../../host-shim/release/algorithms.ts';
import { decodeCbor, encodeCbor } from '../../host-shim/release/cbor.ts';
import { readBundle, signBundle } from '../../host-shim/release/bundle.ts';
import { openDelivery } from '../../host-shim/release/group.ts';
import { type Signer, signerFromSeed } from '../../host-shim/release/cose.ts';
import { openRollout } from '../../host-shim/release/rollout.ts';
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
import { type Behaviour, DeviceReset, type Firmware, Life } from './kernel.ts';

/** Also where this file has been compiled into another folder. */
export const repoRoot = packageRoot();
/** Of the device's own key, to which group keys are sealed. */
export const DEVICE_SEED = new Uint8Array(32).fill(77);
const VENDOR = '6ba7b810-9dad-51d1-80b4-00c04fd430c8';
const CLASS = '6ba7b811-9dad-51d1-80b4-00c04fd430c8';

export function signer(byte: number, name = 'ML-DSA-65'): Signer {
  const algorithm = ALGORITHMS.find((each) => each.name === name)!;
  return signerFromSeed(algorithm, new Uint8Array(32).fill(byte), true);
}
export const owner = [signer(1)];
/** Root keys; two of the three sign a key set. */
export const roots = [signer(101, 'ML-DSA-87'), signer(102, 'ML-DSA-87'), signer(103, 'ML-DSA-87')];

/** A signed module, ready to be offered. */
export interface Offer {
  behaviour: Behaviour;
  sequence: number;
  bundle: Uint8Array;
  envelope: Uint8Array;
  payload: Uint8Array;
  transfer: Uint8Array;
  digest: string;
}

const offers = new Map<string, Offer>();
const behaviours = new Map<string, Behaviour>();

type Changes = Partial<Parameters<typeof signBundle>[0]>;

/** `size` bytes that stand for a module, signed. The same arguments give the same bytes. */
export function offer(behaviour: Behaviour, sequence: number, size: number, changes: Changes = {}): Offer {
  const key = JSON.stringify([behaviour, sequence, size, Object.entries(changes).map(([k, v]) => [k, keyOf(v)])]);
  const known = offers.get(key);
  if (known) return known;
  const wasm = changes.wasm ?? bytesOf(behaviour.name, size);
  const sign = () =>
    signBundle({
      wasm,
      vendor: VENDOR,
      class: CLASS,
      component: 'gateway',
      version: '1',
      budgets: { memory: 4096, fuel: 10_000, stack: 1024, mailbox: 1024, outbox: 0 },
      grants: [],
      sequence,
      signers: owner,
      ...changes,
    });
  const made = wrap(behaviour, sequence, hash(wasm), sign);
  offers.set(key, made);
  return made;
}

/** Bytes that stand for a module of this name. */
export function bytesOf(name: string, size: number): Uint8Array {
  const seed = createHash('sha256').update(name).digest();
  return new Uint8Array(size).map((_, i) => (seed[i % 32]! + i * 7 + (i >> 8)) & 0xff);
}

/** Signed when something of it is looked at that needs it: most of the scenarios of a geometry are not played. */
function wrap(behaviour: Behaviour, sequence: number, digest: string, sign: () => Uint8Array): Offer {
  let made: Pick<Offer, 'bundle' | 'envelope' | 'payload' | 'transfer'> | undefined;
  const signed = () => {
    if (!made) {
      const bundle = sign();
      const { envelope, payload } = readBundle(bundle);
      made = { bundle, envelope, payload, transfer: transferOf(envelope) };
    }
    return made;
  };
  behaviours.set(digest, behaviour);
  return {
    behaviour,
    sequence,
    digest,
    get bundle() {
      return signed().bundle;
    },
    get envelope() {
      return signed().envelope;
    },
    get payload() {
      return signed().payload;
    },
    get transfer() {
      return signed().transfer;
    },
  };
}

const keyOf = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(keyOf)
    : value instanceof Uint8Array
      ? hash(value)
      : typeof value === 'object' && value !== null
        ? 'publicKey' in value
          ? hash(value.publicKey as Uint8Array)
          : Object.entries(value).map(keyOf)
        : value;

export const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
export const hex = (bytes: Uint8Array | null | undefined): string | null =>
  bytes ? Buffer.from(bytes).toString('hex') : null;

/** The firmware under test. */
export interface Subject extends Firmware {
  /** The supervisor's budget, bytes. */
  mailbox: number;
}

/** Modules whose own Wasm runs beside the supervisor's. */
export const HELPERS = ['verifier', 'unwrap', 'decrypt', 'inflate'];

export async function supervisor(): Promise<Subject> {
  const compile = async (name: string) => {
    const { wasm, manifest } = await compileModule(join(repoRoot, 'modules', name));
    return { manifest, module: await WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>) };
  };
  const { manifest, module } = await compile('supervisor');
  const helpers = new Map<string, WebAssembly.Module>();
  for (const name of HELPERS) helpers.set(name, (await compile(name)).module);
  return { mailbox: manifest.budgets.mailbox, module, helpers };
}

export interface RigOptions {
  subject: Subject;
  layout?: readonly Region[];
  image?: Uint8Array;
  trust?: Signer[];
  unix?: number;
  /** Components that there is room for. */
  places?: number;
}

export class Rig {
  readonly subject: Subject;
  readonly places: number | undefined;
  readonly flash: NorFlash;
  readonly layout: readonly Region[] | undefined;
  reports: Report[] = [];
  /** Names of the modules that were entered, and digests where nobody signed them. */
  entered: string[] = [];
  strangers = 0;
  /** Names and digests of the data that modules could read, one after the other. */
  shared: string[] = [];
  online = true;
  unix: number | undefined;
  log: string[] = [];
  /** Called for each report, at the moment it leaves the device. */
  onReport: ((report: Report) => void) | undefined;
  onPublish: ((payload: Uint8Array) => void) | undefined;
  /** Stands between the supervisor and the flash. */
  between: ((flash: FlashPort) => FlashPort) | undefined;
  /** Power cuts and resets that were met while running. */
  cuts = 0;
  resets = 0;
  #info: unknown;
  /** What the web server has. */
  #file: Uint8Array | undefined;
  #life: Life | undefined;
  readonly #settings: Map<string, Uint8Array>;

  constructor({ subject, layout, image, trust = owner, unix, places }: RigOptions) {
    this.subject = subject;
    this.layout = layout;
    this.places = places;
    this.flash = new NorFlash({ ...(layout && { layout }), ...(image && { image }) });
    this.unix = unix;
    this.#settings = new Map<string, Uint8Array>([
      ['device/base', Buffer.from('acme/lab/esp32c6/one')],
      ['device/vendor', uuid(VENDOR)],
      ['device/class', uuid(CLASS)],
      ['trust/roots', thumbprints(roots)],
      ['trust/keys', thumbprints(trust)],
      ['unwrap-seed', DEVICE_SEED],
    ]);
    if (places) this.#settings.set('device/places', Uint8Array.of(places));
  }

  set(name: string, value: Uint8Array): void {
    this.#settings.set(name, value);
  }

  get on(): boolean {
    return this.#life !== undefined;
  }

  image(): Uint8Array {
    return new Uint8Array(Buffer.concat([this.flash.dump(0), this.flash.dump(1)]));
  }

  /** Power on (off first). False: the power was cut within. */
  boot(): boolean {
    this.#life = undefined;
    const world = {
      flash: this.between ? this.between(this.flash) : this.flash,
      setting: (name: string) => this.#settings.get(name),
      behaviour: (module: Uint8Array) => behaviours.get(hash(module)),
      unix: () => this.unix,
      file: () => this.#file,
      online: () => this.online,
      shared: (name: string, bytes: Uint8Array) => {
        const digest = hash(bytes);
        if (!behaviours.has(digest)) this.strangers++;
        this.shared.push(`${name} ${digest}`);
      },
      entered: (behaviour: Behaviour) => {
        this.entered.push(behaviour.name);
        if (behaviour.name === 'bytes that nobody signed') this.strangers++;
      },
      publish: (topic: string, payload: Uint8Array) => {
        if (topic === 'ota-info') {
          this.#info = decodeCbor(payload);
          return;
        }
        this.onPublish?.(payload);
        const report = reportOf(payload);
        this.reports.push(report);
        this.onReport?.(report);
      },
      mailbox: this.subject.mailbox,
      log: (text: string) => void this.log.push(text),
    };
    return this.#guard(() => {
      this.#life = new Life(this.subject, world);
    });
  }

  /** Lets time pass. A device that a module resets starts again; one whose power was cut stays off: false. */
  after(ms: number): boolean {
    const life = this.#life;
    return life ? this.#guard(() => life.run(ms)) : false;
  }

  send(message: ToDevice): void {
    this.#life?.deliver('ota', encodeToDevice(message));
  }

  raw(payload: Uint8Array): void {
    this.#life?.deliver('ota', payload);
  }

  /** Asks for the module before, until the device has decided. */
  rollback(expect: string): Report | undefined {
    for (let tries = 0; tries < 20 && this.on; tries++) {
      const count = this.reports.length;
      this.raw(encodeCbor([5, new Uint8Array(Buffer.from(expect, 'hex'))]));
      this.after(3000);
      const report = this.reports.slice(count).findLast(({ state }) => DECIDED.includes(state));
      if (report) return report;
    }
    return undefined;
  }

  /** Offers each envelope in turn; the last answer. */
  keys(envelopes: readonly Uint8Array[]): Report | undefined {
    let report: Report | undefined;
    for (const envelope of envelopes) {
      if (!this.on) return undefined;
      const count = this.reports.length;
      this.raw(encodeCbor([4, transferOf(envelope), envelope]));
      this.after(500);
      report = this.reports.slice(count).at(-1);
    }
    return report;
  }

  /** Says who is to have what. */
  rollout(file: Uint8Array): Report | undefined {
    const { envelope } = openRollout(file);
    const count = this.reports.length;
    this.raw(encodeCbor([9, transferOf(envelope), envelope]));
    this.after(500);
    return this.reports.slice(count).at(-1);
  }

  /** Delivers a group key. */
  group(delivery: Uint8Array): Report | undefined {
    const { envelope, sealed } = openDelivery(delivery);
    const count = this.reports.length;
    this.raw(encodeCbor([8, transferOf(envelope), envelope, sealed]));
    this.after(500);
    return this.reports.slice(count).at(-1);
  }

  /** Pushes all of a set, one after the other; the last answer. */
  pushSet(offers: readonly Offer[]): Report | undefined {
    let report: Report | undefined;
    for (const [i, each] of offers.entries()) report = this.push(each, i === offers.length - 1 ? 60_000 : 2500);
    return report;
  }

  /** The answer to a question without an argument: slots (6) or history (7). */
  ask(kind: 6 | 7): unknown {
    this.#info = undefined;
    this.raw(encodeCbor([kind]));
    this.after(10);
    return this.#info;
  }

  /** What it answers to a query; undefined: it is off or says nothing. */
  state(): Report | undefined {
    const count = this.reports.length;
    this.send({ kind: 3 });
    this.after(10);
    return this.reports.length > count ? this.reports.at(-1) : undefined;
  }

  /** Offers and sends as the device asks, until it has decided, the power is cut or `ms` have passed. */
  push({ transfer, envelope, payload }: Offer, ms = 60_000): Report | undefined {
    const id = hex(transfer);
    let waited = 0;
    while (waited < ms && this.on) {
      const before = this.reports.length;
      this.send({ kind: 1, transfer, envelope });
      this.after(100);
      for (let heard = true; heard && this.on; ) {
        const last = this.reports.findLast((report) => hex(report.transfer) === id);
        const fresh = this.reports.length > before;
        if (last && fresh && ['CONFIRMED', 'REVERTED', 'REFUSED'].includes(last.state)) return last;
        if (last?.state !== 'FETCHING' || !fresh) break;
        const stop = Math.min(last.next + WINDOW, payload.length);
        for (let offset = last.next; offset < stop; offset += CHUNK) {
          const data = payload.slice(offset, Math.min(offset + CHUNK, stop));
          this.send({ kind: 2, transfer, offset, data });
        }
        const count = this.reports.length;
        this.after(100);
        heard = this.reports.length > count;
      }
      this.after(1000);
      waited += 1100;
    }
    return this.reports.findLast((report) => hex(report.transfer) === id);
  }

  /** Offers what a web server has, until the device has fetched it and decided. */
  pull({ transfer, envelope, payload, bundle }: Offer, ms = 60_000): Report | undefined {
    const id = hex(transfer);
    this.#file = bundle;
    const at = bundle.length - payload.length;
    const url = 'https://a.example/bundle';
    for (let waited = 0; waited < ms && this.on; waited += 1000) {
      const before = this.reports.length;
      this.send({ kind: 10, transfer, envelope, url, at });
      this.after(1000);
      const last = this.reports.slice(before).findLast((report) => hex(report.transfer) === id);
      if (last && ['CONFIRMED', 'REVERTED', 'REFUSED'].includes(last.state)) return last;
    }
    return this.reports.findLast((report) => hex(report.transfer) === id);
  }

  #guard(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.#life = undefined;
      if (error instanceof PowerCut) {
        this.cuts++;
        return false;
      }
      if (error instanceof DeviceReset) {
        if (++this.resets > 50) return false;
        return this.boot() && this.after(5000);
      }
      throw error;
    }
  }
}

const heard = new Map<string, Report>();
/** The same few reports come thousands of times. */
function reportOf(payload: Uint8Array): Report {
  const key = Buffer.from(payload).toString('latin1');
  let report = heard.get(key);
  if (!report) {
    if (heard.size > 10_000) heard.clear();
    report = decodeReport(payload);
    heard.set(key, report);
  }
  return report;
}

const known = new Map<Signer, Uint8Array>();
function thumbprints(signers: readonly Signer[]): Uint8Array {
  for (const signer of signers) {
    if (!known.has(signer)) known.set(signer, thumbprint(signer.algorithm, signer.publicKey));
  }
  return Buffer.concat(signers.map((signer) => known.get(signer)!));
}

const DECIDED = ['CONFIRMED', 'REVERTED', 'REFUSED', 'IDLE'];

const uuid = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll('-', ''), 'hex'));

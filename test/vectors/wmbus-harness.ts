/** The decoder's Wasm as functions on hexadecimal text, and the shared telegrams. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../runtime/abi/package-root.ts';
import type { JsonRecord } from '../../host-shim/codec/explain-fields.ts';
import { compileModule } from '../../runtime/guest/compiler/index.ts';

export const root = packageRoot();
export const vectors = join(root, '..', 'shared', 'vectors', 'wmbus');
export const haveVectors = existsSync(join(vectors, 'telegrams.json'));

export type { JsonRecord };

export interface JsonTelegram {
  ok: boolean;
  error?: { code: string; layer: string; offset: number; message: string };
  link?: Record<string, unknown>;
  meter?: { id: string; manufacturer: string; version: number; type: number; medium: string } | null;
  security?: { mode: number; ell: number; encrypted: boolean; payload: string; authenticated: boolean };
  records: JsonRecord[];
  specific?: string;
}

export interface Codec {
  text(telegram: Uint8Array, key?: Uint8Array): string;
  decode(telegram: string, key?: string): JsonTelegram;
  senml(telegram: Uint8Array, key?: Uint8Array): Uint8Array;
  places(telegram: Uint8Array, key?: Uint8Array): Uint8Array;
  /** Tells the time in milliseconds, for the timeout of fragments. */
  setNow(milliseconds: number): void;
  memory: WebAssembly.Memory;
}

type Call = (telegram: number, length: number, key: number, keyLength: number) => number;

export const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

export async function codec(): Promise<Codec> {
  const { wasm } = await compileModule(join(root, 'modules', 'wmbus'));
  return instantiate(wasm);
}

export async function instantiate(wasm: Uint8Array): Promise<Codec> {
  const { instance } = await WebAssembly.instantiate(wasm as BufferSource, {});
  const exports = instance.exports as unknown as {
    memory: WebAssembly.Memory;
    cabi_realloc(old: number, oldSize: number, align: number, size: number): number;
    post(answer: number): void;
    decode: Call;
    senml: Call;
    places: Call;
    setNow(milliseconds: number): void;
  };
  const { memory } = exports;
  const put = (data: Uint8Array): number => {
    if (data.length === 0) return 0;
    const at = exports.cabi_realloc(0, 0, 1, data.length);
    new Uint8Array(memory.buffer).set(data, at);
    return at;
  };
  const call = (name: 'decode' | 'senml' | 'places', telegram: Uint8Array, key: Uint8Array): Buffer => {
    const answer = exports[name](put(telegram), telegram.length, put(key), key.length);
    const view = new DataView(memory.buffer);
    const start = view.getUint32(answer, true);
    const copy = Buffer.from(memory.buffer.slice(start, start + view.getUint32(answer + 4, true)));
    exports.post(answer);
    return copy;
  };
  const none: Uint8Array = new Uint8Array(0);
  const text = (telegram: Uint8Array, key = none): string => call('decode', telegram, key).toString('utf8');
  return {
    text,
    decode: (telegram, key = '') => JSON.parse(text(bytes(telegram), bytes(key))) as JsonTelegram,
    senml: (telegram, key = none) => call('senml', telegram, key),
    places: (telegram, key = none) => call('places', telegram, key),
    setNow: exports.setNow,
    memory,
  };
}

export interface VectorRecord {
  dk: string;
  func: 'inst' | 'max' | 'min' | 'err';
  storage: number;
  tariff: number;
  subunit: number;
  q: string;
  unit: string;
  type: string;
  raw: string;
  val: number | string | null;
}

export interface Vector {
  source: string;
  telegrams: string[];
  key: string;
  ref_ok: boolean;
  ref_err: string | null;
  full_crc_ok: boolean | null;
  layers: string[];
  security: string;
  records: VectorRecord[] | null;
}

/** `telegrams.json` or `permissive.json`. A wired or single case has one telegram. */
export function load(file: string): Vector[] {
  const cases = JSON.parse(readFileSync(join(vectors, file), 'utf8')) as (Vector & { telegram?: string })[];
  return cases.map((one) => ({
    ...one,
    telegrams: one.telegrams ?? [one.telegram!],
    key: one.key === 'NOKEY' ? '' : one.key,
  }));
}

const FUNCTIONS = { inst: 'instantaneous', max: 'maximum', min: 'minimum', err: 'error' };

/** What differs between a decoded record and the expected one, field by field; empty when nothing does. */
export function difference(got: JsonRecord, want: VectorRecord): string[] {
  const out: string[] = [];
  const same = (name: string, a: unknown, b: unknown): void => {
    if (a !== b) out.push(`${want.dk} ${name}: ${JSON.stringify(a)} instead of ${JSON.stringify(b)}`);
  };
  same('key', got.dib + got.vib, want.dk);
  same('function', got.function, FUNCTIONS[want.func]);
  same('storage', got.storage, want.storage);
  same('tariff', got.tariff, want.tariff);
  same('subunit', got.subunit, want.subunit);
  same('quantity', got.quantity, want.q);
  // The vectors keep the VIF's unit; a VIFE "per hour" and its like stand behind it.
  const scaled = (got.modifiers ?? []).some((name) => /^(per|times)_/.test(name));
  same('unit', scaled ? got.unit.slice(0, want.unit.length) : got.unit, want.unit);
  same('raw', got.raw, want.raw);
  if (!sameValue(got.value, want)) same('value', got.value, want.val);
  return out;
}

/** The vectors keep doubles, scaled with a rounding: equal is equal to 15 digits. Their date and time has a blank for T. */
function sameValue(got: number | string | null, want: VectorRecord): boolean {
  const { val } = want;
  if (typeof got === 'number' && typeof val === 'number') {
    return got === val || Math.abs(got - val) <= 1e-15 * 4 * Math.abs(val);
  }
  if (want.type === 'datetime' && typeof val === 'string') return got === val.replace(' ', 'T');
  return got === val;
}

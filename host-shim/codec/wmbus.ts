/** Wireless M-Bus telegrams through modules/wmbus: the Wasm that the device runs, here in V8. */
import { join } from 'node:path';
import { fault, MoteError } from '../errors.ts';
import { packageRoot, readBounded } from '../files.ts';

/** A telegram as it is given: hex digits, and the AES-128 key of its meter where it is encrypted. */
export interface TelegramInput {
  telegram: string;
  key?: string | null | undefined;
}

/** The exports of world wmbus-codec (runtime/abi/mote.wit) and of the arena behind it. */
interface Exports {
  memory: WebAssembly.Memory;
  decode: Call;
  places: Call;
  pattern(text: number, length: number): number;
  keysOf(table: number, size: number, address: number): number;
  setNow(milliseconds: number): void;
  cabi_realloc(old: number, oldSize: number, align: number, size: number): number;
  arena_reset(): void;
}

type Call = (telegram: number, telegramLength: number, key: number, keyLength: number) => number;

/** The longest frame of EN 13757-4 has 290 bytes, a wired long frame (EN 13757-2) 261; more is not copied in. */
const MAX_TELEGRAM = 1024;

export class WmbusDecoder {
  readonly #module: WebAssembly.Module;
  #exports: Exports;

  private constructor(module: WebAssembly.Module) {
    this.#module = module;
    this.#exports = instantiate(module);
  }

  /** `file`: by default the one that the build made. Throws not-built. */
  static async load(file = join(packageRoot(), 'build', 'modules', 'wmbus.wasm')): Promise<WmbusDecoder> {
    const bytes = await readBounded(file).catch((error) => {
      throw error instanceof MoteError && error.key === 'file-missing'
        ? fault('not-built', { path: file }, error)
        : error;
    });
    return new WmbusDecoder(await WebAssembly.compile(bytes));
  }

  /**
   * The JSON text of one telegram, as runtime/abi/mote.wit says: `ok` tells whether it was decoded.
   * `telegram`: from the L field on. `key`: 16 bytes, or none. Throws codec-trap, which the decoder survives.
   */
  decode(telegram: Uint8Array, key: Uint8Array = new Uint8Array(0)): string {
    return this.#call('decode', telegram, key, (bytes) => new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  }

  /** Where everything stands in a telegram, as modules/wmbus/assembly/places.ts writes it: for `explain`. */
  places(telegram: Uint8Array, key: Uint8Array = new Uint8Array(0)): Uint8Array {
    return this.#call('places', telegram, key, (bytes) => bytes.slice());
  }

  /**
   * Address and mask, 8 bytes each, of a pattern of meters like `KAM-1234*` (modules/wmbus/assembly/keys.ts); no bytes
   * when it is none.
   */
  pattern(text: string): Uint8Array {
    const bytes = new TextEncoder().encode(text);
    return this.#run(
      (place, { pattern }) => pattern(place(bytes), bytes.length),
      (found) => found.slice(),
    );
  }

  /** The keys for a meter, one behind the other, out of a table: rows of a pattern's 16 bytes and a key's 16. */
  keysOf(table: Uint8Array, address: Uint8Array): Uint8Array {
    return this.#run(
      (place, { keysOf }) => keysOf(place(table), table.length, place(address)),
      (found) => found.slice(),
    );
  }

  #call<T>(name: 'decode' | 'places', telegram: Uint8Array, key: Uint8Array, take: (bytes: Uint8Array) => T): T {
    return this.#run((place, exports) => {
      exports.setNow(Date.now() >>> 0);
      return exports[name](place(telegram), telegram.length, place(key), key.length);
    }, take);
  }

  #run<T>(call: (place: (bytes: Uint8Array) => number, exports: Exports) => number, take: (bytes: Uint8Array) => T): T {
    const exports = this.#exports;
    const { memory, cabi_realloc, arena_reset } = exports;
    const place = (bytes: Uint8Array): number => {
      const at = cabi_realloc(0, 0, 1, bytes.length);
      new Uint8Array(memory.buffer, at, bytes.length).set(bytes);
      return at;
    };
    try {
      const answer = call(place, exports);
      const [at, length] = new Uint32Array(memory.buffer.slice(answer, answer + 8));
      const taken = take(new Uint8Array(memory.buffer, at, length));
      arena_reset();
      return taken;
    } catch (error) {
      this.#exports = instantiate(this.#module);
      throw fault('codec-trap', { why: (error as Error).message }, error);
    }
  }

  /** The same from hex digits; what is wrong with them is answered in the same form, `{"ok":false,"error":…}`. */
  decodeHex({ telegram, key }: TelegramInput): string {
    try {
      return this.decode(telegramBytes(telegram), keyBytes(key ?? ''));
    } catch (error) {
      return refusal(error);
    }
  }
}

/** One line of JSON Lines. Throws telegram-line. */
export function parseLine(line: string): TelegramInput {
  const wrong = (why: string) => fault('telegram-line', { why });
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw wrong('it is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong('it is not an object');
  const { telegram, key } = value as Record<string, unknown>;
  if (typeof telegram !== 'string') throw wrong('"telegram" is not a text');
  if (key !== undefined && key !== null && typeof key !== 'string') throw wrong('"key" is not a text');
  return { telegram, key };
}

/** What stands on the line of a telegram that did not reach the decoder. Rethrows what is no MoteError. */
export function refusal(error: unknown): string {
  if (!(error instanceof MoteError)) throw error;
  return JSON.stringify({ ok: false, error });
}

/** The bytes of a telegram's digits. Throws telegram-malformed. */
export function telegramBytes(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (typeof bytes === 'string') throw fault('telegram-malformed', { why: bytes });
  if (bytes.length <= MAX_TELEGRAM) return bytes;
  throw fault('telegram-malformed', { why: `${bytes.length} bytes are more than the ${MAX_TELEGRAM} of any telegram` });
}

/** The bytes of a key's digits: 16, or none. Throws telegram-key. */
export function keyBytes(text: string): Uint8Array {
  const bytes = fromHex(text);
  // The digits are a secret: the message does not repeat them.
  if (typeof bytes === 'string') throw fault('telegram-key', { why: bytes.replace(/".*"/, 'a character') });
  if (bytes.length === 0 || bytes.length === 16) return bytes;
  throw fault('telegram-key', { why: `it has ${bytes.length} bytes, not 16` });
}

/** Bytes, or what is wrong. Blanks may stand between digits. */
function fromHex(text: string): Uint8Array | string {
  const digits = text.replace(/\s/g, '');
  const at = digits.search(/[^0-9a-f]/i);
  if (at >= 0) return `${JSON.stringify(digits[at])} at digit ${at + 1}`;
  if (digits.length % 2 === 1) return `${digits.length} digits are an odd number`;
  return new Uint8Array(Buffer.from(digits, 'hex'));
}

function instantiate(module: WebAssembly.Module): Exports {
  return new WebAssembly.Instance(module).exports as unknown as Exports;
}

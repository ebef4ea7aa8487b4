/**
 * What runtime/kernel/engine/engine_host.c asks of its host: modules as instances of the host's own WebAssembly.
 * One of these belongs to one kernel.
 */
import { RUNTIME_EXPORTS, WORLDS } from '../../runtime/abi/generated/contract.ts';
import { WasmFormatError } from '../../runtime/guest/compiler/binary.ts';
import { inspectWasm, type WasmInfo } from '../../runtime/guest/compiler/inspect.ts';
import { EXPORT, instrument } from './instrument.ts';
import { MovedMap } from './source-map.ts';

/** The kernel's side. */
export interface KernelSide {
  memory: WebAssembly.Memory;
  mote_engine_import(instance: number, index: number): number;
  mote_engine_frame(instance: number): number;
}

interface Guest {
  instance: WebAssembly.Instance;
  fuel: WebAssembly.Global<'i32'>;
  depth: WebAssembly.Global<'i32'>;
  /** Bytes that are left of the budget `stack`; below zero when it was not enough. */
  stack: WebAssembly.Global<'i32'>;
  budget: number;
  /** The bytes that are real, as they are now: memory.grow(0) moves them. Undefined without a memory. */
  memory: () => Uint8Array | undefined;
  hasStart: boolean;
  /** With a debugger: where its instructions come from. */
  source: MovedMap | undefined;
  /** Calls that have not returned. */
  nesting: number;
}

const IMPORTS = WORLDS.module.imports;
/** In the order of enum mote_export. */
const EXPORTS = [...WORLDS.module.exports, ...RUNTIME_EXPORTS, { field: '_initialize', signature: 'v()' }];
const OPTIONAL = ['arena_reset', '_initialize'];
const INITIALIZE = EXPORTS.length - 1;
/** meter.h: calls inside each other, and what an import takes of them. */
const MAX_DEPTH = 128;
const IMPORT_DEPTH = 8;
/** What V8 says of a trap, in the order of `reasons` in engine_host.c. */
const REASONS: readonly RegExp[] = [
  /^fuel$/,
  /^stack$|call stack/,
  /memory access out of bounds|segment .* out of bounds/,
  /divide by zero|remainder by zero/,
  /result unrepresentable/,
  /float unrepresentable/,
  /signature mismatch|null function/,
  /table index|out of bounds/,
  /unreachable/,
];
const KEPT = REASONS.length + 1;

/** Thrown through a module by an import that ends its turn. */
class Ended extends Error {}

/** What a debugger wants to know and to hear. */
export interface Debugging {
  /** The source map (JSON) of these bytes, which the board is about to run; undefined where it has none. */
  mapOf(wasm: Uint8Array): string | undefined;
  /** A module with a map has trapped: `file:line:column` of each frame, the innermost first. */
  trapped(places: string[]): void;
}

/** The imports of the module "engine". `kernel` is asked for only when a module is there. */
export function engineImports(
  kernel: () => KernelSide,
  debug?: Debugging,
): Record<string, (...args: number[]) => number> {
  const guests = new Map<number, Guest>();
  let last = 0;
  const bytes = (at: number, length: number) => new Uint8Array(kernel().memory.buffer, at >>> 0, length >>> 0);
  const say = (text: string, at: number, room: number) => {
    const told = Buffer.from(text).subarray(0, (room >>> 0) - 1);
    bytes(at, told.length + 1).set([...told, 0]);
  };
  const guest = (number: number) => guests.get(number)!;

  return {
    load: (owner, wasm, length, memory, stack, reason, reasonRoom, detail, detailRoom) => {
      try {
        guests.set(++last, load(kernel, owner!, bytes(wasm!, length!).slice(), memory! >>> 0, stack! >>> 0, debug));
        return last;
      } catch (error) {
        const refused = error instanceof Refused ? error : new Refused(why(error));
        say(refused.message, reason!, reasonRoom!);
        say(refused.blame, detail!, detailRoom!);
        return 0;
      }
    },
    has: (number, index) => {
      const { instance, hasStart } = guest(number!);
      return EXPORTS[index!]!.field in instance.exports || (index === INITIALIZE && hasStart) ? 1 : 0;
    },
    call: (number, index, at, result) => call(kernel, guest(number!), index!, at!, result!, debug),
    memory_size: (number) => guest(number!).memory()?.length ?? 0,
    fetch: (number, to) => {
      const memory = guest(number!).memory()!;
      bytes(to!, memory.length).set(memory);
      return 0;
    },
    put: (number, from) => {
      const memory = guest(number!).memory()!;
      memory.set(bytes(from!, memory.length));
      return 0;
    },
    set_fuel: (number, fuel) => {
      guest(number!).fuel.value = fuel!;
      return 0;
    },
    fuel: (number) => Math.max(0, guest(number!).fuel.value),
    free: (number) => {
      guests.delete(number!);
      return 0;
    },
  };
}

class Refused extends Error {
  readonly blame: string;
  constructor(message: string, blame = '') {
    super(message);
    this.blame = blame;
  }
}

/** Why the engine does not take a module: in short, the engines' own words are theirs. */
function why(error: unknown): string {
  if (error instanceof WasmFormatError || error instanceof WebAssembly.CompileError) return 'not a valid module';
  if (error instanceof WebAssembly.RuntimeError && /segment/.test(error.message)) return 'data segment out of bounds';
  return String(error);
}

function load(
  kernel: () => KernelSide,
  owner: number,
  wasm: Uint8Array,
  limit: number,
  stack: number,
  debug: Debugging | undefined,
): Guest {
  const info = inspectWasm(wasm);
  check(info);
  const map = debug?.mapOf(wasm);
  const made = instrument(wasm, limit, { stack: true, trace: map !== undefined });
  const source = map === undefined ? undefined : new MovedMap(map, made.moves);
  const imports: Record<string, Record<string, (...values: (number | bigint)[]) => unknown>> = {};
  for (const [index, { module, field, signature }] of IMPORTS.entries()) {
    imports[module] ??= {};
    imports[module][field] = (...values) => {
      const side = kernel();
      const frame = side.mote_engine_frame(owner) >>> 0;
      const view = new DataView(side.memory.buffer, frame);
      for (const [n, value] of values.entries()) view.setBigUint64(8 * n, BigInt.asUintN(64, BigInt(value)), true);
      if (side.mote_engine_import(owner, index)) throw new Ended();
      const result = new DataView(side.memory.buffer, frame).getBigUint64(8 * 16, true);
      return signature[0] === 'I' ? BigInt.asIntN(64, result) : Number(BigInt.asIntN(32, result));
    };
  }
  const instance = new WebAssembly.Instance(new WebAssembly.Module(source?.linkFrom(made.wasm) ?? made.wasm), imports);
  const page = instance.exports[EXPORT.memory] as WebAssembly.Memory | undefined;
  return {
    instance,
    fuel: instance.exports[EXPORT.fuel] as WebAssembly.Global<'i32'>,
    depth: instance.exports[EXPORT.depth] as WebAssembly.Global<'i32'>,
    stack: instance.exports[EXPORT.stack] as WebAssembly.Global<'i32'>,
    budget: stack,
    source,
    memory: () => page && new Uint8Array(page.buffer, made.shift, limit),
    hasStart: made.hasStart,
    nesting: 0,
  };
}

/** What engine_wasm3.c refuses, in its words. */
function check({ imports, exports, memory }: WasmInfo): void {
  if (memory?.imported) throw new Refused('imports a memory');
  if (memory && memory.min > 1) throw new Refused('linear memory limitation exceeded');
  for (const { module, field, kind, signature } of imports) {
    const known = IMPORTS.find((wanted) => wanted.module === module && wanted.field === field);
    if (!known || kind !== 'func') throw new Refused('unknown import', `${module}.${field}`);
    if (known.signature !== signature) throw new Refused('wrong signature of import', `${module}.${field}`);
  }
  for (const { field, signature } of EXPORTS) {
    const found = exports.find((item) => item.field === field && item.kind === 'func');
    if (!found && OPTIONAL.includes(field)) continue;
    if (!found) throw new Refused('missing export', field);
    if (found.signature !== signature) throw new Refused('wrong signature of export', field);
  }
}

function call(
  kernel: () => KernelSide,
  guest: Guest,
  index: number,
  at: number,
  result: number,
  debug: Debugging | undefined,
): number {
  const { field, signature } = EXPORTS[index]!;
  const { exports } = guest.instance;
  const run = (name: string, values: number[] = []) =>
    (exports[name] as ((...values: number[]) => number | undefined) | undefined)?.(...values);
  const words = signature.length - 3;
  const values = Array.from({ length: words }, (_, n) =>
    new DataView(kernel().memory.buffer, at >>> 0).getInt32(4 * n, true),
  );
  const outer = guest.depth.value;
  guest.depth.value = guest.nesting === 0 ? MAX_DEPTH : outer - IMPORT_DEPTH;
  if (guest.nesting === 0) guest.stack.value = guest.budget;
  guest.nesting++;
  try {
    if (index === INITIALIZE && guest.hasStart) run(EXPORT.start);
    const answer = run(field, values);
    if (signature[0] !== 'v') new DataView(kernel().memory.buffer).setInt32(result >>> 0, answer!, true);
    guest.depth.value = outer;
    return 0;
  } catch (error) {
    if (error instanceof Ended) return KEPT;
    const isDeep = guest.depth.value <= 0 || guest.stack.value < 0;
    const text = guest.fuel.value < 0 ? 'fuel' : isDeep ? 'stack' : error instanceof Error ? error.message : '';
    if (guest.source && error instanceof Error) debug?.trapped(guest.source.stackOf(error));
    const reason = REASONS.findIndex((pattern) => pattern.test(text));
    if (reason < 0) throw error;
    return reason + 1;
  } finally {
    guest.nesting--;
  }
}

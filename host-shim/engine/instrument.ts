/**
 * A copy of a module for an engine that knows neither fuel nor memories below a page: the same program, which counts as
 * the interpreter counts and ends where it ends.
 *
 * - Fuel: a mutable global, less by one at each function entry and each loop head; below zero the module traps.
 * - Depth: a second global, less by one within each call; at zero a function entry traps.
 * - Stack, on demand: a third global, less by the caller's frame within each call; an entry that finds less than its own
 *   frame sets it to -1 and traps. A frame is what the interpreter's holds without its temporaries: arguments and results,
 *   locals, constants.
 * - Memory: what is real is the end of the page. Addresses of loads and stores get a larger constant offset, so that the
 *   engine's own check of the page's end is the check of the budget, at no cost; bulk operations go through a function
 *   that checks; data segments move.
 * - A start section becomes an export: nothing runs while the module loads.
 */
import { leb, nameBytes, type Section, sectionsOf, WasmReader } from '../../runtime/guest/compiler/binary.ts';

export const EXPORT = {
  fuel: 'mote_fuel',
  depth: 'mote_depth',
  stack: 'mote_stack',
  memory: 'mote_memory',
  start: 'mote_start',
} as const;

export interface Instrumentation {
  /** Count the stack, too. */
  stack?: boolean;
  /** Tell where instructions have gone: `moves`. */
  trace?: boolean;
}

/** Offsets of an instruction (or of a function's body) in the module and in its copy. */
export type Move = [from: number, to: number];

export interface Instrumented {
  wasm: Uint8Array<ArrayBuffer>;
  /** Where address 0 of the module stands in the page; undefined without a memory. */
  shift: number | undefined;
  hasStart: boolean;
  /** In rising order; empty unless asked for. */
  moves: Move[];
}

const PAGE = 65_536;
const I32 = 0x7f;
const ID = {
  type: 1,
  import: 2,
  function: 3,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
};
/** The order of sections; custom ones keep their place behind what they follow. */
const NEVER = [0x00, 0x0b];

/**
 * `memory`: bytes of linear memory that are real, at most a page.
 * Throws WasmFormatError for what is no module, or uses instructions that the device's interpreter does not have.
 */
export function instrument(
  wasm: Uint8Array,
  memory: number,
  { stack = false, trace = false }: Instrumentation = {},
): Instrumented {
  const sections = sectionsOf(wasm);
  const find = (id: number) => sections.find((section) => section.id === id);
  const count = (id: number) => {
    const section = find(id);
    return section ? new WasmReader(wasm, section.begin, section.end).u32() : 0;
  };
  const shift = find(ID.memory) ? PAGE - Math.min(memory, PAGE) : undefined;
  const edit = new Edit(wasm, {
    imported: importedFunctions(wasm, find(ID.import)),
    functions: count(ID.function),
    types: count(ID.type),
    globals: count(ID.global),
    limit: Math.min(memory, PAGE),
    shift: shift ?? 0,
    signatures: stack ? signatureBytes(wasm, find(ID.type), find(ID.function)) : undefined,
    trace,
  });
  const bodies = find(ID.code) ? edit.code(find(ID.code)!) : [];
  const start = find(ID.start) && new WasmReader(wasm, find(ID.start)!.begin, find(ID.start)!.end).u32();

  const made = new Map<number, number[]>();
  const put = (id: number, contents: number[]) => made.set(id, contents);
  put(ID.type, [...leb(edit.at.types + 1), ...rest(wasm, find(ID.type)), 0x60, 3, I32, I32, I32, 0]);
  put(ID.function, [
    ...leb(edit.at.functions + edit.helpers.length),
    ...rest(wasm, find(ID.function)),
    ...edit.helpers.flatMap(() => leb(edit.at.types)),
  ]);
  put(ID.global, [
    ...leb(edit.at.globals + (stack ? 3 : 2)),
    ...rest(wasm, find(ID.global)),
    ...[I32, 1, 0x41, 0, 0x0b],
    ...[I32, 1, 0x41, 0, 0x0b],
    ...(stack ? [I32, 1, 0x41, 0, 0x0b] : []),
  ]);
  const more: [string, number, number][] = [
    [EXPORT.fuel, 3, edit.at.globals],
    [EXPORT.depth, 3, edit.at.globals + 1],
    ...(stack ? [[EXPORT.stack, 3, edit.at.globals + 2] as [string, number, number]] : []),
    ...(shift === undefined ? [] : [[EXPORT.memory, 2, 0] as [string, number, number]]),
    ...(start === undefined ? [] : [[EXPORT.start, 0, start] as [string, number, number]]),
  ];
  put(ID.export, [
    ...leb(count(ID.export) + more.length),
    ...rest(wasm, find(ID.export)),
    ...more.flatMap(([name, kind, index]) => [...nameBytes(name), kind, ...leb(index)]),
  ]);
  const functions = [...bodies, ...edit.helpers];
  put(ID.code, [...leb(functions.length), ...functions.flatMap((body) => [...leb(body.length), ...body])]);
  if (shift !== undefined) put(ID.memory, [1, 1, 1, 1]);
  if (find(ID.data)) put(ID.data, edit.data(find(ID.data)!));
  const whole = assemble(wasm, sections, made);
  const moves = trace ? edit.movesIn(sectionsOf(whole).find(({ id }) => id === ID.code)!, functions) : [];
  return { wasm: whole, shift, hasStart: start !== undefined, moves };
}

/** Old sections in their order without the start section, new contents in place of the old, new sections where they belong. */
function assemble(wasm: Uint8Array, sections: Section[], made: Map<number, number[]>): Uint8Array<ArrayBuffer> {
  const parts: ArrayLike<number>[] = [wasm.subarray(0, 8)];
  const emit = (id: number) => {
    const contents = made.get(id);
    made.delete(id);
    if (contents) parts.push([id, ...leb(contents.length)], contents);
  };
  /** Data count (12) stands before code. */
  const order = (id: number) => (id === 12 ? 9.5 : id);
  for (const section of sections) {
    if (section.id !== 0)
      for (const id of [...made.keys()].sort((a, b) => a - b)) if (order(id) < order(section.id)) emit(id);
    if (made.has(section.id)) emit(section.id);
    else if (section.id !== ID.start) parts.push(wasm.subarray(section.start, section.end));
  }
  for (const id of [...made.keys()].sort((a, b) => a - b)) emit(id);
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A vector's items without their count. */
function rest(wasm: Uint8Array, section: Section | undefined): Uint8Array | number[] {
  if (!section) return [];
  const reader = new WasmReader(wasm, section.begin, section.end);
  reader.u32();
  return wasm.subarray(reader.position, section.end);
}

function importedFunctions(wasm: Uint8Array, section: Section | undefined): number {
  if (!section) return 0;
  const reader = new WasmReader(wasm, section.begin, section.end);
  const count = reader.u32();
  for (let i = 0; i < count; i++) {
    reader.name();
    reader.name();
    if (reader.u8() !== 0) reader.fail('only functions can be imported');
    reader.u32();
  }
  return count;
}

/** Bytes of the interpreter's stack for the arguments and results of each function: 8 for each. */
function signatureBytes(wasm: Uint8Array, types: Section | undefined, functions: Section | undefined): number[] {
  if (!types || !functions) return [];
  const reader = new WasmReader(wasm, types.begin, types.end);
  const bytes = Array.from({ length: reader.count() }, () => {
    if (reader.u8() !== 0x60) reader.fail('a type is no function');
    const parameters = reader.count();
    reader.skip(parameters);
    const results = reader.count();
    reader.skip(results);
    return 8 * (parameters + results);
  });
  const indices = new WasmReader(wasm, functions.begin, functions.end);
  return Array.from({ length: indices.count() }, () => bytes[indices.u32()] ?? indices.fail('a type is not there'));
}

/** Slots of constants that the interpreter reserves: it looks for bytes that could be the instruction (m3_compile.c). */
function constantSlots(body: Uint8Array): number {
  const MOST = 120;
  let slots = 0;
  for (const byte of body) {
    const more = byte === 0x41 || byte === 0x43 ? 1 : byte === 0x42 || byte === 0x44 ? 2 : 0;
    if (slots + more >= MOST) break;
    slots += more;
  }
  return slots;
}

interface Counts {
  imported: number;
  functions: number;
  types: number;
  globals: number;
  limit: number;
  shift: number;
  /** Of each function with a body; undefined: the stack is not counted. */
  signatures: number[] | undefined;
  trace: boolean;
}

class Edit {
  /** Bodies of functions behind the module's own: they check what bulk operations touch. */
  readonly helpers: number[][] = [];
  readonly at: Counts;
  readonly #wasm: Uint8Array;
  readonly #known = new Map<string, number>();
  /** For each function: old offsets, and new ones from the body's begin. */
  readonly #traces: Move[][] = [];

  constructor(wasm: Uint8Array, at: Counts) {
    this.#wasm = wasm;
    this.at = at;
  }

  code(section: Section): number[][] {
    const reader = new WasmReader(this.#wasm, section.begin, section.end);
    return Array.from({ length: reader.u32() }, (_, index) => {
      const size = reader.u32();
      const begin = reader.position;
      reader.skip(size);
      return this.#body(index, begin, begin + size);
    });
  }

  /** Where everything is in the copy, whose code section holds these bodies. */
  movesIn(code: Section, bodies: number[][]): Move[] {
    let at = code.begin + leb(bodies.length).length;
    return bodies.flatMap((body, index) => {
      at += leb(body.length).length;
      const begin = at;
      at += body.length;
      return (this.#traces[index] ?? []).map(([from, to]): Move => [from, begin + to]);
    });
  }

  data(section: Section): number[] {
    const reader = new WasmReader(this.#wasm, section.begin, section.end);
    const count = reader.u32();
    const out = leb(count);
    for (let i = 0; i < count; i++) {
      const mode = reader.u32();
      out.push(...leb(mode));
      if (mode === 2) out.push(...leb(reader.u32()));
      if (mode !== 1) {
        if (reader.u8() !== 0x41) reader.fail('a data segment begins at no constant');
        const offset = reader.s32() >>> 0;
        if (reader.u8() !== 0x0b) reader.fail('a data segment begins at no constant');
        const moved = Math.min(offset + this.at.shift, 0xffff_ffff);
        out.push(0x41, ...signed(moved | 0), 0x0b);
      }
      const size = reader.u32();
      const begin = reader.position;
      reader.skip(size);
      out.push(...leb(size), ...this.#wasm.subarray(begin, begin + size));
    }
    return out;
  }

  #body(index: number, begin: number, end: number): number[] {
    const reader = new WasmReader(this.#wasm, begin, end);
    const groups = reader.count();
    let locals = 0;
    for (let i = 0; i < groups; i++) {
      const count = reader.u32();
      const type = reader.u8();
      locals += count * (type === 0x7e || type === 0x7c ? 8 : 4);
    }
    const io = this.at.signatures?.[index];
    // Past any budget it is refused anyway; larger constants would wrap around.
    const frame =
      io === undefined
        ? undefined
        : Math.min(io + locals + 4 * constantSlots(this.#wasm.subarray(reader.position, end)), 1 << 20);
    const trace: Move[] = [];
    if (this.at.trace) this.#traces.push(trace);
    trace.push([reader.position, reader.position - begin]);
    const out: number[] = [
      ...this.#wasm.subarray(begin, reader.position),
      ...this.#fuel(),
      ...this.#entry(),
      ...this.#room(frame),
    ];
    while (!reader.done) {
      const from = reader.position;
      if (this.at.trace && from !== trace[0]![0]) trace.push([from, out.length]);
      const opcode = reader.u8();
      const before: number[] = [];
      const after: number[] = [];
      let instead: number[] | undefined;
      if (opcode >= 0x28 && opcode <= 0x3e) {
        const align = reader.u32();
        const offset = Math.min(reader.u32() + this.at.shift, 0xffff_ffff);
        instead = [opcode, ...leb(align), ...leb(offset)];
      } else if (opcode === 0xfc) {
        instead = this.#prefixed(reader);
      } else {
        skipImmediates(reader, opcode);
        if (opcode === 0x03) after.push(...this.#fuel());
        if (opcode === 0x10 || opcode === 0x11) {
          before.push(...this.#deeper(0x6b), ...this.#frame(frame, 0x6b));
          after.push(...this.#deeper(0x6a), ...this.#frame(frame, 0x6a));
        }
      }
      out.push(...before, ...(instead ?? this.#wasm.subarray(from, reader.position)), ...after);
    }
    return out;
  }

  #fuel(): number[] {
    const global = leb(this.at.globals);
    const spend = [0x23, ...global, 0x41, 1, 0x6b, 0x24, ...global];
    return [...spend, 0x23, ...global, 0x41, 0, 0x48, 0x04, 0x40, ...NEVER];
  }

  #entry(): number[] {
    return [0x23, ...leb(this.at.globals + 1), 0x41, 0, 0x4c, 0x04, 0x40, ...NEVER];
  }

  #room(frame: number | undefined): number[] {
    if (frame === undefined) return [];
    const global = leb(this.at.globals + 2);
    const spoil = [0x41, ...signed(-1), 0x24, ...global];
    return [0x23, ...global, 0x41, ...signed(frame), 0x48, 0x04, 0x40, ...spoil, ...NEVER];
  }

  #frame(frame: number | undefined, add: number): number[] {
    if (frame === undefined) return [];
    const global = leb(this.at.globals + 2);
    return [0x23, ...global, 0x41, ...signed(frame), add, 0x24, ...global];
  }

  #deeper(add: number): number[] {
    const global = leb(this.at.globals + 1);
    return [0x23, ...global, 0x41, 1, add, 0x24, ...global];
  }

  /** memory.init, copy and fill become calls; the others stay. */
  #prefixed(reader: WasmReader): number[] {
    const from = reader.position - 1;
    const code = reader.u32();
    const keep = () => [...this.#wasm.subarray(from, reader.position)];
    if (code <= 7) return keep();
    if (code === 8) {
      const segment = reader.u32();
      reader.u8();
      return this.#helper(`init ${segment}`, () => [0xfc, 8, ...leb(segment), 0], false);
    }
    if (code === 10) {
      reader.skip(2);
      return this.#helper('copy', () => [0xfc, 10, 0, 0], true);
    }
    if (code === 11) {
      reader.u8();
      return this.#helper('fill', () => [0xfc, 11, 0], false);
    }
    if (code === 12 || code === 14) reader.u32();
    if (code === 9 || (code >= 12 && code <= 17)) {
      reader.u32();
      return keep();
    }
    return reader.fail(`unknown instruction 0xfc ${code}`, from);
  }

  /** A function (to, second, length): checks, moves the addresses, does it. `from`: the second is an address, too. */
  #helper(key: string, operation: () => number[], from: boolean): number[] {
    let index = this.#known.get(key);
    if (index === undefined) {
      index = this.helpers.length;
      this.#known.set(key, index);
      const { limit, shift } = this.at;
      const constant = (value: number) => [0x41, ...signed(value)];
      const local = (n: number) => [0x20, n];
      // address > limit, or length > limit - address
      const check = (address: number) => [
        ...[...local(address), ...constant(limit), 0x4b],
        ...[...local(2), ...constant(limit), ...local(address), 0x6b, 0x4b],
        ...[0x72, 0x04, 0x40],
        // A load that the engine refuses as it would have refused the operation itself.
        ...[...constant(-1), 0x2d, 0, 0, 0x1a, 0x0b],
      ];
      const moved = (address: number) => [...local(address), ...constant(shift), 0x6a];
      this.helpers.push([
        0,
        ...check(0),
        ...(from ? check(1) : []),
        ...[...moved(0), ...(from ? moved(1) : local(1)), ...local(2), ...operation(), 0x0b],
      ]);
    }
    return [0x10, ...leb(this.at.imported + this.at.functions + index)];
  }
}

/** WebAssembly 2.0, section 5.4, without vectors, exceptions and tail calls: what wasm3 has. */
function skipImmediates(reader: WasmReader, opcode: number): void {
  if (opcode === 0x02 || opcode === 0x03 || opcode === 0x04) reader.s32();
  else if (opcode === 0x0c || opcode === 0x0d || opcode === 0x10) reader.u32();
  else if (opcode >= 0x20 && opcode <= 0x26) reader.u32();
  else if (opcode === 0x0e) for (let left = reader.u32() + 1; left > 0; left--) reader.u32();
  else if (opcode === 0x11) {
    reader.u32();
    reader.u32();
  } else if (opcode === 0x1c) for (let left = reader.u32(); left > 0; left--) reader.u8();
  else if (opcode === 0x3f || opcode === 0x40 || opcode === 0xd0) reader.u8();
  else if (opcode === 0x41 || opcode === 0x42) while (reader.u8() & 0x80);
  else if (opcode === 0x43) reader.skip(4);
  else if (opcode === 0x44) reader.skip(8);
  else if (opcode === 0xd2) reader.u32();
  else if (
    !(opcode <= 0x01 || opcode === 0x05 || opcode === 0x0b || opcode === 0x0f || opcode === 0x1a || opcode === 0x1b)
  )
    if (!((opcode >= 0x45 && opcode <= 0xc4) || opcode === 0xd1)) reader.fail(`unknown instruction ${opcode}`);
}

/** Signed LEB128 of 32 bits. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value | 0; ; left >>= 7) {
    const low = left & 0x7f;
    const done = (left >> 7 === 0 && !(low & 0x40)) || (left >> 7 === -1 && low & 0x40);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

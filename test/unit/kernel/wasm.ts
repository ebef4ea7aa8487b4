/** WebAssembly modules byte by byte: what no compiler would write. Instruction names follow WebAssembly 1.0, section 5.4. */

export const I32 = 0x7f;
export const I64 = 0x7e;
export const F64 = 0x7c;
export const VOID = 0x40;

/** Opcodes that the fixtures use. */
export const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  end: 0x0b,
  br: 0x0c,
  call: 0x10,
  callIndirect: 0x11,
  drop: 0x1a,
  localGet: 0x20,
  globalGet: 0x23,
  i32Load: 0x28,
  i32Const: 0x41,
  i64Const: 0x42,
  f64Const: 0x44,
  i32Add: 0x6a,
} as const;

export interface FunctionType {
  parameters: number[];
  results: number[];
}

export interface Fixture {
  imports?: { module: string; field: string; type?: FunctionType; memory?: true; global?: true }[];
  /** Without `export` only callable by index; imports count first. */
  functions?: { type: FunctionType; exports?: string[]; locals?: [count: number, type: number][]; body: number[] }[];
  /** Pages; none by default. */
  memory?: number;
  /** Constant expressions of mutable i32 globals, without their `end`. */
  globals?: number[][];
  data?: { offset: number; bytes: number[] }[];
  /** A table of one place; its element segment's offset, without `end`. */
  elements?: number[];
  /** Types that no function has, for call_indirect: the first ones. */
  types?: FunctionType[];
  /** Index of the start function. */
  start?: number;
  /** Debug names by index, in the custom section "name". */
  names?: Record<number, string>;
}

export const type = (parameters: number[] = [], results: number[] = []): FunctionType => ({ parameters, results });

/** Unsigned LEB128. */
export function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return bytes;
}

/** i32.const of a value below 64 needs no sign care; larger ones go through signed LEB128. */
export function constant(value: number): number[] {
  const bytes: number[] = [OP.i32Const];
  let rest = value | 0;
  for (;;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && !(byte & 0x40)) || (rest === -1 && byte & 0x40)) return [...bytes, byte];
    bytes.push(byte | 0x80);
  }
}

const vector = (items: number[][]): number[] => [...leb(items.length), ...items.flat()];
const name = (text: string): number[] => [...leb(text.length), ...Buffer.from(text)];
const section = (id: number, body: number[]): number[] => [id, ...leb(body.length), ...body];

const debugNames = (names: Record<number, string>) =>
  Object.entries(names).map(([index, text]) => [...leb(Number(index)), ...name(text)]);

export function assemble(fixture: Fixture): Uint8Array {
  const types: string[] = [];
  const indexOf = (wanted: FunctionType): number[] => {
    const bytes = [
      0x60,
      ...vector(wanted.parameters.map((p) => [p])),
      ...vector(wanted.results.map((r) => [r])),
    ].join();
    if (!types.includes(bytes)) types.push(bytes);
    return leb(types.indexOf(bytes));
  };
  for (const early of fixture.types ?? []) indexOf(early);
  const { imports = [], functions = [], globals = [], data = [] } = fixture;
  const importSection = vector(
    imports.map((item) => [
      ...name(item.module),
      ...name(item.field),
      ...(item.memory ? [2, 0, 1] : item.global ? [3, I32, 0] : [0, ...indexOf(item.type ?? type())]),
    ]),
  );
  const offset = imports.filter((item) => !item.memory && !item.global).length;
  const functionSection = vector(functions.map((item) => indexOf(item.type)));
  const exportSection = vector([
    ...functions.flatMap((item, index) =>
      (item.exports ?? []).map((field) => [...name(field), 0, ...leb(index + offset)]),
    ),
    ...(fixture.memory === undefined ? [] : [[...name('memory'), 2, 0]]),
  ]);
  const codeSection = vector(
    functions.map((item) => {
      const body = [...vector((item.locals ?? []).map(([count, of]) => [...leb(count), of])), ...item.body, OP.end];
      return [...leb(body.length), ...body];
    }),
  );
  const dataSection = vector(
    data.map((item) => [0, ...constant(item.offset), OP.end, ...leb(item.bytes.length), ...item.bytes]),
  );
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types.map((bytes) => bytes.split(',').map(Number)))),
    ...section(2, importSection),
    ...section(3, functionSection),
    ...(fixture.elements ? section(4, [1, 0x70, 0, 1]) : []),
    ...(fixture.memory === undefined ? [] : section(5, [1, 0, ...leb(fixture.memory)])),
    ...(globals.length ? section(6, vector(globals.map((init) => [I32, 1, ...init, OP.end]))) : []),
    ...section(7, exportSection),
    ...(fixture.start === undefined ? [] : section(8, leb(fixture.start))),
    ...(fixture.elements ? section(9, [1, 0, ...fixture.elements, OP.end, 1, 0]) : []),
    ...section(10, codeSection),
    ...(data.length ? section(11, dataSection) : []),
    ...(fixture.names ? section(0, [...name('name'), ...section(1, vector(debugNames(fixture.names)))]) : []),
  ]);
}

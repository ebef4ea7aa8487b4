/**
 * Random modules that are valid and end: every form of expression and statement that compilers write, nested in each other.
 * What a module computes it publishes. Numbers with a fraction never reach its memory: the bits of a NaN are not defined.
 */
import { assemble, constant, F64, type FunctionType, I32, I64, leb, OP, type, VOID } from '../unit/kernel/wasm.ts';

const F32 = 0x7d;
const MEMORY = { results: 64, scratch: 1024, length: 512 };
const TYPES = [I32, I64, F32, F64];
/** Opcodes with two operands of a type and a result of it; division apart. */
const BINARY: Record<number, number[]> = {
  [I32]: [0x6a, 0x6a, 0x6b, 0x6c, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78],
  [I64]: [0x7c, 0x7d, 0x7e, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a],
  [F32]: [0x92, 0x93, 0x94, 0x95],
  [F64]: [0xa0, 0xa1, 0xa2, 0xa3],
};
/** First and last opcode that compares two of a type. */
const COMPARE: Record<number, [number, number]> = {
  [I32]: [0x46, 0x4f],
  [I64]: [0x51, 0x5a],
  [F32]: [0x5b, 0x60],
  [F64]: [0x61, 0x66],
};
const UNARY: Record<number, number[]> = {
  [I32]: [0x45, 0x67, 0x68, 0x69, 0xc0, 0xc1],
  [I64]: [0x79, 0x7a, 0x7b, 0xc2, 0xc3, 0xc4],
  [F32]: [0x8b, 0x8c, 0x8d, 0x8e, 0x8f],
  [F64]: [0x99, 0x9a, 0x9b, 0x9c, 0x9d],
};
/** Conversions to a type: from which, and how. The truncations saturate. */
const CONVERT: Record<number, [from: number, code: number[]][]> = {
  [I32]: [[I64, [0xa7]], [F32, [0xfc, 0]], [F32, [0xfc, 1]], [F64, [0xfc, 2]], [F64, [0xfc, 3]]], // biome-ignore format: a table
  [I64]: [[I32, [0xac]], [I32, [0xad]], [F32, [0xfc, 4]], [F32, [0xfc, 5]], [F64, [0xfc, 6]], [F64, [0xfc, 7]]], // biome-ignore format: a table
  [F32]: [[I32, [0xb2]], [I32, [0xb3]], [I64, [0xb4]], [I64, [0xb5]], [F64, [0xb6]]], // biome-ignore format: a table
  [F64]: [[I32, [0xb7]], [I32, [0xb8]], [I64, [0xb9]], [I64, [0xba]], [F32, [0xbb]]], // biome-ignore format: a table
};
const LOADS: Record<number, number[]> = {
  [I32]: [0x28, 0x2c, 0x2d, 0x2e, 0x2f],
  [I64]: [0x29, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35],
};
const STORES: Record<number, number[]> = { [I32]: [0x36, 0x3a, 0x3b], [I64]: [0x37, 0x3c, 0x3d, 0x3e] };
const GLOBALS = 4;
const PARAMETERS = [I32, I64, F64];

/** A module that boots as a supervisor. `chance` gives numbers from 0 to 1; the same numbers give the same module. */
export function randomProgram(chance: () => number): Uint8Array {
  const below = (n: number) => Math.floor(chance() * n);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)]!;
  const signatures = Array.from({ length: 3 }, () =>
    type(
      Array.from({ length: below(4) }, () => pick(PARAMETERS)),
      below(4) ? [pick(TYPES)] : [],
    ),
  );
  /** imports, then start, handle, health, stop, cabi_realloc. */
  const FIRST = 6;
  const forward = below(2) === 0;
  const functions = signatures.map((signature, index) => {
    const callable = signatures
      .map((other, at) => ({ index: FIRST + at, signature: other }))
      .filter((_, at) => (forward ? at > index : at < index));
    return { type: signature, ...randomBody(signature, callable, below, pick) };
  });
  const results = signatures.flatMap((signature, index) => {
    const call = [...signature.parameters.flatMap((of) => number(of, below)), OP.call, ...leb(FIRST + index)];
    const [of] = signature.results;
    if (of === undefined) return call;
    return [...constant(MEMORY.results + 8 * index), ...call, ...toI64(of), 0x37, 0, 0];
  });
  const globals = Array.from({ length: GLOBALS }, (_, index) => [
    ...constant(MEMORY.results + 64 + 4 * index),
    ...[OP.globalGet, index, 0x36, 0, 0],
  ]).flat();
  const publish = [...constant(0), ...constant(1), ...constant(MEMORY.results), ...constant(2048), ...constant(0)];
  const nothing = type();
  return assemble({
    imports: [{ module: 'mqtt', field: 'publish', type: type([I32, I32, I32, I32, I32, I32]) }],
    memory: 1,
    globals: Array.from({ length: GLOBALS }, () => number(I32, below)),
    data: [
      { offset: 0, bytes: [0x74] },
      { offset: MEMORY.scratch, bytes: Array.from({ length: MEMORY.length }, () => below(256)) },
    ],
    functions: [
      { type: nothing, exports: ['start'], body: [...results, ...globals, ...publish, ...constant(16), OP.call, 0] },
      { type: type([I32, I32, I32, I32, I32]), exports: ['handle'], body: [] },
      { type: type([], [I32]), exports: ['health'], body: constant(1) },
      { type: nothing, exports: ['stop'], body: [] },
      { type: type([I32, I32, I32, I32], [I32]), exports: ['cabi_realloc'], body: constant(4096) },
      ...functions,
    ],
  });
}

type Below = (n: number) => number;
type Pick = <T>(items: readonly T[]) => T;
type Callable = { index: number; signature: FunctionType }[];

const toI64 = (of: number): number[] => (of === I64 ? [] : of === I32 ? [0xac] : of === F32 ? [0xfc, 4] : [0xfc, 6]);

/** A constant: of few bits, of many, at an end of its range. */
function number(of: number, below: Below): number[] {
  const value = [below(64), below(65_536) - 32_768, below(2 ** 32) | 0, 0x7fff, -0x8000, -0x8001, -1][below(7)]!;
  if (of === I32) return constant(value);
  if (of === I64) return [OP.i64Const, ...constant(value).slice(1)];
  const bytes = Buffer.alloc(of === F32 ? 4 : 8);
  const real = [value, value / 1024, Number.NaN, Number.POSITIVE_INFINITY, -0][below(9)] ?? value / 3;
  if (of === F32) bytes.writeFloatLE(real);
  else bytes.writeDoubleLE(real);
  return [of === F32 ? 0x43 : OP.f64Const, ...bytes];
}

function randomBody(signature: FunctionType, callable: Callable, below: Below, pick: Pick) {
  const locals = [...signature.parameters, I32, I32, I64, I64, F32, F64, I32];
  /** The last ones count loops. */
  const counters = [locals.length, locals.length + 1];
  const own = [...locals.slice(signature.parameters.length), I32, I32].map((of): [number, number] => [1, of]);
  const [set, tee, get] = [0x21, 0x22, OP.localGet];
  let room = 160;
  let loops = 0;

  const local = (of: number): number | undefined => {
    const places = locals.flatMap((is, at) => (is === of ? [at] : []));
    return places.length > 0 ? pick(places) : undefined;
  };
  const address = (depth: number) => {
    const anywhere = expression(I32, depth - 1);
    if (below(200) === 0) return anywhere;
    return [...anywhere, ...constant(MEMORY.length - 1), 0x71, ...constant(MEMORY.scratch), 0x6a];
  };
  const aligned = () => [0, ...leb(below(3) ? below(8) : below(1024))];

  function expression(of: number, depth: number): number[] {
    room--;
    const at = local(of);
    if (depth <= 0 || room <= 0) return below(2) && at !== undefined ? [get, at] : number(of, below);
    const integer = of === I32 || of === I64;
    switch (below(16)) {
      case 0:
        return number(of, below);
      case 1:
      case 2:
        return at === undefined ? number(of, below) : [get, at];
      case 3:
        return at === undefined ? number(of, below) : [...expression(of, depth - 1), tee, at];
      case 4:
        return [...expression(of, depth - 1), pick(UNARY[of]!)];
      case 5: {
        const [from, code] = pick(CONVERT[of]!);
        return [...expression(from, depth - 1), ...code];
      }
      case 6: {
        if (of !== I32) return [...expression(of, depth - 1), ...expression(of, depth - 1), pick(BINARY[of]!)];
        const compared = pick(TYPES);
        const [first, last] = COMPARE[compared]!;
        return [
          ...expression(compared, depth - 1),
          ...expression(compared, depth - 1),
          first + below(last - first + 1),
        ];
      }
      case 7:
        return [...expression(of, depth - 1), ...expression(of, depth - 1), ...expression(I32, depth - 1), 0x1b];
      case 8:
        return [
          ...expression(I32, depth - 1),
          0x04,
          of,
          ...expression(of, depth - 1),
          0x05,
          ...expression(of, depth - 1),
          OP.end,
        ];
      case 9:
        // A value that may leave the block early.
        return [
          ...[OP.block, of, ...expression(of, depth - 1), ...expression(I32, depth - 1), 0x0d, 0],
          ...[OP.drop, ...expression(of, depth - 1), OP.end],
        ];
      case 10: {
        const fitting = callable.filter(({ signature: { results } }) => results[0] === of);
        if (fitting.length === 0 || loops > 0) return expression(of, depth - 1);
        const { index, signature: called } = pick(fitting);
        return [...called.parameters.flatMap((wanted) => expression(wanted, depth - 1)), OP.call, ...leb(index)];
      }
      case 11:
      case 12:
        if (integer) return [...address(depth), pick(LOADS[of]!), ...aligned()];
        return [...expression(of, depth - 1), ...expression(of, depth - 1), pick(BINARY[of]!)];
      case 13:
        if (of === I32) return [OP.globalGet, below(GLOBALS)];
        if (integer) {
          const odd = below(8) ? [OP.i64Const, 1, 0x84] : [];
          const divisor = [...expression(I64, depth - 1), ...odd];
          return [...expression(I64, depth - 1), ...divisor, 0x7f + below(4)];
        }
        return number(of, below);
      default:
        return [...expression(of, depth - 1), ...expression(of, depth - 1), pick(BINARY[of]!)];
    }
  }

  /** What compilers write most: two that are at hand, compared or not at all. */
  function condition(depth: number): number[] {
    const [first, last] = COMPARE[I32]!;
    const plain = () => expression(I32, 0);
    if (below(3) === 0) return expression(I32, depth);
    if (below(4) === 0) return [...plain(), 0x45];
    return [...plain(), ...(below(2) ? plain() : expression(I32, 2)), first + below(last - first + 1)];
  }

  function statement(depth: number, labels: number): number[] {
    room--;
    const of = pick(TYPES);
    const at = local(of);
    const integer = pick([I32, I64]);
    switch (room > 0 ? below(14) : 0) {
      case 0:
        if (at === undefined) return [0x01];
        if (below(2)) return [...expression(of, depth), set, at];
        return [...expression(of, 0), ...expression(of, below(2)), pick(BINARY[of]!), set, at];
      case 1:
        return [...expression(I32, depth), 0x24, below(GLOBALS)];
      case 2:
      case 3:
        return [...address(depth), ...expression(integer, depth), pick(STORES[integer]!), ...aligned()];
      case 4:
        return [...condition(depth), 0x04, VOID, ...statements(depth - 1, labels + 1), OP.end];
      case 5:
        return [
          ...[...condition(depth), 0x04, VOID, ...statements(depth - 1, labels + 1)],
          ...[0x05, ...statements(depth - 1, labels + 1), OP.end],
        ];
      case 6: {
        const counter = counters[loops];
        if (counter === undefined) return [0x01];
        loops++;
        const body = statements(depth - 1, labels + 1);
        loops--;
        const again = [get, counter, ...constant(1), 0x6b, tee, counter, 0x0d, 0];
        return [...constant(1 + below(5)), set, counter, OP.loop, VOID, ...body, ...again, OP.end];
      }
      case 7:
        return [
          OP.block,
          VOID,
          ...statements(depth - 1, labels + 1),
          ...condition(depth),
          0x0d,
          0,
          ...statements(depth - 1, labels + 1),
          OP.end,
        ];
      case 8: {
        const targets = [...Array.from({ length: below(6) }, () => below(3)), below(3)];
        return [
          ...[OP.block, VOID, OP.block, VOID, OP.block, VOID],
          ...[...expression(I32, depth), ...constant(7), 0x71, 0x0e, ...leb(targets.length - 1), ...targets, OP.end],
          ...[...statements(depth - 1, labels + 2), OP.end, ...statements(depth - 1, labels + 1), OP.end],
        ];
      }
      case 9:
        // Code that is never reached.
        return [OP.block, VOID, ...statement(depth - 1, labels + 1), OP.br, 0, ...constant(1), OP.drop, OP.end];
      case 10: {
        const fitting = callable.filter(({ signature: { results } }) => results.length === 0);
        if (fitting.length === 0 || loops > 0) return [...expression(of, depth), OP.drop];
        const { index, signature: called } = pick(fitting);
        return [...called.parameters.flatMap((wanted) => expression(wanted, depth - 1)), OP.call, ...leb(index)];
      }
      case 11:
        return [...address(depth), ...expression(I32, depth), ...constant(below(40)), 0xfc, 11, 0];
      case 12:
        return [...address(depth), ...address(depth), ...constant(below(40)), 0xfc, 10, 0, 0];
      default: {
        if (labels === 0 || loops > 0) return [...expression(of, depth), OP.drop];
        const value = signature.results.flatMap((wanted) => expression(wanted, depth - 1));
        // Leaves the function, sometimes.
        return [...condition(depth), 0x04, VOID, ...value, 0x0f, OP.end];
      }
    }
  }

  const statements = (depth: number, labels: number): number[] =>
    depth <= 0 ? [] : Array.from({ length: 1 + below(3) }, () => statement(depth, labels)).flat();

  const body = [...statements(3, 0), ...statements(2, 0), ...statements(2, 0)];
  room += 60;
  return { locals: own, body: [...body, ...signature.results.flatMap((of) => expression(of, 4))] };
}

/** Modules that a kernel must survive, by name. What becomes of each is said in kernel_test.c. */
import { assemble, constant, type Fixture, I32, I64, leb, OP, type, VOID } from './wasm.ts';

const start = type();
const handle = type([I32, I32, I32, I32, I32]);
const health = type([], [I32]);
const realloc = type([I32, I32, I32, I32], [I32]);

type Functions = NonNullable<Fixture['functions']>;

/** Every export of the contract, doing nothing; `bodies` replaces some. */
function actor(bodies: Record<string, number[]> = {}, without: string[] = []): Functions {
  const all: Functions = [
    { type: start, exports: ['start'], body: bodies.start ?? [] },
    { type: handle, exports: ['handle'], body: bodies.handle ?? [] },
    { type: health, exports: ['health'], body: bodies.health ?? constant(1) },
    { type: start, exports: ['stop'], body: bodies.stop ?? [] },
    { type: realloc, exports: ['cabi_realloc'], body: bodies.cabi_realloc ?? constant(1024) },
  ];
  return all.filter((item) => !without.includes(item.exports![0]!));
}

const nested = (depth: number): number[] => [
  ...Array.from({ length: depth }, () => [OP.block, VOID]).flat(),
  ...Array.from({ length: depth }, () => OP.end),
];
const loops = (depth: number, inside: number[]): number[] => [
  ...Array.from({ length: depth }, () => [OP.loop, VOID]).flat(),
  ...inside,
  ...Array.from({ length: depth }, () => OP.end),
];
const spin = [OP.loop, VOID, OP.br, 0, OP.end];
const log = { module: 'log', field: 'write', type: type([I32, I32, I32]) };
const manyArguments = type(Array.from({ length: 60 }, () => I64));

export const FIXTURES: Record<string, Uint8Array> = {
  quiet: assemble({ memory: 1, functions: actor() }),
  // start, stop, arena_reset and _initialize are one function, as Binaryen makes it.
  merged: assemble({
    memory: 1,
    functions: [
      { type: start, exports: ['start', 'stop', 'arena_reset', '_initialize'], body: [] },
      ...actor({}, ['start', 'stop']),
    ],
  }),
  'no-memory': assemble({ functions: actor() }),
  'no-health': assemble({ memory: 1, functions: actor({}, ['health']) }),
  // What a debugger calls health is no export.
  'health-by-debug-name': assemble({
    memory: 1,
    functions: [...actor({}, ['health']), { type: health, body: constant(1) }],
    names: { 4: 'health' },
  }),
  'handle-of-four': assemble({
    memory: 1,
    functions: [...actor({}, ['handle']), { type: type([I32, I32, I32, I32]), exports: ['handle'], body: [] }],
  }),
  'health-i64': assemble({
    memory: 1,
    functions: [...actor({}, ['health']), { type: type([], [I64]), exports: ['health'], body: [OP.i64Const, 0] }],
  }),
  'unknown-import': assemble({ imports: [{ ...log, field: 'writ' }], memory: 1, functions: actor() }),
  'wrong-import': assemble({ imports: [{ ...log, type: type([I32, I32]) }], memory: 1, functions: actor() }),
  'memory-import': assemble({ imports: [{ module: 'env', field: 'memory', memory: true }], functions: actor() }),
  'global-import': assemble({ imports: [{ module: 'env', field: 'g', global: true }], memory: 1, functions: actor() }),
  'two-pages': assemble({ memory: 2, functions: actor() }),
  'data-outside': assemble({ memory: 1, functions: actor(), data: [{ offset: 20_000, bytes: [1] }] }),
  'start-section': assemble({
    imports: [log],
    memory: 1,
    start: 6,
    functions: [...actor(), { type: start, body: [...constant(1), ...constant(0), ...constant(2), OP.call, 0] }],
    data: [{ offset: 0, bytes: [0x68, 0x69] }],
  }),
  'start-section-spins': assemble({ memory: 1, start: 5, functions: [...actor(), { type: start, body: spin }] }),
  'start-traps': assemble({ memory: 1, functions: actor({ start: [OP.unreachable] }) }),
  'start-spins': assemble({ memory: 1, functions: actor({ start: spin }) }),
  'stop-spins': assemble({ memory: 1, functions: actor({ stop: spin }) }),
  'health-traps': assemble({ memory: 1, functions: actor({ health: [OP.unreachable] }) }),
  'handle-traps': assemble({ memory: 1, functions: actor({ handle: [OP.unreachable] }) }),
  'reset-logs': assemble({
    imports: [log],
    memory: 1,
    functions: [
      ...actor(),
      { type: start, exports: ['arena_reset'], body: [...constant(1), ...constant(0), ...constant(2), OP.call, 0] },
    ],
  }),
  // The initial value of a global is a loop that never ends.
  'global-spins': assemble({ memory: 1, globals: [[...spin, ...constant(0)]], functions: actor() }),
  // ... or reads a memory that is not there yet.
  'global-loads': assemble({ memory: 1, globals: [[...constant(0), OP.i32Load, 2, 0]], functions: actor() }),
  'element-spins': assemble({ memory: 1, elements: [...spin, ...constant(0)], functions: actor() }),
  'ill-typed': assemble({ memory: 1, functions: actor({ start: [OP.i32Add, OP.drop] }) }),
  'nested-60': assemble({ memory: 1, functions: actor({ start: nested(60) }) }),
  'nested-10000': assemble({ memory: 1, functions: actor({ start: nested(10_000) }) }),
  // 60 arguments of 64 bits stand above the caller's own slots: 480 bytes past what its entry needs.
  'many-arguments': assemble({
    memory: 1,
    functions: [
      ...actor({ start: [...Array.from({ length: 60 }, () => [OP.i64Const, 1]).flat(), OP.call, 5] }),
      { type: manyArguments, body: [] },
    ],
  }),
  'too-many-arguments': assemble({
    memory: 1,
    functions: [
      ...actor({ start: [OP.unreachable, OP.call, 5] }),
      { type: type(Array.from({ length: 800 }, () => I64)), body: [] },
    ],
  }),
  // 120 slots of constants and 300 of results: more than a frame may have.
  'many-results': assemble({
    memory: 1,
    types: [
      type(
        [],
        Array.from({ length: 150 }, () => I64),
      ),
    ],
    elements: constant(0),
    functions: actor({
      start: [
        ...Array.from({ length: 60 }, (_, index) => [OP.i64Const, index, OP.drop]).flat(),
        ...[...constant(0), OP.callIndirect, 0, 0, OP.unreachable],
      ],
    }),
  }),
  // 60 loops in a function that calls one with 60 loops that calls a third: 183 frames of C, and no call at the end.
  loops: assemble({
    memory: 1,
    functions: [
      ...actor({ start: [OP.call, 5] }),
      { type: start, body: loops(60, [OP.call, 6]) },
      { type: start, body: loops(60, [OP.call, 7]) },
      { type: start, body: loops(60, []) },
    ],
  }),
  'bad-magic': Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7),
  empty: new Uint8Array(0),
  truncated: assemble({ memory: 1, functions: actor() }).slice(0, -5),
  'no-such-local': assemble({ memory: 1, functions: actor({ start: [OP.localGet, ...leb(5), OP.drop] }) }),
};

// ML-KEM and ML-DSA, scalar and SIMD, against @noble/post-quantum and liboqs' Wasm: CPU time, ratios measured in one process,
// medians over three processes. Then bytes of code and of memory, and instructions under wasm3 on rv32imac.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { packageRoot } from '../../runtime/abi/package-root.ts';
import { compared, median, type Row, size } from './pqc-measure.ts';
import type { Measured } from './pqc-process.ts';
import { deviceRows } from './pqc-device.ts';

const PROCESSES = 3;
const NOBLE = '@noble/post-quantum 0.7.1';
const LIBOQS = '@oqs/liboqs-js 0.15.1 (Wasm)';
/** The least ratio over noble. */
const GOALS = {
  kem: { scalar: 12, simd: 20 },
  verify: { scalar: 17, simd: 26 },
  sign: { scalar: 17, simd: 25 },
};

export async function rows(): Promise<Row[]> {
  return [...speeds(), ...(await sizes()), ...(await deviceRows())];
}

function goalOf(name: string): { scalar: number; simd: number } | undefined {
  if (name.startsWith('ML-KEM')) return GOALS.kem;
  return GOALS[name.split(' ')[1] as keyof typeof GOALS];
}

function speeds(): Row[] {
  const program = fileURLToPath(new URL('./pqc-process.js', import.meta.url));
  const runs = Array.from(
    { length: PROCESSES },
    () => JSON.parse(execFileSync(process.execPath, [program], { encoding: 'utf8' })) as Measured[],
  );
  return runs[0]!.flatMap(({ name }, i) => {
    const of = (value: (measured: Measured) => number) => median(runs.map((run) => value(run[i]!)));
    return (['scalar', 'simd'] as const).flatMap((build) => {
      const perSecond = 1000 / of(({ ms }) => ms[build]);
      const label = `${name}, V8 ${build}`;
      return [
        compared(
          label,
          perSecond,
          of((m) => m.overNoble[build]),
          NOBLE,
          goalOf(name)?.[build],
        ),
        compared(
          label,
          perSecond,
          of((m) => m.overLiboqs[build]),
          LIBOQS,
        ),
      ];
    });
  });
}

interface Builds {
  compileBuild(name: string): Promise<Uint8Array<ArrayBuffer>>;
}
interface Goals {
  goal?: number;
  memoryGoal?: number;
}
type Places = Record<'memoryBytes', () => number>;

async function sizes(): Promise<Row[]> {
  const path = join(packageRoot(), 'modules', 'lib', 'pqc-builds.mjs');
  const { compileBuild } = (await import(pathToFileURL(path).href)) as Builds;
  const builds = JSON.parse(readFileSync(join(packageRoot(), 'modules', 'lib', 'pqc-sizes.json'), 'utf8')) as Record<
    string,
    Goals
  >;
  const made = await Promise.all(
    Object.entries(builds).map(async ([name, { goal, memoryGoal }]) => {
      const wasm = await compileBuild(name);
      const { memoryBytes } = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports as Places;
      return [size(`${name}.wasm`, wasm.length, goal), size(`${name}.wasm, linear memory`, memoryBytes(), memoryGoal)];
    }),
  );
  return made.flat();
}

// A timing test on demand (npm run bench -- pqc-timing): does ML-KEM-768 decapsulation take longer for some ciphertexts?
// Welch's t between one valid ciphertext and random ones, interleaved, as dudect does. |t| beyond 4.5 is a leak; less is
// no proof: V8 may leak where this does not look.
import { createMlKem, loadMlKem } from '../../modules/ml-kem/host/index.ts';
import type { Row } from './pqc-measure.ts';

const CALLS = 40_000;
const LIMIT = 4.5;

export async function rows(): Promise<Row[]> {
  return (['scalar', 'simd'] as const).map((build) => {
    const t = Math.max(...statistics(build));
    return {
      name: `ML-KEM-768 decapsulate, V8 ${build}: largest |t|`,
      value: t,
      unit: 't',
      goal: LIMIT,
      ok: t < LIMIT,
    };
  });
}

function statistics(build: 'scalar' | 'simd'): number[] {
  const wasm = loadMlKem(build);
  const { publicKey, secretKey } = createMlKem(768, () => wasm).keygen();
  const { cipherText } = createMlKem(768, () => wasm).encapsulate(publicKey);
  const memory = new Uint8Array(wasm.memory.buffer as ArrayBuffer);
  const samples: [number[], number[]] = [[], []];
  wasm.select(768);
  memory.set(secretKey, wasm.decapsulationKey());
  const random = Array.from({ length: 64 }, () => crypto.getRandomValues(new Uint8Array(cipherText.length)));
  for (let i = 0; i < CALLS; i++) {
    const kind = Math.random() < 0.5 ? 0 : 1;
    memory.set(kind ? random[i % random.length]! : cipherText, wasm.ciphertext());
    const start = process.hrtime.bigint();
    wasm.decapsulate();
    const time = Number(process.hrtime.bigint() - start);
    if (i >= CALLS / 10) samples[kind].push(time);
  }
  // Interruptions make the slow tail: the fastest 50, 80 and 95 % of all calls are compared.
  const all = [...samples[0], ...samples[1]].sort((a, b) => a - b);
  return [0.5, 0.8, 0.95].map((share) => {
    const bound = all[Math.floor(all.length * share)]!;
    const [a, b] = samples.map((s) => moments(s.filter((time) => time <= bound))) as [Moments, Moments];
    return Math.abs(a.mean - b.mean) / Math.sqrt(a.variance / a.count + b.variance / b.count);
  });
}

interface Moments {
  count: number;
  mean: number;
  variance: number;
}

function moments(values: number[]): Moments {
  const count = values.length;
  const mean = values.reduce((sum, v) => sum + v, 0) / count;
  return { count, mean, variance: values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (count - 1) };
}

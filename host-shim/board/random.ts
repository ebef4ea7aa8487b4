/** Random bytes: the machine's generator, or for tests one that repeats itself. */
import { createHash, randomFillSync } from 'node:crypto';
import type { RandomPort } from './ports.ts';

export const systemRandom: RandomPort = (out) => {
  randomFillSync(out);
};

/** The same bytes for the same seed: SHA-256 of seed and counter. For tests only. */
export function seededRandom(seed: string): RandomPort {
  let counter = 0;
  let pool = Buffer.alloc(0);
  return (out) => {
    for (let i = 0; i < out.length; i++) {
      if (pool.length === 0) pool = createHash('sha256').update(`${seed}/${counter++}`).digest();
      out[i] = pool[0]!;
      pool = pool.subarray(1);
    }
  };
}

/** The same numbers in [0, 1) for the same seed, for what needs no cryptographic quality: loss and noise on the air. */
export function seededChance(seed: string): () => number {
  const random = seededRandom(seed);
  const word = new Uint8Array(4);
  return () => {
    random(word);
    return new DataView(word.buffer).getUint32(0) / 2 ** 32;
  };
}

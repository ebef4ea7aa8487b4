// ML-DSA-65 verification against @noble/post-quantum, on the same signature in the same process.
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';
import { createMlDsa, loadMlDsa } from '../../modules/ml-dsa/host/index.ts';
import { measure, type Row, speed } from './pqc-measure.ts';

const GOALS = { scalar: 17, simd: 26 };

export async function rows(): Promise<Row[]> {
  const { publicKey, secretKey } = ml_dsa65.keygen(new Uint8Array(32).fill(7));
  const message = new Uint8Array(300).fill(1);
  const signature = ml_dsa65.sign(message, secretKey);
  const verify = (ml: Pick<typeof ml_dsa65, 'verify'>) => () => {
    if (!ml.verify(signature, message, publicKey)) throw new Error('a valid signature was refused');
  };
  const ours = (build: 'scalar' | 'simd') => {
    const wasm = loadMlDsa(build);
    return verify(createMlDsa(65, () => wasm));
  };
  const ms = measure({ noble: verify(ml_dsa65), scalar: ours('scalar'), simd: ours('simd') });
  return (['scalar', 'simd'] as const).map((build) =>
    speed(`ML-DSA-65 verify, V8 ${build}`, ms[build], ms.noble, '@noble/post-quantum 0.7.1', GOALS[build]),
  );
}

// ML-DSA-65 verification against @noble/post-quantum, on the same signature in the same process.
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';
import { format, loadVerifier } from '../vectors/ml-dsa-verifier.ts';
import { measure, type Row } from './pqc-measure.ts';

const GOALS = { scalar: 17, SIMD: 26 };

export async function rows(): Promise<Row[]> {
  const { publicKey, secretKey } = ml_dsa65.keygen(new Uint8Array(32).fill(7));
  const message = new Uint8Array(300).fill(1);
  const signature = ml_dsa65.sign(message, secretKey);
  const formatted = format(message, new Uint8Array(0));
  const [scalar, simd] = [await loadVerifier(false), await loadVerifier(true)];
  const must = (valid: boolean) => {
    if (!valid) throw new Error('a valid signature was refused');
  };
  const ms = measure({
    noble: () => must(ml_dsa65.verify(signature, message, publicKey)),
    scalar: () => must(scalar.verify(65, publicKey, formatted, signature)),
    SIMD: () => must(simd.verify(65, publicKey, formatted, signature)),
  });
  return (['scalar', 'SIMD'] as const).map((build) => {
    const ratio = ms.noble / ms[build];
    return {
      name: `ML-DSA-65 verify, V8 ${build}`,
      value: 1000 / ms[build],
      unit: 'op/s',
      peer: '@noble/post-quantum 0.7.1',
      ratio,
      goal: GOALS[build],
      ok: ratio >= GOALS[build],
    };
  });
}

// Instructions of ML-KEM and ML-DSA under wasm3 on rv32imac, counted by QEMU: exact, and the same in every run.
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '../../modules/ml-dsa/host/index.ts';
import { ml_kem512, ml_kem768, ml_kem1024 } from '../../modules/ml-kem/host/index.ts';
import { DSA, KEM, missingTools, PqcTarget } from '../support/pqc-target.ts';
import type { Row } from './pqc-measure.ts';

const GOALS: Record<string, number> = {
  'ML-KEM-768 encapsulate': 7_600_000,
  'ML-KEM-768 decapsulate': 10_200_000,
  'ML-DSA-65 verify': 22_500_000,
};
const WHERE = 'wasm3, rv32imac';

export async function deviceRows(): Promise<Row[]> {
  const lacking = missingTools();
  if (lacking.length > 0) {
    const name = `${WHERE}: NOT MEASURED, apt-get install ${lacking.join(' ')}`;
    return [{ name, value: Number.NaN, unit: 'instructions', ok: false }];
  }
  return [...(await on('ml-kem', kem)), ...(await on('ml-dsa', dsa))];
}

async function on(actor: 'ml-kem' | 'ml-dsa', run: (target: PqcTarget) => Row[]): Promise<Row[]> {
  const target = await PqcTarget.start(actor, true);
  try {
    return run(target);
  } finally {
    target.stop();
  }
}

function row(name: string, { instructions }: { instructions: number }, valid: boolean): Row {
  const goal = GOALS[name];
  return {
    name: `${name}, ${WHERE}`,
    value: instructions,
    unit: 'instructions',
    ...(goal === undefined ? {} : { goal }),
    ok: valid && (goal === undefined || instructions <= goal),
  };
}

const same = (a: Uint8Array, ...parts: Uint8Array[]) => Buffer.from(a).equals(Buffer.concat(parts));

function kem(target: PqcTarget): Row[] {
  const sets = { 512: ml_kem512, 768: ml_kem768, 1024: ml_kem1024 };
  return Object.entries(sets).flatMap(([set, ml]) => {
    const [seed, msg] = [new Uint8Array(64).fill(3), new Uint8Array(32).fill(5)];
    const { publicKey, secretKey } = ml.keygen(seed);
    const { cipherText, sharedSecret } = ml.encapsulate(publicKey, msg);
    const keygen = target.call(KEM.keygen, Number(set), seed);
    const encaps = target.call(KEM.encaps, Number(set), publicKey, msg);
    const decaps = target.call(KEM.decaps, Number(set), secretKey, cipherText);
    return [
      row(`ML-KEM-${set} keygen`, keygen, same(keygen.output, publicKey, secretKey)),
      row(`ML-KEM-${set} encapsulate`, encaps, same(encaps.output, cipherText, sharedSecret)),
      row(`ML-KEM-${set} decapsulate`, decaps, same(decaps.output, sharedSecret)),
    ];
  });
}

function dsa(target: PqcTarget): Row[] {
  const sets = { 44: ml_dsa44, 65: ml_dsa65, 87: ml_dsa87 };
  return Object.entries(sets).flatMap(([set, ml]) => {
    const xi = new Uint8Array(32).fill(7);
    const { publicKey, secretKey } = ml.keygen(xi);
    const mu = new Uint8Array(64).fill(1);
    const rnd = new Uint8Array(32);
    const message = new Uint8Array(34).fill(2);
    const made = ml.internal.sign(mu, secretKey, { externalMu: true, extraEntropy: rnd });
    const signature = ml.internal.sign(message, secretKey, { extraEntropy: rnd });
    const keygen = target.call(DSA.keygen, Number(set), xi);
    const sign = target.call(DSA.sign, Number(set), secretKey, mu, rnd);
    const verify = target.call(DSA.verify, Number(set), publicKey, signature, message);
    return [
      row(`ML-DSA-${set} keygen`, keygen, same(keygen.output, publicKey, secretKey)),
      row(`ML-DSA-${set} sign`, sign, same(sign.output, made)),
      row(`ML-DSA-${set} verify`, verify, verify.output[0] === 1),
    ];
  });
}

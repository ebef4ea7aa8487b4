// One process of the bench pqc: every operation of ML-KEM and ML-DSA, in every candidate. Prints what it measured as JSON.
import { createMLDSA44, createMLDSA65, createMLDSA87 } from '@oqs/liboqs-js/sig';
import { createMLKEM512, createMLKEM768, createMLKEM1024 } from '@oqs/liboqs-js/kem';
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { ml_kem512, ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { createMlDsa, loadMlDsa, type MlDsa } from '../../modules/ml-dsa/host/index.ts';
import { createMlKem, loadMlKem, type MlKem } from '../../modules/ml-kem/host/index.ts';
import { measureRounds, median } from './pqc-measure.ts';

export const CANDIDATES = ['noble', 'liboqs', 'scalar', 'simd'] as const;
export type Candidate = (typeof CANDIDATES)[number];

/** Medians over the rounds: milliseconds for an operation, and how many times faster than noble and liboqs. */
export interface Measured {
  name: string;
  ms: Record<Candidate, number>;
  overNoble: Record<Candidate, number>;
  overLiboqs: Record<Candidate, number>;
}

const KEM = [
  [512, ml_kem512, createMLKEM512],
  [768, ml_kem768, createMLKEM768],
  [1024, ml_kem1024, createMLKEM1024],
] as const;
const DSA = [
  [44, ml_dsa44, createMLDSA44],
  [65, ml_dsa65, createMLDSA65],
  [87, ml_dsa87, createMLDSA87],
] as const;
/** As many as keep a signature's number of attempts near its mean. */
const MESSAGES = 24;

type Calls = Record<Candidate, () => unknown>;

/** `divide`: operations in a call. */
function compare(name: string, calls: Calls, divide = 1): Measured {
  const rounds = measureRounds(calls, { rounds: divide === 1 ? 21 : 7, slice: 8, warm: 100 });
  const each = (of: (round: (typeof rounds)[number], candidate: Candidate) => number) =>
    Object.fromEntries(CANDIDATES.map((c) => [c, median(rounds.map((round) => of(round, c)))])) as Measured['ms'];
  return {
    name,
    ms: each((round, c) => round[c] / divide),
    overNoble: each((round, c) => round.noble / round[c]),
    overLiboqs: each((round, c) => round.liboqs / round[c]),
  };
}

async function kem([set, noble, createLiboqs]: (typeof KEM)[number]): Promise<Measured[]> {
  const wasm = { scalar: loadMlKem('scalar'), simd: loadMlKem('simd') };
  const scalar = createMlKem(set, () => wasm.scalar);
  const simd = createMlKem(set, () => wasm.simd);
  const liboqs = await createLiboqs();
  const [seed, msg] = [new Uint8Array(64).fill(3), new Uint8Array(32).fill(5)];
  const { publicKey, secretKey } = scalar.keygen(seed);
  const { cipherText } = scalar.encapsulate(publicKey, msg);
  const calls = (
    ours: (ml: Pick<MlKem, 'keygen' | 'encapsulate' | 'decapsulate'>) => unknown,
    theirs: () => unknown,
  ) => ({
    noble: () => ours(noble as MlKem),
    liboqs: theirs,
    scalar: () => ours(scalar),
    simd: () => ours(simd),
  });
  return [
    compare(
      `ML-KEM-${set} keygen`,
      calls(
        (ml) => ml.keygen(seed),
        () => liboqs.generateKeyPair(),
      ),
    ),
    compare(
      `ML-KEM-${set} encapsulate`,
      calls(
        (ml) => ml.encapsulate(publicKey, msg),
        () => liboqs.encapsulate(publicKey),
      ),
    ),
    compare(
      `ML-KEM-${set} decapsulate`,
      calls(
        (ml) => ml.decapsulate(cipherText, secretKey),
        () => liboqs.decapsulate(cipherText, secretKey),
      ),
    ),
  ];
}

async function dsa([set, noble, createLiboqs]: (typeof DSA)[number]): Promise<Measured[]> {
  const wasm = { scalar: loadMlDsa('scalar'), simd: loadMlDsa('simd') };
  const scalar = createMlDsa(set, () => wasm.scalar);
  const simd = createMlDsa(set, () => wasm.simd);
  const liboqs = await createLiboqs();
  const { publicKey, secretKey } = scalar.keygen(new Uint8Array(32).fill(7));
  const messages = Array.from({ length: MESSAGES }, (_, i) => new Uint8Array(32).fill(i));
  const [message] = messages as [Uint8Array];
  const signature = scalar.sign(message, secretKey, { extraEntropy: false });
  const calls = (ours: (ml: Pick<MlDsa, 'keygen' | 'sign' | 'verify'>) => unknown, theirs: () => unknown) => ({
    noble: () => ours(noble as unknown as MlDsa),
    liboqs: theirs,
    scalar: () => ours(scalar),
    simd: () => ours(simd),
  });
  return [
    compare(
      `ML-DSA-${set} keygen`,
      calls(
        (ml) => ml.keygen(new Uint8Array(32).fill(7)),
        () => liboqs.generateKeyPair(),
      ),
    ),
    compare(
      `ML-DSA-${set} sign`,
      calls(
        (ml) => {
          for (const m of messages) ml.sign(m, secretKey, { extraEntropy: false });
        },
        () => {
          for (const m of messages) liboqs.sign(m, secretKey);
        },
      ),
      MESSAGES,
    ),
    compare(
      `ML-DSA-${set} verify`,
      calls(
        (ml) => ml.verify(signature, message, publicKey),
        () => liboqs.verify(message, signature, publicKey),
      ),
    ),
  ];
}

const measured: Measured[] = [];
for (const parameters of KEM) measured.push(...(await kem(parameters)));
for (const parameters of DSA) measured.push(...(await dsa(parameters)));
process.stdout.write(JSON.stringify(measured));

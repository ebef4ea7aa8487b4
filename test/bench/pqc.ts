// Every operation of ML-KEM and ML-DSA, scalar and SIMD, against @noble/post-quantum in the same process, and sizes.
// CPU time; run it three times and take medians for a claim: npm run bench -- pqc.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { ml_kem512, ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { createMlDsa, loadMlDsa, type MlDsa, type MlDsaSet } from '../../modules/ml-dsa/host/index.ts';
import { createMlKem, loadMlKem, type MlKem, type MlKemSet } from '../../modules/ml-kem/host/index.ts';
import { packageRoot } from '../../runtime/abi/package-root.ts';
import { measure, type Row, size, speed } from './pqc-measure.ts';

const KEM = { 512: ml_kem512, 768: ml_kem768, 1024: ml_kem1024 };
const DSA = { 44: ml_dsa44, 65: ml_dsa65, 87: ml_dsa87 };
const PEER = '@noble/post-quantum 0.7.1';
const BUILDS = ['scalar', 'simd'] as const;
type Candidate = 'noble' | (typeof BUILDS)[number];
const GOALS = {
  kem: { scalar: 12, simd: 20 },
  verify: { scalar: 17, simd: 26 },
  sign: { scalar: 17, simd: 25 },
};
/** As many as keep a signature's number of attempts near its mean. */
const MESSAGES = 24;

export async function rows(): Promise<Row[]> {
  return [...([512, 768, 1024] as const).flatMap(kem), ...([44, 65, 87] as const).flatMap(dsa), ...(await sizes())];
}

function compare(
  name: string,
  calls: Record<Candidate, () => void>,
  goal?: Record<'scalar' | 'simd', number>,
  divide = 1,
) {
  const ms = measure(calls);
  return BUILDS.map((build) =>
    speed(`${name}, V8 ${build}`, ms[build] / divide, ms.noble / divide, PEER, goal?.[build]),
  );
}

function kem(set: MlKemSet): Row[] {
  const libraries: Record<Candidate, Pick<MlKem, 'keygen' | 'encapsulate' | 'decapsulate'>> = {
    noble: KEM[set] as MlKem,
    scalar: instance('scalar'),
    simd: instance('simd'),
  };
  function instance(build: 'scalar' | 'simd') {
    const wasm = loadMlKem(build);
    return createMlKem(set, () => wasm);
  }
  const [seed, msg] = [new Uint8Array(64).fill(3), new Uint8Array(32).fill(5)];
  const { publicKey, secretKey } = libraries.noble.keygen(seed);
  const { cipherText } = libraries.noble.encapsulate(publicKey, msg);
  const each = (call: (ml: (typeof libraries)['noble']) => void) =>
    ({
      noble: () => call(libraries.noble),
      scalar: () => call(libraries.scalar),
      simd: () => call(libraries.simd),
    }) satisfies Record<Candidate, () => void>;
  return [
    ...compare(
      `ML-KEM-${set} keygen`,
      each((ml) => ml.keygen(seed)),
      GOALS.kem,
    ),
    ...compare(
      `ML-KEM-${set} encapsulate`,
      each((ml) => ml.encapsulate(publicKey, msg)),
      GOALS.kem,
    ),
    ...compare(
      `ML-KEM-${set} decapsulate`,
      each((ml) => ml.decapsulate(cipherText, secretKey)),
      GOALS.kem,
    ),
  ];
}

function dsa(set: MlDsaSet): Row[] {
  const libraries: Record<Candidate, Pick<MlDsa, 'keygen' | 'sign' | 'verify'>> = {
    noble: DSA[set] as unknown as MlDsa,
    scalar: instance('scalar'),
    simd: instance('simd'),
  };
  function instance(build: 'scalar' | 'simd') {
    const wasm = loadMlDsa(build);
    return createMlDsa(set, () => wasm);
  }
  const seed = new Uint8Array(32).fill(7);
  const { publicKey, secretKey } = libraries.noble.keygen(seed);
  const messages = Array.from({ length: MESSAGES }, (_, i) => new Uint8Array(32).fill(i));
  const signature = libraries.noble.sign(messages[0]!, secretKey, { extraEntropy: false });
  const each = (call: (ml: (typeof libraries)['noble']) => void) =>
    ({
      noble: () => call(libraries.noble),
      scalar: () => call(libraries.scalar),
      simd: () => call(libraries.simd),
    }) satisfies Record<Candidate, () => void>;
  const signAll = (ml: (typeof libraries)['noble']) => {
    for (const message of messages) ml.sign(message, secretKey, { extraEntropy: false });
  };
  return [
    ...compare(
      `ML-DSA-${set} keygen`,
      each((ml) => ml.keygen(seed)),
    ),
    ...compare(`ML-DSA-${set} sign`, each(signAll), GOALS.sign, MESSAGES),
    ...compare(
      `ML-DSA-${set} verify`,
      each((ml) => ml.verify(signature, messages[0]!, publicKey)),
      GOALS.verify,
    ),
  ];
}

interface Builds {
  compileBuild(name: string): Promise<Uint8Array<ArrayBuffer>>;
}

async function sizes(): Promise<Row[]> {
  const path = join(packageRoot(), 'modules', 'lib', 'pqc-builds.mjs');
  const { compileBuild } = (await import(pathToFileURL(path).href)) as Builds;
  const goals = JSON.parse(readFileSync(join(packageRoot(), 'modules', 'lib', 'pqc-sizes.json'), 'utf8')) as Record<
    string,
    { goal: number }
  >;
  return Promise.all(
    Object.entries(goals).map(async ([name, { goal }]) =>
      size(`${name}.wasm`, (await compileBuild(name)).length, goal),
    ),
  );
}

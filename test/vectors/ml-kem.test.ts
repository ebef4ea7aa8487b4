import { describe, expect, test } from 'vitest';
import { createMlKem, loadMlKem, type MlKemSet } from '../../modules/ml-kem/host/index.ts';
import { acvp, hex, missing } from './pqc-acvp.ts';

describe.skipIf(missing !== '').each(['scalar', 'simd'] as const)(`ML-KEM, ACVP, V8 %s${missing}`, (build) => {
  const wasm = loadMlKem(build);
  const sets = new Map(([512, 768, 1024] as MlKemSet[]).map((set) => [`ML-KEM-${set}`, createMlKem(set, () => wasm)]));
  const equal = (bytes: Uint8Array, text: string) => Buffer.from(bytes).equals(hex(text));

  test('keyGen', () => {
    const tests = acvp('ML-KEM-keyGen-FIPS203');
    expect(tests.length).toBe(75);
    for (const t of tests) {
      const { publicKey, secretKey } = sets.get(t.parameterSet)!.keygen(hex(t.d + t.z));
      expect(equal(publicKey, t.expected.ek), `ek of tcId ${t.tcId}`).toBe(true);
      expect(equal(secretKey, t.expected.dk), `dk of tcId ${t.tcId}`).toBe(true);
    }
  });

  test('encapDecap: encapsulation, decapsulation with damaged ciphertexts, key checks', () => {
    const tests = acvp('ML-KEM-encapDecap-FIPS203');
    expect(tests.length).toBe(165);
    const seen: Record<string, number> = {};
    for (const t of tests) {
      const ml = sets.get(t.parameterSet)!;
      const where = `tcId ${t.tcId}`;
      seen[t.function] = (seen[t.function] ?? 0) + 1;
      if (t.function === 'encapsulation') {
        const { cipherText, sharedSecret } = ml.encapsulate(hex(t.ek), hex(t.m));
        expect(equal(cipherText, t.expected.c), where).toBe(true);
        expect(equal(sharedSecret, t.expected.k), where).toBe(true);
      } else if (t.function === 'decapsulation') {
        expect(equal(ml.decapsulate(hex(t.c), hex(t.dk)), t.expected.k), where).toBe(true);
      } else if (t.function === 'encapsulationKeyCheck') {
        const check = () => ml.encapsulate(hex(t.ek), new Uint8Array(32));
        if (t.expected.testPassed) check();
        else expect(check, where).toThrow(/7\.2, (modulus|encapsulation key type) check/);
      } else {
        const check = () => ml.decapsulate(new Uint8Array(ml.lengths.cipherText), hex(t.dk));
        if (t.expected.testPassed) check();
        else expect(check, where).toThrow(/7\.3, (hash|decapsulation key type) check/);
      }
    }
    expect(seen).toEqual({
      encapsulation: 75,
      decapsulation: 30,
      encapsulationKeyCheck: 30,
      decapsulationKeyCheck: 30,
    });
  });
});

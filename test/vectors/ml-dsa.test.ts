import { describe, expect, test } from 'vitest';
import { createMlDsa, loadMlDsa, type MlDsaSet } from '../../modules/ml-dsa/host/index.ts';
import { format } from './ml-dsa-verifier.ts';
import { acvp, hex, missing } from './pqc-acvp.ts';
import { prehash } from './pqc-prehash.ts';

describe.skipIf(missing !== '').each(['scalar', 'simd'] as const)(`ML-DSA, ACVP, V8 %s${missing}`, (build) => {
  const wasm = loadMlDsa(build);
  const sets = new Map(([44, 65, 87] as MlDsaSet[]).map((set) => [`ML-DSA-${set}`, createMlDsa(set, () => wasm)]));

  test('keyGen', () => {
    const tests = acvp('ML-DSA-keyGen-FIPS204');
    expect(tests.length).toBe(75);
    for (const t of tests) {
      const { publicKey, secretKey } = sets.get(t.parameterSet)!.keygen(hex(t.seed));
      expect(Buffer.from(publicKey).equals(hex(t.expected.pk)), `pk of tcId ${t.tcId}`).toBe(true);
      expect(Buffer.from(secretKey).equals(hex(t.expected.sk)), `sk of tcId ${t.tcId}`).toBe(true);
    }
  });

  test('sigGen: pure, pre-hash, internal and external mu; deterministic and hedged', () => {
    const tests = acvp('ML-DSA-sigGen-FIPS204');
    expect(tests.length).toBe(360);
    for (const t of tests) {
      const ml = sets.get(t.parameterSet)!;
      const sk = hex(t.sk);
      const extraEntropy = t.deterministic ? (false as const) : hex(t.rnd);
      const sign = () => {
        if (t.externalMu) return ml.internal.sign(hex(t.mu), sk, { extraEntropy, externalMu: true });
        const message = hex(t.message);
        if (t.signatureInterface === 'internal') return ml.internal.sign(message, sk, { extraEntropy });
        const context = hex(t.context);
        if (t.preHash === 'pure') return ml.sign(message, sk, { context, extraEntropy });
        const ph = prehash(t.hashAlg);
        return ml.internal.sign(format(ph(message), context, ph.oid), sk, { extraEntropy });
      };
      expect(Buffer.from(sign()).equals(hex(t.expected.signature)), `tcId ${t.tcId}`).toBe(true);
    }
  });

  test('sigVer', () => {
    const tests = acvp('ML-DSA-sigVer-FIPS204');
    expect(tests.length).toBe(180);
    for (const t of tests) {
      const ml = sets.get(t.parameterSet)!;
      const [pk, signature, message] = [hex(t.pk), hex(t.signature), hex(t.message)];
      const verify = () => {
        if (t.externalMu) return ml.internal.verify(signature, hex(t.mu), pk, { externalMu: true });
        if (t.signatureInterface === 'internal') return ml.internal.verify(signature, message, pk);
        const context = hex(t.context);
        if (t.preHash === 'pure') return ml.verify(signature, message, pk, { context });
        const ph = prehash(t.hashAlg);
        return ml.internal.verify(signature, format(ph(message), context, ph.oid), pk);
      };
      expect(verify(), `tcId ${t.tcId}`).toBe(t.expected.testPassed);
    }
  });
});

import { beforeAll, describe, expect, test } from 'vitest';
import { format, loadVerifier, type ParameterSet, type Verifier } from './ml-dsa-verifier.ts';
import { acvp, hex, missing } from './pqc-acvp.ts';
import { prehash } from './pqc-prehash.ts';

describe.each([
  ['scalar', false],
  ['SIMD', true],
])('ML-DSA.Verify, V8 %s', (_, simd) => {
  let verifier: Verifier;
  beforeAll(async () => {
    verifier = await loadVerifier(simd);
  });

  test.skipIf(missing !== '')(`ACVP sigVer: pure, pre-hash, internal and external mu${missing}`, () => {
    const tests = acvp('ML-DSA-sigVer-FIPS204');
    const seen = { true: 0, false: 0 };
    for (const t of tests) {
      let message = hex(t.externalMu ? t.mu : t.message);
      if (t.signatureInterface === 'external') {
        const ph = t.preHash === 'preHash' ? prehash(t.hashAlg) : undefined;
        message = format(ph ? ph(message) : message, hex(t.context), ph?.oid);
      }
      const set = Number(t.parameterSet.slice(-2)) as ParameterSet;
      const valid = verifier.verify(set, hex(t.pk), message, hex(t.signature), t.externalMu);
      expect(valid, `tcId ${t.tcId}`).toBe(t.expected.testPassed);
      seen[`${valid}`]++;
    }
    expect(tests.length).toBe(180);
    expect(seen.true).toBeGreaterThan(30);
    expect(seen.false).toBeGreaterThan(100);
  });
});

// A sample of NIST's ACVP vectors on the device's processor and engine: rv32imac under QEMU, wasm3.
import { describe, expect, test } from 'vitest';
import { formatted } from '../vectors/pqc-prehash.ts';
import { DSA, KEM, missingTools, PqcTarget } from '../support/pqc-target.ts';
import { acvp, hex, missing } from '../vectors/pqc-acvp.ts';

const lacking = missingTools();
const why = `${missing}${lacking.length > 0 ? ` (MISSING: apt-get install ${lacking.join(' ')})` : ''}`;
const MAILBOX = 16_000;

// biome-ignore lint/suspicious/noExplicitAny: the fields differ from set to set
type Test = any;
const parameters = (name: string) => Number(/\d+$/.exec(name)![0]);
const equal = (bytes: Uint8Array, ...texts: string[]) =>
  expect(Buffer.from(bytes).toString('hex').toUpperCase()).toBe(texts.join('').toUpperCase());

/** The first `count` of each group of what `key` tells apart. */
function sample(tests: Test[], count: number, key: (test: Test) => string): Test[] {
  const seen = new Map<string, number>();
  return tests.filter((test) => {
    const name = key(test);
    seen.set(name, (seen.get(name) ?? 0) + 1);
    return seen.get(name)! <= count;
  });
}

async function on(actor: 'ml-kem' | 'ml-dsa', run: (target: PqcTarget) => void): Promise<void> {
  const target = await PqcTarget.start(actor, false);
  try {
    run(target);
  } finally {
    target.stop();
  }
}

describe.skipIf(why !== '')(`ACVP on rv32imac under QEMU${why}`, { timeout: 180_000 }, () => {
  test('ML-KEM keyGen, encapsulation, decapsulation: two of each set', () =>
    on('ml-kem', (target) => {
      for (const t of sample(acvp('ML-KEM-keyGen-FIPS203'), 2, (t) => t.parameterSet)) {
        const { output } = target.call(KEM.keygen, parameters(t.parameterSet), hex(t.d), hex(t.z));
        equal(output, t.expected.ek, t.expected.dk);
      }
      const kem = acvp('ML-KEM-encapDecap-FIPS203').filter((t) => /capsulation$/.test(t.function));
      expect(kem.length).toBeGreaterThan(12);
      for (const t of sample(kem, 2, (t) => `${t.function} ${t.parameterSet}`)) {
        const set = parameters(t.parameterSet);
        if (t.function === 'encapsulation') {
          equal(target.call(KEM.encaps, set, hex(t.ek), hex(t.m)).output, t.expected.c, t.expected.k);
        } else equal(target.call(KEM.decaps, set, hex(t.dk), hex(t.c)).output, t.expected.k);
      }
    }));

  test('ML-DSA keyGen, sigGen with external mu, sigVer: one of each set, valid and not', () =>
    on('ml-dsa', (target) => {
      for (const t of sample(acvp('ML-DSA-keyGen-FIPS204'), 1, (t) => t.parameterSet)) {
        equal(target.call(DSA.keygen, parameters(t.parameterSet), hex(t.seed)).output, t.expected.pk, t.expected.sk);
      }
      const withMu = acvp('ML-DSA-sigGen-FIPS204').filter((t) => t.externalMu);
      for (const t of sample(withMu, 1, (t) => t.parameterSet)) {
        const rnd = t.deterministic ? new Uint8Array(32) : hex(t.rnd);
        const { output } = target.call(DSA.sign, parameters(t.parameterSet), hex(t.sk), hex(t.mu), rnd);
        equal(output, t.expected.signature);
      }
      const verify = acvp('ML-DSA-sigVer-FIPS204').filter(
        (t) => !t.externalMu && (t.pk.length + t.signature.length + t.message.length) / 2 < MAILBOX - 300,
      );
      for (const t of sample(verify, 1, (t) => `${t.parameterSet} ${t.expected.testPassed}`)) {
        const set = parameters(t.parameterSet);
        const { output } = target.call(DSA.verify, set, hex(t.pk), hex(t.signature), formatted(t));
        expect(output[0] === 1, `tcId ${t.tcId}`).toBe(t.expected.testPassed);
      }
    }));
});

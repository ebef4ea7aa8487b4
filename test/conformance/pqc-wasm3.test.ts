// The scalar builds under the device's engine: all of ACVP's vectors, and fresh inputs against V8.
import { beforeAll, describe, expect, test } from 'vitest';
import { compileBuild } from '../../modules/lib/pqc-builds.mjs';
import { createMlDsa, loadMlDsa } from '../../modules/ml-dsa/host/index.ts';
import { createMlKem, loadMlKem } from '../../modules/ml-kem/host/index.ts';
import { acvp, hex, missing } from '../vectors/pqc-acvp.ts';
import { formatted } from '../vectors/pqc-prehash.ts';
import { loadUnderWasm3 } from './pqc-wasm3/machine.ts';

type Engine = Awaited<ReturnType<typeof loadUnderWasm3>>;
const equal = (bytes: Uint8Array, text: string) => Buffer.from(bytes).equals(hex(text));
const parameters = (name: string) => Number(/\d+$/.exec(name)![0]);

let kem: Engine;
let dsa: Engine;
let verifier: Engine;
beforeAll(async () => {
  kem = await loadUnderWasm3(await compileBuild('ml-kem'));
  dsa = await loadUnderWasm3(await compileBuild('ml-dsa'));
  verifier = await loadUnderWasm3(await compileBuild('ml-dsa-verify'));
});

const put = (m: Engine, place: string, bytes: Uint8Array) => m.poke(m.call(place), bytes);
const get = (m: Engine, place: string, length: number) => m.peek(m.call(place), length);
function feed(m: Engine, update: string, message: Uint8Array) {
  for (let at = 0; at < message.length; at += 1024) {
    const chunk = message.subarray(at, at + 1024);
    put(m, 'chunk', chunk);
    m.call(update, chunk.length);
  }
}

describe.skipIf(missing !== '')(`ACVP under wasm3${missing}`, () => {
  test('ML-KEM keyGen', () => {
    for (const t of acvp('ML-KEM-keyGen-FIPS203')) {
      kem.call('select', parameters(t.parameterSet));
      put(kem, 'seed', hex(t.d + t.z));
      kem.call('keygen');
      expect(equal(get(kem, 'encapsulationKey', kem.call('encapsulationKeyBytes')), t.expected.ek)).toBe(true);
      expect(equal(get(kem, 'decapsulationKey', kem.call('decapsulationKeyBytes')), t.expected.dk)).toBe(true);
    }
  });

  test('ML-KEM encapDecap', () => {
    for (const t of acvp('ML-KEM-encapDecap-FIPS203')) {
      const where = `tcId ${t.tcId}`;
      kem.call('select', parameters(t.parameterSet));
      if (t.function === 'encapsulation') {
        put(kem, 'encapsulationKey', hex(t.ek));
        put(kem, 'seed', hex(t.m));
        kem.call('encapsulate');
        expect(equal(get(kem, 'ciphertext', kem.call('ciphertextBytes')), t.expected.c), where).toBe(true);
        expect(equal(get(kem, 'sharedKey', 32), t.expected.k), where).toBe(true);
      } else if (t.function === 'decapsulation') {
        put(kem, 'decapsulationKey', hex(t.dk));
        put(kem, 'ciphertext', hex(t.c));
        kem.call('decapsulate');
        expect(equal(get(kem, 'sharedKey', 32), t.expected.k), where).toBe(true);
      } else if (t.function === 'encapsulationKeyCheck') {
        const ek = hex(t.ek);
        put(kem, 'encapsulationKey', ek);
        const valid = ek.length === kem.call('encapsulationKeyBytes') && kem.call('encapsulationKeyIsValid') === 1;
        expect(valid, where).toBe(t.expected.testPassed);
      } else {
        const dk = hex(t.dk);
        put(kem, 'decapsulationKey', dk);
        const valid = dk.length === kem.call('decapsulationKeyBytes') && kem.call('decapsulationKeyIsValid') === 1;
        expect(valid, where).toBe(t.expected.testPassed);
      }
    }
  });

  test('ML-DSA keyGen', () => {
    for (const t of acvp('ML-DSA-keyGen-FIPS204')) {
      dsa.call('select', parameters(t.parameterSet));
      put(dsa, 'seed', hex(t.seed));
      dsa.call('keygen');
      expect(equal(get(dsa, 'publicKey', dsa.call('publicKeyBytes')), t.expected.pk)).toBe(true);
      expect(equal(get(dsa, 'secretKey', dsa.call('secretKeyBytes')), t.expected.sk)).toBe(true);
    }
  });

  test('ML-DSA sigGen', () => {
    for (const t of acvp('ML-DSA-sigGen-FIPS204')) {
      dsa.call('select', parameters(t.parameterSet));
      put(dsa, 'secretKey', hex(t.sk));
      const rnd = t.deterministic ? new Uint8Array(32) : hex(t.rnd);
      if (t.externalMu) {
        put(dsa, 'mu', hex(t.mu));
        put(dsa, 'seed', rnd);
        dsa.call('signExternalMu');
      } else {
        dsa.call('signBegin');
        feed(dsa, 'signUpdate', formatted(t));
        put(dsa, 'seed', rnd);
        dsa.call('signFinish');
      }
      const signature = get(dsa, 'signature', dsa.call('signatureBytes'));
      expect(equal(signature, t.expected.signature), `tcId ${t.tcId}`).toBe(true);
    }
  });

  test('ML-DSA sigVer, whole library and verify-only', () => {
    for (const t of acvp('ML-DSA-sigVer-FIPS204')) {
      for (const m of [dsa, verifier]) {
        m.call('select', parameters(t.parameterSet));
        put(m, 'publicKey', hex(t.pk));
        put(m, 'signature', hex(t.signature));
        let valid: number;
        if (t.externalMu) {
          put(m, 'mu', hex(t.mu));
          valid = m.call('verifyExternalMu');
        } else {
          m.call('verifyBegin');
          feed(m, 'verifyUpdate', formatted(t));
          valid = m.call('verifyFinish');
        }
        expect(valid === 1, `tcId ${t.tcId}`).toBe(t.expected.testPassed);
      }
    }
  });
});

test('wasm3 agrees with V8 on fresh keys, secrets and signatures', () => {
  const [seed, m] = [crypto.getRandomValues(new Uint8Array(64)), crypto.getRandomValues(new Uint8Array(32))];
  for (const set of [512, 768, 1024] as const) {
    const wasm = loadMlKem();
    const ml = createMlKem(set, () => wasm);
    const { publicKey, secretKey } = ml.keygen(seed);
    kem.call('select', set);
    put(kem, 'seed', seed);
    kem.call('keygen');
    expect(get(kem, 'decapsulationKey', secretKey.length)).toEqual(secretKey);
    put(kem, 'seed', m);
    kem.call('encapsulate');
    const { cipherText, sharedSecret } = ml.encapsulate(publicKey, m);
    expect(get(kem, 'ciphertext', cipherText.length)).toEqual(cipherText);
    kem.call('decapsulate');
    expect(get(kem, 'sharedKey', 32)).toEqual(sharedSecret);
  }
  for (const set of [44, 65, 87] as const) {
    const wasm = loadMlDsa();
    const ml = createMlDsa(set, () => wasm);
    const { secretKey } = ml.keygen(m);
    dsa.call('select', set);
    put(dsa, 'seed', m);
    dsa.call('keygen');
    expect(get(dsa, 'secretKey', secretKey.length)).toEqual(secretKey);
    dsa.call('signBegin');
    feed(dsa, 'signUpdate', seed);
    put(dsa, 'seed', new Uint8Array(32));
    dsa.call('signFinish');
    const signature = ml.internal.sign(seed, secretKey, { extraEntropy: false });
    expect(get(dsa, 'signature', signature.length)).toEqual(signature);
  }
});

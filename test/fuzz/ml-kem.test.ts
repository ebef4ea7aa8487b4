// Fresh seeds against @noble/post-quantum: PQC_ROUNDS of each operation and set (1000 by default).
import { randomBytes, randomInt } from 'node:crypto';
import { ml_kem512, ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { describe, expect, test } from 'vitest';
import { createMlKem, loadMlKem, type MlKemSet } from '../../modules/ml-kem/host/index.ts';

const ROUNDS = Number(process.env.PQC_ROUNDS ?? 1000);
const PEERS = { 512: ml_kem512, 768: ml_kem768, 1024: ml_kem1024 };
const wasm = { scalar: loadMlKem('scalar'), simd: loadMlKem('simd') };
const bytes = (n: number) => new Uint8Array(randomBytes(n));
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

describe.each([512, 768, 1024] as MlKemSet[])('ML-KEM-%i against @noble/post-quantum', (set) => {
  const peer = PEERS[set];
  const builds = [createMlKem(set, () => wasm.scalar), createMlKem(set, () => wasm.simd)];
  const [ml] = builds as [(typeof builds)[0]];

  test(`${ROUNDS} rounds of keygen, encapsulate and decapsulate, with damaged ciphertexts`, {
    timeout: 600_000,
  }, () => {
    for (let round = 0; round < ROUNDS; round++) {
      const [seed, m] = [bytes(64), bytes(32)];
      const keys = peer.keygen(seed);
      const { cipherText, sharedSecret } = peer.encapsulate(keys.publicKey, m);
      const damaged = Uint8Array.from(cipherText);
      damaged[randomInt(damaged.length)]! ^= 1 << randomInt(8);
      const rejected = round % 4 === 0 ? peer.decapsulate(damaged, keys.secretKey) : null;
      const where = () => `seed ${Buffer.from(seed).toString('hex')} m ${Buffer.from(m).toString('hex')}`;
      for (const build of builds) {
        const own = build.keygen(seed);
        if (!same(own.publicKey, keys.publicKey) || !same(own.secretKey, keys.secretKey))
          expect.fail(`keygen: ${where()}`);
        const made = build.encapsulate(keys.publicKey, m);
        if (!same(made.cipherText, cipherText) || !same(made.sharedSecret, sharedSecret))
          expect.fail(`encaps: ${where()}`);
        if (!same(build.decapsulate(cipherText, keys.secretKey), sharedSecret)) expect.fail(`decaps: ${where()}`);
        const other = build.decapsulate(damaged, keys.secretKey);
        if (same(other, sharedSecret)) expect.fail(`a damaged ciphertext gave the shared secret: ${where()}`);
        if (rejected && !same(other, rejected)) expect.fail(`implicit rejection: ${where()}`);
      }
    }
  });

  test('without a seed, keys and secrets are fresh and agree', () => {
    const { publicKey, secretKey } = ml.keygen();
    expect(same(publicKey, ml.keygen().publicKey)).toBe(false);
    expect(same(ml.getPublicKey(secretKey), publicKey)).toBe(true);
    const { cipherText, sharedSecret } = ml.encapsulate(publicKey);
    expect(same(ml.encapsulate(publicKey).sharedSecret, sharedSecret)).toBe(false);
    expect(same(peer.decapsulate(cipherText, secretKey), sharedSecret)).toBe(true);
  });

  test('a public key with a coefficient of q or more fails the modulus check', () => {
    const { publicKey } = ml.keygen();
    const k = (ml.lengths.publicKey - 32) / 384;
    for (let i = 0; i < 40; i++) {
      const bad = Uint8Array.from(publicKey);
      const at = 3 * randomInt(128 * k);
      const value = 3329 + (i % 3 === 0 ? 0 : randomInt(767)); // 3329 to 4095
      if (i & 1) {
        bad[at] = value & 255;
        bad[at + 1] = (bad[at + 1]! & 0xf0) | (value >> 8);
      } else {
        bad[at + 1] = (bad[at + 1]! & 0x0f) | ((value & 15) << 4);
        bad[at + 2] = value >> 4;
      }
      expect(() => peer.encapsulate(bad)).toThrow();
      for (const build of builds) expect(() => build.encapsulate(bad)).toThrow(/7\.2, modulus check/);
    }
  });

  test('a coefficient of q - 1 passes', () => {
    const all = new Uint8Array(ml.lengths.publicKey);
    for (let at = 0; at + 32 < all.length; at += 3) all.set([0x00, 0x0d, 0xd0], at); // 3328 twice
    const m = bytes(32);
    for (const build of builds) {
      expect(same(build.encapsulate(all, m).sharedSecret, peer.encapsulate(all, m).sharedSecret)).toBe(true);
    }
  });

  test('a damaged public key or hash inside the secret key fails the hash check', () => {
    const { secretKey } = ml.keygen();
    const cipherText = bytes(ml.lengths.cipherText);
    const vector = (ml.lengths.publicKey - 32) * 8;
    for (let i = 0; i < 60; i++) {
      const bad = Uint8Array.from(secretKey);
      const bit = vector + randomInt(8 * (ml.lengths.publicKey + 32));
      bad[bit >> 3]! ^= 1 << (bit & 7);
      for (const build of builds) expect(() => build.decapsulate(cipherText, bad)).toThrow(/7\.3, hash check/);
    }
  });

  test('wrong lengths and types are refused with the check named', () => {
    const { publicKey, secretKey } = ml.keygen();
    const { cipherText } = ml.encapsulate(publicKey);
    const others = (b: Uint8Array) => [b.subarray(1), b.subarray(0, 0), new Uint8Array([...b, 0])];
    for (const bad of others(publicKey))
      expect(() => ml.encapsulate(bad)).toThrow(/7\.2, encapsulation key type check/);
    for (const bad of others(secretKey)) {
      expect(() => ml.decapsulate(cipherText, bad)).toThrow(/7\.3, decapsulation key type check/);
    }
    for (const bad of others(cipherText))
      expect(() => ml.decapsulate(bad, secretKey)).toThrow(/7\.3, ciphertext type check/);
    for (const bad of [new Uint8Array(63), new Uint8Array(65)]) expect(() => ml.keygen(bad)).toThrow(RangeError);
    for (const bad of [new Uint8Array(31), new Uint8Array(33)])
      expect(() => ml.encapsulate(publicKey, bad)).toThrow(RangeError);
    for (const bad of [undefined, null, 'key', [...publicKey], publicKey.buffer]) {
      expect(() => ml.encapsulate(bad as unknown as Uint8Array)).toThrow(TypeError);
    }
  });

  test('no input and no output stays in memory', () => {
    const seed = bytes(64);
    const { publicKey, secretKey } = ml.keygen(seed);
    ml.decapsulate(ml.encapsulate(publicKey).cipherText, secretKey);
    expect(() =>
      ml.decapsulate(
        bytes(ml.lengths.cipherText),
        secretKey.map((b) => b ^ 1),
      ),
    ).toThrow();
    for (const { memory } of Object.values(wasm)) {
      const image = Buffer.from(memory.buffer as ArrayBuffer);
      for (const secret of [
        seed.subarray(0, 32),
        seed.subarray(32),
        secretKey.subarray(0, 32),
        secretKey.subarray(-32),
      ]) {
        expect(image.indexOf(secret)).toBe(-1);
      }
    }
  });
});

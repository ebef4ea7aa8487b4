// Fresh seeds against @noble/post-quantum: PQC_ROUNDS of each operation and set (1000 by default).
import { randomBytes, randomInt } from 'node:crypto';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { describe, expect, test } from 'vitest';
import { createMlDsa, loadMlDsa, type MlDsaSet } from '../../modules/ml-dsa/host/index.ts';

const ROUNDS = Number(process.env.PQC_ROUNDS ?? 1000);
const PEERS = { 44: ml_dsa44, 65: ml_dsa65, 87: ml_dsa87 };
const wasm = { scalar: loadMlDsa('scalar'), simd: loadMlDsa('simd') };
const bytes = (n: number) => new Uint8Array(randomBytes(n));
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

describe.each([44, 65, 87] as MlDsaSet[])('ML-DSA-%i against @noble/post-quantum', (set) => {
  const peer = PEERS[set];
  const builds = [createMlDsa(set, () => wasm.scalar), createMlDsa(set, () => wasm.simd)];
  const [ml] = builds as [(typeof builds)[0]];

  test(`${ROUNDS} rounds of keygen, sign and verify, with damaged signatures`, { timeout: 900_000 }, () => {
    for (let round = 0; round < ROUNDS; round++) {
      const seed = bytes(32);
      const message = bytes(randomInt(200));
      const context = bytes(round % 8 === 0 ? 255 : randomInt(4));
      const extraEntropy = round & 1 ? bytes(32) : (false as const);
      const keys = peer.keygen(seed);
      const signature = peer.sign(message, keys.secretKey, { context, extraEntropy });
      const damaged = Uint8Array.from(signature);
      damaged[randomInt(damaged.length)]! ^= 1 << randomInt(8);
      if (!peer.verify(signature, message, keys.publicKey, { context }))
        expect.fail('the peer refuses its own signature');
      const where = () =>
        [seed, message, context, extraEntropy || new Uint8Array(32)]
          .map((b) => Buffer.from(b).toString('hex'))
          .join(' ');
      for (const build of builds) {
        const own = build.keygen(seed);
        if (!same(own.publicKey, keys.publicKey) || !same(own.secretKey, keys.secretKey))
          expect.fail(`keygen: ${where()}`);
        if (!same(build.getPublicKey(keys.secretKey), keys.publicKey)) expect.fail(`getPublicKey: ${where()}`);
        const made = build.sign(message, keys.secretKey, { context, extraEntropy });
        if (!same(made, signature)) expect.fail(`sign: ${where()}`);
        if (!build.verify(signature, message, keys.publicKey, { context })) expect.fail(`verify: ${where()}`);
        if (build.verify(damaged, message, keys.publicKey, { context })) expect.fail(`verify, damaged: ${where()}`);
      }
    }
  });

  const seed = bytes(32);
  const { publicKey, secretKey } = ml.keygen(seed);
  const message = bytes(50);

  test('hedged by default: two signatures differ and both are valid', () => {
    const [a, b] = [ml.sign(message, secretKey), ml.sign(message, secretKey)];
    expect(same(a, b)).toBe(false);
    for (const s of [a, b]) expect(peer.verify(s, message, publicKey)).toBe(true);
  });

  test('contexts of 0, 1, 254 and 255 bytes; 256 are refused', () => {
    for (const length of [0, 1, 254, 255]) {
      const context = bytes(length);
      const signature = ml.sign(message, secretKey, { context });
      expect(peer.verify(signature, message, publicKey, { context })).toBe(true);
      expect(ml.verify(signature, message, publicKey, { context })).toBe(true);
      // Random bytes would be the same ones once in 256 times.
      const other = length === 0 ? Uint8Array.of(0) : context.map((byte) => byte ^ 1);
      expect(ml.verify(signature, message, publicKey, { context: other })).toBe(false);
    }
    const context = bytes(256);
    expect(() => ml.sign(message, secretKey, { context })).toThrow(/at most 255 bytes.*5\.2/);
    expect(() => ml.verify(new Uint8Array(ml.lengths.signature), message, publicKey, { context })).toThrow(
      /at most 255/,
    );
  });

  test('external mu, and M\u2032 as it is', () => {
    const mu = bytes(64);
    for (const build of builds) {
      const signature = build.internal.sign(mu, secretKey, { externalMu: true, extraEntropy: false });
      expect(same(signature, peer.internal.sign(mu, secretKey, { externalMu: true, extraEntropy: false }))).toBe(true);
      expect(build.internal.verify(signature, mu, publicKey, { externalMu: true })).toBe(true);
      expect(build.internal.verify(signature, bytes(64), publicKey, { externalMu: true })).toBe(false);
      const plain = build.internal.sign(message, secretKey, { extraEntropy: false });
      expect(same(plain, peer.internal.sign(message, secretKey, { extraEntropy: false }))).toBe(true);
    }
    for (const n of [0, 63, 65]) {
      expect(() => ml.internal.sign(bytes(n), secretKey, { externalMu: true })).toThrow(/mu must have 64 bytes/);
    }
  });

  test('HashML-DSA with hashes of enough strength', () => {
    const hash = set === 44 ? sha256 : sha512;
    const signature = ml.prehash(hash).sign(message, secretKey, { extraEntropy: false });
    expect(same(signature, peer.prehash(hash).sign(message, secretKey, { extraEntropy: false }))).toBe(true);
    expect(ml.prehash(hash).verify(signature, message, publicKey)).toBe(true);
    expect(ml.verify(signature, message, publicKey)).toBe(false);
    expect(ml.prehash(hash).verify(ml.sign(message, secretKey), message, publicKey)).toBe(false);
    if (set !== 44) expect(() => ml.prehash(sha256)).toThrow(/collision strength/);
    expect(() => ml.prehash((() => message) as never)).toThrow(/OID/);
  });

  test('wrong lengths, types and options', () => {
    const signature = ml.sign(message, secretKey);
    for (const n of [0, 1, signature.length - 1])
      expect(ml.verify(signature.subarray(0, n), message, publicKey)).toBe(false);
    expect(ml.verify(new Uint8Array([...signature, 0]), message, publicKey)).toBe(false);
    expect(() => ml.verify(signature, message, publicKey.subarray(1))).toThrow(/3\.6\.2/);
    expect(() => ml.sign(message, secretKey.subarray(1))).toThrow(/secretKey must have/);
    expect(() => ml.getPublicKey(new Uint8Array(3))).toThrow(RangeError);
    for (const n of [0, 31, 33]) {
      expect(() => ml.keygen(bytes(n))).toThrow(/xi/);
      expect(() => ml.sign(message, secretKey, { extraEntropy: bytes(n) })).toThrow(/rnd/);
    }
    expect(() => ml.sign('text' as unknown as Uint8Array, secretKey)).toThrow(TypeError);
    expect(() => ml.sign(message, secretKey, { ctx: message } as object)).toThrow(/unknown option "ctx"/);
    expect(() => ml.verify(signature, message, publicKey, { extraEntropy: false } as object)).toThrow(/unknown option/);
    expect(() => ml.sign(message, secretKey, Object.create({ context: message }))).toThrow(TypeError);
  });

  test('a secret key with a coefficient beyond eta is refused', () => {
    const bits = set === 65 ? 4 : 3;
    const count = (set === 44 ? 8 : set === 65 ? 11 : 15) * 256;
    for (let i = 0; i < 40; i++) {
      const bad = Uint8Array.from(secretKey);
      const bit = 8 * 128 + bits * (i === 0 ? 0 : i === 1 ? count - 1 : randomInt(count));
      for (let b = 0; b < bits; b++) bad[(bit + b) >> 3]! |= 1 << ((bit + b) & 7); // 7, or 15
      for (const build of builds) expect(() => build.sign(message, bad)).toThrow(/beyond eta.*skDecode/);
    }
  });

  test('no secret stays in memory', () => {
    ml.keygen(seed);
    ml.sign(message, secretKey);
    for (const { memory } of Object.values(wasm)) {
      const image = Buffer.from(memory.buffer as ArrayBuffer);
      for (const secret of [seed, secretKey.subarray(32, 64), secretKey.subarray(128, 160), secretKey.subarray(-64)]) {
        expect(image.indexOf(secret)).toBe(-1);
      }
    }
  });
});

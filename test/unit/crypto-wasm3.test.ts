// The same Wasm under wasm3, the device's engine, as V8 and Node have it.
import { createCipheriv, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { x25519 } from '@noble/curves/ed25519.js';
import { expect, test } from 'vitest';
import { compile } from '../../modules/lib/pqc-builds.mjs';
import { loadUnderWasm3 } from '../conformance/pqc-wasm3/machine.ts';
import { INVALID, MALFORMED, VALID } from './ed25519-actor.ts';

const load = async (name: string) => {
  const machine = await loadUnderWasm3(await compile(`test/unit/assembly/${name}-probe.ts`));
  const place = machine.call('place');
  return {
    call: machine.call,
    put: (bytes: Uint8Array) => machine.poke(place, bytes),
    get: (length: number, at = 0) => machine.peek(place + at, length),
  };
};

test('Ed25519: valid, each part damaged, every truncated head', async () => {
  const verifier = await load('ed25519');
  const answer = (letter: Uint8Array) => {
    verifier.put(letter);
    return verifier.call('answerLetter', letter.length);
  };
  for (let i = 0; i < 10; i++) {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const key = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const message = randomBytes(60 * i + 1);
    const letter = Buffer.concat([key, sign(null, message, privateKey), message]);
    expect(answer(letter)).toBe(VALID);
    for (const at of [0, 40, 70, 96]) {
      const damaged = Uint8Array.from(letter);
      damaged[at + (at < 96 ? i : 0)]! ^= 1 << (i % 8);
      expect(answer(damaged)).toBe(INVALID);
    }
    for (let length = 0; length < 96; length++) expect(answer(letter.subarray(0, length))).toBe(MALFORMED);
  }
});

test('X25519: agreement, and a point of small order', async () => {
  const agreement = await load('x25519');
  for (let i = 0; i < 10; i++) {
    const [k, u] = [randomBytes(32), x25519.getPublicKey(randomBytes(32))];
    agreement.put(Buffer.concat([k, u]));
    expect(agreement.call('agree')).toBe(1);
    expect(agreement.get(32, 64)).toEqual(x25519.getSharedSecret(k, u));
  }
  agreement.put(Buffer.concat([randomBytes(32), new Uint8Array(32)]));
  expect(agreement.call('agree')).toBe(0);
});

test('AES-256-GCM: whole and damaged', async () => {
  const gcm = await load('gcm');
  for (let i = 0; i < 20; i++) {
    const [key, iv, aad, plain] = [randomBytes(32), randomBytes(12), randomBytes(i), randomBytes(97 * i + 1)] as const;
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(aad);
    const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
    const verify = (tag: Uint8Array) => {
      gcm.put(Buffer.concat([key, iv]));
      gcm.call('begin');
      gcm.put(aad);
      gcm.call('authenticateData', aad.length);
      gcm.put(ciphertext);
      gcm.call('authenticate', ciphertext.length);
      gcm.put(tag);
      return gcm.call('verify');
    };
    const damaged = Uint8Array.from(cipher.getAuthTag());
    damaged[i % 16]! ^= 1;
    expect(verify(damaged)).toBe(0);
    expect(verify(cipher.getAuthTag())).toBe(1);
    gcm.put(ciphertext);
    gcm.call('decrypt', ciphertext.length);
    expect(gcm.get(plain.length)).toEqual(Uint8Array.from(plain));
  }
});

// Ed25519 verification against Node and noble: 1000 fresh keys and messages, each also damaged.
import { createPublicKey, generateKeyPairSync, randomBytes, randomInt, sign, verify } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { beforeAll, expect, test } from 'vitest';
import { type Ed25519Actor, INVALID, loadActor, VALID } from '../unit/ed25519-actor.ts';

const CASES = 1000;
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

let actor: Ed25519Actor;
beforeAll(async () => {
  actor = await loadActor();
});

const node = (key: Uint8Array, signature: Uint8Array, message: Uint8Array) =>
  verify(null, message, createPublicKey({ key: Buffer.concat([SPKI, key]), format: 'der', type: 'spki' }), signature);

test(`${CASES} random signatures: valid whole, and with a bit flipped in each part invalid as for Node`, () => {
  for (let i = 0; i < CASES; i++) {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const key = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const message = randomBytes(randomInt(1, 300));
    const signature = sign(null, message, privateKey);
    expect(actor.verify(key, signature, message)).toBe(VALID);
    const damage = (bytes: Uint8Array) => {
      const copy = Uint8Array.from(bytes);
      const bit = randomInt(8 * copy.length);
      copy[bit >> 3]! ^= 1 << (bit & 7);
      return copy;
    };
    const damaged: [Uint8Array, Uint8Array, Uint8Array][] = [
      [damage(key), signature, message],
      [key, Buffer.concat([damage(signature.subarray(0, 32)), signature.subarray(32)]), message],
      [key, Buffer.concat([signature.subarray(0, 32), damage(signature.subarray(32))]), message],
      [key, signature, damage(message)],
    ];
    for (const [k, s, m] of damaged) {
      expect(node(k, s, m)).toBe(false);
      expect(actor.verify(k, s, m)).toBe(INVALID);
    }
  }
});

test('every bit of one signature and its key', () => {
  const secret = randomBytes(32);
  const message = randomBytes(50);
  const whole = Buffer.concat([ed25519.getPublicKey(secret), ed25519.sign(message, secret), message]);
  expect(actor.deliver(whole)).toBe(VALID);
  for (let bit = 0; bit < 8 * 96; bit++) {
    const copy = Uint8Array.from(whole);
    copy[bit >> 3]! ^= 1 << (bit & 7);
    expect(actor.deliver(copy), `bit ${bit}`).toBe(INVALID);
  }
});

test('random bytes of any length never trap and are never valid', () => {
  for (let i = 0; i < 500; i++) expect(actor.deliver(randomBytes(randomInt(0, 1200)))).not.toBe(VALID);
});

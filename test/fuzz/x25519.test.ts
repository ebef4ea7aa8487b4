// X25519 against Node and noble: 1000 random pairs of keys, each also with a damaged bit.
import { createPublicKey, diffieHellman, generateKeyPairSync, randomInt } from 'node:crypto';
import { x25519 } from '@noble/curves/ed25519.js';
import { beforeAll, expect, test } from 'vitest';
import { loadX25519, type X25519 } from '../unit/x25519-probe.ts';

const CASES = 1000;
const SPKI = Buffer.from('302a300506032b656e032100', 'hex');

let x: X25519;
beforeAll(async () => {
  x = await loadX25519();
});

test(`${CASES} random scalars and points`, () => {
  for (let i = 0; i < CASES; i++) {
    const { publicKey, privateKey } = generateKeyPairSync('x25519');
    const k = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
    const own = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const peer = generateKeyPairSync('x25519').publicKey;
    const u = Uint8Array.from(peer.export({ format: 'der', type: 'spki' }).subarray(-32));
    expect(x.publicKey(k)).toEqual(Uint8Array.from(own));
    expect(x.agree(k, u)).toEqual(Uint8Array.from(diffieHellman({ privateKey, publicKey: peer })));
    // A damaged u is another point, of the curve or of its twist.
    const bit = randomInt(255);
    u[bit >> 3]! ^= 1 << (bit & 7);
    const damaged = createPublicKey({ key: Buffer.concat([SPKI, u]), format: 'der', type: 'spki' });
    const agreed = x.agree(k, u);
    expect(agreed).toEqual(Uint8Array.from(diffieHellman({ privateKey, publicKey: damaged })));
    if (i % 10 === 0) expect(agreed).toEqual(x25519.getSharedSecret(Uint8Array.from(k), u));
  }
});

// X25519's refusals and encodings by hand, and what it leaves in memory.
import { randomBytes } from 'node:crypto';
import { x25519 } from '@noble/curves/ed25519.js';
import { beforeAll, expect, test } from 'vitest';
import { little, P } from './curve25519-probe.ts';
import { loadX25519, type X25519 } from './x25519-probe.ts';

let x: X25519;
beforeAll(async () => {
  x = await loadX25519();
});

// u of the points of order 1, 2, 4 and 8 of the curve and its twist, and their other encodings (RFC 7748, 6.1 and 7).
const U8 = [
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
];
const SMALL = [0n, 1n, P - 1n, P, P + 1n, ...U8];

test('a point of small order is refused, with and without bit 255', () => {
  for (const u of SMALL) {
    for (const high of [0n, 1n << 255n]) expect(x.agree(randomBytes(32), little(u + high)), `u = ${u}`).toBe(null);
  }
});

test('u is taken modulo p and without bit 255', () => {
  const k = randomBytes(32);
  for (let u = 2n; u < 19n; u++) {
    const agreed = x.agree(k, little(u));
    expect(agreed).not.toBe(null);
    expect(x.agree(k, little(u + P))).toEqual(agreed);
    expect(x.agree(k, little(u + (1n << 255n)))).toEqual(agreed);
  }
});

test('the five fixed bits of the scalar do not matter', () => {
  const [k, u] = [randomBytes(32), x25519.getPublicKey(randomBytes(32))];
  const agreed = x.agree(k, u);
  for (const [at, bit] of [
    [0, 1],
    [0, 2],
    [0, 4],
    [31, 64],
    [31, 128],
  ] as const) {
    const other = Uint8Array.from(k);
    other[at]! ^= bit;
    expect(x.agree(other, u)).toEqual(agreed);
  }
  const other = Uint8Array.from(k);
  other[0]! ^= 8;
  expect(x.agree(other, u)).not.toEqual(agreed);
});

test('scalars of all zeros and all ones', () => {
  const u = x25519.getPublicKey(randomBytes(32));
  for (const fill of [0, 255]) {
    const k = new Uint8Array(32).fill(fill);
    expect(x.agree(k, u)).toEqual(x25519.getSharedSecret(k, u));
  }
});

test('nothing of the secret stays in memory', () => {
  const before = x.rest();
  const k = randomBytes(32);
  x.agree(k, x25519.getPublicKey(randomBytes(32)));
  x.publicKey(k);
  // The base point's coordinate, 9, is all that may have changed.
  const changed = x.rest().filter((byte, i) => byte !== before[i]);
  expect([...changed]).toEqual([9]);
});

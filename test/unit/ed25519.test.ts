// What RFC 8032 leaves open or forbids, built by hand: encodings, orders, the two equations, lengths, memory.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { L, little, loadProbe, mod, number, P, type Probe } from './curve25519-probe.ts';
import { type Ed25519Actor, INVALID, loadActor, MALFORMED, VALID } from './ed25519-actor.ts';

const { Point } = ed25519;
type Point = InstanceType<typeof Point>;

let actor: Ed25519Actor;
let probe: Probe;
beforeAll(async () => {
  actor = await loadActor();
  probe = await loadProbe();
});

const text = (i: number) => new TextEncoder().encode(`manifest ${i}`);
const join = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));
/** k of 5.1.7, step 2. */
const challenge = (R: Uint8Array, A: Uint8Array, message: Uint8Array) =>
  mod(number(createHash('sha512').update(R).update(A).update(message).digest()), L);
/** The equation without the cofactor and without any check of orders. */
function openssl(A: Uint8Array, sig: Uint8Array, message: Uint8Array): boolean {
  const key = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), A]);
  return verify(null, message, createPublicKey({ key, format: 'der', type: 'spki' }), sig);
}
/** The equation with the cofactor, lenient (ZIP 215). */
const cofactored = (A: Uint8Array, sig: Uint8Array, message: Uint8Array) => ed25519.verify(sig, message, A);

const torsion: Point[] = ED25519_TORSION_SUBGROUP.map((hex) => Point.fromHex(hex));
const eighth = torsion.find((point) => !point.double().double().equals(Point.ZERO))!;
const a = mod(0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcden, L);
const r = mod(0xfedcba0987654321fedcba0987654321fedcba0987654321fedcba0987654321n, L);
const A = Point.BASE.multiply(a);
const times = (point: Point, n: bigint) => (n === 0n ? Point.ZERO : point.multiplyUnsafe(n));

/** Tries messages until `make` gives a signature. */
function search(make: (message: Uint8Array) => Uint8Array | undefined): { sig: Uint8Array; message: Uint8Array } {
  for (let i = 0; i < 1000; i++) {
    const sig = make(text(i));
    if (sig) return { sig, message: text(i) };
  }
  throw new Error('no message will do');
}

test('the subgroup of the tests is the one of order 8', () => {
  expect(new Set(torsion.map((point) => point.toHex())).size).toBe(8);
  for (const point of torsion) expect(times(point, 8n).equals(Point.ZERO)).toBe(true);
});

test('S plus any multiple of L is invalid: no malleability', () => {
  const R = Point.BASE.multiply(r).toBytes();
  const s = mod(r + challenge(R, A.toBytes(), text(0)) * a, L);
  expect(actor.verify(A.toBytes(), join(R, little(s)), text(0))).toBe(VALID);
  let tried = 0;
  for (let more = s + L; more < 1n << 256n; more += L, tried++)
    expect(actor.verify(A.toBytes(), join(R, little(more)), text(0))).toBe(INVALID);
  expect(tried).toBeGreaterThan(13);
});

test('A of small order is invalid where the plain equation holds', () => {
  for (const small of torsion) {
    const key = small.toBytes();
    for (const s of [0n, 1n, r]) {
      // R = [s]B - [k]A, with k known only modulo 8 beforehand.
      const { sig, message } = search((m) => {
        for (let k = 0n; k < 8n; k++) {
          const R = times(Point.BASE, s).subtract(times(small, k)).toBytes();
          if (challenge(R, key, m) % 8n === k) return join(R, little(s));
        }
        return undefined;
      });
      expect(openssl(key, sig, message)).toBe(true);
      expect(actor.verify(key, sig, message)).toBe(INVALID);
    }
  }
});

test('R of small order is invalid where the plain equation holds', () => {
  const zero = Point.ZERO.toBytes();
  const honest = join(zero, little(mod(challenge(zero, A.toBytes(), text(1)) * a, L)));
  expect(openssl(A.toBytes(), honest, text(1))).toBe(true);
  expect(actor.verify(A.toBytes(), honest, text(1))).toBe(INVALID);

  // A of mixed order takes R to the other points of the subgroup.
  const mixed = A.add(eighth).toBytes();
  for (let k = 0n; k < 8n; k++) {
    const R = times(eighth, k).negate().toBytes();
    const { sig, message } = search((m) => {
      const c = challenge(R, mixed, m);
      return c % 8n === k ? join(R, little(mod(c * a, L))) : undefined;
    });
    expect(openssl(mixed, sig, message)).toBe(true);
    expect(actor.verify(mixed, sig, message)).toBe(INVALID);
  }
});

test('of two points of mixed order the plain equation decides, not the one with the cofactor', () => {
  const mixed = A.add(eighth).toBytes();
  const seen = { plain: 0, only8: 0 };
  for (let i = 0; i < 64; i++) {
    const R = Point.BASE.multiply(r)
      .add(times(eighth, BigInt(i % 8)))
      .toBytes();
    const sig = join(R, little(mod(r + challenge(R, mixed, text(i)) * a, L)));
    const plain = openssl(mixed, sig, text(i));
    expect(cofactored(mixed, sig, text(i))).toBe(true);
    expect(actor.verify(mixed, sig, text(i))).toBe(plain ? VALID : INVALID);
    seen[plain ? 'plain' : 'only8']++;
  }
  expect(seen.plain).toBeGreaterThan(0);
  expect(seen.only8).toBeGreaterThan(20);
});

describe('encodings', () => {
  const signed = (y: bigint, sign: boolean) => little(y | (sign ? 1n << 255n : 0n));
  const onCurve = (bytes: Uint8Array) => {
    try {
      return Point.fromBytes(bytes, false);
    } catch {
      return null;
    }
  };

  test('y of p or more is refused; the same point with y below p is not', () => {
    let points = 0;
    for (let y = 0n; y < 19n; y++) {
      for (const sign of [false, true]) {
        const canonical = onCurve(signed(y, sign));
        expect(probe.point(signed(y + P, sign)), `y = p + ${y}`).toBe(null);
        expect(probe.point(signed(y, sign)) !== null, `y = ${y}`).toBe(canonical !== null);
        if (canonical) points++;
      }
    }
    expect(points).toBeGreaterThan(10);
  });

  test('x = 0 with the sign bit is refused', () => {
    for (const y of [1n, P - 1n]) {
      expect(probe.point(signed(y, false))).not.toBe(null);
      expect(probe.point(signed(y, true))).toBe(null);
    }
  });

  test('every point of small order is recognised, others are not', () => {
    for (const point of torsion)
      expect(probe.point(point.toBytes())).toEqual({ smallOrder: true, encoded: point.toBytes() });
    for (const point of [Point.BASE, A, A.add(eighth)])
      expect(probe.point(point.toBytes())).toEqual({ smallOrder: false, encoded: point.toBytes() });
  });

  test('random bytes decode as noble decodes them, strictly', () => {
    let points = 0;
    for (let i = 0; i < 300; i++) {
      const bytes = Uint8Array.from(createHash('sha256').update(text(i)).digest());
      const theirs = onCurve(bytes);
      const ours = probe.point(bytes);
      expect(ours !== null).toBe(theirs !== null);
      if (ours) {
        expect(ours).toEqual({ smallOrder: false, encoded: bytes });
        points++;
      }
    }
    expect(points).toBeGreaterThan(100);
  });

  test('a non-canonical A or R of small order is invalid', () => {
    const odd = [
      signed(P, false),
      signed(P, true),
      signed(P + 1n, false),
      signed(P + 1n, true),
      signed(1n, true),
      signed(P - 1n, true),
    ];
    const S = little(0n);
    for (const bytes of odd) {
      for (const other of [A.toBytes(), ...odd, ...torsion.map((point) => point.toBytes())]) {
        for (let i = 0; i < 8; i++) {
          expect(actor.verify(bytes, join(other, S), text(i))).toBe(INVALID);
          expect(actor.verify(other, join(bytes, S), text(i))).toBe(INVALID);
        }
      }
    }
  });

  test('an R whose sign bit is flipped, or that is not on the curve, is invalid', () => {
    const R = Point.BASE.multiply(r).toBytes();
    R[31]! ^= 128;
    for (const bytes of [R, little(2n), new Uint8Array(32).fill(255)]) {
      const S = little(mod(r + challenge(bytes, A.toBytes(), text(0)) * a, L));
      expect(actor.verify(A.toBytes(), join(bytes, S), text(0))).toBe(INVALID);
    }
  });
});

test('the Wasm stays small', () => {
  expect(actor.bytes).toBeLessThanOrEqual(7680);
});

describe('letters', () => {
  const valid = (length: number) => {
    const secret = new Uint8Array(32).fill(length);
    const message = new Uint8Array(length).fill(length);
    return join(ed25519.getPublicKey(secret), ed25519.sign(message, secret), message);
  };

  test('every length: too short or too long is malformed, a cut message invalid', () => {
    const letter = valid(1024);
    for (let length = 0; length < 96; length++) expect(actor.deliver(letter.subarray(0, length))).toBe(MALFORMED);
    for (let length = 96; length < letter.length; length += length < 400 ? 1 : 37)
      expect(actor.deliver(letter.subarray(0, length)), `${length} bytes`).toBe(INVALID);
    expect(actor.deliver(letter)).toBe(VALID);
    expect(actor.deliver(join(letter, Uint8Array.of(0)))).toBe(MALFORMED);
    expect(actor.deliver(valid(0))).toBe(VALID);
  });

  test('the largest letter stays within the memory of the budget, time after time', () => {
    const letter = valid(1024);
    for (let i = 0; i < 30; i++) expect(actor.deliver(letter)).toBe(VALID);
    expect(actor.memory.subarray(actor.limit).every((byte) => byte === 0)).toBe(true);
  });
});

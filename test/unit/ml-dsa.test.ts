// Every input of ML-DSA's rounding, and its transform, against the standard's definitions.
import { beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../modules/lib/pqc-builds.mjs';

const Q = 8380417;
const mod = (a: number) => ((a % Q) + Q) % Q;
const multiply = (a: number, b: number) => Number((BigInt(a) * BigInt(b)) % BigInt(Q));
const power = (base: number, exponent: number) => {
  let r = 1;
  for (let b = base, e = exponent; e > 0; e = Math.floor(e / 2), b = multiply(b, b)) if (e % 2) r = multiply(r, b);
  return r;
};
const bitRev8 = (i: number) => Number.parseInt(i.toString(2).padStart(8, '0').split('').reverse().join(''), 2);

/** Algorithm 36, Decompose. */
function decompose(r: number, gamma2: number): [number, number] {
  let r0 = r % (2 * gamma2);
  if (r0 > gamma2) r0 -= 2 * gamma2;
  return r - r0 === Q - 1 ? [0, r0 - 1] : [(r - r0) / (2 * gamma2), r0];
}

interface Parts {
  memory: WebAssembly.Memory;
  select(set: number): number;
  polynomial(): number;
  ntt(): void;
  inverse(): void;
  highBits(r: number, wide: number): number;
  hinted(r: number): number;
  power2Round(): number;
  canonical(a: number): number;
}

async function load(simd: boolean): Promise<Parts> {
  const module = new WebAssembly.Module(await compile('test/unit/assembly/ml-dsa-parts.ts', { simd }));
  return new WebAssembly.Instance(module).exports as unknown as Parts;
}

describe('rounding, for every r in [0, q)', () => {
  let m: Parts;
  beforeAll(async () => {
    m = await load(false);
  });

  test.each([
    [44, (Q - 1) / 88],
    [65, (Q - 1) / 32],
  ])('ML-DSA-%i: HighBits (Algorithm 37) and UseHint (Algorithm 40)', (set, gamma2) => {
    m.select(set);
    const count = (Q - 1) / (2 * gamma2);
    for (let r = 0; r < Q; r += 1024) {
      const high = new Int32Array(m.memory.buffer, m.highBits(r, set === 65 ? 1 : 0), 1024).slice();
      const hinted = new Int32Array(m.memory.buffer, m.hinted(r), 1024);
      for (let i = 0; i < 1024 && r + i < Q; i++) {
        const [r1, r0] = decompose(r + i, gamma2);
        if (high[i] !== r1) expect.fail(`HighBits(${r + i}) = ${high[i]}`);
        if (hinted[i] !== (r1 + (r0 > 0 ? 1 : count - 1)) % count) expect.fail(`UseHint(1, ${r + i}) = ${hinted[i]}`);
      }
    }
  });

  test('Power2Round (Algorithm 35)', () => {
    const f = new Int32Array(m.memory.buffer, m.polynomial(), 256);
    for (let start = 0; start < Q; start += 256) {
      for (let i = 0; i < 256; i++) f[i] = Math.min(start + i, Q - 1);
      const low = new Int32Array(m.memory.buffer, m.power2Round(), 256);
      for (let i = 0; i < 256; i++) {
        const r = Math.min(start + i, Q - 1);
        let r0 = r % 8192;
        if (r0 > 4096) r0 -= 8192;
        if (low[i] !== r0 || f[i] !== (r - r0) / 8192) expect.fail(`Power2Round(${r})`);
      }
    }
  });

  test('canonical over its range', () => {
    for (let a = -Q; a < 2 * Q; a += 101) if (m.canonical(a) !== mod(a)) expect.fail(`canonical(${a})`);
    for (const a of [-Q, -1, 0, 1, Q - 1, Q, Q + 1, 2 * Q - 1]) expect(m.canonical(a)).toBe(mod(a));
  });
});

describe.each([
  ['scalar', false],
  ['SIMD', true],
])('the transform, %s', (_, simd) => {
  let m: Parts;
  let f: Int32Array;
  beforeAll(async () => {
    m = await load(simd);
    f = new Int32Array(m.memory.buffer, m.polynomial(), 256);
  });

  test('NTT is evaluation at the odd powers of zeta (7.5)', () => {
    for (const [at, value] of [
      [0, 1],
      [1, 1],
      [2, Q - 1],
      [255, 1234567],
    ] as const) {
      f.fill(0);
      f[at] = value;
      m.ntt();
      for (let i = 0; i < 256; i++) {
        const root = power(1753, 2 * bitRev8(i) + 1);
        expect(mod(f[i]!)).toBe(multiply(value, power(root, at)));
      }
    }
  });

  test('the extremes stay in bounds, there and back', () => {
    const back = mod(2 ** 32); // the inverse puts 2^32 back
    for (const make of [
      () => Q,
      () => -Q,
      (i: number) => (i & 1 ? Q : -Q),
      () => Math.floor(Math.random() * 2 * Q) - Q,
    ]) {
      const values = Array.from({ length: 256 }, (_, i) => make(i));
      f.set(values);
      m.ntt();
      expect(Math.max(...f.map(Math.abs))).toBeLessThan(11 * Q);
      const transformed = f.map((v) => (mod(v) > Q / 2 ? mod(v) - Q : mod(v)));
      f.set(transformed);
      m.inverse();
      for (let i = 0; i < 256; i++) expect(f[i]).toBe(multiply(mod(values[i]!), back));
      f.fill(values[0]!); // the input's bound itself: |a| = q
      m.inverse();
      expect(f.every((v) => v >= 0 && v < Q)).toBe(true);
    }
  });
});

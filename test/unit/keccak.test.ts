import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../modules/lib/pqc-builds.mjs';

interface Hashes {
  memory: WebAssembly.Memory;
  buffer(): number;
  reset(which: number): void;
  update(which: number, offset: number, length: number): void;
  read(which: number, length: number): number;
}
const NAMES = ['sha256', 'sha3-256', 'sha3-512', 'shake128', 'shake256'] as const;
type Name = (typeof NAMES)[number];
const DIGEST: Record<Name, number> = { sha256: 32, 'sha3-256': 32, 'sha3-512': 64, shake128: 0, shake256: 0 };
const isXof = (name: Name) => name.startsWith('shake');

let m: Hashes;
beforeAll(async () => {
  const module = new WebAssembly.Module(await compile('test/unit/assembly/hashes.ts'));
  m = new WebAssembly.Instance(module).exports as unknown as Hashes;
});

/** Hashes `message` in the given pieces and reads `reads` bytes at a time. */
function hash(name: Name, message: Uint8Array, pieces: number[] = [message.length], reads: number[] = [DIGEST[name]]) {
  const which = NAMES.indexOf(name);
  m.reset(which);
  let at = 0;
  for (const piece of pieces) {
    for (let left = piece; left > 0; ) {
      const n = Math.min(left, 4000);
      const offset = at % 9; // unaligned, too
      new Uint8Array(m.memory.buffer).set(message.subarray(at, at + n), m.buffer() + offset);
      m.update(which, offset, n);
      at += n;
      left -= n;
    }
  }
  const out = reads.map((n) => {
    const p = m.read(which, n);
    return Buffer.from(m.memory.buffer.slice(p, p + n));
  });
  return Buffer.concat(out).toString('hex');
}
const text = (s: string) => new TextEncoder().encode(s);
const LONG = 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq';

describe('published examples', () => {
  // NIST's example values for FIPS 180-4 and FIPS 202 (csrc.nist.gov, Example Values).
  const examples: [Name, string, string][] = [
    ['sha256', '', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['sha256', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['sha256', LONG, '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'],
    ['sha3-256', '', 'a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a'],
    ['sha3-256', 'abc', '3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532'],
    [
      'sha3-512',
      'abc',
      'b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0',
    ],
  ];
  test.each(examples)('%s of "%s"', (name, message, digest) => {
    expect(hash(name, text(message))).toBe(digest);
  });

  test('SHAKE128 and SHAKE256 of the empty message', () => {
    expect(hash('shake128', text(''), [0], [32])).toBe(
      '7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26',
    );
    expect(hash('shake256', text(''), [0], [64])).toBe(
      '46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762fd75dc4ddd8c0f200cb05019d67b592f6fc821c49479ab48640292eacb3b7c4be',
    );
  });

  test('SHA-256 of a million times "a"', () => {
    const message = text('a'.repeat(1_000_000));
    expect(hash('sha256', message)).toBe('cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0');
  });
});

describe.each(NAMES)('%s against node:crypto', (name) => {
  const expected = (message: Uint8Array, length: number) =>
    createHash(name, isXof(name) ? { outputLength: length } : {})
      .update(message)
      .digest('hex');
  const message = Uint8Array.from({ length: 700 }, (_, i) => (i * 167 + 13) & 255);

  test('every length up to 300 bytes', () => {
    for (let n = 0; n <= 300; n++) {
      const length = DIGEST[name] || 1 + (n % 400);
      expect(hash(name, message.subarray(0, n), [n], [length])).toBe(expected(message.subarray(0, n), length));
    }
  });

  test('any split of the input gives the same', () => {
    for (const step of [1, 3, 7, 8, 63, 64, 65, 71, 72, 135, 136, 137, 167, 168, 169]) {
      const pieces = Array.from({ length: Math.ceil(700 / step) }, (_, i) => Math.min(step, 700 - i * step));
      expect(hash(name, message, pieces, [DIGEST[name] || 100])).toBe(expected(message, DIGEST[name] || 100));
    }
  });
});

test.each(['shake128', 'shake256'] as const)('%s may be read in any steps', (name) => {
  for (const reads of [
    [1, 2, 3],
    [168, 168, 168],
    [135, 1, 136, 200],
    [0, 500],
  ]) {
    const outputLength = reads.reduce((a, b) => a + b, 0);
    const expected = createHash(name, { outputLength }).update('abc').digest('hex');
    expect(hash(name, text('abc'), [3], reads)).toBe(expected);
  }
});

test('an object that was reset is new', () => {
  const memory = () => new Uint8Array(m.memory.buffer);
  for (const message of [text('abc'), text(LONG)]) {
    m.reset(0);
    memory().set(message, m.buffer());
    m.update(0, 0, message.length);
    const p = m.read(0, 0);
    expect(Buffer.from(memory().slice(p, p + 32))).toEqual(createHash('sha256').update(message).digest());
  }
});

test('input after output traps', () => {
  m.reset(3);
  m.read(3, 1);
  expect(() => m.update(3, 0, 1)).toThrow(WebAssembly.RuntimeError);
});

// AES-256 and AES-256-GCM: the standards' examples, pieces and order of calls, damage, what stays in memory.
import { createCipheriv, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Gcm, loadGcm, type Sealed } from './gcm-probe.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const text = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('hex');

let gcm: Gcm;
beforeAll(async () => {
  gcm = await loadGcm();
});

function seal(plain: Uint8Array, aad: Uint8Array = new Uint8Array(0)): Sealed {
  const [key, iv] = [randomBytes(32), randomBytes(12)];
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(aad);
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { key, iv, aad, ciphertext, tag: cipher.getAuthTag() };
}

describe('AES-256', () => {
  test('FIPS 197, appendix C.3, in each of the four blocks', () => {
    const key = hex('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
    const block = hex('00112233445566778899aabbccddeeff');
    for (let i = 0; i < 4; i++) {
      const blocks = randomBytes(64);
      blocks.set(block, 16 * i);
      expect(text(gcm.encrypt4(key, blocks).subarray(16 * i, 16 * i + 16))).toBe('8ea2b7ca516745bfeafc49904b496089');
    }
  });

  test('keys and blocks with every byte in every place, as OpenSSL encrypts them', () => {
    for (let i = 0; i < 256; i++) {
      const key = i % 2 ? randomBytes(32) : new Uint8Array(32).fill(i);
      const blocks = i % 3 ? randomBytes(64) : new Uint8Array(64).fill(i);
      const cipher = createCipheriv('aes-256-ecb', key, null);
      expect(text(gcm.encrypt4(key, blocks))).toBe(cipher.update(blocks).toString('hex'));
    }
  });
});

// "The Galois/Counter Mode of Operation" (McGrew, Viega), appendix B, test cases 13 to 16: those with 256-bit keys and
// 96-bit IVs.
describe('GCM, the published test cases', () => {
  const KEY = 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308';
  const PLAIN =
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255';
  const CIPHER =
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad';
  test.each([
    ['13', '00'.repeat(32), '00'.repeat(12), '', '', '', '530f8afbc74536b9a963b4f1c4cb738b'],
    [
      '14',
      '00'.repeat(32),
      '00'.repeat(12),
      '',
      'cea7403d4d606b6e074ec5d3baf39d18',
      '00'.repeat(16),
      'd0d1c8a799996bf0265b98b5d48ab919',
    ],
    ['15', KEY, 'cafebabefacedbaddecaf888', '', CIPHER, PLAIN, 'b094dac5d93471bdec1a502270e3cc6c'],
    [
      '16',
      KEY,
      'cafebabefacedbaddecaf888',
      'feedfacedeadbeeffeedfacedeadbeefabaddad2',
      CIPHER.slice(0, 120),
      PLAIN.slice(0, 120),
      '76fc6ece0f4e1768cddf8853bb2d551b',
    ],
  ])('%s', (_, key, iv, aad, ciphertext, plain, tag) => {
    const sealed = { key: hex(key), iv: hex(iv), aad: hex(aad), ciphertext: hex(ciphertext), tag: hex(tag) };
    expect(text(gcm.open(sealed))).toBe(plain);
  });
});

test('every length up to 300 bytes of text and of additional data', () => {
  for (let length = 0; length <= 300; length++) {
    const plain = randomBytes(length);
    const sealed = seal(plain, randomBytes((length * 7) % 301));
    expect(text(gcm.open(sealed))).toBe(plain.toString('hex'));
  }
});

test('pieces of every size in both passes, also different ones', () => {
  const plain = randomBytes(1000);
  const sealed = seal(plain, randomBytes(100));
  for (let size = 1; size <= 140; size++) {
    expect(text(gcm.open(sealed, size, 1 + ((size * 37) % 200)))).toBe(plain.toString('hex'));
  }
});

test('a payload of many flash sectors', () => {
  const plain = randomBytes(100_000);
  expect(text(gcm.open(seal(plain), 4096))).toBe(plain.toString('hex'));
});

test('every bit of the tag, the IV, the additional data and the text matters', () => {
  const sealed = seal(randomBytes(40), randomBytes(20));
  for (const part of ['tag', 'iv', 'aad', 'ciphertext', 'key'] as const) {
    for (let bit = 0; bit < 8 * sealed[part].length; bit++) {
      const damaged = Uint8Array.from(sealed[part]);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(gcm.open({ ...sealed, [part]: damaged }), `${part}, bit ${bit}`).toBe(null);
    }
  }
  expect(gcm.open(sealed)).not.toBe(null);
});

test('text cut or grown by any number of bytes is refused, and so is text moved to the additional data', () => {
  const sealed = seal(randomBytes(70), randomBytes(30));
  for (let length = 0; length < 70; length++)
    expect(gcm.open({ ...sealed, ciphertext: sealed.ciphertext.subarray(0, length) })).toBe(null);
  expect(gcm.open({ ...sealed, ciphertext: Buffer.concat([sealed.ciphertext, Buffer.of(0)]) })).toBe(null);
  for (let length = 0; length < 30; length++)
    expect(gcm.open({ ...sealed, aad: sealed.aad.subarray(0, length) })).toBe(null);
  const joined = Buffer.concat([sealed.aad, sealed.ciphertext]);
  for (const at of [0, 14, 16, 46, 100])
    expect(gcm.open({ ...sealed, aad: joined.subarray(0, at), ciphertext: joined.subarray(at) })).toBe(null);
});

describe('the order of calls', () => {
  const prepared = () => {
    const sealed = seal(randomBytes(100));
    gcm.begin(sealed.key, sealed.iv);
    return sealed;
  };

  test('nothing is decrypted before the tag is verified, nor after it was wrong', () => {
    const { ciphertext, tag } = prepared();
    expect(() => gcm.decrypt(ciphertext)).toThrow(WebAssembly.RuntimeError);
    gcm.authenticate(ciphertext);
    expect(() => gcm.decrypt(ciphertext)).toThrow(WebAssembly.RuntimeError);
    expect(gcm.verify(new Uint8Array(16))).toBe(false);
    expect(() => gcm.decrypt(ciphertext)).toThrow(WebAssembly.RuntimeError);
    expect(() => gcm.verify(tag)).toThrow(WebAssembly.RuntimeError);
  });

  test('no more is decrypted than was verified', () => {
    const { ciphertext, tag } = prepared();
    gcm.authenticate(ciphertext);
    expect(gcm.verify(tag)).toBe(true);
    gcm.decrypt(ciphertext.subarray(0, 60));
    expect(() => gcm.decrypt(ciphertext.subarray(0, 41))).toThrow(WebAssembly.RuntimeError);
    gcm.decrypt(ciphertext.subarray(60));
    expect(() => gcm.decrypt(ciphertext.subarray(0, 1))).toThrow(WebAssembly.RuntimeError);
  });

  test('additional data after the text, text after the tag, and any call after wipe trap', () => {
    const { ciphertext, tag } = prepared();
    gcm.authenticate(ciphertext);
    expect(() => gcm.exports.authenticateData(1)).toThrow(WebAssembly.RuntimeError);
    expect(gcm.verify(tag)).toBe(true);
    expect(() => gcm.authenticate(ciphertext)).toThrow(WebAssembly.RuntimeError);
    gcm.wipe();
    expect(() => gcm.decrypt(ciphertext)).toThrow(WebAssembly.RuntimeError);
    expect(() => gcm.exports.authenticateData(0)).toThrow(WebAssembly.RuntimeError);
  });
});

test('wipe leaves nothing of key and text, and neither does a wrong tag', () => {
  gcm.wipe();
  const before = gcm.rest();
  const sealed = seal(randomBytes(333), randomBytes(10));
  expect(gcm.open(sealed)).not.toBe(null);
  expect(gcm.rest()).not.toEqual(before);
  gcm.wipe();
  const lengths = (bytes: Uint8Array) => bytes.filter((byte, i) => byte !== before[i]).length;
  // What is left are the three lengths.
  expect(lengths(gcm.rest())).toBeLessThanOrEqual(6);
  expect(gcm.open({ ...sealed, tag: randomBytes(16) })).toBe(null);
  expect(lengths(gcm.rest())).toBeLessThanOrEqual(6);
});

// AES-256-GCM against Node: 1000 random payloads in random pieces, each also damaged; and each cut, at every length.
import { createCipheriv, randomBytes, randomInt } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { type Gcm, loadGcm, type Sealed } from '../unit/gcm-probe.ts';

const CASES = 1000;

let gcm: Gcm;
beforeAll(async () => {
  gcm = await loadGcm();
});

function seal(plain: Uint8Array, aad: Uint8Array): Sealed {
  const [key, iv] = [randomBytes(32), randomBytes(12)];
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(aad);
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { key, iv, aad, ciphertext, tag: cipher.getAuthTag() };
}

test(`${CASES} random payloads: whole, damaged, cut`, () => {
  for (let i = 0; i < CASES; i++) {
    const plain = randomBytes(randomInt(1, 700));
    const sealed = seal(plain, randomBytes(randomInt(0, 100)));
    const opened = gcm.open(sealed, randomInt(1, 300), randomInt(1, 300));
    expect(opened).toEqual(Uint8Array.from(plain));
    const parts = (['key', 'iv', 'aad', 'ciphertext', 'tag'] as const).filter((part) => sealed[part].length > 0);
    for (const part of parts) {
      const damaged = Uint8Array.from(sealed[part]);
      const bit = randomInt(8 * damaged.length);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(gcm.open({ ...sealed, [part]: damaged }), part).toBe(null);
    }
    const cut = randomInt(plain.length);
    expect(gcm.open({ ...sealed, ciphertext: sealed.ciphertext.subarray(0, cut) })).toBe(null);
  }
});

test('one payload cut to every length', () => {
  const sealed = seal(randomBytes(512), randomBytes(13));
  for (let length = 0; length < 512; length++)
    expect(gcm.open({ ...sealed, ciphertext: sealed.ciphertext.subarray(0, length) })).toBe(null);
});

import { beforeAll, describe, expect, test } from 'vitest';
import { type Gcm, loadGcm } from '../unit/gcm-probe.ts';
import { missing, wycheproof } from './crypto-wycheproof.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));

let gcm: Gcm;
beforeAll(async () => {
  gcm = await loadGcm();
});

describe(`Wycheproof${missing}`, () => {
  test.skipIf(missing !== '')('aes_gcm_test.json, 256-bit keys, 96-bit IVs, 128-bit tags', () => {
    const seen = { valid: 0, invalid: 0 };
    for (const { keySize, ivSize, tagSize, tests } of wycheproof('aes_gcm_test')) {
      if (keySize !== 256 || ivSize !== 96 || tagSize !== 128) continue;
      for (const { tcId, comment, result, ...t } of tests) {
        const plain = gcm.open({
          key: hex(t.key!),
          iv: hex(t.iv!),
          aad: hex(t.aad!),
          ciphertext: hex(t.ct!),
          tag: hex(t.tag!),
        });
        const expected = result === 'valid' ? t.msg! : null;
        expect(plain && Buffer.from(plain).toString('hex'), `tcId ${tcId}: ${comment}`).toBe(expected);
        seen[result as 'valid' | 'invalid']++;
      }
    }
    expect(seen.valid).toBeGreaterThan(30);
    expect(seen.invalid).toBeGreaterThan(20);
  });
});

import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Ed25519Actor, INVALID, loadActor, VALID } from '../unit/ed25519-actor.ts';
import { missing, wycheproof } from './crypto-wycheproof.ts';

const hex = (text: string) => Buffer.from(text, 'hex');

let actor: Ed25519Actor;
beforeAll(async () => {
  actor = await loadActor();
});

// RFC 8032, 7.1: public key, message, signature.
test.each([
  [
    'TEST 1',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    'TEST 2',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'TEST 3',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
  [
    'TEST SHA(abc)',
    'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
    createHash('sha512').update('abc').digest('hex'),
    'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
  ],
])('RFC 8032, 7.1, %s', (_, publicKey, message, signature) => {
  expect(actor.verify(hex(publicKey), hex(signature), hex(message))).toBe(VALID);
  const other = hex(`${message}00`);
  expect(actor.verify(hex(publicKey), hex(signature), other)).toBe(INVALID);
});

// "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko, 2020), the vector that tells equations apart: A and R have
// mixed order, and only the equation with the cofactor holds.
test('the published vector of the cofactored equation is invalid', () => {
  const publicKey = hex('cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d');
  const signature = hex(
    '160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed5125ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09',
  );
  const message = hex('e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c');
  expect(actor.verify(publicKey, signature, message)).toBe(INVALID);
});

describe(`Wycheproof${missing}`, () => {
  test.skipIf(missing !== '')('ed25519_test.json', () => {
    const seen = { valid: 0, invalid: 0, length: 0 };
    for (const { publicKey, tests } of wycheproof('ed25519_test')) {
      for (const { tcId, msg, sig, result, comment } of tests) {
        if (sig!.length !== 128) {
          // The letter has no room for a signature of another length.
          expect(result, `tcId ${tcId}`).toBe('invalid');
          seen.length++;
          continue;
        }
        const verdict = actor.verify(hex(publicKey!.pk), hex(sig!), hex(msg!));
        expect(verdict, `tcId ${tcId}: ${comment}`).toBe(result === 'valid' ? VALID : INVALID);
        seen[result as 'valid' | 'invalid']++;
      }
    }
    expect(seen.valid).toBeGreaterThan(50);
    expect(seen.invalid).toBeGreaterThan(30);
  });
});

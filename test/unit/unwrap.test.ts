// The unwrapping actor against HPKE made here from noble's X-Wing and Node's HKDF and AES-256-GCM.
import { createCipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ml_kem768_x25519 as XWing } from '@noble/post-quantum/hybrid.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../modules/lib/pqc-builds.mjs';
import { compileModule } from '../../runtime/guest/compiler/index.ts';

const MAIL = 4;
const [REFUSED, OPENED, MALFORMED, NO_KEY] = [0, 1, 2, 3];
const ascii = (text: string) => Buffer.from(text, 'latin1');

interface Exports {
  memory: WebAssembly.Memory;
  start(): void;
  cabi_realloc(old: number, oldSize: number, align: number, size: number): number;
  handle(message: number, a: number, b: number, c: number, d: number): void;
  arena_reset(): void;
}

let actor: Exports;
let limit: number;
let seed: Uint8Array | null = null;
let reply: Uint8Array;

beforeAll(async () => {
  const built = await compileModule(join(root, 'modules', 'unwrap'));
  limit = built.memory.limit;
  const bytes = () => new Uint8Array(actor.memory.buffer);
  const imports = {
    mail: {
      reply(ptr: number, length: number) {
        reply = bytes().slice(ptr, ptr + length);
      },
    },
    settings: {
      get(_name: number, _length: number, ret: number) {
        const view = new DataView(actor.memory.buffer);
        view.setUint8(ret, seed ? 0 : 1);
        if (!seed) return view.setUint8(ret + 4, 2);
        const ptr = actor.cabi_realloc(0, 0, 1, seed.length);
        bytes().set(seed, ptr);
        view.setUint32(ret + 4, ptr, true);
        view.setUint32(ret + 8, seed.length, true);
      },
    },
  };
  const module = new WebAssembly.Module(Uint8Array.from(built.wasm));
  actor = new WebAssembly.Instance(module, imports).exports as unknown as Exports;
  actor.start();
});

function deliver(letter: Uint8Array): Uint8Array {
  reply = new Uint8Array(0);
  const ptr = actor.cabi_realloc(0, 0, 1, letter.length);
  new Uint8Array(actor.memory.buffer).set(letter, ptr);
  actor.handle(MAIL, 7, ptr, letter.length, 0);
  actor.arena_reset();
  return reply;
}

/** RFC 9180, SealBase, suite (0x647a, 0x0001, 0x0002), one message, no additional data. */
function seal(publicKey: Uint8Array, info: Uint8Array, plain: Uint8Array) {
  const { cipherText: enc, sharedSecret } = XWing.encapsulate(publicKey);
  const suite = Buffer.concat([ascii('HPKE'), Buffer.of(0x64, 0x7a, 0, 1, 0, 2)]);
  const extract = (salt: Uint8Array, label: string, ikm: Uint8Array) =>
    createHmac('sha256', salt)
      .update(Buffer.concat([ascii('HPKE-v1'), suite, ascii(label), ikm]))
      .digest();
  const none = new Uint8Array(0);
  const context = Buffer.concat([Buffer.of(0), extract(none, 'psk_id_hash', none), extract(none, 'info_hash', info)]);
  const secret = extract(sharedSecret, 'secret', none);
  // One block of HKDF-Expand holds 32 bytes.
  const expand = (label: string, length: number) =>
    createHmac('sha256', secret)
      .update(Buffer.concat([Buffer.of(0, length), ascii('HPKE-v1'), suite, ascii(label), context, Buffer.of(1)]))
      .digest()
      .subarray(0, length);
  const cipher = createCipheriv('aes-256-gcm', expand('key', 32), expand('base_nonce', 12));
  return Buffer.concat([enc, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

const INFO = ascii('mote group key');
const contentKey = (groupKey: Uint8Array, salt: Uint8Array) =>
  Buffer.from(hkdfSync('sha256', groupKey, salt, ascii('mote content key'), 44));

describe('with a key', () => {
  test('opens what was sealed for it: the content key and IV of the release', () => {
    for (let i = 0; i < 25; i++) {
      seed = randomBytes(32);
      const { publicKey } = XWing.keygen(seed);
      const [groupKey, salt] = [randomBytes(32), randomBytes(32)];
      const answer = deliver(Buffer.concat([seal(publicKey, INFO, groupKey), salt]));
      expect(answer[0]).toBe(OPENED);
      expect(Buffer.from(answer.subarray(1))).toEqual(contentKey(groupKey, salt));
    }
  });

  test('refuses damage anywhere in enc, key and tag; another salt gives another key', () => {
    seed = randomBytes(32);
    const { publicKey } = XWing.keygen(seed);
    const groupKey = randomBytes(32);
    const letter = Buffer.concat([seal(publicKey, INFO, groupKey), randomBytes(32)]);
    for (let at = 0; at < 1168; at += at < 1080 ? 40 : 1) {
      const damaged = Uint8Array.from(letter);
      // Bit 255 of X25519's part is not read as a coordinate, but it is hashed.
      damaged[at]! ^= 128;
      expect([...deliver(damaged)], `byte ${at}`).toEqual([REFUSED]);
    }
    const salted = Uint8Array.from(letter);
    salted[1168]! ^= 1;
    const answer = deliver(salted);
    expect(answer[0]).toBe(OPENED);
    expect(Buffer.from(answer.subarray(1))).toEqual(contentKey(groupKey, salted.subarray(1168)));
    expect(deliver(letter)[0]).toBe(OPENED);
  });

  test('refuses what was sealed for another key or use, and an X25519 part of small order', () => {
    seed = randomBytes(32);
    const own = XWing.keygen(seed).publicKey;
    const other = XWing.keygen(randomBytes(32)).publicKey;
    const salt = randomBytes(32);
    expect([...deliver(Buffer.concat([seal(other, INFO, salt), salt]))]).toEqual([REFUSED]);
    expect([...deliver(Buffer.concat([seal(own, ascii('mote group kez'), salt), salt]))]).toEqual([REFUSED]);
    const zero = Uint8Array.from(Buffer.concat([seal(own, INFO, salt), salt])).fill(0, 1088, 1120);
    expect([...deliver(zero)]).toEqual([REFUSED]);
  });

  test('any other length is malformed', () => {
    seed = randomBytes(32);
    for (let length = 0; length < 1300; length += 1)
      if (length !== 1200) expect([...deliver(new Uint8Array(length))]).toEqual([MALFORMED]);
  });

  test('neither seed nor keys stay in memory, which is no more than the budget', () => {
    seed = randomBytes(32);
    const groupKey = randomBytes(32);
    const answer = deliver(Buffer.concat([seal(XWing.keygen(seed).publicKey, INFO, groupKey), randomBytes(32)]));
    expect(answer[0]).toBe(OPENED);
    const memory = Buffer.from(actor.memory.buffer);
    for (const secret of [Buffer.from(seed), groupKey, Buffer.from(answer.subarray(1, 33))])
      for (let at = 0; at < 32; at += 8) expect(memory.includes(secret.subarray(at, at + 8))).toBe(false);
    expect(memory.subarray(limit).every((byte) => byte === 0)).toBe(true);
  });
});

test('without a key, or with one of another length, it says so', () => {
  for (const none of [null, new Uint8Array(0), randomBytes(31), randomBytes(33)]) {
    seed = none;
    expect([...deliver(new Uint8Array(1200))]).toEqual([NO_KEY]);
  }
});

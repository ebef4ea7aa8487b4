// The verifier actor: one letter in, one byte back, within its budget.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../modules/lib/pqc-builds.mjs';
import { compileModule } from '../../runtime/guest/compiler/index.ts';

const MAIL = 4;
const [INVALID, VALID, MALFORMED] = [0, 1, 2];
const PEERS = { 44: ml_dsa44, 65: ml_dsa65, 87: ml_dsa87 };

interface Actor {
  memory: WebAssembly.Memory;
  start(): void;
  cabi_realloc(old: number, oldSize: number, align: number, size: number): number;
  handle(message: number, a: number, b: number, c: number, d: number): void;
  arena_reset(): void;
}

let actor: Actor;
let limit: number;
let replies: number[][];

beforeAll(async () => {
  const built = await compileModule(join(root, 'modules', 'ml-dsa'));
  limit = built.memory.limit;
  const reply = (ptr: number, len: number) => void replies.push([...new Uint8Array(actor.memory.buffer, ptr, len)]);
  const module = new WebAssembly.Module(Uint8Array.from(built.wasm));
  actor = new WebAssembly.Instance(module, { mail: { reply } }).exports as unknown as Actor;
  actor.start();
});

/** Delivers a letter as the kernel does; the replies to it. */
function deliver(letter: Uint8Array): number[] {
  replies = [];
  const ptr = actor.cabi_realloc(0, 0, 1, letter.length);
  new Uint8Array(actor.memory.buffer).set(letter, ptr);
  actor.handle(MAIL, 7, ptr, letter.length, 0);
  actor.arena_reset();
  expect(replies.length).toBe(1);
  return replies[0]!;
}

const letter = (...parts: (Uint8Array | number[])[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

describe.each([44, 65, 87] as const)('a letter with ML-DSA-%i', (set) => {
  const peer = PEERS[set];
  const { publicKey, secretKey } = peer.keygen(randomBytes(32));

  test.each([0, 1, 300, 1024])('with a message of %i bytes: valid, and invalid once a bit is flipped', (length) => {
    const message = randomBytes(length);
    const signature = peer.sign(message, secretKey);
    const whole = letter([set], publicKey, signature, message);
    expect(deliver(whole)).toEqual([VALID]);
    for (const at of [1, 33, publicKey.length + 1, publicKey.length + 100, publicKey.length + signature.length]) {
      const damaged = Uint8Array.from(whole);
      damaged[at]! ^= 4;
      expect(deliver(damaged), `byte ${at}`).toEqual([INVALID]);
    }
    if (length) {
      whole[whole.length - 1]! ^= 128;
      expect(deliver(whole)).toEqual([INVALID]);
    }
  });

  test('a signature made with a context is invalid: COSE has none', () => {
    const message = randomBytes(40);
    const signature = peer.sign(message, secretKey, { context: Uint8Array.of(1) });
    expect(deliver(letter([set], publicKey, signature, message))).toEqual([INVALID]);
  });

  test('any other length is malformed', () => {
    const signature = peer.sign(new Uint8Array(0), secretKey);
    const whole = letter([set], publicKey, signature);
    expect(deliver(whole)).toEqual([VALID]);
    for (const n of [1, 2, publicKey.length, whole.length - 1])
      expect(deliver(whole.subarray(0, n))).toEqual([MALFORMED]);
    expect(deliver(letter(whole, new Uint8Array(1025)))).toEqual([MALFORMED]);
  });
});

test('an unknown set and an empty letter are malformed', () => {
  for (const set of [0, 1, 43, 66, 255]) expect(deliver(letter([set], randomBytes(5261)))).toEqual([MALFORMED]);
  expect(deliver(new Uint8Array(0))).toEqual([MALFORMED]);
});

test('the largest letter and its work fit the memory budget, time after time', () => {
  const { publicKey, secretKey } = ml_dsa87.keygen(randomBytes(32));
  const message = randomBytes(1024);
  const whole = letter([87], publicKey, ml_dsa87.sign(message, secretKey), message);
  for (let i = 0; i < 20; i++) expect(deliver(whole)).toEqual([VALID]);
  const beyond = new Uint8Array(actor.memory.buffer).subarray(limit);
  expect(beyond.every((byte) => byte === 0)).toBe(true);
});

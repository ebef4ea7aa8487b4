// modules/ed25519 as a device runs it, fed with letters in V8.
import { join } from 'node:path';
import { root } from '../../modules/lib/pqc-builds.mjs';
import { compileModule } from '../../runtime/guest/compiler/index.ts';

export const [INVALID, VALID, MALFORMED] = [0, 1, 2];
const MAIL = 4;

interface Exports {
  memory: WebAssembly.Memory;
  start(): void;
  cabi_realloc(old: number, oldSize: number, align: number, size: number): number;
  handle(message: number, a: number, b: number, c: number, d: number): void;
  arena_reset(): void;
}

export interface Ed25519Actor {
  /** The one byte of the reply to this letter. */
  deliver(letter: Uint8Array): number;
  verify(publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array): number;
  /** Bytes of Wasm, and of linear memory by the budget. */
  bytes: number;
  limit: number;
  memory: Uint8Array;
}

export async function loadActor(): Promise<Ed25519Actor> {
  const built = await compileModule(join(root, 'modules', 'ed25519'));
  let replies: number[][] = [];
  const reply = (ptr: number, length: number) =>
    void replies.push([...new Uint8Array(actor.memory.buffer, ptr, length)]);
  const module = new WebAssembly.Module(Uint8Array.from(built.wasm));
  const actor = new WebAssembly.Instance(module, { mail: { reply } }).exports as unknown as Exports;
  actor.start();
  const deliver = (letter: Uint8Array): number => {
    replies = [];
    const ptr = actor.cabi_realloc(0, 0, 1, letter.length);
    new Uint8Array(actor.memory.buffer).set(letter, ptr);
    actor.handle(MAIL, 7, ptr, letter.length, 0);
    actor.arena_reset();
    const [only, ...more] = replies;
    if (only?.length !== 1 || more.length > 0) throw new Error(`not one byte in one reply: ${JSON.stringify(replies)}`);
    return only[0]!;
  };
  return {
    deliver,
    verify: (publicKey, signature, message) => deliver(Buffer.concat([publicKey, signature, message])),
    bytes: built.bytes,
    limit: built.memory.limit,
    memory: new Uint8Array(actor.memory.buffer),
  };
}

/** The SDK's `http`: what goes out, and what an answer says. (No module can have the grants of all of the SDK at once.) */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ActorMessageTag, ErrorCode } from '../../../runtime/abi/generated/contract.ts';
import { compileModule } from '../../../runtime/guest/compiler/index.ts';
import { packageRoot } from '../../../host-shim/files.ts';

interface Guest {
  memory: WebAssembly.Memory;
  start(): void;
  cabi_realloc(old: number, oldSize: number, align: number, size: number): number;
  handle(kind: number, a: number, b: number, c: number, d: number): void;
}

test('asks for a piece, hears of refusals, reads answers with and without a tag', async () => {
  const { wasm } = await compileModule(join(packageRoot(), 'test/unit/guest/assembly/web'));
  const said: string[] = [];
  let error = 0;
  const bytes = (at: number, length: number) => Buffer.from(guest.memory.buffer, at >>> 0, length);
  const text = (at: number, length: number) => bytes(at, length).toString();
  const imports = {
    log: { write: (_level: number, at: number, length: number) => void said.push(text(at, length)) },
    http: {
      get(url: number, urlLength: number, offset: number, length: number, tag: number, tagLength: number, ret: number) {
        said.push(`get ${text(url, urlLength)} ${offset} ${length} ${text(tag, tagLength)}`);
        bytes(ret, 2).set(error ? [1, -1 - error] : [0, 0]);
      },
    },
  };
  const module = await WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>);
  const guest = (await WebAssembly.instantiate(module, imports)).exports as unknown as Guest;
  const put = (data: Uint8Array): [number, number] => {
    const at = guest.cabi_realloc(0, 0, 1, data.length);
    bytes(at, data.length).set(data);
    return [at, data.length];
  };
  guest.start();
  guest.handle(ActorMessageTag.timer, 4096, 0, 0, 0);
  error = ErrorCode.busy;
  guest.handle(ActorMessageTag.timer, 0, 0, 0, 0);
  const head = (tag: string, ...words: number[]) =>
    Buffer.concat([Buffer.from(Uint32Array.from(words).buffer), Buffer.from(tag)]);
  guest.handle(ActorMessageTag.http, ...put(head('"t"', 206, 4096, 9000)), ...put(Buffer.from('xy')));
  guest.handle(ActorMessageTag.http, ...put(head('', 0, 0, 0)), ...put(Buffer.alloc(0)));
  expect(said).toEqual([
    'get https://a.example/b 4096 512 "t"',
    '0',
    'get https://a.example/b 0 512 "t"',
    String(ErrorCode.busy),
    '206 4096 9000 "t" xy',
    '0 0 0  ',
  ]);
});

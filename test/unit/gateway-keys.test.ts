/** Which keys a gateway tries for a meter: its own, those of the table by address pattern, the one for all. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { WmbusDecoder } from '../../host-shim/codec/wmbus.ts';
import { Keys } from '../../host-shim/codec/meters.ts';
import { compileAssembly, compileModule } from '../../runtime/guest/compiler/index.ts';
import { root } from '../vectors/wmbus-harness.ts';

interface Probe {
  memory: WebAssembly.Memory;
  input(): number;
  key(attempt: number): number;
  cabi_realloc(old: number, oldSize: number, align: number, size: number): number;
}

it('tries its own key, then every row that fits, then the default, and no more', async () => {
  const settings = new Map<string, Uint8Array>();
  const { wasm } = await compileAssembly([
    join(root, 'test/unit/assembly/gateway-keys-probe.ts'),
    join(root, 'runtime/guest/pure.ts'),
  ]);
  let probe: Probe;
  const get = (name: number, length: number, answer: number): void => {
    const { memory } = probe;
    const value = settings.get(Buffer.from(memory.buffer, name, length).toString());
    const at = value ? probe.cabi_realloc(0, 0, 1, value.length) : 0;
    if (value) new Uint8Array(memory.buffer).set(value, at);
    const view = new DataView(memory.buffer);
    view.setUint8(answer, value ? 0 : 1);
    view.setUint32(answer + 4, at, true);
    view.setUint32(answer + 8, value?.length ?? 0, true);
  };
  const imports = new Proxy({}, { get: () => new Proxy({}, { get: (_, field) => (field === 'get' ? get : () => 0) }) });
  probe = (await WebAssembly.instantiate(wasm as BufferSource, imports as WebAssembly.Imports)).instance
    .exports as unknown as Probe;
  new Uint8Array(probe.memory.buffer).set(Buffer.from('2D2C785634121C16', 'hex'), probe.input());
  const tried = (): number[] => {
    const out: number[] = [];
    for (let attempt = 0; attempt < 20; attempt++) {
      const at = probe.key(attempt);
      if (at === 0) break;
      out.push(new Uint8Array(probe.memory.buffer)[at]!);
    }
    return out;
  };
  const key = (n: number): Uint8Array => new Uint8Array(16).fill(n);
  const hex = (n: number): string => Buffer.from(key(n)).toString('hex');

  expect(tried()).toEqual([]);
  settings.set('wmbus/default', key(9));
  expect(tried()).toEqual([9]);
  settings.set('wmbus/KAM-12345678', key(1));
  expect(tried()).toEqual([1, 9]);
  const decoder = await WmbusDecoder.load((await compileModule(join(root, 'modules', 'wmbus'))).file);
  const table = new Keys(`KAM-1234* ${hex(2)}\nELS ${hex(3)}\nKAM ${hex(4)}\n*-*78 ${hex(5)}\n*-*79 ${hex(6)}`);
  settings.set('wmbus/keys', table.table(decoder));
  expect(tried()).toEqual([1, 2, 4, 5, 9]);
  settings.delete('wmbus/KAM-12345678');
  expect(tried()).toEqual([2, 4, 5, 9]);
  settings.set('wmbus/default', new Uint8Array(5));
  expect(tried()).toEqual([2, 4, 5]);
  // A table that was cut: its last row is none.
  settings.set('wmbus/keys', table.table(decoder).subarray(0, 3 * 32 - 1));
  expect(tried()).toEqual([2]);
}, 60_000);

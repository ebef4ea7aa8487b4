/** What the decoder may cost: Wasm, linear memory, allocations. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compileAssembly, compileModule } from '../../runtime/guest/compiler/index.ts';
import { bytes, haveVectors, load, root } from '../vectors/wmbus-harness.ts';
import { afl, ell, frameOf, KEY, mode5, mode7, mode9, mode10 } from './wmbus-encoder.ts';

const core = (): Promise<{ wasm: Uint8Array }> =>
  compileAssembly(join(root, 'test/bench/assembly/wmbus-core.ts'), { shrinkLevel: 2, converge: true });

it('the core, without vendors, encoders and DES: 16 KB of Wasm', async () => {
  expect((await core()).wasm.length).toBeLessThanOrEqual(16_384);
}, 60_000);

it('the whole: 40 KB of Wasm, 12 KB of linear memory', async () => {
  const { bytes: size, memory } = await compileModule(join(root, 'modules', 'wmbus'));
  expect(size).toBeLessThanOrEqual(40_960);
  expect(memory.staticEnd).toBeLessThanOrEqual(12_288);
}, 60_000);

it('who writes no JSON, as the gateway, carries none of its words', async () => {
  const words = ['authenticated', 'instantaneous'];
  const has = async (name: string): Promise<boolean[]> => {
    const { wasm } = await compileModule(join(root, 'modules', name));
    return words.map((word) => Buffer.from(wasm).includes(word));
  };
  expect(await has('wmbus')).toEqual([true, true]);
  expect(await has('gateway')).toEqual([false, false]);
}, 60_000);

it('nothing is allocated while decoding', async () => {
  const { wasm } = await compileAssembly(join(root, 'test/unit/assembly/wmbus-heap-probe.ts'));
  const probe = (await WebAssembly.instantiate(wasm as BufferSource, {})).instance.exports as unknown as {
    memory: WebAssembly.Memory;
    input(): number;
    key(): number;
    taken(length: number): number;
  };
  const own = JSON.parse(readFileSync(join(root, 'test/fixtures/wmbus/telegrams.json'), 'utf8')) as { hex: string }[];
  const frames = [
    ...own.map(({ hex }) => bytes(hex)),
    ...(haveVectors ? load('telegrams.json').flatMap(({ telegrams }) => telegrams.map(bytes)) : []),
    ...[mode5(), mode7(), mode9(), mode10(), ell(0x8d, Buffer.from('780C1343658700', 'hex'))].map(({ frame }) => frame),
    frameOf(Buffer.concat([afl(1, { more: true }), Buffer.from('7A2A000000', 'hex')])),
    frameOf(Buffer.concat([afl(2, {}), Buffer.from('0C1343658700', 'hex')])),
  ];
  const heap = new Uint8Array(probe.memory.buffer);
  heap.set(KEY, probe.key());
  for (const frame of frames) {
    heap.set(frame, probe.input());
    expect(probe.taken(frame.length)).toBe(0);
  }
}, 60_000);

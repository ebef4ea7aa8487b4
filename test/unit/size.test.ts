/** mote size: the least budgets are found on the kernel, and one less is too little. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../host-shim/files.ts';
import { measureSize, telegramBytes } from '../../host-shim/size/size.ts';
import { type CompiledModule, compileModule } from '../../runtime/guest/compiler/index.ts';
import { buildKernel } from '../../runtime/kernel/build/index.ts';
import { describeTarget } from '../support/tools.ts';

const fixture = (name: string) =>
  compileModule(join(packageRoot(), 'test/fixtures/modules', name), {
    out: join(packageRoot(), 'build/test-modules', name),
  });
const withBudgets = (module: CompiledModule, changes: object): CompiledModule => ({
  ...module,
  manifest: { ...module.manifest, budgets: { ...module.manifest.budgets, ...changes } },
});

let faulty: CompiledModule;
beforeAll(async () => {
  await buildKernel();
  faulty = await fixture('faulty');
}, 300_000);

describe('the size of a module', () => {
  it('is the least with which it runs: one less does not', async () => {
    const { needs, ok } = await measureSize(faulty, [Uint8Array.of(1), Uint8Array.of(2)]);
    expect(ok).toBe(true);
    expect(needs.map(({ what }) => what)).toEqual(['wasm', 'memory', 'stack', 'fuel']);
    const found = Object.fromEntries(needs.map((need) => [need.what, need.needs]));
    expect(found.wasm).toBe(faulty.wasm.length);
    // A module that logs two lines takes memory and fuel for them.
    expect(found.memory).toBeGreaterThan(faulty.memory.staticEnd);
    expect(found.fuel).toBeGreaterThan((await measureSize(faulty)).needs.at(-1)!.needs);
    for (const what of ['memory', 'fuel'] as const) {
      const exact = withBudgets(faulty, { [what]: found[what] });
      expect((await measureSize(exact, [Uint8Array.of(1), Uint8Array.of(2)])).ok).toBe(true);
      const less = withBudgets(faulty, { [what]: found[what]! - 1 });
      await expect(measureSize(less, [Uint8Array.of(1), Uint8Array.of(2)])).rejects.toMatchObject({
        key: 'budget-exceeded',
      });
    }
  });

  it('is an error for a module that fails on what it is given', async () => {
    const frames = [1, 2, 3].map((byte) => Uint8Array.of(byte));
    await expect(measureSize(faulty, frames)).rejects.toThrow(
      'gateway does not run within its own budgets: trap: unreachable',
    );
  });

  it('is too much when the Wasm does not fit into a slot', async () => {
    const padded = new Uint8Array(faulty.wasm.length + 140_000);
    padded.set(faulty.wasm);
    // A custom section: id 0, size in LEB128, an empty name.
    padded.set([0, 0xdc, 0xc5, 0x08, 0], faulty.wasm.length);
    const { needs, ok } = await measureSize({ ...faulty, wasm: padded });
    expect([ok, needs[0]!.ok]).toEqual([false, false]);
  });

  it('takes frames as hex digits only', () => {
    expect(telegramBytes('2e 44')).toEqual(Uint8Array.of(0x2e, 0x44));
    for (const text of ['', '2', 'zz', '00'.repeat(291)]) expect(() => telegramBytes(text)).toThrow('telegram');
  });
});

describeTarget('the size of a module on rv32', () => {
  it('is the same in every run', async () => {
    const first = await measureSize(faulty, [], true);
    expect(first.rv32!.instructions).toBeGreaterThan(10_000);
    expect(await measureSize(faulty, [], true)).toEqual(first);
  }, 60_000);
});

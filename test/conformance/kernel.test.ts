/**
 * kernel.wasm plays scenarios; where this machine has a C compiler, the same kernel compiled for it must say the same,
 * byte for byte and with the same fuel.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildKernel } from '../../runtime/kernel/build/index.ts';
import { buildProgram, compileProbe, findCompiler, out, runProgram, writeModules } from '../unit/kernel/host-build.ts';
import { FIXTURES } from '../unit/kernel/fixtures.ts';
import { play } from './kernel/machine.ts';
import { scenarioText } from './kernel/scenario.ts';
import { SCENARIOS } from './kernel/scenarios.ts';

let kernel: WebAssembly.Module;
let modules: Record<string, Uint8Array>;
beforeAll(async () => {
  kernel = await WebAssembly.compile(await readFile((await buildKernel()).file));
  modules = { ...FIXTURES, probe: await compileProbe() };
}, 300_000);

describe('kernel.wasm', () => {
  test.each(Object.entries(SCENARIOS))('%s', (_name, { events, said }) => {
    const lines = play(kernel, modules, events);
    expect(lines[0]).toBe('= 1');
    expect(lines).toEqual(expect.arrayContaining(said));
  });

  test('the same events give the same lines', () => {
    const { events } = SCENARIOS['fuel, counted']!;
    expect(play(kernel, modules, events)).toEqual(play(kernel, modules, events));
  });

  test('needs nothing of its host but ports', () => {
    const wanted = WebAssembly.Module.imports(kernel);
    expect(wanted.every(({ module, kind }) => module === 'port' && kind === 'function')).toBe(true);
    expect(wanted.length).toBeGreaterThan(0);
  });
});

const compiler = await findCompiler();
const missing = compiler ? '' : ' (SKIPPED: neither gcc nor clang with sanitizers is installed)';
describe.skipIf(!compiler)(`kernel.wasm and the kernel for this machine agree${missing}`, () => {
  let program: string;
  let folder: string;
  beforeAll(async () => {
    folder = await writeModules();
    program = await buildProgram(compiler!, 'play', ['script.c', 'mock_ports.c', '../../conformance/kernel/play.c']);
  }, 300_000);

  test.each(Object.entries(SCENARIOS))('%s', async (name, { events }) => {
    const file = join(out, `${name.replaceAll(/\W+/g, '-')}.scenario`);
    await writeFile(file, scenarioText(events));
    expect(await runProgram(program, [folder, file])).toEqual(play(kernel, modules, events));
  });
});

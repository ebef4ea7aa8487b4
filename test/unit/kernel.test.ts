/** The kernel's C, compiled for this machine with AddressSanitizer and UndefinedBehaviorSanitizer, with mock ports. */
import { beforeAll, describe, expect, test } from 'vitest';
import { buildProgram, findCompiler, runProgram, writeModules } from './kernel/host-build.ts';

/** Of kernel_test.c. */
const SUBJECTS = ['life_test.c', 'imports_test.c', 'timers_test.c', 'engine_test.c'];
const compiler = await findCompiler();
const missing = compiler ? '' : ' (SKIPPED: neither gcc nor clang with sanitizers is installed)';

describe.skipIf(!compiler)(`kernel in C${missing}`, () => {
  let modules: string;
  beforeAll(async () => {
    modules = await writeModules();
  });

  test('mailbox, scopes, grants', async () => {
    const program = await buildProgram(compiler!, 'parts', ['parts_test.c', 'mock_ports.c']);
    expect(await runProgram(program)).toHaveLength(6);
  });

  test('life, messages, imports, failures of modules', async () => {
    const program = await buildProgram(compiler!, 'kernel', ['kernel_test.c', ...SUBJECTS, 'script.c', 'mock_ports.c']);
    const lines = await runProgram(program, [modules]);
    expect(lines.every((line) => line.startsWith('ok '))).toBe(true);
    expect(lines.length).toBeGreaterThan(30);
  });

  test('every allocation fails once', async () => {
    const wrap = ['malloc', 'calloc', 'realloc'].map((name) => `-Wl,--wrap=${name}`);
    const program = await buildProgram(compiler!, 'oom', ['oom_test.c', 'script.c', 'mock_ports.c'], wrap);
    expect(await runProgram(program, [modules])).toHaveLength(3);
  });
});

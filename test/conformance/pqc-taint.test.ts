// Secrets marked undefined, the Wasm translated to C, run under Valgrind: no branch and no address may depend on them.
// wasm2c 1.0.32 knows no v128, so this covers the scalar builds; test/conformance/pqc-opcodes covers both.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { BUILDS, compile, root } from '../../modules/lib/pqc-builds.mjs';

const RUNTIME = '/usr/share/wabt/wasm2c';
const DECLASSIFY = 'modules/lib/assembly/declassify.ts';
const folder = join(root, 'test', 'conformance', 'pqc-taint');

const has = (command: string) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
const lacking = [
  ...['wasm2c', 'valgrind', 'gcc'].filter((command) => !has(command)),
  ...[`${RUNTIME}/wasm-rt-impl.c`, '/usr/include/valgrind/memcheck.h'].filter((file) => !existsSync(file)),
];
const missing = lacking.length
  ? ` (SKIPPED, lacking ${lacking.join(', ')}: apt-get install wabt valgrind gcc libc6-dev)`
  : '';

mkdirSync(join(root, 'build'), { recursive: true });
const work = mkdtempSync(join(root, 'build', 'taint-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

function must(command: string, args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: work, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

/** Valgrind's count of reports for a build, with changes to the source. */
async function reports(algorithm: 'ml-kem' | 'ml-dsa', optimization: string, changes: Record<string, string> = {}) {
  const name = algorithm.slice(3);
  const replace = { [DECLASSIFY]: readFileSync(join(folder, 'declassify.ts.txt'), 'utf8'), ...changes };
  writeFileSync(join(work, `${name}.wasm`), await compile(BUILDS[algorithm]!.entry, { replace }));
  must('wasm2c', [`${name}.wasm`, '-n', name, '-o', `${name}.c`]);
  const flags = [
    optimization,
    '-w',
    `-D${name.toUpperCase()}`,
    '-DWASM_RT_MEMCHECK_SIGNAL_HANDLER=0',
    '-I.',
    `-I${RUNTIME}`,
  ];
  const sources = [join(folder, 'harness.c'), `${name}.c`, `${RUNTIME}/wasm-rt-impl.c`];
  must('gcc', [...flags, ...sources, '-lm', '-o', name]);
  const run = spawnSync('valgrind', ['--error-limit=no', `./${name}`], { cwd: work, encoding: 'utf8' });
  expect(run.stdout, run.stderr).toContain('done');
  const [, count] = /ERROR SUMMARY: (\d+) errors/.exec(run.stderr) ?? [];
  if (count === undefined) throw new Error(`no summary from Valgrind:\n${run.stderr}`);
  return Number(count);
}

/** A source file's text with `from` replaced by `to`; the text must be there. */
function planted(path: string, from: string, to: string): Record<string, string> {
  const source = readFileSync(join(root, path), 'utf8');
  expect(source).toContain(from);
  return { [path]: source.replace(from, to) };
}

describe.skipIf(missing !== '')(`secrets under Valgrind${missing}`, () => {
  describe.each(['-O0', '-O2'])('gcc %s', (optimization) => {
    test('ML-KEM: keygen, encapsulate, decapsulate in all sets', async () => {
      expect(await reports('ml-kem', optimization)).toBe(0);
    });
    test('ML-DSA: keygen and sign in all sets', async () => {
      expect(await reports('ml-dsa', optimization)).toBe(0);
    });
  });

  test('a planted branch in ML-KEM is reported', async () => {
    const from = 'return a - ((a * 20159 + 10066) >> 26) * Q;';
    const to = 'a = Zq.reduce(a);\n    return a < 0 ? a + Q : a;';
    const leak = planted('modules/ml-kem/assembly/zq.ts', from, to);
    expect(await reports('ml-kem', '-O0', leak)).toBeGreaterThan(0);
  });
  test('a planted index in ML-KEM is reported', async () => {
    const from = 'store<u8>(m++, <u8>byte);';
    const leak = planted('modules/ml-kem/assembly/encode.ts', from, 'store<u8>(m++, <u8>byte + load<u8>(byte));');
    await expect(reports('ml-kem', '-O0', leak)).resolves.toBeGreaterThan(0);
  });
  test('a planted branch in ML-DSA is reported', async () => {
    const from = 'return a - (Q & (((Q - 1) / 2 - a) >> 31));';
    const leak = planted('modules/ml-dsa/assembly/secret.ts', from, 'return a > (Q - 1) / 2 ? a - Q : a;');
    expect(await reports('ml-dsa', '-O0', leak)).toBeGreaterThan(0);
  });
  test('an unmarked publication is reported', async () => {
    const leak = planted('modules/ml-dsa/assembly/sign.ts', 'Public.bytes(work + C_TILDE, 64);', '');
    expect(await reports('ml-dsa', '-O0', leak)).toBeGreaterThan(0);
  });
});

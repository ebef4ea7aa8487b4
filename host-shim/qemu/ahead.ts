/**
 * Modules of the firmware compiled ahead of time: a metered copy of their Wasm to C (wasm2c, Debian's wabt), and the table
 * by which runtime/kernel/engine/compiled runs them. C is taken from the wabt that is known; another is refused.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RUNTIME_EXPORTS, WORLDS } from '../../runtime/abi/generated/contract.ts';
import { inspectWasm } from '../../runtime/guest/compiler/inspect.ts';
import { instrument } from '../engine/instrument.ts';
import { fault } from '../errors.ts';
import { codeOf } from '../files.ts';

const run = promisify(execFile);
const EXPORTS = [...WORLDS.module.exports, ...RUNTIME_EXPORTS, { field: '_initialize', signature: 'v()' }];
/** What each export is called in C: enum mote_export. */
const symbol = (field: string) => (field === '_initialize' ? 'mote_guest_initialize' : `mote_guest_${field}`);
const C_TYPES: Record<string, string> = { i: 'u32', I: 'u64', v: 'void' };

/** In place of such a module's Wasm in the firmware's table: compiled.h. */
export function compiledHandle(name: string): Uint8Array {
  return new Uint8Array(Buffer.from(`\0aot${name}`));
}

/** Writes one C file for each module and `compiled.c`. Throws tool-missing, build-failed. */
export async function writeCompiled(folder: string, modules: Readonly<Record<string, Uint8Array>>): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const entries: string[] = [];
  const headers: string[] = [];
  for (const [index, [name, wasm]] of Object.entries(modules).entries()) {
    const id = `m${index}`;
    const metered = instrument(wasm, 65_536);
    await writeFile(join(folder, `${id}.wasm`), metered.wasm);
    await wasm2c(folder, id, name);
    const header = await readFile(join(folder, `${id}.h`), 'utf8');
    headers.push(`#include "${id}.h"`);
    entries.push(
      entryOf(
        id,
        name,
        header,
        inspectWasm(wasm).exports.map(({ field }) => field),
        metered,
      ),
    );
  }
  const table = Object.keys(modules).map((_, index) => `\t{ ENTRY_m${index} },`);
  const text = [
    '/* Written by ahead.ts. */',
    '#include "compiled.h"',
    ...headers,
    ...glue(),
    ...entries,
    'const struct mote_compiled mote_compiled[] = {',
    ...table,
    '};',
    'const uint32_t mote_compiled_count = sizeof mote_compiled / sizeof mote_compiled[0];',
    '',
  ];
  await writeFile(join(folder, 'compiled.c'), text.join('\n'));
}

async function wasm2c(folder: string, id: string, name: string): Promise<void> {
  try {
    await run('wasm2c', [`${id}.wasm`, '-n', id, '-o', `${id}.c`], { cwd: folder });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw fault('tool-missing', { tool: 'wasm2c', packages: 'wabt' }, error);
    const why = String((error as { stderr?: unknown }).stderr);
    throw fault('build-failed', { what: `${name} as C`, why }, error);
  }
}

/** The contract's imports as wasm2c names them: the instance that they get is the engine's own. */
function glue(): string[] {
  return WORLDS.module.imports.map(({ module, field, signature }, index) => {
    const letters = [...signature.slice(2, -1)];
    const parameters = letters.map((letter, n) => `, ${C_TYPES[letter]} a${n}`).join('');
    const values = letters.map((_, n) => `a${n}`).join(', ') || '0';
    const result = C_TYPES[signature[0]!]!;
    const call = `mote_compiled_import(host, ${index}, arguments)`;
    return [
      `struct Z_${module}_instance_t;`,
      `${result} Z_${module}Z_${field}(struct Z_${module}_instance_t *host${parameters})`,
      `{ const uint64_t arguments[] = { ${values} }; ${result === 'void' ? call : `return (${result})${call}`}; }`,
    ].join('\n');
  });
}

function entryOf(id: string, name: string, header: string, exports: string[], { hasStart, shift }: Made): string {
  const prototype = new RegExp(`void Z_${id}_instantiate\\(([^)]*)\\)`).exec(header);
  if (!prototype)
    throw fault('build-failed', { what: `${name} as C`, why: 'this wasm2c is not known: wabt 1.0.32 is' });
  const hosts = prototype[1]!
    .split(',')
    .slice(1)
    .map(() => ', host');
  const present = EXPORTS.filter(({ field }) => exports.includes(field) || (field === '_initialize' && hasStart));
  const cases = present.map(({ field, signature }) => {
    const values = [...signature.slice(2, -1)].map((_, n) => `, a[${n}]`).join('');
    const start = field === '_initialize' && hasStart ? `Z_${id}Z_mote_start(i); ` : '';
    const call = exports.includes(field) ? `Z_${id}Z_${field}(i${values})` : '(void)0';
    return `case ${symbol(field)}: ${start}${signature[0] === 'v' ? `${call}; return 0;` : `return ${call};`}`;
  });
  const memory = shift === undefined ? 'NULL' : `Z_${id}Z_mote_memory(i)`;
  return [
    `static void instantiate_${id}(void *i, void *host) { Z_${id}_instantiate(i${hosts.join('')}); }`,
    `static void free_${id}(void *i) { Z_${id}_free(i); }`,
    `static uint32_t call_${id}(void *i, enum mote_export e, const uint32_t *a) { switch (e) { ${cases.join(' ')} default: return 0; } }`,
    `static bool has_${id}(enum mote_export e) { switch (e) { ${present.map(({ field }) => `case ${symbol(field)}:`).join(' ')} return true; default: return false; } }`,
    `static uint32_t *fuel_${id}(void *i) { return Z_${id}Z_mote_fuel(i); }`,
    `static uint32_t *depth_${id}(void *i) { return Z_${id}Z_mote_depth(i); }`,
    `static wasm_rt_memory_t *memory_${id}(void *i) { (void)i; return ${memory}; }`,
    `#define ENTRY_${id} "${name}", sizeof(Z_${id}_instance_t), Z_${id}_init_module, instantiate_${id}, free_${id}, has_${id}, call_${id}, fuel_${id}, depth_${id}, memory_${id}`,
  ].join('\n');
}

type Made = ReturnType<typeof instrument>;

/** Building the Zephyr application again in the same folder: nothing of an earlier build may hold. Needs no Zephyr. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FIRMWARE } from '../../host-shim/qemu/index.ts';
import { editWasm3, isCore, readSources, wasm3Folder } from '../../runtime/kernel/build/index.ts';
import { repoRoot } from '../support/device.ts';

const folder = mkdtempSync(join(tmpdir(), 'mote-zephyr-build-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const script = (name: string) => join(repoRoot, 'zephyr-board', name);

describe('the engine of a Zephyr image', () => {
  const out = join(folder, 'source');
  const prepare = (source = '') => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script('prepare.mjs'), 'wasm3', out, source]);
    expect(`${status} ${stderr}`).toBe('0 ');
    return String(stdout);
  };

  it('stands alone in a folder of its own: another wasm3, another folder, and nothing is left of the one before', async () => {
    const other = join(folder, 'wasm3');
    cpSync(wasm3Folder(), other, { recursive: true });
    const core = join(other, 'm3_core.c');
    writeFileSync(core, `${readFileSync(core)}\n/* another */\n`);

    const first = prepare();
    expect(prepare(other)).not.toBe(first);
    expect(readdirSync(out)).toHaveLength(1);
    expect(prepare()).toBe(first);
    expect(readdirSync(out)).toEqual([first.slice(out.length + 1)]);
    const wanted = editWasm3(await readSources(wasm3Folder(), isCore));
    expect(readdirSync(first).sort()).toEqual([...Object.keys(wanted), 'engine.cmake'].sort());
    for (const [name, text] of Object.entries(wanted)) expect(readFileSync(join(first, name), 'utf8')).toBe(text);
  });
});

it('the modules of the firmware are those of the board under QEMU', () => {
  const text = readFileSync(join(repoRoot, 'zephyr-board', 'app', 'CMakeLists.txt'), 'utf8');
  const [, names] = /set\(MOTE_BUILTINS "([^"]*)"/.exec(text) ?? [];
  expect(names?.split(';').sort()).toEqual([...FIRMWARE].sort());
});

describe('an option of an earlier build', () => {
  // Stand-ins that do nothing but what CMake does here: remember.
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const [name, body] of Object.entries({
    cmake: `for arg; do case $arg in -B*) touch "\${arg#-B}/CMakeCache.txt" ;; esac; done`,
    ninja: '',
    dtc: '',
  }))
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  writeFileSync(join(folder, 'VERSION'), 'VERSION_MAJOR = 3\nVERSION_MINOR = 5\nPATCHLEVEL = 99\n');
  const out = join(folder, 'out');
  const cache = join(out, 'CMakeCache.txt');
  const build = (args: string[] = [], more: Record<string, string> = {}) => {
    const { WASM3_DIR: _, ...rest } = process.env;
    const env = { ...rest, PATH: `${bin}:${rest.PATH}`, ZEPHYR_BASE: folder, ...more };
    const { status, stderr } = spawnSync(process.execPath, [script('build.mjs'), 'native_sim', '--out', out, ...args], {
      env,
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
  };
  /** What CMake would still know: the mark is gone when the cache was made anew. */
  const remembers = (args: string[], more: Record<string, string> = {}) => {
    writeFileSync(cache, 'mark');
    build(args, more);
    expect(existsSync(cache)).toBe(true);
    return readFileSync(cache, 'utf8') === 'mark';
  };

  it('is forgotten when it is not given again, and kept when it is', () => {
    build();
    expect(remembers([])).toBe(true);
    expect(remembers([], { WASM3_DIR: '/elsewhere' })).toBe(false);
    expect(remembers([], { WASM3_DIR: '/elsewhere' })).toBe(true);
    expect(remembers([])).toBe(false);
    expect(remembers(['--define', 'MOTE_DEVICE=/a'])).toBe(false);
    expect(remembers(['--define', 'MOTE_DEVICE=/b'])).toBe(true);
    expect(remembers(['--conf', 'x.conf'])).toBe(false);
  });
});

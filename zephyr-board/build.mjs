// Builds the Zephyr application with the Zephyr that ZEPHYR_BASE names, without west:
//
//   node zephyr-board/build.mjs <board> [--out folder] [--conf file] [--overlay file] [--define NAME=VALUE] [--app conformance]
//
// Options may be repeated. Exit status: 0 built, 1 failed, 77 skipped because something is missing, which it says.
// ZEPHYR_MODULES (a;b) names Zephyr modules that the board needs, hal_espressif for example. A toolchain that the environment
// names (ZEPHYR_TOOLCHAIN_VARIANT, ZEPHYR_SDK_INSTALL_DIR) is taken; else Debian's riscv64-unknown-elf GCC with picolibc.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const say = (text) => process.stderr.write(`zephyr-board: ${text}\n`);

function skip(why) {
  say(`SKIPPED, nothing was built: ${why}`);
  process.exit(77);
}

function fail(why) {
  say(why);
  process.exit(1);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string' },
    conf: { type: 'string', multiple: true, default: [] },
    overlay: { type: 'string', multiple: true, default: [] },
    define: { type: 'string', multiple: true, default: [] },
    app: { type: 'string', default: 'app' },
    jobs: { type: 'string', default: '2' },
  },
});
const [board, ...more] = positionals;
if (!board || more.length > 0) fail('name one board: qemu_riscv32, native_sim, esp32c6_devkitc/esp32c6/hpcore …');

const base = process.env.ZEPHYR_BASE;
if (!base) skip('ZEPHYR_BASE is not set; it names a Zephyr tree');
if (!existsSync(join(base, 'VERSION'))) fail(`ZEPHYR_BASE=${base} is no Zephyr tree: it has no file VERSION`);
const find = (command) =>
  process.env.PATH.split(delimiter)
    .map((folder) => join(folder, command))
    .find((file) => existsSync(file));
for (const [command, from] of [
  ['cmake', 'cmake'],
  ['ninja', 'ninja-build'],
  ['dtc', 'device-tree-compiler'],
]) {
  if (!find(command)) skip(`${command} is missing; install the package ${from}`);
}
if (!existsSync(join(root, 'build', 'modules'))) fail(`nothing is built yet: run npm run build in ${root}`);

const out = resolve(values.out ?? join(root, 'build', 'zephyr', board.replaceAll('/', '_')));
mkdirSync(out, { recursive: true });
const file = (name) => resolve(name);
const list = (names) => names.map(file).join(';');
const { version, fragment } = versionOf(base);
const conf = [...values.conf, ...(existsSync(fragment) ? [fragment] : [])];
const args = [
  '-GNinja',
  `-DBOARD=${board}`,
  `-S${join(root, 'zephyr-board', values.app)}`,
  `-B${out}`,
  ...(conf.length > 0 ? [`-DEXTRA_CONF_FILE=${list(conf)}`] : []),
  ...(values.overlay.length > 0 ? [`-DEXTRA_DTC_OVERLAY_FILE=${list(values.overlay)}`] : []),
  // Without west Zephyr looks at no other modules than these.
  `-DZEPHYR_MODULES=${[process.env.ZEPHYR_MODULES, join(root, 'zephyr-board', 'modules', 'wasm3')].filter(Boolean).join(';')}`,
  ...(process.env.WASM3_DIR ? [`-DWASM3_DIR=${process.env.WASM3_DIR}`] : []),
  ...toolchain(),
  ...values.define.map((define) => `-D${define}`),
];
forgetWhatIsNotSaid();
say(`${board} with Zephyr ${version}`);
const env = { ...process.env, CCACHE_DISABLE: '1' };
for (const [command, ...rest] of [
  ['cmake', ...args],
  ['ninja', '-C', out, '-j', values.jobs],
]) {
  const { status, error } = spawnSync(command, rest, { stdio: ['ignore', 2, 2], env });
  if (status !== 0) fail(`${command} ended with ${error?.message ?? status}`);
}
process.stdout.write(`${join(out, 'zephyr')}\n`);

/** CMake remembers what an earlier build in this folder was told; an option that is not given now would silently hold. */
function forgetWhatIsNotSaid() {
  const stamp = join(out, 'options');
  const given = args.map((arg) => arg.replace(/=.*/s, '')).join('\n');
  const before = existsSync(stamp) ? readFileSync(stamp, 'utf8') : undefined;
  if (before !== given) rmSync(join(out, 'CMakeCache.txt'), { force: true });
  writeFileSync(stamp, given);
}

/** Kconfig symbols that only some versions know stand in conf/zephyr-<major>.conf: an unknown one ends a build. */
function versionOf(folder) {
  const header = spawnSync('cat', [join(folder, 'VERSION')], { encoding: 'utf8' }).stdout;
  const field = (name) => new RegExp(`^${name} *= *(\\S+)`, 'm').exec(header)?.[1];
  const major = field('VERSION_MAJOR');
  return {
    version: `${major}.${field('VERSION_MINOR')}.${field('PATCHLEVEL')}`,
    fragment: join(root, 'zephyr-board', 'app', 'conf', `zephyr-${major}.conf`),
  };
}

function toolchain() {
  const { ZEPHYR_TOOLCHAIN_VARIANT, ZEPHYR_SDK_INSTALL_DIR } = process.env;
  if (ZEPHYR_TOOLCHAIN_VARIANT || ZEPHYR_SDK_INSTALL_DIR) return [];
  if (board.startsWith('native_')) return ['-DZEPHYR_TOOLCHAIN_VARIANT=host'];
  const prefix = 'riscv64-unknown-elf-';
  const gcc = find(`${prefix}gcc`);
  if (!gcc) skip(`${prefix}gcc is missing; install gcc-riscv64-unknown-elf and picolibc-riscv64-unknown-elf`);
  // Debian's GCC 12 has no multilib by the name that Zephyr asks for and would link the 64-bit one: the same instruction set
  // goes by an older name. A compiler that stands between is the one place where this holds for every call of Zephyr's CMake.
  const folder = join(out, 'toolchain');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const tool of readdirSync(dirname(gcc)).filter((name) => name.startsWith(prefix))) {
    const real = join(dirname(gcc), tool);
    if (!/-(gcc|g\+\+|cpp)$/.test(tool)) symlinkSync(real, join(folder, tool));
    else
      writeFileSync(
        join(folder, tool),
        `#!/bin/bash\nargs=()\nfor arg in "$@"; do\n  case $arg in\n    -march=*_zicsr*) args+=("\${arg%%_*}" -misa-spec=2.2) ;;\n    *) args+=("$arg") ;;\n  esac\ndone\nexec ${real} "\${args[@]}"\n`,
        { mode: 0o755 },
      );
  }
  return [
    '-DZEPHYR_TOOLCHAIN_VARIANT=cross-compile',
    `-DCROSS_COMPILE=${join(folder, prefix)}`,
    '-DTOOLCHAIN_HAS_PICOLIBC=ON',
  ];
}

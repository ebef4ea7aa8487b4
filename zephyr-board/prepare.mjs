// What CMake cannot do by itself. Called by the CMakeLists.txt of app/ and modules/wasm3/:
//
//   node prepare.mjs wasm3 <out folder> <wasm3's source folder or "">
//   node prepare.mjs link <out folder>
//   node prepare.mjs firmware <out.c> <folder of the supervisor's module.json> <device file or ""> <ahead folder or ""> <module.wasm>...
//   node prepare.mjs ahead <out folder> <module.wasm>...
//
// With an ahead folder the modules are those that `ahead` has written there as C; the image then holds no WebAssembly of them.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** A host program that `npm run build` has compiled. */
async function load(path) {
  try {
    return await import(pathToFileURL(join(root, 'dist', path)).href);
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error(`dist/${path} is not there: run npm run build in ${root}`);
  }
}

/** Writes only what changed, so that the build after it has little to do. */
function write(file, text) {
  let before;
  try {
    before = readFileSync(file, 'utf8');
  } catch {
    mkdirSync(dirname(file), { recursive: true });
  }
  if (before !== text) writeFileSync(file, text);
}

/**
 * Prints the folder of the edited source: below `out`, named after a hash of what it was made from, so that a build never
 * takes a file that another wasm3, or another edit of it, has left behind.
 */
async function prepareWasm3(out, folder) {
  const { editWasm3, isCore, engineDefines, readSources, wasm3Sources } = await load('runtime/kernel/build/index.js');
  const sources = folder ? editWasm3(await readSources(folder, isCore)) : await wasm3Sources();
  const defines = engineDefines()
    .map((define) => define.replace(/^-D/, ''))
    .filter((define) => !define.startsWith('d_m3MaxNativeStack='));
  const files = { ...sources, 'engine.cmake': `set(engine_defines ${defines.join(' ')})\n` };
  const made = join(out, hashOf(files));
  for (const old of existsSync(out) ? readdirSync(out) : [])
    if (join(out, old) !== made) rmSync(join(out, old), { recursive: true });
  for (const [name, text] of Object.entries(files)) write(join(made, name), text);
  process.stdout.write(made);
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const [name, text] of Object.entries(files)) hash.update(`${name}\0${text}\0`);
  return hash.digest('hex').slice(0, 16);
}

/** The codes of the link over which the conformance image is asked. */
async function prepareLink(out) {
  const { linkHeader } = await load('host-shim/qemu/protocol.js');
  write(join(out, 'link_codes.h'), linkHeader());
}

const nameOf = (file) => basename(file, '.wasm');

/** compiled.c, and m0.c, m1.c … in the order of the files. */
async function prepareAhead(out, files) {
  const { writeCompiled } = await load('host-shim/qemu/ahead.js');
  await writeCompiled(out, Object.fromEntries(files.map((file) => [nameOf(file), readFileSync(file)])));
}

async function prepareFirmware(out, supervisor, device, ahead, files) {
  const { readManifest } = await load('runtime/guest/compiler/manifest.js');
  const { compiledHandle } = await load('host-shim/qemu/ahead.js');
  const { name, budgets } = await readManifest(supervisor);
  const modules = files.map((file) => {
    const name = nameOf(file);
    return { name, bytes: ahead ? compiledHandle(name) : readFileSync(file) };
  });
  if (!modules.some((module) => module.name === name)) throw new Error(`${name} is not among the modules of the image`);
  const settings = device ? await provisioned(device) : [];
  const bytes = (data) => (data.length > 0 ? [...data].join(',') : '0');
  const lines = [
    '/* Made by zephyr-board/prepare.mjs. */',
    '#include "firmware.h"',
    ...modules.map(
      ({ bytes: data }, i) => `static const uint8_t module_${i}[] __attribute__((aligned(4))) = {${bytes(data)}};`,
    ),
    'const struct firmware_module firmware_modules[] = {',
    ...modules.map((module, i) => `\t{ ${JSON.stringify(module.name)}, module_${i}, ${module.bytes.length} },`),
    '};',
    `const uint32_t firmware_module_count = ${modules.length};`,
    `const char firmware_supervisor[] = ${JSON.stringify(name)};`,
    `const struct mote_budget firmware_budget = { .memory = ${budgets.memory}, .stack = ${budgets.stack}, .fuel = ${budgets.fuel}, .mailbox = ${budgets.mailbox} };`,
    ...settings.map(([, value], i) => `static const uint8_t setting_${i}[] = {${bytes(value)}};`),
    'const struct firmware_setting firmware_settings[] = {',
    ...settings.map(([key, value], i) => `\t{ ${JSON.stringify(key)}, setting_${i}, ${value.length} },`),
    '\t{ "", 0, 0 },',
    '};',
    `const uint32_t firmware_setting_count = ${settings.length};`,
    '',
  ];
  write(out, lines.join('\n'));
}

/** The values of a device file by the names under which modules ask for them. */
async function provisioned(file) {
  const { DeviceSettings, loadDevice } = await load('host-shim/board/settings.js');
  const device = await loadDevice(file);
  const settings = new DeviceSettings(device, file);
  const names = ['device/base', 'device/vendor', 'device/class', 'trust/keys', ...Object.keys(device.keys)];
  return names.map((name) => [name, settings.get(name)]);
}

const [what, out, ...rest] = process.argv.slice(2);
try {
  if (what === 'wasm3') await prepareWasm3(out, rest[0]);
  else if (what === 'link') await prepareLink(out);
  else if (what === 'firmware') await prepareFirmware(out, rest[0], rest[1], rest[2], rest.slice(3));
  else if (what === 'ahead') await prepareAhead(out, rest);
  else throw new Error('prepare.mjs wasm3 …, firmware … or ahead …: see its first lines');
} catch (error) {
  process.stderr.write(`zephyr-board: ${error.message}\n`);
  process.exit(1);
}

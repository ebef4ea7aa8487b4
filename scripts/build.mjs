// npm run build: host programs, kernel, modules. Each step is skipped when its inputs have not changed.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureInstalled, must, root, say, sha256, tool } from './lib.mjs';

/** What tsconfig.build.json compiles stands in these folders. */
const hostRooms = ['cli', 'host-shim', 'modules', 'runtime', 'test'];

function sources(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** TypeScript of the host to dist/. */
function compileHost() {
  const files = [
    join(root, 'tsconfig.json'),
    join(root, 'tsconfig.build.json'),
    join(root, 'package-lock.json'),
    ...hostRooms.flatMap(sources),
  ];
  const stamp = sha256(...files.flatMap((file) => [file.slice(root.length), readFileSync(file)]));
  const stampFile = join(root, 'dist', '.stamp');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  say('compiling the host programs …');
  must(process.execPath, [tool('tsc'), '-p', 'tsconfig.build.json']);
  writeFileSync(stampFile, stamp);
}

/** Loads a compiled host program. */
const load = (path) => import(pathToFileURL(join(root, 'dist', path)).href);

async function compileKernel() {
  const { buildKernel } = await load('runtime/kernel/build/index.js');
  for (const engine of ['wasm3', 'host']) {
    const { cached, bytes, file } = await buildKernel({ engine });
    if (!cached) say(`${basename(file)}: ${bytes} bytes`);
  }
}

/** Every folder of modules/ that has a module.json becomes build/modules/<name>.wasm. */
async function compileModules() {
  const { compileModule } = await load('runtime/guest/compiler/index.js');
  const out = join(root, 'build', 'modules');
  mkdirSync(out, { recursive: true });
  for (const name of readdirSync(join(root, 'modules')).sort()) {
    if (!existsSync(join(root, 'modules', name, 'module.json'))) continue;
    const built = await compileModule(join(root, 'modules', name), { out });
    if (!built.cached) say(`${name}.wasm: ${built.bytes} bytes`);
  }
}

async function compileComponents() {
  const { componentize } = await load('runtime/guest/compiler/component.js');
  const out = join(root, 'build', 'components', 'wmbus');
  const wasm = readFileSync(join(root, 'build', 'modules', 'wmbus.wasm'));
  const stamp = sha256(
    wasm,
    readFileSync(join(root, 'runtime/abi/mote.wit')),
    readFileSync(join(root, 'package-lock.json')),
  );
  const stampFile = join(root, 'build', 'components', 'wmbus.stamp');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  say('making the typed component of modules/wmbus …');
  await componentize(wasm, 'wmbus-codec', out);
  writeFileSync(stampFile, stamp);
}

/** The MQTT-SN codec and client for the host. */
async function compileMqttSn() {
  const { mqttSnWasm } = await load('host-shim/mqttsn/wasm.js');
  await mqttSnWasm('codec');
  await mqttSnWasm('client');
}

/** The framers of modules/wmbus for the host. */
async function compileFramers() {
  const { framerWasm } = await load('host-shim/codec/framer.js');
  await framerWasm();
}

/** The page docs/wmbus with all that it loads, as a folder to be served. */
function gatherPage() {
  const out = join(root, 'dist', 'docs', 'wmbus');
  mkdirSync(out, { recursive: true });
  const codec = join(root, 'dist', 'host-shim', 'codec');
  const scripts = readdirSync(codec).filter((name) => /^(explain(-\w+)?|frame-places)\.js$/.test(name));
  for (const name of scripts) copyFileSync(join(codec, name), join(out, name));
  for (const name of ['index.html', 'page.css', 'page.js'])
    copyFileSync(join(root, 'docs/wmbus', name), join(out, name));
  copyFileSync(join(root, 'build', 'modules', 'wmbus.wasm'), join(out, 'wmbus.wasm'));
}

/** What an emulated board needs. */
export async function buildBoard() {
  ensureInstalled();
  compileHost();
  await compileKernel();
  await compileModules();
}

export async function build() {
  await buildBoard();
  await compileComponents();
  await compileMqttSn();
  await compileFramers();
  gatherPage();
}

if (process.argv[1] === join(root, 'scripts', 'build.mjs')) await build();

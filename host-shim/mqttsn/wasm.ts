/** The builds of modules/mqtt-sn for hosts: made from the sources when they have changed, else taken from build/mqtt-sn. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../runtime/abi/package-root.ts';
import { writeWhole } from '../files.ts';

/** The library's sources, and what is compiled from them. */
export const SOURCES = join(packageRoot(), 'modules', 'mqtt-sn', 'assembly');
const ENTRIES = { codec: 'codec-wasm.ts', client: 'client-wasm.ts', board: 'client-wasm.ts' } as const;
/** `board`: the client with room for what a board's modules publish, in one datagram. Both ends have to be free of small MTUs. */
const SIZES: Partial<Record<keyof typeof ENTRIES, string[]>> = {
  board: ['MQTT_SN_FRAME=1400', 'MQTT_SN_TOPICS=32', 'MQTT_SN_NAMES=4096'],
};
/** For size: the wire is slower than any of this. */
export const OPTIONS = { memory: 65_536, optimizeLevel: 3, shrinkLevel: 2 } as const;

export type MqttSnBuild = keyof typeof ENTRIES;

const loaded = new Map<MqttSnBuild, Promise<WebAssembly.Module>>();

/** The compiled module, once for a process. */
export function mqttSnModule(name: MqttSnBuild): Promise<WebAssembly.Module> {
  let module = loaded.get(name);
  if (!module) {
    module = mqttSnWasm(name).then((wasm) => WebAssembly.compile(wasm as BufferSource));
    loaded.set(name, module);
  }
  return module;
}

/** The bytes of a build; compiles when build/mqtt-sn holds none of these sources. Throws CompileError. */
export async function mqttSnWasm(name: MqttSnBuild): Promise<Uint8Array> {
  const folder = join(packageRoot(), 'build', 'mqtt-sn');
  const file = join(folder, `${name}-${(await sourceHash()).slice(0, 16)}.wasm`);
  const kept = await readFile(file).catch(() => null);
  if (kept) return kept;
  const { compileAssembly } = await import('../../runtime/guest/compiler/index.ts');
  const use = SIZES[name];
  const { wasm } = await compileAssembly(join(SOURCES, ENTRIES[name]), { ...OPTIONS, ...(use && { asc: { use } }) });
  // A package in a folder that nobody may write to works, too: it compiles each time.
  await mkdir(folder, { recursive: true })
    .then(() => writeWhole(file, wasm))
    .then(() => removeOthers(folder, name, file))
    .catch(() => undefined);
  return wasm;
}

async function removeOthers(folder: string, name: string, file: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    const old = join(folder, entry);
    if (entry.startsWith(`${name}-`) && old !== file) await rm(old, { force: true });
  }
}

async function sourceHash(): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([OPTIONS, SIZES]));
  for (const name of (await readdir(SOURCES)).sort()) hash.update(name).update(await readFile(join(SOURCES, name)));
  return hash.digest('hex');
}

// Compiles the cryptographic libraries for hosts: which source, which flags. Plain Node, so that tests, the bench and
// the build share it.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Every build: the entry below the repository's root, and whether it uses v128. */
export const BUILDS = {
  'ml-dsa-verify': { entry: 'modules/ml-dsa/assembly/verifier.ts', simd: false },
  'ml-dsa-verify-simd': { entry: 'modules/ml-dsa/assembly/verifier.ts', simd: true },
};

const FLAGS = ['--runtime', 'stub', '-O3', '--converge', '--noAssert', '--use', 'abort=', '--config', 'none'];

/**
 * Compiles one entry to Wasm. Results are kept in build/pqc under a hash of sources and flags.
 * @param {string} entry path below the repository's root
 * @param {{simd?: boolean, flags?: string[], replace?: Record<string, string>}} [options] `replace`: source text to use
 *   instead of a file's, by path below the root
 * @returns {Promise<Uint8Array>}
 */
export async function compile(entry, { simd = false, flags = [], replace = {} } = {}) {
  const args = [entry, ...FLAGS, ...(simd ? ['--enable', 'simd'] : []), ...flags];
  const texts = sources(entry, replace);
  const key = createHash('sha256')
    .update(JSON.stringify([ascVersion(), args, [...texts]]))
    .digest('hex')
    .slice(0, 24);
  const cached = join(root, 'build', 'pqc', `${key}.wasm`);
  if (existsSync(cached)) return readFileSync(cached);
  const asc = await import('assemblyscript/asc');
  let wasm = null;
  let messages = '';
  const { error } = await asc.main([...args, '--outFile', 'out.wasm', '--baseDir', root], {
    readFile: (name, base) => texts.get(relative(root, resolve(base, name))) ?? null,
    writeFile: (name, data) => {
      if (name === 'out.wasm') wasm = data;
    },
    listFiles: () => [],
    stderr: { write: (text) => void (messages += text) },
    stdout: { write: () => undefined },
  });
  if (error || !wasm) throw new Error(`${entry} does not compile:\n${messages || error}`);
  mkdirSync(dirname(cached), { recursive: true });
  writeFileSync(cached, wasm);
  return wasm;
}

/** @param {keyof typeof BUILDS} name */
export function compileBuild(name) {
  const { entry, ...options } = BUILDS[name];
  return compile(entry, options);
}

/** The entry and what it imports, by path below the root. */
function sources(entry, replace) {
  const texts = new Map();
  const visit = (path) => {
    if (texts.has(path)) return;
    const text = replace[path] ?? readFileSync(join(root, path), 'utf8');
    texts.set(path, text);
    for (const [, name] of text.matchAll(/from ['"](\.[^'"]+)['"]/g))
      visit(relative(root, resolve(root, dirname(path), `${name}.ts`)));
  };
  visit(entry);
  return texts;
}

function ascVersion() {
  return JSON.parse(readFileSync(join(root, 'node_modules/assemblyscript/package.json'), 'utf8')).version;
}

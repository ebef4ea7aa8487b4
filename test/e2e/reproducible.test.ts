/** Same inputs, same bytes: a release made by two checkouts in two places. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const built = existsSync(join(root, 'dist/cli/index.js'));
/** What a release of the gateway is made from, and what makes it. */
const PARTS = ['package.json', 'asconfig.json', 'cli/bin', 'dist', 'modules', 'runtime'];

let folder: string;
let places: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mote-twice-'));
  places = [join(folder, 'one'), join(folder, 'in', 'a much', 'longer-place')];
  if (!built) return;
  for (const place of places) {
    await mkdir(place, { recursive: true });
    for (const part of PARTS) await cp(join(root, part), join(place, part), { recursive: true });
    await symlink(join(root, 'node_modules'), join(place, 'node_modules'));
  }
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

describe.skipIf(!built)(`mote release create${built ? '' : ' (MISSING: npm run build)'}`, () => {
  const make = async (place: string, out: string, ...flags: string[]) => {
    const argv = ['release', 'create', 'modules/gateway', '--key', 'release', '--keys', join(folder, 'keys')];
    const run = ['--out', join(folder, out), '--sequence', '42', ...flags, '--json'];
    return JSON.parse(await mote(place, ...argv, ...run));
  };

  test('two checkouts write the same files; a signature with randomness is all that differs otherwise', async () => {
    await mote(places[0]!, 'keys', 'new', 'release', '--keys', join(folder, 'keys'));
    const [one, two] = [
      await make(places[0]!, 'one.oci', '--reproducible'),
      await make(places[1]!, 'two.oci', '--reproducible'),
    ];
    expect({ ...two, folder: one.folder }).toEqual(one);
    const files = await contentsOf(join(folder, 'one.oci'));
    // The module, its config, the empty one, the envelope, the bill of materials, the Thing Model; four manifests; marker
    // and index.
    expect(files.size).toBe(12);
    expect(await contentsOf(join(folder, 'two.oci'))).toEqual(files);

    const hedged = await make(places[0]!, 'hedged.oci');
    expect({ ...hedged, folder: one.folder }).toEqual(one);
    const others = await contentsOf(join(folder, 'hedged.oci'));
    const changed = [...others.keys()].filter((name) => !files.has(name));
    // The envelope and the manifest that names it.
    expect(changed).toHaveLength(2);
  }, 120_000);
});

async function mote(cwd: string, ...argv: string[]): Promise<string> {
  const { SOURCE_DATE_EPOCH: _, ...env } = process.env;
  return (await promisify(execFile)(process.execPath, [join(cwd, 'cli/bin/run.js'), ...argv], { cwd, env })).stdout;
}

async function contentsOf(path: string): Promise<Map<string, string>> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const pairs = files.map(async ({ parentPath, path: older, name }) => {
    const at = join(parentPath ?? older, name);
    return [at.slice(path.length), await readFile(at, 'hex')] as const;
  });
  return new Map((await Promise.all(pairs)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

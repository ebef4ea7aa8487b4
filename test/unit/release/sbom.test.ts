import { createRequire } from 'node:module';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileModule } from '../../../runtime/guest/compiler/index.ts';
import { type Compiled, makeSbom, readSbom } from '../../../host-shim/release/sbom.ts';
import { packageRoot } from '../../../host-shim/files.ts';
import { hex } from './sample.ts';

const root = packageRoot();
const name = '@cyclonedx/cyclonedx-library';
const require = createRequire(import.meta.url);
const missing = ((): string[] => {
  try {
    require.resolve(`${name}/Validation`);
    return [];
  } catch {
    return [name];
  }
})();

let built: Compiled;
let document: Awaited<ReturnType<typeof parsed>>;
beforeAll(async () => {
  built = await compileModule(join(root, 'modules', 'gateway'));
  document = await parsed(built);
}, 60_000);

const parsed = async (module: Compiled) => JSON.parse(Buffer.from(await makeSbom(module, root)).toString());

test('names the module, every source, the compiler and its library', async () => {
  expect(document.metadata.component).toMatchObject({
    name: 'gateway',
    version: built.version,
    hashes: [{ alg: 'SHA-256', content: hex(sha256(built.wasm)) }],
  });
  const files = document.components.filter(({ type }: { type: string }) => type === 'file');
  const names = files.map((file: { name: string }) => file.name);
  expect(names).toEqual(expect.arrayContaining(['modules/gateway/index.ts', 'runtime/guest/index.ts']));
  expect(names).toEqual([...names].sort());
  expect(files).toHaveLength(built.sources.size);
  expect(JSON.stringify(document)).not.toContain(root);
  const { rows } = readSbom(await makeSbom(built, root));
  expect(rows).toContainEqual(['library', expect.stringMatching(/^assemblyscript 0\.28\./)]);
  expect(rows).toContainEqual(['tool', expect.stringMatching(/^binaryen /)]);
  const refs = document.components.map((c: Record<string, string>) => c['bom-ref']);
  for (const ref of document.dependencies[0].dependsOn) expect(refs).toContain(ref);
});

test('a source of a package is named by the package', async () => {
  const sources = new Map([
    ...built.sources,
    [join(root, 'node_modules/@noble/hashes/sha2.js'), '00'.repeat(32)] as [string, string],
  ]);
  const { components } = await parsed({ ...built, sources });
  expect(components).toContainEqual(
    expect.objectContaining({ purl: expect.stringMatching(/^pkg:npm\/%40noble\/hashes@/) }),
  );
  expect(components).toContainEqual(
    expect.objectContaining({ name: expect.stringMatching(/^@noble\/hashes@.*\/sha2\.js$/) }),
  );
});

test('a module outside of this repository has the SDK as a library', async () => {
  const { components } = await parsedAt('/elsewhere');
  expect(components).toContainEqual(expect.objectContaining({ type: 'library', name: 'motekit' }));
});

async function parsedAt(base: string) {
  return JSON.parse(Buffer.from(await makeSbom(built, base)).toString());
}

test('the same inputs, the same bytes; another source, another document', async () => {
  const again = await makeSbom({ ...built, sources: new Map([...built.sources].reverse()) }, root);
  expect(again).toEqual(await makeSbom(built, root));
  const [first] = built.sources.keys();
  const changed = await parsed({ ...built, sources: new Map([...built.sources, [first!, '00'.repeat(32)]]) });
  expect(changed.serialNumber).not.toBe(document.serialNumber);
});

describe.skipIf(missing.length > 0)(
  `CycloneDX 1.6${missing.length > 0 ? ` (MISSING: npm install ${missing[0]})` : ''}`,
  () => {
    test('its own library finds no fault', async () => {
      const { JsonStrictValidator } = require(`${name}/Validation`);
      const validator = new JsonStrictValidator('1.6');
      expect(await validator.validate(JSON.stringify(document))).toBeNull();
      expect(await validator.validate(JSON.stringify({ ...document, serialNumber: 'x' }))).not.toBeNull();
    });
  },
);

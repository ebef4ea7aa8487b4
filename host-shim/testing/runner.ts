/** vitest with what tests of modules need: no configuration in the project, scenarios as tests, `motekit/testing` from here. */
import { fileURLToPath } from 'node:url';
import { readdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { fault } from '../errors.ts';
import { packageRoot } from '../files.ts';
import { buildModule } from '../release/module.ts';

export interface TestOptions {
  /** Only files whose path has one of these. */
  filters?: string[];
  /** Stay, and run again what changes. */
  watch?: boolean;
  /** Print nothing. */
  silent?: boolean;
}

export interface TestRun {
  passed: number;
  failed: number;
  skipped: number;
  /** Of each test that failed: its name and its first message. */
  failures: { file: string; name: string; message: string }[];
}

const TESTS = ['**/*.test.ts', '**/*.scenario.yaml'];
const IGNORED = ['**/node_modules/**', '**/build/**', '**/.mote/**'];
const SCENARIO = /\.scenario\.yaml$/;

/** Builds the module of `folder` and runs its tests. Throws module-missing, module-invalid, tests-none. */
export async function runTests(folder: string, options: TestOptions = {}): Promise<TestRun> {
  const { filters = [], watch = false, silent = false } = options;
  const root = resolve(folder);
  // vitest colours what it prints wherever CI is set.
  if (!process.stdout.isTTY) process.env.NO_COLOR ??= '1';
  // What does not compile is told once and before any test.
  const [{ startVitest }] = await Promise.all([import('vitest/node'), buildModule(root)]);
  const files = (await testFiles(root)).filter(
    (file) => filters.length === 0 || filters.some((part) => file.includes(part)),
  );
  if (files.length === 0) throw fault('tests-none', { path: folder, filters: filters.join(' ') || 'nothing' });
  const entry = fileURLToPath(import.meta.resolve('./index.js'));
  const before = process.exitCode;
  const vitest = await startVitest(
    'test',
    filters,
    {
      root,
      config: false,
      watch,
      include: TESTS,
      exclude: IGNORED,
      // A process for each file takes longer than most of these tests.
      pool: 'threads',
      isolate: false,
      testTimeout: 60_000,
      env: { MOTE_PROJECT: root },
      reporters: silent ? [{}] : ['default'],
      server: { deps: { external: [new RegExp(`^${quoted(packageRoot())}/(dist|node_modules)/`)] } },
      // Nothing of vitest's own in the project's folder.
      cache: false,
    },
    {
      cacheDir: join(root, 'build', '.vite'),
      resolve: { alias: [{ find: 'motekit/testing', replacement: entry }] },
      plugins: [
        {
          name: 'mote-scenario',
          enforce: 'pre',
          // vitest cannot read YAML: the file becomes the test of itself.
          transform: (_code: string, id: string) =>
            SCENARIO.test(id)
              ? {
                  code: `import { testScenario } from 'motekit/testing';\nawait testScenario(${JSON.stringify(id)});`,
                  map: null,
                }
              : undefined,
        },
      ],
    },
  );
  const made = resultOf(vitest, root);
  if (!watch) {
    await vitest.close();
    process.exitCode = before; // the command says how it ends
  }
  return made;
}

async function testFiles(root: string): Promise<string[]> {
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile() && (entry.name.endsWith('.test.ts') || SCENARIO.test(entry.name)))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)).replaceAll('\\', '/'))
    .filter((file) => !/(^|\/)(node_modules|build|\.mote)\//.test(file));
}

type Vitest = Awaited<ReturnType<typeof import('vitest/node').startVitest>>;

function resultOf(vitest: Vitest, root: string): TestRun {
  const run: TestRun = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const module of vitest.state.getTestModules()) {
    const file = relative(root, module.moduleId);
    for (const error of module.errors()) {
      run.failed++;
      run.failures.push({ file, name: file, message: stripVTControlCharacters(error.message) });
    }
    for (const test of module.children.allTests()) {
      const { state, errors } = test.result();
      if (state === 'passed') run.passed++;
      else if (state === 'failed') {
        run.failed++;
        run.failures.push({ file, name: test.fullName, message: stripVTControlCharacters(errors?.[0]?.message ?? '') });
      } else run.skipped++;
    }
  }
  for (const error of vitest.state.getUnhandledErrors()) {
    run.failed++;
    run.failures.push({ file: '', name: 'outside of tests', message: String((error as Error).message ?? error) });
  }
  return run;
}

const quoted = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

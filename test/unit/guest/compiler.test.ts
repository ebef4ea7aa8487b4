/** Modules that compile, and modules that must not: each failure names what is wrong and where. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { instantiate } from '@assemblyscript/loader';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CompileError,
  compileAssembly,
  compileModule,
  ContractError,
  inspectWasm,
  ManifestError,
  parseGrant,
  parseManifest,
} from '../../../runtime/guest/compiler/index.ts';

let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'mote-guest-'));
  await writeFile(join(project, 'package.json'), '{ "name": "a-user-project" }');
});

afterAll(() => rm(project, { recursive: true }));

const BUDGETS = { memory: 8192, fuel: 100_000, stack: 1024, mailbox: 1024, outbox: 0 };
const manifest = (more: object = {}) => ({
  name: 'it',
  version: '1.0.0',
  world: 'module',
  budgets: BUDGETS,
  grants: [],
  ...more,
});
const HELLO = `import { Module, log, run } from 'motekit/runtime/guest';
class Hello extends Module {
  override onStart(): void {
    log.info('hello');
  }
}
run(new Hello());
`;
const actor = (body: string, imports = '') =>
  `import { Bytes, Module, log, mqtt, radio, run } from 'motekit/runtime/guest';\n${imports}class It extends Module {\n${body}\n}\nrun(new It());\n`;

async function moduleAt(folder: string, index: string, json: object = manifest(), more: Record<string, string> = {}) {
  const dir = join(project, folder);
  const files = { 'module.json': JSON.stringify(json), 'index.ts': index, ...more };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  return dir;
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error('it compiled');
    },
    (error: Error) => error,
  );
}

describe('constants of module.json', () => {
  const SIZED = `const SIZE: u32 = isDefined(ROWS) ? 1024 * ROWS : 1024;
const TABLE = memory.data(SIZE);
${HELLO.replace("'hello'", "'hello ' + TABLE.toString()")}`;

  test('are global constants of the sources', async () => {
    const one = await compileModule(await moduleAt('sized', SIZED, manifest({ name: 'sized' })));
    const three = await moduleAt('sized', SIZED, manifest({ name: 'sized', constants: { ROWS: 3 } }));
    const built = await compileModule(three);
    expect(built.memory.staticEnd - one.memory.staticEnd).toBe(2048);
  });

  test('are capitals and whole numbers', () => {
    for (const constants of [{ rows: 3 }, { ROWS: -1 }, { ROWS: 1.5 }, { ROWS: '3' }]) {
      expect(() => parseManifest(manifest({ constants }), 'module.json')).toThrow(ManifestError);
    }
  });
});

describe('a module in a user project', () => {
  test('compiles to a small Wasm with the exports of its world, which runs', async () => {
    const built = await compileModule(await moduleAt('hello', HELLO, manifest({ name: 'hello' })));
    expect(built.file).toBe(join(project, 'build', 'modules', 'hello.wasm'));
    expect(new Uint8Array(await readFile(built.file))).toEqual(built.wasm);
    expect(built.bytes).toBe(built.wasm.length);
    expect(built.bytes).toBeLessThanOrEqual(1200);
    expect(built.imports.map(({ module, field }) => `${module}.${field}`)).toEqual(['log.write']);
    expect(built.exports.map(({ field }) => field).sort()).toEqual(
      ['arena_reset', 'cabi_realloc', 'handle', 'health', 'memory', 'start', 'stop'].sort(),
    );
    expect(built.memory.limit).toBe(8192);

    const lines: string[] = [];
    const instance = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(built.wasm)), {
      log: {
        write: (level: number, ptr: number, len: number) => {
          const memory = instance.exports.memory as WebAssembly.Memory;
          lines.push(`${level} ${new TextDecoder().decode(new Uint8Array(memory.buffer, ptr, len))}`);
        },
      },
    });
    (instance.exports.start as () => void)();
    expect(lines).toEqual(['1 hello']);
  });

  test('without run() traps at its start', async () => {
    const built = await compileModule(
      await moduleAt('silent', 'export const nothing: i32 = 0;', manifest({ name: 'silent' })),
    );
    const instance = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(built.wasm)));
    expect(() => (instance.exports.start as () => void)()).toThrow(WebAssembly.RuntimeError);
  });

  test('built for debugging has names and a map to its source', async () => {
    const dir = await moduleAt('debug', HELLO, manifest({ name: 'debug' }));
    const built = await compileModule(dir, { debug: true });
    expect(built.sections.map(({ name }) => name)).toContain('name');
    const map = JSON.parse(built.sourceMap!);
    expect(map.sources.some((source: string) => source.endsWith('debug/index.ts'))).toBe(true);
    expect(await readFile(`${built.file}.map`, 'utf8')).toBe(built.sourceMap);
    expect(Buffer.from(built.wasm).includes('./debug.wasm.map')).toBe(true);
    const again = await compileModule(dir, { debug: true });
    expect(again.cached).toBe(true);
    expect(again.sourceMap).toBe(built.sourceMap);
    expect((await compileModule(dir)).cached).toBe(false);
  });

  test('can be optimised otherwise', async () => {
    const dir = await moduleAt('plain', HELLO, manifest({ name: 'plain' }));
    const plain = await compileModule(dir, { optimizeLevel: 0, shrinkLevel: 0 });
    expect(plain.bytes).toBeGreaterThan((await compileModule(dir)).bytes);
  });
});

describe('a build is not repeated', () => {
  const lib = 'export function greeting(): string { return "one"; }';
  const index = HELLO.replace("'hello'", 'greeting()').replace(
    'import',
    "import { greeting } from './lib/text';\nimport",
  );
  const built = (dir: string) => compileModule(dir);

  test('until a source changes, its own or one that it imports', async () => {
    const dir = await moduleAt('cached', index, manifest({ name: 'cached' }), { 'lib/text.ts': lib });
    expect((await built(dir)).cached).toBe(false);
    const second = await built(dir);
    expect(second.cached).toBe(true);
    expect(second.memory.staticEnd).toBeGreaterThan(16);
    await writeFile(join(dir, 'lib', 'text.ts'), lib.replace('one', 'two'));
    const third = await built(dir);
    expect(third.cached).toBe(false);
    expect(third.wasm).not.toEqual(second.wasm);
    await writeFile(join(dir, 'index.ts'), `${index}\n`);
    expect((await built(dir)).cached).toBe(false);
  });

  test('until a file appears that would be found first', async () => {
    const dir = await moduleAt('shadow', index, manifest({ name: 'shadow' }), { 'lib/text/index.ts': lib });
    await built(dir);
    expect((await built(dir)).cached).toBe(true);
    await writeFile(join(dir, 'lib', 'text.ts'), lib.replace('one', 'two'));
    expect((await built(dir)).cached).toBe(false);
  });

  test('until module.json changes, or the result is not what it was', async () => {
    const dir = await moduleAt('touched', HELLO, manifest({ name: 'touched' }));
    const first = await built(dir);
    await writeFile(
      join(dir, 'module.json'),
      JSON.stringify(manifest({ name: 'touched', budgets: { ...BUDGETS, memory: 4096 } })),
    );
    expect((await built(dir)).cached).toBe(false);
    await writeFile(first.file, first.wasm.subarray(1));
    expect((await built(dir)).cached).toBe(false);
    await rm(first.file);
    expect((await built(dir)).cached).toBe(false);
    await writeFile(join(dirname(first.file), '.touched.stamp'), '{"key":');
    expect((await built(dir)).cached).toBe(false);
    expect((await built(dir)).cached).toBe(true);
  });
});

describe('does not compile:', () => {
  test('a mistake in the source, with file, line and column', async () => {
    const dir = await moduleAt('broken', actor('  override onTick(): void {\n    log.info(nope);\n  }'));
    const error = await failure(compileModule(dir));
    expect(error).toBeInstanceOf(CompileError);
    expect((error as CompileError).diagnostics).toEqual([
      { message: "Cannot find name 'nope'.", file: 'broken/index.ts', line: 4, column: 14 },
    ]);
    expect(error.message).toBe("broken/index.ts does not compile:\n  broken/index.ts:4:14: Cannot find name 'nope'.");
  });

  test('a syntax error, and an import of a file that is not there', async () => {
    const syntax = await failure(compileModule(await moduleAt('syntax', 'export function (')));
    expect(syntax.message).toMatch(/syntax\/index\.ts:1:16: /);
    const missing = await failure(compileModule(await moduleAt('missing', "import { a } from './nowhere';\na();")));
    expect(missing.message).toContain("File 'missing/nowhere.ts' not found.");
  });

  test('a folder without index.ts', async () => {
    const dir = await moduleAt('empty', '');
    await rm(join(dir, 'index.ts'));
    expect((await failure(compileModule(dir))).message).toContain("File 'empty/index.ts' not found.");
  });

  test('and leaves the last good build as it was', async () => {
    const dir = await moduleAt('kept', HELLO, manifest({ name: 'kept' }));
    const good = await compileModule(dir);
    const before = await readdir(dirname(good.file));
    await writeFile(join(dir, 'index.ts'), 'export function (');
    await failure(compileModule(dir));
    expect(new Uint8Array(await readFile(good.file))).toEqual(good.wasm);
    expect((await readdir(dirname(good.file))).sort()).toEqual(before.sort());
  });
});

describe('does not fit the contract:', () => {
  const problems = async (dir: string) => {
    const error = await failure(compileModule(dir));
    expect(error).toBeInstanceOf(ContractError);
    return (error as ContractError).problems;
  };

  test('a world that wants an export which the module lacks, or has otherwise', async () => {
    const json = manifest({ name: 'codec', world: 'wmbus-codec' });
    expect(await problems(await moduleAt('lacks', 'export function decode(a: i32): i32 { return a; }', json))).toEqual([
      "export decode is (i32): i32, but world 'wmbus-codec' wants (i32, i32, i32, i32): i32",
      "world 'wmbus-codec' wants the export senml(i32, i32, i32, i32): i32, which the module lacks",
      "world 'wmbus-codec' wants the export places(i32, i32, i32, i32): i32, which the module lacks",
    ]);
    expect(existsSync(join(project, 'build', 'modules', 'codec.wasm'))).toBe(false);
  });

  test('an import that the contract does not have, or has otherwise', async () => {
    const foreign = `@external('env', 'evil')\ndeclare function evil(): void;\n@external('clock', 'now')\ndeclare function now(): u32;\n`;
    const dir = await moduleAt('foreign', actor('  override onTick(): void {\n    evil();\n    now();\n  }', foreign));
    expect((await problems(dir)).sort()).toEqual([
      'import clock.now is (): i32, but the contract has (): i64',
      "import env.evil is not part of world 'module'",
    ]);
  });

  test('a call that no grant allows', async () => {
    const source = actor(
      "  override onTick(): void {\n    radio.send(Bytes.utf8('x'));\n    mqtt.publish('a', Bytes.utf8('x'));\n  }",
    );
    const json = manifest({ grants: ['mqtt-publish:a'] });
    expect(await problems(await moduleAt('ungranted', source, json))).toEqual([
      "import radio.send needs the grant 'radio-send', which module.json does not ask for",
    ]);
    const granted = manifest({ grants: ['mqtt-publish:a', 'radio-send', 'mail', 'radio-receive'] });
    expect((await compileModule(await moduleAt('granted', source, granted))).unusedGrants).toEqual(['mail']);
  });

  test('an import in a world without any', async () => {
    const source = `${actor('')}export function decode(a: u32, b: u32, c: u32, d: u32): usize { log.info('x'); return 0; }
export function senml(a: u32, b: u32, c: u32, d: u32): usize { return 0; }
export function places(a: u32, b: u32, c: u32, d: u32): usize { return 0; }`;
    const dir = await moduleAt('impure', source, manifest({ world: 'wmbus-codec' }));
    expect(await problems(dir)).toEqual(["import log.write is not part of world 'wmbus-codec'"]);
  });

  test('static data beyond the memory budget, also when it is zeros without bytes in the Wasm', async () => {
    const source = actor(
      '  override onTick(): void {\n    store<u8>(ROOM, 1);\n  }',
      'const ROOM = memory.data(4000);\n',
    );
    const dir = await moduleAt('large', source, manifest({ budgets: { ...BUDGETS, memory: 4096 } }));
    const [problem, ...others] = await problems(dir);
    expect(others).toEqual([]);
    expect(problem).toMatch(
      /^static data ends at byte 40\d\d: with 256 bytes of heap that is 4[23]\d\d, more than budgets\.memory \(4096\)$/,
    );
  });
});

describe('module.json', () => {
  const problems = (value: unknown) => {
    try {
      parseManifest(value, 'module.json');
    } catch (error) {
      expect(error).toBeInstanceOf(ManifestError);
      return (error as ManifestError).problems;
    }
    return [];
  };

  test('is accepted with and without vendor and class', () => {
    expect(problems(manifest())).toEqual([]);
    const id = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
    expect(problems(manifest({ vendor: id, class: id }))).toEqual([]);
  });

  test.each([
    ['an unknown key', { extra: 1 }, /^module\.json: .*"extra"/],
    ['an unknown budget', { budgets: { ...BUDGETS, heap: 1 } }, /^budgets: .*"heap"/],
    ['a missing budget', { budgets: { ...BUDGETS, fuel: undefined } }, /^budgets\.fuel: /],
    ['memory above 64 KiB', { budgets: { ...BUDGETS, memory: 65_544 } }, /^budgets\.memory: .*65536/],
    ['memory below 1 KiB', { budgets: { ...BUDGETS, memory: 1016 } }, /^budgets\.memory: .*1024/],
    ['memory that is no multiple of 8', { budgets: { ...BUDGETS, memory: 4097 } }, /^budgets\.memory: /],
    ['a stack of half a byte', { budgets: { ...BUDGETS, stack: 1024.5 } }, /^budgets\.stack: /],
    ['no fuel', { budgets: { ...BUDGETS, fuel: 0 } }, /^budgets\.fuel: /],
    ['an unknown world', { world: 'moon' }, /^world: /],
    ['a name with a path in it', { name: '../it' }, /^name: must be 1 to 32 of a-z/],
    ['a name of 33 letters', { name: 'a'.repeat(33) }, /^name: /],
    ['an empty version', { version: '' }, /^version: /],
    ['a vendor that is no UUID', { vendor: 'me' }, /^vendor: /],
    ['17 grants', { grants: Array.from({ length: 17 }, (_, index) => `settings:${index}`) }, /^grants: /],
    ['a grant twice', { grants: ['mail', 'mail'] }, /^grants: must not repeat a grant/],
    ['a malformed grant', { grants: ['mail', 'fly'] }, /^grants\[1\]: unknown capability 'fly'/],
    [
      'a grant of 65 bytes',
      { grants: [`settings:${'ä'.repeat(28)}`] },
      /^grants\[0\]: 'settings:ä+' has 65 bytes, more than 64/,
    ],
  ])('is refused with %s', (_what, change, message) => {
    const found = problems(manifest(change));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  test('names its file when it is missing or no JSON', async () => {
    expect((await failure(compileModule(join(project, 'nowhere')))).message).toBe(
      `${join(project, 'nowhere', 'module.json')}: cannot be read (ENOENT)`,
    );
    const dir = await moduleAt('nojson', HELLO);
    await writeFile(join(dir, 'module.json'), '{ "name": ');
    const error = await failure(compileModule(dir));
    expect(error).toBeInstanceOf(ManifestError);
    expect(error.message).toContain(join('nojson', 'module.json'));
  });

  const grant = (text: string): [string, object] => {
    const [capability, ...scope] = text.split(':');
    return [text, { capability, scope: scope.join(':') }];
  };

  test.each<[string, object]>([
    ['mail', { capability: 'mail', scope: '' }],
    ['settings', { capability: 'settings', scope: '' }],
    ['settings:key/', { capability: 'settings', scope: 'key/' }],
    ['mqtt-publish:a:b', { capability: 'mqtt-publish', scope: 'a:b' }],
    ['flash:journal', { capability: 'flash', scope: 'journal' }],
    ['flash:slots:read', { capability: 'flash', scope: 'slots:read' }],
    ['mail:delivery', { capability: 'mail', scope: 'delivery' }],
    ...['i2c', 'i2c:i2c0', 'i2c:i2c0:0x76', 'i2c:i2c0:118', 'i2c:i2c0-1:0x76-0x77', 'i2c:i2c0:0xa050'].map(grant),
    ...['spi:spi2:1', 'gpio:9', 'gpio:9:in', 'gpio:4-7:out', 'adc:adc0:3', 'pwm:pwm0:1-2', 'uart:uart1'].map(grant),
    ...['one-wire:onewire0', 'datagram:local', 'datagram:gw.example:1885', 'datagram:[fe80::1]:1885'].map(grant),
  ])('grants %s', (text, grant) => {
    expect(parseGrant(text)).toEqual(grant);
  });

  test.each([
    ['', "unknown capability ''"],
    ['Mail', "unknown capability 'Mail'"],
    ['constructor', "unknown capability 'constructor'"],
    ['settings:', "the scope of 'settings:' is empty: leave the colon out to allow all"],
    ['mail:', "the scope of 'mail:' is empty"],
    ['radio-receive:868', "'radio-receive' takes no scope"],
    ['i2c:i2c', "the scope of 'i2c:i2c' is not written 'i2c#:#', # being a number or a range like 0x76-0x77"],
    ['i2c:0x76', 'is not written'],
    ['i2c:i2c0:', 'is not written'],
    ['i2c:i2c0:0x77-0x76', 'is not written'],
    ['i2c:i2c0:0x76:in', 'is not written'],
    ['gpio:9:both', "'#:in' or '#:out'"],
    ['gpio:in', 'is not written'],
    ['datagram:gw', 'is neither host:port nor local'],
    ['datagram:gw:port', 'is neither host:port nor local'],
    ['flash:moon', "unknown region 'moon' (there are journal, slots"],
    ['flash:slots:erase', "the scope of 'flash:slots:erase' ends in none of ':read', ':write'"],
    ['flash:slots:read:write', 'ends in none of'],
  ])('does not grant %j', (text, message) => {
    expect(() => parseGrant(text)).toThrow(message);
  });
});

describe('compileAssembly', () => {
  test('makes libraries for @assemblyscript/loader: text and arrays in and out', async () => {
    const entry = join(project, 'library.ts');
    await writeFile(
      entry,
      `export function shout(text: string): string { return text.toUpperCase() + '!'; }
export function sum(values: Int32Array): i32 { let s = 0; for (let i = 0; i < values.length; i++) s += values[i]; return s; }
export const Int32ArrayId: u32 = idof<Int32Array>();`,
    );
    const { wasm } = await compileAssembly(entry, { asc: { exportRuntime: true } });
    const { exports } = await instantiate<{
      shout(text: number): number;
      sum(values: number): number;
      Int32ArrayId: WebAssembly.Global;
    }>(wasm);
    const { __newString, __getString, __newArray, Int32ArrayId } = exports;
    expect(__getString(exports.shout(__newString('größe')))).toBe('GRÖSSE!');
    expect(exports.sum(__newArray(Int32ArrayId.value, [1, -2, 40]))).toBe(39);
  });

  test('gives as much memory as is asked for', async () => {
    const entry = join(project, 'memory.ts');
    await writeFile(entry, 'export function room(size: u32): usize { return __alloc(size); }');
    const { wasm } = await compileAssembly(entry, { memory: 200_000 });
    expect(inspectWasm(wasm).memory).toEqual({ min: 4, max: 4, imported: false });
    const room = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(wasm))).exports.room as (
      size: number,
    ) => number;
    expect(room(190_000)).toBeGreaterThan(0);
    expect(() => room(20_000)).toThrow(WebAssembly.RuntimeError);
  });

  test('runs one at a time, however many are asked for', async () => {
    const entries = await Promise.all(
      [1, 2, 3].map(async (number) => {
        const entry = join(project, `answer${number}.ts`);
        await writeFile(entry, `export function answer(): i32 { return ${number}; }`);
        return entry;
      }),
    );
    const results = await Promise.all(
      [...entries, join(project, 'nowhere.ts')].map((entry) => compileAssembly(entry).catch((error: Error) => error)),
    );
    expect(results.pop()).toBeInstanceOf(CompileError);
    const answers = results.map((result) => {
      const { wasm } = result as { wasm: Uint8Array };
      return (new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(wasm))).exports.answer as () => number)();
    });
    expect(answers).toEqual([1, 2, 3]);
  });
});

test('the Wasm of a module holds no path of this machine', async () => {
  const { wasm } = await compileModule(await moduleAt('paths', HELLO, manifest({ name: 'paths' })));
  expect(Buffer.from(wasm).includes(project)).toBe(false);
  expect(inspectWasm(wasm).sections.map(({ name }) => name)).not.toContain('name');
});

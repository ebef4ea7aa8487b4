import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../../cli/index.ts';
import { type Broker, startBroker } from '../../../host-shim/board/broker.ts';
import { ERRORS, type ErrorKey } from '../../../host-shim/errors.ts';
import { FakeDevice } from '../release/fake-device.ts';
import { fields, hex, wasmOf } from '../release/sample.ts';
import { mote } from './harness.ts';

const SIZE = 5000;
const startedIn = process.cwd();
let folder: string;

/** An empty folder with a key "release", Wasm with its description, and a bundle. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mote-cli-'));
  process.chdir(folder);
  await mote('keys', 'new', 'release');
  await mkdir('built');
  await writeFile('built/gateway.wasm', wasmOf(SIZE));
  const { component, version, budgets, grants } = fields;
  const manifest = { name: component, version, world: 'module', budgets, grants };
  await writeFile('built/module.json', JSON.stringify(manifest));
  await mote('sign', 'built/gateway.wasm', '--key', 'release', '--out', 'good.mote', '--sequence', '7');
});
afterAll(async () => {
  process.chdir(startedIn);
  await rm(folder, { recursive: true });
});

/** Runs it for people and with --json: the same error, its code and exit code, a next step, no stack. */
async function fails(key: ErrorKey, ...argv: string[]): Promise<string> {
  const { code, exit } = ERRORS[key];
  const people = await mote(...argv);
  expect([argv, people.exit, people.stderr]).toEqual([argv, exit, expect.stringContaining(`error ${code}: `)]);
  expect(people.stderr).toMatch(/\n {2}next: .+\n {2}more: mote explain MOTE-\d{4}\n$/);
  expect(people.stderr).not.toMatch(/\n\s+at .*[:(]\d+/);
  const program = await mote(...argv, '--json');
  expect(program.exit).toBe(exit);
  expect(program.json.error).toEqual({ code, message: expect.any(String), help: expect.any(String) });
  expect(program.stderr).toBe('');
  return people.stderr;
}

describe('every command', () => {
  test('has a summary, examples that begin with its own name, and JSON', () => {
    for (const [id, Command] of Object.entries(COMMANDS)) {
      expect([id, Command.summary]).toEqual([id, expect.stringMatching(/^[A-Z].*\.$/)]);
      expect(Command.enableJsonFlag).toBe(true);
      // A line's end in the source is none in the help, which breaks paragraphs at the terminal's width.
      expect([id, Command.description ?? '']).toEqual([id, expect.not.stringMatching(/\S\n\S/)]);
      const examples = (Command.examples ?? []) as { description: string; command: string }[];
      expect([id, examples.length > 0]).toEqual([id, true]);
      for (const { command } of examples) expect(command).toContain(`<%= config.bin %> ${id.replaceAll(':', ' ')}`);
    }
  });

  test('names a flag that it does not know', async () => {
    for (const id of Object.keys(COMMANDS)) await fails('usage', ...id.split(':'), '--nonsense');
  });
});

describe('mote keys', () => {
  test('new, list, show', async () => {
    const made = await mote('keys', 'new', 'second', '--algorithm', 'Ed25519', '--json');
    expect(made.json).toMatchObject({ name: 'second', algorithm: 'Ed25519' });
    expect((await mote('keys', 'list', '--json')).json.map(({ name }: { name: string }) => name)).toEqual([
      'release',
      'release-ed25519',
      'second',
    ]);
    const { stdout } = await mote('keys', 'list');
    expect(stdout.split('\n')[0]).toMatch(/^name +algorithm +created +custody +thumbprint$/);
    expect(stdout).toContain(made.json.kid);
    expect((await mote('keys', 'show', 'second', '--json')).json).toEqual(made.json);
    const file = JSON.parse(await readFile('.mote/keys/second.json', 'utf8'));
    const shown = await mote('keys', 'show', 'second');
    expect(shown.stdout).toContain(made.json.publicKey);
    expect(shown.stdout + shown.stderr).not.toContain(file.seed);
  });

  test('an empty store is no error', async () => {
    expect((await mote('keys', 'list', '--keys', 'none', '--json')).json).toEqual([]);
    expect((await mote('keys', 'list', '--keys', 'none')).stderr).toContain('mote keys new');
  });

  test('what can go wrong', async () => {
    await fails('key-exists', 'keys', 'new', 'release');
    await fails('key-name', 'keys', 'new', '../release');
    await fails('key-missing', 'keys', 'show', 'nobody');
    await fails('usage', 'keys', 'new');
    await fails('usage', 'keys', 'new', 'x', '--algorithm', 'RSA');
    await fails('file-unwritable', 'keys', 'new', 'x', '--keys', 'good.mote');
    await writeFile('.mote/keys/broken.json', '{}', { mode: 0o600 });
    await fails('key-damaged', 'keys', 'show', 'broken');
    await rm('.mote/keys/broken.json');
  });
});

describe('mote sign', () => {
  test('signs Wasm with its description', async () => {
    const argv = ['sign', 'built/gateway.wasm', '--key', 'release', '--out', 'new.mote', '--expires', '2040-01-01'];
    const before = Math.floor(Date.now() / 1000);
    const { json } = await mote(...argv, '--json');
    expect(json).toMatchObject({ file: 'new.mote', component: 'gateway', version: '1.2.3' });
    expect(json.algorithms).toEqual(['ML-DSA-65', 'Ed25519']);
    expect(json.expiry).toBe(Date.UTC(2040, 0, 1) / 1000);
    // Without --sequence it is the time, so that the next one is higher.
    expect(json.sequence).toBeGreaterThanOrEqual(before);
    expect((await readFile('new.mote')).length).toBe(json.bytes);
    expect((await mote(...argv, '--alone', '--json')).json.algorithms).toEqual(['ML-DSA-65']);
    expect((await mote('verify', 'new.mote')).exit).toBe(0);
    await fails('bundle-refused', 'verify', 'new.mote', '--require', 'ML-DSA-65', '--require', 'Ed25519');
    const named = await mote(...argv, '--key', 'release-ed25519', '--json');
    expect(named.json.algorithms).toEqual(['ML-DSA-65', 'Ed25519']);
    const both = ['--require', 'ML-DSA-65', '--require', 'Ed25519', '--json'];
    expect((await mote('verify', 'new.mote', ...both)).exit).toBe(0);
    const trust = ['--trust', 'release', '--trust', 'second'];
    expect((await mote('verify', 'new.mote', ...trust, ...both)).json.reason).toBe('unknown-key');
    expect((await mote('verify', 'new.mote', ...trust)).exit).toBe(0);
  });

  test('takes the description from elsewhere', async () => {
    await mkdir('alone', { recursive: true });
    await writeFile('alone/x.wasm', wasmOf(100));
    await fails('no-manifest', 'sign', 'alone/x.wasm', '--key', 'release', '--out', 'x.mote');
    const { exit } = await mote(
      'sign',
      'alone/x.wasm',
      '--manifest',
      'built/module.json',
      '--key',
      'release',
      '--out',
      'x.mote',
    );
    expect(exit).toBe(0);
  });

  test('what can go wrong leaves no file', async () => {
    const signed = (...more: string[]) => [
      'sign',
      'built/gateway.wasm',
      '--key',
      'release',
      '--out',
      'bad.mote',
      ...more,
    ];
    await fails('usage', 'sign', 'built/gateway.wasm');
    await fails('usage', ...signed('--sequence', 'many'));
    await fails('usage', ...signed('--sequence', '0'));
    await fails('manifest-invalid', ...signed('--expires', 'soon'));
    await fails('bundle-refused', ...signed('--expires', '2001-01-01'));
    await fails('no-signer', ...signed('--key', 'release'));
    await fails('key-missing', 'sign', 'built/gateway.wasm', '--key', 'nobody', '--out', 'bad.mote');
    await fails('file-missing', 'sign', 'nothing.wasm', '--key', 'release', '--out', 'bad.mote');
    await fails('module-missing', 'sign', 'alone', '--key', 'release', '--out', 'bad.mote');
    await fails('wasm-invalid', 'sign', 'good.mote', '--key', 'release', '--out', 'bad.mote');
    await writeFile('built/wrong.json', '{"name": 1}');
    await mkdir('wrong', { recursive: true });
    await writeFile('wrong/module.json', '{"name": 1}');
    await fails('module-invalid', 'sign', 'wrong', '--key', 'release', '--out', 'bad.mote');
    expect(await readdir('.')).not.toContain('bad.mote');
    await fails('file-unwritable', 'sign', 'built/gateway.wasm', '--key', 'release', '--out', 'no/folder.mote');
    await fails('file-unwritable', 'sign', 'built/gateway.wasm', '--key', 'release', '--out', 'good.mote/x');
    await fails('file-unwritable', 'sign', 'built/gateway.wasm', '--key', 'release', '--out', 'built');
    expect((await readdir('.')).filter((name) => name.startsWith('.'))).toEqual(['.mote']);
  });

  test.skipIf(process.platform === 'win32')('a key that others may read', async () => {
    await chmod('.mote/keys/release.json', 0o644);
    await fails('key-exposed', 'sign', 'built/gateway.wasm', '--key', 'release', '--out', 'bad.mote');
    await chmod('.mote/keys/release.json', 0o600);
  });
});

describe('mote verify', () => {
  test('a good bundle', async () => {
    const { stdout, exit } = await mote('verify', 'good.mote', '--running', '6', '--slot', '5000');
    expect(exit).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .every((line) => line.startsWith('ok  ')),
    ).toBe(true);
    expect((await mote('verify', 'good.mote', '--json')).json).toMatchObject({ ok: true, reason: null });
  });

  test('names the rule that fails, with exit code 4', async () => {
    const bytes = await readFile('good.mote');
    const flipped = Buffer.from(bytes);
    flipped[flipped.length - 1]! ^= 1;
    await writeFile('flipped.mote', flipped);
    await writeFile('cut.mote', bytes.subarray(0, 2000));
    await writeFile('foreign.mote', 'something else');
    const cases: [string, ...string[]][] = [
      ['bad-digest', 'flipped.mote'],
      ['malformed', 'cut.mote'],
      ['malformed', 'foreign.mote'],
      ['malformed', 'built/gateway.wasm'],
      ['rollback', 'good.mote', '--running', '7'],
      ['too-big', 'good.mote', '--slot', '4999'],
      ['wrong-device', 'good.mote', '--vendor', fields.vendor],
      ['unknown-key', 'good.mote', '--trust', '00'.repeat(32)],
      ['unknown-key', 'good.mote', '--keys', 'none'],
    ];
    for (const [reason, ...argv] of cases) {
      expect(await fails('bundle-refused', 'verify', ...argv)).toContain(`would refuse this bundle (${reason})`);
      expect((await mote('verify', ...argv, '--json')).json).toMatchObject({ ok: false, reason });
    }
    expect((await mote('verify', 'flipped.mote')).stdout).toMatch(/^FAILED +digest /m);
  });

  test('what can go wrong before', async () => {
    await fails('file-missing', 'verify', 'nothing.mote');
    await fails('file-unreadable', 'verify', 'built');
    await fails('trust-invalid', 'verify', 'good.mote', '--trust', 'nobody');
    await fails('usage', 'verify');
  });
});

describe('mote inspect', () => {
  test('a bundle and a module', async () => {
    const { json } = await mote('inspect', 'good.mote', '--json');
    expect(json).toMatchObject({
      kind: 'bundle',
      manifest: { component: 'gateway', sequence: 7, grants: fields.grants },
    });
    expect(json.signatures).toEqual([
      { algorithm: 'ML-DSA-65', kid: expect.stringMatching(/^[0-9a-f]{64}$/), bytes: 3309 },
      { algorithm: 'Ed25519', kid: expect.stringMatching(/^[0-9a-f]{64}$/), bytes: 64 },
    ]);
    expect(json.wasm.bytes).toBe(SIZE);
    expect((await mote('inspect', 'good.mote')).stdout).toContain('radio-receive, mqtt-publish:telemetry');
    const wasm = await mote('inspect', 'built/gateway.wasm', '--json');
    expect(wasm.json).toMatchObject({ kind: 'wasm', wasm: { bytes: SIZE, imports: [], exports: [], memory: null } });
  });

  test('a key under a false name is shown as what it is', async () => {
    const { json: before } = await mote('inspect', 'good.mote', '--json');
    const { kid } = before.signatures[0];
    const bytes = await readFile('good.mote');
    await writeFile('claimed.mote', Buffer.from(hex(bytes).replace(kid, '00'.repeat(32)), 'hex'));
    const { json } = await mote('inspect', 'claimed.mote', '--json');
    expect(json.signatures[0]).toMatchObject({ kid, claimed: '00'.repeat(32) });
  });

  test('names in a foreign module do not drive the terminal', async () => {
    // A custom section called ESC [ 2 J.
    await writeFile('evil.wasm', Buffer.from('0061736d0100000000051b5b324a'.replace('0005', '000504'), 'hex'));
    const { stdout, exit } = await mote('inspect', 'evil.wasm');
    expect([exit, stdout]).toEqual([0, expect.stringContaining('\\x1b[2J')]);
    expect(stdout).not.toContain('\u001b');
  });

  test('what can go wrong', async () => {
    await writeFile('cut.wasm', wasmOf(100).subarray(0, 50));
    await writeFile('empty', '');
    await writeFile('text', 'text');
    await fails('wasm-invalid', 'inspect', 'cut.wasm');
    await fails('file-unknown', 'inspect', 'empty');
    await fails('file-unknown', 'inspect', 'text');
    await writeFile('cut.mote', (await readFile('good.mote')).subarray(0, 100));
    await fails('bundle-malformed', 'inspect', 'cut.mote');
    await fails('file-missing', 'inspect', 'nothing');
  });
});

describe('mote push', () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await startBroker();
  });
  afterAll(() => broker.stop());
  const to = (device: string, ...more: string[]) => [
    'push',
    'good.mote',
    '--to',
    device,
    '--broker',
    broker.url,
    ...more,
  ];

  test('reports progress on stderr and the result on stdout', async () => {
    const device = await FakeDevice.start(broker.url, 'acme/lab/gateway/ok', SIZE);
    const { stdout, stderr } = await mote(...to('acme/lab/gateway/ok'));
    expect(stdout).toMatch(/^CONFIRMED: acme\/lab\/gateway\/ok runs [0-9a-f]{64} \(\d+ chunks, [\d,]+ B sent\)\n$/);
    expect(stderr.split('\n')[0]).toMatch(/^OFFERED 0 of 5,000 B/);
    const again = await mote(...to('acme/lab/gateway/ok'), '--json');
    expect(again.json).toMatchObject({ state: 'CONFIRMED', chunks: 0 });
    await device.stop();
  });

  test('a refusal is exit code 4, a reverted trial 1; JSON holds what is known', async () => {
    const first = await FakeDevice.start(broker.url, 'acme/lab/gateway/no', SIZE, { refuse: 'bad-signature' });
    expect(await fails('device-refused', ...to('acme/lab/gateway/no'))).toContain('bad-signature');
    await first.stop();
    const second = await FakeDevice.start(broker.url, 'acme/lab/gateway/back', SIZE, { revert: 'trap: \u001b[2J' });
    const { json, exit } = await mote(...to('acme/lab/gateway/back'), '--json');
    expect([exit, json]).toEqual([
      1,
      expect.objectContaining({ state: 'REVERTED', reason: 'trap: ?[2J', chunks: expect.any(Number) }),
    ]);
    await second.stop();
  });

  test('what can go wrong', async () => {
    const closed = await startBroker();
    await closed.stop();
    await fails('broker-unreachable', 'push', 'good.mote', '--to', 'a/b/c/d', '--broker', closed.url);
    await fails('broker-url', 'push', 'good.mote', '--to', 'a/b/c/d', '--broker', 'localhost');
    await fails('topic-invalid', ...to('a/b/c'));
    await fails('device-silent', ...to('a/b/c/nobody', '--timeout', '1'));
    await fails('usage', 'push', 'good.mote');
    await fails('file-missing', 'push', 'nothing.mote', '--to', 'a/b/c/d');
    await writeFile('text', 'text');
    await fails('bundle-foreign', 'push', 'text', '--to', 'a/b/c/d');
    await writeFile('cut.mote', (await readFile('good.mote')).subarray(0, 100));
    await fails('bundle-malformed', 'push', 'cut.mote', '--to', 'a/b/c/d');
  });
});

describe('mote build', () => {
  test('what can go wrong', async () => {
    await fails('file-missing', 'build', 'nowhere');
    await fails('module-missing', 'build', 'built/..');
    await mkdir('wrong', { recursive: true });
    await writeFile('wrong/module.json', '{');
    expect(await fails('module-invalid', 'build', 'wrong')).toContain('wrong/module.json');
    await fails('usage', 'build');
  });

  test('source that does not compile is named with its line', async () => {
    await mkdir('broken', { recursive: true });
    await writeFile('broken/module.json', await readFile('built/module.json'));
    await writeFile('broken/index.ts', 'export function start(): void {}\nlet x: i32 = "text";\n');
    expect(await fails('module-invalid', 'build', 'broken')).toContain('index.ts:2:');
    await expect(readdir('build')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('mote run', () => {
  test('what can go wrong before the board starts', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await fails('port-in-use', 'run', '--port', String(port), '--for', '0');
    server.close();
    await fails('topic-invalid', 'run', '--name', 'board', '--for', '0');
    await fails('broker-url', 'run', '--broker', 'localhost', '--for', '0');
    await fails('usage', 'run', '--port', '70000');
    await writeFile('device.json', '{}');
    await fails('device-damaged', 'run', '--settings', 'device.json', '--port', '0', '--for', '0');
    await writeFile('flash.bin', 'small');
    await fails('flash-size', 'run', '--flash', 'flash.bin', '--port', '0', '--for', '0');
    await fails('file-unwritable', 'run', '--flash', 'no/flash.bin', '--port', '0', '--for', '0');
    expect(await readFile('flash.bin', 'utf8')).toBe('small');
  });

  test('new settings trust the signing keys of the store, demand both families, and keep their name', async () => {
    // The flash is wrong so that it ends after the settings are made.
    await fails(
      'flash-size',
      'run',
      '--name',
      'a/b/c/mine',
      '--flash',
      'flash.bin',
      '--settings',
      'mine.json',
      '--port',
      '0',
    );
    const { identity, trust, policy } = JSON.parse(await readFile('mine.json', 'utf8'));
    expect(identity).toEqual({ org: 'a', edge: 'b', thingType: 'c', thing: 'mine' });
    const listed = (await mote('keys', 'list', '--json')).json as { algorithm: string; kid: string }[];
    const signing = listed.filter(({ algorithm }) => algorithm !== 'ML-DSA-87').map(({ kid }) => kid);
    expect(signing.length).toBeGreaterThan(1);
    expect(trust).toEqual(signing);
    expect(policy).toEqual(['ML-DSA-65', 'Ed25519']);
    await fails('settings-name', 'run', '--name', 'a/b/c/other', '--settings', 'mine.json', '--port', '0');
  });
});

describe('mote explain', () => {
  test('one, all, none', async () => {
    const { json } = await mote('explain', '2003', '--json');
    expect(json).toMatchObject({ key: 'bundle-refused', code: 'MOTE-2003', exit: 4 });
    expect((await mote('explain', 'MOTE-2003')).stdout).toContain('exit code  4');
    expect((await mote('explain')).stdout.trimEnd().split('\n').length).toBeGreaterThanOrEqual(
      Object.keys(ERRORS).length,
    );
    await fails('unknown-code', 'explain', 'MOTE-0000');
  });
});

/** The Ed25519 half of a release key in a PKCS#11 token (SoftHSM), by OpenSC's pkcs11-tool as the command that signs. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mote } from '../unit/cli/harness.ts';
import { fields, wasmOf } from '../unit/release/sample.ts';

const MODULES = ['/usr/lib/softhsm', '/usr/lib/x86_64-linux-gnu/softhsm', '/usr/lib/aarch64-linux-gnu/softhsm'];
const module = MODULES.map((folder) => join(folder, 'libsofthsm2.so')).find((file) => existsSync(file));
const lacking = [
  ...(module && spawnSync('softhsm2-util', ['--version']).status === 0 ? [] : ['softhsm2']),
  ...(spawnSync('pkcs11-tool', ['--version']).error ? ['opensc'] : []),
];
const why = lacking.length > 0 ? ` (MISSING: apt-get install ${lacking.join(' ')})` : '';
const PIN = '1234';

describe.skipIf(lacking.length > 0)(`a key in a token${why}`, () => {
  const startedIn = process.cwd();
  let folder: string;
  const tool = (...words: string[]) => {
    const { status, stderr } = spawnSync('pkcs11-tool', ['--module', module!, '--token-label', 'mote', ...words]);
    expect([words, status, status === 0 ? '' : stderr.toString()]).toEqual([words, 0, '']);
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mote-token-'));
    process.chdir(folder);
    await mkdir('tokens');
    await writeFile('softhsm2.conf', `directories.tokendir = ${join(folder, 'tokens')}\nobjectstore.backend = file\n`);
    process.env.SOFTHSM2_CONF = join(folder, 'softhsm2.conf');
    process.env.MOTE_TEST_PIN = PIN;
    const made = spawnSync('softhsm2-util', [
      ...['--init-token', '--free', '--label', 'mote', '--so-pin', '5678', '--pin', PIN],
    ]);
    expect(made.status).toBe(0);
    tool('--login', '--pin', PIN, '--keypairgen', '--key-type', 'EC:edwards25519', '--id', '01');
    tool('--read-object', '--type', 'pubkey', '--id', '01', '--output-file', 'token.pem');
    await mote('keys', 'new', 'release', '--algorithm', 'ML-DSA-65');
    const { component, version, budgets, grants } = fields;
    await writeFile('gateway.wasm', wasmOf(100));
    await writeFile('module.json', JSON.stringify({ name: component, version, world: 'module', budgets, grants }));
  }, 30_000);
  afterAll(async () => {
    delete process.env.SOFTHSM2_CONF;
    delete process.env.MOTE_TEST_PIN;
    process.chdir(startedIn);
    await rm(folder, { recursive: true });
  });

  const enter = (name: string, id: string, pin = 'env:MOTE_TEST_PIN') => {
    const words = ['pkcs11-tool', '--module', module!, '--token-label', 'mote', '--login', '--pin', pin];
    words.push('--sign', '--mechanism', 'EDDSA', '--id', id);
    return mote('keys', 'new', name, '--public', 'token.pem', ...words.map((word) => `--command=${word}`), '--json');
  };

  test('signs beside the ML-DSA key; neither key nor PIN is in the file; the bundle holds for both', async () => {
    const { json } = await enter('release-ed25519', '01');
    expect(json).toMatchObject({ algorithm: 'Ed25519', custody: 'command' });
    expect(await readFile('.mote/keys/release-ed25519.json', 'utf8')).not.toMatch(/1234|seed/);
    const signed = await mote('sign', 'gateway.wasm', '--key', 'release', '--out', 'g.mote', '--json');
    expect(signed.json).toMatchObject({ algorithms: ['ML-DSA-65', 'Ed25519'] });
    const trust = [
      '--trust',
      'release',
      '--trust',
      'release-ed25519',
      '--require',
      'ML-DSA-65',
      '--require',
      'Ed25519',
    ];
    const verified = await mote('verify', 'g.mote', ...trust, '--json');
    expect(verified.json).toMatchObject({ ok: true });
  });

  test('a key that the token does not have, another PIN, another key of the token: no bundle', async () => {
    const sign = async (key: string) => {
      const words = [
        'sign',
        'gateway.wasm',
        '--key',
        'release',
        '--key',
        key,
        '--alone',
        '--out',
        `${key}.mote`,
        '--json',
      ];
      const { json } = await mote(...words);
      expect(existsSync(`${key}.mote`)).toBe(false);
      return json.error.code;
    };
    await enter('gone', '02');
    expect(await sign('gone')).toBe('MOTE-3009');
    process.env.MOTE_TEST_PIN = '9999';
    expect(await sign('gone')).toBe('MOTE-3009');
    process.env.MOTE_TEST_PIN = PIN;
    tool('--login', '--pin', PIN, '--keypairgen', '--key-type', 'EC:edwards25519', '--id', '03');
    await enter('swapped', '03');
    expect(await sign('swapped')).toBe('MOTE-3009');
  });
});

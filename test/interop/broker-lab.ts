/** A mosquitto of one's own: with TLS, passwords and rules, from certificates that openssl makes for the test. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MOSQUITTO = ['mosquitto', '/usr/sbin/mosquitto'].find((file) => !spawnSync(file, ['-h']).error);
const has = (command: string, ...args: string[]) => !spawnSync(command, args).error;
const missing = [
  ...(MOSQUITTO ? [] : ['mosquitto']),
  ...(has('openssl', 'version') ? [] : ['openssl']),
  ...(has('mosquitto_passwd') ? [] : ['mosquitto']),
];
/** For a test's name: empty, or what is missing. */
export const noLab = missing.length
  ? ` (SKIPPED: not installed: apt-get install ${[...new Set(missing)].join(' ')})`
  : '';

export interface Mosquitto {
  port: number;
  /** Where certificates are, and anything else of the test. */
  folder: string;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** `conf`: lines after the listener; FOLDER stands for the folder. `files`: what has to be there before it starts. */
export async function startMosquitto(
  conf: string[],
  prepare: (folder: string) => void = () => undefined,
): Promise<Mosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'mote-mosquitto-'));
  prepare(folder);
  const port = await freePort();
  const lines = [`listener ${port} 127.0.0.1`, 'persistence false', 'user root', ...conf];
  writeFileSync(join(folder, 'conf'), lines.join('\n').replaceAll('FOLDER', folder));
  let child = spawn(MOSQUITTO!, ['-c', join(folder, 'conf')], { stdio: 'ignore' });
  const end = async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill();
    await gone;
  };
  await listening(port);
  return {
    port,
    folder,
    async restart() {
      await end();
      child = spawn(MOSQUITTO!, ['-c', join(folder, 'conf')], { stdio: 'ignore' });
      await listening(port);
    },
    async stop() {
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An authority `ca`, and by it a certificate for each name: `<name>.crt`, `<name>.key`. Elliptic curves, for speed. */
export function makeCertificates(folder: string, names: string[], authority = 'ca'): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...curve,
    '-keyout',
    `${authority}.key`,
    '-out',
    `${authority}.crt`,
    '-days',
    '2',
    '-subj',
    `/CN=${authority}`,
  );
  for (const name of names) {
    openssl('req', ...curve, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    writeFileSync(join(folder, `${name}.ext`), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
    openssl(
      ...[
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        '-CA',
        `${authority}.crt`,
        '-CAkey',
        `${authority}.key`,
        '-CAcreateserial',
      ],
      ...['-out', `${name}.crt`, '-days', '2', '-extfile', `${name}.ext`],
    );
  }
}

export function makePasswords(folder: string, users: Record<string, string>): void {
  writeFileSync(
    join(folder, 'passwords'),
    Object.entries(users)
      .map(([user, password]) => `${user}:${password}\n`)
      .join(''),
    { mode: 0o600 },
  );
  execFileSync('mosquitto_passwd', ['-U', join(folder, 'passwords')]);
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('mosquitto does not listen');
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

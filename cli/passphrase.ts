/** Passphrases: from MOTE_PASSPHRASE, or asked for on the terminal without showing them. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { fault } from '../host-shim/errors.ts';

/** For the key of this name. Throws key-locked where nobody can be asked. */
export async function askPassphrase(name: string): Promise<string> {
  const { MOTE_PASSPHRASE: given } = process.env;
  if (given !== undefined) return given;
  if (!process.stdin.isTTY)
    throw fault('key-locked', { path: name, why: 'it needs a passphrase, and there is no terminal' });
  return prompt(`passphrase of ${name}: `);
}

/** For a key that is being made: twice on a terminal, since nobody sees a typing error. */
export async function newPassphrase(name: string): Promise<string> {
  const first = await askPassphrase(name);
  if (process.env.MOTE_PASSPHRASE !== undefined) return first;
  if ((await prompt('again: ')) !== first) throw fault('key-locked', { path: name, why: 'the two are not the same' });
  return first;
}

async function prompt(question: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write(question);
  try {
    return await lines.question('');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}

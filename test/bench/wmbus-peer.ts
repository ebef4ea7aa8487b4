// The decoder of the adapter iobroker.wireless-mbus: no dependency, but installed on demand into build/peers, where only
// this bench looks. Its telegrams go through the package wireless-mbus-parser, which it is made of. A registry that lacks
// that is helped by MOTE_PEER_WMBUS=<folder>: the package as it is published, with its package.json and dist.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../vectors/wmbus-harness.ts';

const PACKAGE = 'iobroker.wireless-mbus@0.13.1';
const folder = join(root, 'build', 'peers');
const installed = join(folder, 'node_modules', 'wireless-mbus-parser');

export interface Peer {
  name: string;
  /** To an object; rejects on telegrams that it cannot read. */
  parse(telegram: Buffer, key: Buffer | undefined): Promise<unknown>;
}

/** The peer, or why there is none. */
export async function loadPeer(): Promise<Peer | string> {
  const given = process.env.MOTE_PEER_WMBUS;
  if (given) return open(given).catch((error: Error) => `MOTE_PEER_WMBUS: ${error.message.split('\n')[0]}`);
  if (!existsSync(installed)) {
    mkdirSync(folder, { recursive: true });
    const { status, stderr } = spawnSync(
      'npm',
      ['install', '--no-save', '--prefix', folder, PACKAGE, '--ignore-scripts'],
      { encoding: 'utf8', timeout: 180_000 },
    );
    const why = /E\d{3}|ENOTFOUND|ETIMEDOUT/.exec(stderr ?? '')?.[0] ?? 'it failed';
    if (status !== 0 || !existsSync(installed)) return `npm install ${PACKAGE}: ${why}`;
  }
  return open(installed);
}

/** Throws when `parser` is not that package. */
async function open(parser: string): Promise<Peer> {
  const { name, version, module } = JSON.parse(readFileSync(join(parser, 'package.json'), 'utf8'));
  const { WirelessMbusParser } = await import(pathToFileURL(resolve(parser, module)).href);
  const decoder = new WirelessMbusParser();
  return {
    name: `${name} ${version}`,
    parse: (telegram, key) => decoder.parse(telegram, { containsCrc: false, ...(key ? { key } : {}) }),
  };
}

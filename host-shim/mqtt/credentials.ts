/** Who we are to a broker, and how we know that it is the one: TLS, a client certificate, a token. */
import { readFileSync } from 'node:fs';
import type { IClientOptions } from 'mqtt';
import { fault } from '../errors.ts';
import { codeOf } from '../files.ts';

/** Paths are of PEM files. */
export interface Credentials {
  /** Certificates of the authorities that may vouch for the broker; default: those of Node. */
  ca?: string;
  /** Our certificate with its chain, and its private key. */
  certificate?: string;
  key?: string;
  username?: string;
  password?: string;
  /** A file that holds the password, for tokens that expire: read anew for every connection. */
  tokenFile?: string;
}

/** The environment's credentials. No flag carries a secret: other users see a command's flags. */
export const VARIABLES = {
  ca: 'MOTE_BROKER_CA',
  certificate: 'MOTE_BROKER_CERT',
  key: 'MOTE_BROKER_KEY',
  username: 'MOTE_BROKER_USER',
  password: 'MOTE_BROKER_PASSWORD',
  tokenFile: 'MOTE_BROKER_TOKEN_FILE',
} as const satisfies Record<keyof Credentials, string>;

export function environmentCredentials(environment: NodeJS.ProcessEnv = process.env): Credentials {
  const found = Object.entries(VARIABLES)
    .map(([name, variable]) => [name, environment[variable]] as const)
    .filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(found);
}

/** Longest certificate or token file, bytes. */
const MAX_FILE = 1024 * 1024;

/** What MQTT.js takes. Throws broker-credentials for files that cannot be read and for a certificate without its key. */
export function tlsOptions({ ca, certificate, key }: Credentials): Pick<IClientOptions, 'ca' | 'cert' | 'key'> {
  if ((certificate === undefined) !== (key === undefined)) {
    throw fault('broker-credentials', { why: 'a client certificate and its private key go together' });
  }
  return {
    ...(ca !== undefined && { ca: read(ca) }),
    ...(certificate !== undefined && { cert: read(certificate) }),
    ...(key !== undefined && { key: read(key) }),
  };
}

/** Throws broker-credentials. */
export function loginOptions({ username, password, tokenFile }: Credentials): {
  username?: string;
  password?: string;
} {
  const secret = tokenFile === undefined ? password : read(tokenFile).toString('utf8').trim();
  // MQTT 3.1.1 has no password without a user name (clause 3.1.2.9).
  return {
    ...(username !== undefined && { username }),
    ...(secret !== undefined && { username: username ?? 'token', password: secret }),
  };
}

function read(path: string): Buffer {
  try {
    const bytes = readFileSync(path);
    if (bytes.length <= MAX_FILE) return bytes;
  } catch (error) {
    throw fault('broker-credentials', { why: `${path} cannot be read (${codeOf(error) ?? 'unknown'})` }, error);
  }
  throw fault('broker-credentials', { why: `${path} has more than ${MAX_FILE} bytes` });
}

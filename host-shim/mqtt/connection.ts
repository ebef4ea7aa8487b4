/**
 * A connection to a broker that stays: MQTT 5 is asked for, 3.1.1 is what a broker gets that refuses 5 (CONNACK code 1,
 * or a connection closed without an answer). Pauses between attempts double from `first` to `last`, each with up to half of
 * it at random, so that devices whose broker restarts do not come back all at once.
 */
import { randomInt } from 'node:crypto';
import mqtt from 'mqtt';
import { fault, MoteError } from '../errors.ts';
import { type Credentials, environmentCredentials, loginOptions, tlsOptions } from './credentials.ts';

/** Protocol levels of CONNECT (clause 3.1.2.2 of 3.1.1, 3.1.2.2 of 5). */
export type Version = 4 | 5;

export interface ConnectionOptions extends Credentials {
  /** mqtt://host:port, mqtts://, ws:// or wss:// */
  url: string;
  clientId?: string;
  /** Only this version; without it 5, then 3.1.1. */
  version?: Version | undefined;
  /** Milliseconds before the first and between later attempts to connect. */
  retry?: { first: number; last: number };
  will?: { topic: string; payload: Uint8Array; qos: 0 | 1; retain: boolean };
}

/** CONNACK: the server does not support the level asked for, in 3.1.1 and in 5. Another one is tried at once. */
export const isVersionRefusal = (error: object): boolean =>
  'code' in error && (error.code === 1 || error.code === 0x84);

/** Connects, and again whenever the connection is lost, until `end`. Throws broker-url and broker-credentials. */
export function openConnection(options: ConnectionOptions): mqtt.MqttClient {
  const { url, clientId, version, retry = { first: 1000, last: 30_000 }, will } = options;
  checkUrl(url);
  const client = mqtt.connect(url, {
    protocolVersion: version ?? 5,
    ...(clientId !== undefined && { clientId }),
    ...tlsOptions(options),
    ...loginOptions(options),
    ...(will && { will: { ...will, payload: Buffer.from(will.payload) } }),
    clean: true,
    keepalive: 30,
    connectTimeout: 10_000,
    reconnectPeriod: jittered(retry.first),
    reconnectOnConnackError: true,
    queueQoSZero: false,
    resubscribe: false,
  });
  let pause = retry.first;
  /** The last version with which a broker has answered well. */
  let proven: Version | undefined = version;
  let refused = false;
  client.on('connect', () => {
    proven ??= versionOf(client);
    pause = retry.first;
    refused = false;
    client.options.reconnectPeriod = jittered(pause);
  });
  client.on('error', (error: Error & { code?: unknown }) => {
    if (isVersionRefusal(error)) {
      // Another broker may stand there now.
      proven = version;
      client.options.reconnectPeriod = 1;
    }
    // The connection could not be made at all: that says nothing about the version.
    refused = typeof error.code === 'string';
  });
  client.on('reconnect', () => {
    if (proven === undefined && !refused) client.options.protocolVersion = versionOf(client) === 5 ? 4 : 5;
    refused = false;
    pause = Math.min(retry.last, pause * 2);
    client.options.reconnectPeriod = jittered(pause);
    try {
      Object.assign(client.options, loginOptions(options));
    } catch (error) {
      // The token is not there now; with the old one the broker says what is wrong.
      client.emit('error', error as Error);
    }
  });
  return client;
}

/** Throws broker-url. */
export function checkUrl(url: string): void {
  const scheme = URL.canParse(url) ? new URL(url).protocol : '';
  if (!/^(mqtt|ws)s?:$/.test(scheme)) throw fault('broker-url', { url: withoutPassword(url) });
}

export const versionOf = (client: mqtt.MqttClient): Version => (client.options.protocolVersion === 5 ? 5 : 4);

/**
 * The same for one exchange: resolves with the connection. The environment's credentials hold where the options name none.
 * Throws broker-url, broker-credentials, broker-refused, and broker-unreachable after `timeout` milliseconds or at once when
 * nobody listens there.
 */
export async function connectBroker(url: string, options: Omit<ConnectionOptions, 'url'> & { timeout?: number } = {}) {
  const { timeout = 10_000, ...rest } = options;
  const client = openConnection({ ...environmentCredentials(), ...rest, url, retry: { first: 200, last: 2000 } });
  let timer: NodeJS.Timeout | undefined;
  let lastError: unknown;
  try {
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve());
      client.on('error', (error: Error & { code?: unknown }) => {
        lastError = error;
        // A lost connection mends itself; a first one that cannot be made will not.
        if (!isVersionRefusal(error)) reject(error);
      });
      timer = setTimeout(() => reject(lastError ?? new Error('no answer')), timeout);
    });
    // Without a listener an error would end the process; the connection is made again by itself.
    client.on('error', () => undefined);
    return client;
  } catch (error) {
    await client.endAsync(true);
    throw connectionFault(url, error);
  } finally {
    clearTimeout(timer);
  }
}

/** CONNACK codes that say: not you (clause 3.2.2.3 of 3.1.1, 3.2.2.2 of 5). */
const NOT_YOU: readonly unknown[] = [2, 4, 5, 0x85, 0x86, 0x87, 0x8a, 0x8c];

function connectionFault(address: string, error: unknown): unknown {
  if (error instanceof MoteError) return error;
  const url = withoutPassword(address);
  // Several addresses of one name fail together, as an AggregateError without a message.
  const cause = (error instanceof AggregateError ? error.errors[0] : error) as Error & { code?: unknown };
  if (NOT_YOU.includes(cause.code)) return fault('broker-refused', { url, why: cause.message }, error);
  const why =
    cause.code === 'ECONNREFUSED' ? 'the connection was refused' : cause.message || String(cause.code ?? 'no answer');
  return fault('broker-unreachable', { url, why }, error);
}

function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return url;
  const shown = new URL(url);
  if (!shown.password) return url;
  shown.password = '';
  return shown.href;
}

/** Between the pause and one and a half of it. */
function jittered(pause: number): number {
  return pause + randomInt(Math.max(1, Math.ceil(pause / 2)));
}

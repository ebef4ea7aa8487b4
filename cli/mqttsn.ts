/** What `mote mqttsn pub` and `mote mqttsn sub` share. */
import { Flags } from '@oclif/core';
import type { TopicOptions, UdpClient, UdpClientOptions } from '../host-shim/mqttsn/udp-client.ts';
import { fault } from '../host-shim/errors.ts';

export const snFlags = {
  host: Flags.string({ description: "the gateway's host", default: '127.0.0.1' }),
  port: Flags.integer({ description: "the gateway's UDP port", default: 10_000, min: 1, max: 65_535 }),
  topic: Flags.string({ description: 'topic name; of two letters with --short', helpValue: 'NAME' }),
  predefined: Flags.integer({ description: 'predefined topic id', min: 1, max: 65_534, helpValue: 'ID' }),
  short: Flags.boolean({ description: 'send the two letters of --topic as a short topic name', default: false }),
  id: Flags.string({ description: 'client id, 1 to 23 octets; default: a random one', helpValue: 'CLIENT' }),
  'keep-alive': Flags.integer({ description: 'seconds', default: 60, min: 0, max: 65_535 }),
  timeout: Flags.integer({ description: 'longest wait for the gateway, in seconds', default: 20, min: 1 }),
};

interface SnFlags {
  host: string;
  port: number;
  topic?: string | undefined;
  predefined?: number | undefined;
  short: boolean;
  id?: string | undefined;
  'keep-alive': number;
}

/** The topic that the flags name. Throws usage. */
export function topicOf({ topic, predefined, short }: SnFlags, command: string): { name: string; how: TopicOptions } {
  if (predefined !== undefined) return { name: topic ?? '', how: { type: 'predefined', id: predefined } };
  if (topic === undefined) throw fault('usage', { what: 'which topic? Give --topic or --predefined', command });
  return { name: topic, how: { type: short ? 'short' : 'normal' } };
}

export async function openClient(flags: SnFlags, more: Partial<UdpClientOptions> = {}): Promise<UdpClient> {
  const { openUdpClient } = await import('../host-shim/mqttsn/udp-client.ts');
  const { randomBytes } = await import('node:crypto');
  const { host, port, id = `mote-${randomBytes(6).toString('hex')}` } = flags;
  // Nobody waits a minute in front of a terminal: the first repetition comes after a second.
  const settings = { keepAlive: flags['keep-alive'], retry: 1_000, retryMax: 8_000 };
  return openUdpClient({ host, port, clientId: id, settings, ...more });
}

/** What the commands for one device share: the bus to it, values as JSON, and waiting. */
import { Flags } from '@oclif/core';
import type { Bus } from '../host-shim/fleet/bus.ts';
import type { Value } from '../host-shim/fleet/wire.ts';
import { DEFAULTS } from '../host-shim/defaults.ts';
import { fault } from '../host-shim/errors.ts';
import { brokerFlag, deviceFlag } from './flags.ts';

export const deviceFlags = {
  on: deviceFlag,
  broker: brokerFlag,
  timeout: Flags.integer({ description: 'give up after that many seconds', min: 1, default: 10, helpValue: 'SECONDS' }),
};

/** Connected, for as long as `use` takes. Throws topic-invalid, broker-*. */
export async function withDevice<T>(
  { on, broker = DEFAULTS.broker }: { on: string; broker?: string | undefined },
  use: (bus: Bus) => Promise<T>,
): Promise<T> {
  const { parseBase } = await import('../host-shim/board/topics.ts');
  parseBase(on);
  const { connectBroker } = await import('../host-shim/mqtt/connection.ts');
  const { MqttBus } = await import('../host-shim/fleet/bus.ts');
  const client = await connectBroker(broker);
  try {
    return await use(new MqttBus(client, 'mote'));
  } finally {
    await client.endAsync(true);
  }
}

/** JSON as typed. Throws value-invalid. */
export function parseValue(text: string, what: string): Value {
  try {
    return JSON.parse(text) as Value;
  } catch (error) {
    throw fault('value-invalid', { what, why: (error as Error).message }, error);
  }
}

/** What JSON cannot say as text: byte strings in hexadecimal, large integers in digits. */
export function toJson(value: Value): Value {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map(toJson);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item)]));
}

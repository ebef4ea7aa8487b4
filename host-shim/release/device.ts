/** Questions to one device, and its owner's way back (docs/update-protocol.md). */
import type { MqttClient } from 'mqtt';
import { fault } from '../errors.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';
import { decodeReport, type Report, STATES, type State, TOPIC_FROM, TOPIC_TO } from './protocol.ts';
import { checkBaseTopic, connect } from './link.ts';
import { bytes, list, nullable, type Schema, text, tuple, uint } from './schema.ts';

export interface DeviceOptions {
  /** The broker's URL, or a client that is connected to it and stays the caller's. */
  broker: string | MqttClient;
  /** The device's base topic, `org/edge/type/thing`. */
  device: string;
  /** Longest wait for an answer, ms. Default 10 000. */
  timeoutMs?: number;
}

export interface Slot {
  /** From 1. */
  slot: number;
  role: 'active' | 'candidate' | 'previous' | 'free';
  /** Null: no envelope is in it. */
  module: { component: string; version: string; sequence: number; digest: string; size: number } | null;
}

/** A record of the device's journal. */
export interface Event {
  /** Grows by one with each record. */
  number: number;
  state: State;
  /** The slot that ran; 0: none. */
  active: number;
  /** Bytes of a module that had arrived. */
  offset: number;
  reason: string | null;
  /** Id of the transfer, hex; null: none. */
  transfer: string | null;
}

/** What lies in the device's slots. Throws topic-invalid, broker-*, device-silent. */
export async function deviceSlots(options: DeviceOptions): Promise<Slot[]> {
  const [, slots] = await ask(options, 6, SLOTS);
  return slots.map(({ slot, role, module }) => ({
    slot,
    role,
    module: module && { ...module, digest: hex(module.digest) },
  }));
}

/** What the journal still knows, oldest first. Throws topic-invalid, broker-*, device-silent. */
export async function deviceHistory(options: DeviceOptions): Promise<Event[]> {
  const [, events] = await ask(options, 7, HISTORY);
  return events
    .map(({ number, state, active, offset, reason, transfer }) => ({
      number,
      state,
      active,
      offset,
      reason: reason === 'none' ? null : reason,
      transfer: transfer.some((byte) => byte !== 0) ? hex(transfer) : null,
    }))
    .sort((a, b) => a.number - b.number);
}

/**
 * Makes the device run the module before again, which must have the SHA-256 `expect` (hex). Done already, it is done.
 * Returns its last report. Throws topic-invalid, broker-*, device-silent, device-refused, device-reverted.
 */
export async function rollback(options: DeviceOptions & { expect: string }): Promise<Report> {
  const { device, expect, timeoutMs = 30_000 } = options;
  const message = encodeCbor([5, new Uint8Array(Buffer.from(expect, 'hex'))]);
  return exchange({ ...options, timeoutMs }, message, TOPIC_FROM, (payload) => {
    const report = decodeReport(payload);
    const reason = report.reason ?? 'no reason';
    if (report.state === 'REFUSED') throw fault('device-refused', { device, reason });
    const settled = ['IDLE', 'CONFIRMED', 'REVERTED'].includes(report.state);
    if (settled && report.running && hex(report.running) === expect.toLowerCase()) return report;
    if (report.state === 'REVERTED') throw fault('device-reverted', { device, reason });
    return undefined;
  });
}

const ROLE = text(/^(active|candidate|previous|free)$/, 'a role') as Schema<Slot['role']>;
const MODULE = tuple({
  component: text(/^.{1,32}$/s, '1 to 32 characters'),
  version: text(/^.{1,32}$/s, '1 to 32 characters'),
  sequence: uint(),
  digest: bytes(32),
  size: uint(0, 0xffff_ffff),
});
const SLOTS = list(tuple({ slot: uint(1, 255), role: ROLE, module: nullable(MODULE) }), 0, 64);
const HISTORY = list(
  tuple({
    number: uint(0, 0xffff_ffff),
    state: text(new RegExp(`^(${STATES.join('|')})$`), 'a state') as Schema<State>,
    active: uint(0, 255),
    offset: uint(0, 0xffff_ffff),
    reason: text(/^[a-z-]{1,32}$/, 'a reason'),
    transfer: bytes(8),
  }),
  0,
  4096,
);
const TOPIC_INFO = 'ota-info';
const RESEND_MS = 1000;

function ask<T>(options: DeviceOptions, kind: number, schema: Schema<T>): Promise<[number, T]> {
  return exchange(options, encodeCbor([kind]), TOPIC_INFO, (payload) => {
    const answer = decodeCbor(payload);
    if (!Array.isArray(answer) || answer[0] !== kind) return undefined;
    return [kind, schema.read(answer[1])];
  });
}

/** Sends until `read` makes something of an answer; what it throws ends it, but for a MQTT message that is no answer. */
async function exchange<T>(
  { broker, device, timeoutMs = 10_000 }: DeviceOptions,
  message: Uint8Array,
  topic: string,
  read: (payload: Uint8Array) => T | undefined,
): Promise<T> {
  checkBaseTopic(device);
  const client = typeof broker === 'string' ? await connect(broker) : broker;
  const from = `${device}/${topic}`;
  let receive: ((topic: string, payload: Buffer) => void) | undefined;
  let again: NodeJS.Timeout | undefined;
  // The session is clean: a broker that restarts has forgotten it.
  const subscribe = () => void client.subscribeAsync(from, { qos: 1 }).catch(() => {});
  let end: NodeJS.Timeout | undefined;
  try {
    await client.subscribeAsync(from, { qos: 1 });
    return await new Promise<T>((resolve, reject) => {
      receive = (at, payload) => {
        if (at !== from) return;
        try {
          const answer = read(payload);
          if (answer !== undefined) resolve(answer);
        } catch (error) {
          reject(error);
        }
      };
      const send = () =>
        void client.publishAsync(`${device}/${TOPIC_TO}`, Buffer.from(message), { qos: 1 }).catch(() => {});
      client.on('message', receive);
      client.on('connect', subscribe);
      send();
      again = setInterval(send, RESEND_MS);
      const seconds = Math.round(timeoutMs / 1000);
      end = setTimeout(() => reject(fault('device-silent', { device, seconds, detail: '' })), timeoutMs);
    });
  } finally {
    clearInterval(again);
    clearTimeout(end);
    if (receive) client.off('message', receive);
    client.off('connect', subscribe);
    if (client !== broker) await client.endAsync(true);
  }
}

const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex');

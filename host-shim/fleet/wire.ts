/** The messages of docs/delivery.md, as a server sees them. What is read here came from outside: bounded, and in one encoding. */
import { decodeCbor, encodeCbor } from '../release/cbor.ts';
import { STATE_TOPIC } from '../board/topics.ts';
import { bytes, list, nullable, type Of, type Schema, text, tuple, uint } from '../release/schema.ts';
import { labelled, optional } from './labelled.ts';

/** Below a device's base topic. */
export const TOPIC = {
  telemetry: 'tlm',
  ack: 'ack',
  command: 'cmd',
  answer: 'res',
  desired: 'desired',
  reported: 'reported',
  get: 'get',
  refused: 'refused',
  state: STATE_TOPIC,
} as const;

const U32 = 0xffff_ffff;
/** Longest message that is looked at, bytes: beyond every bound of docs/delivery.md. */
const MAX_MESSAGE = 8192;
const MAX_DOCUMENT = 1024;
const MAX_DEPTH = 8;

export const CLASSES = ['telemetry', 'event', 'alarm', 'audit'] as const;

/** A number of an epoch with what the device stored under it. */
export interface DeviceRecord {
  seq: number;
  /** 0 telemetry, 1 event, 2 alarm, 3 audit. */
  class: number;
  /** Unix seconds when it was stored, or null: the device did not know. */
  time: number | null;
  payload: Uint8Array;
}

/** Numbers that will never come, both included. */
export interface Gap {
  from: number;
  to: number;
}

export interface Telemetry {
  epoch: number;
  /** In the order of their numbers, without a hole between them. */
  items: (DeviceRecord | Gap)[];
}

export const isGap = (item: DeviceRecord | Gap): item is Gap => 'from' in item;
export const firstOf = (item: DeviceRecord | Gap): number => (isGap(item) ? item.from : item.seq);
export const lastOf = (item: DeviceRecord | Gap): number => (isGap(item) ? item.to : item.seq);

const SEQ = uint(1, U32);
const RECORD = tuple({ seq: SEQ, class: uint(0, 3), time: nullable(uint()), payload: bytes(0, 2048) });
const GAP = tuple({ from: SEQ, to: SEQ });
const ITEM: Schema<DeviceRecord | Gap> = {
  read: (value, path) => (Array.isArray(value) && value.length === 2 ? GAP : RECORD).read(value, path),
  write: (value, path) => (isGap(value) ? GAP.write(value, path) : RECORD.write(value, path)),
};
const TELEMETRY = tuple({ epoch: uint(1, U32), items: list(ITEM, 1, 16) });

/** Throws an Error with the reason for anything that is not `telemetry`, tiling included. */
export function decodeTelemetry(payload: Uint8Array): Telemetry {
  const message = TELEMETRY.read(decode(payload));
  let next = firstOf(message.items[0]!);
  for (const item of message.items) {
    if (firstOf(item) !== next) throw new Error(`item ${firstOf(item)} stands where ${next} should`);
    if (lastOf(item) < firstOf(item)) throw new Error(`the gap from ${firstOf(item)} ends before it begins`);
    next = lastOf(item) + 1;
  }
  return message;
}

export const encodeTelemetry = (message: Telemetry): Uint8Array => encodeCbor(TELEMETRY.write(message));

const ACK = labelled({ epoch: [1, uint()], upto: [2, uint()], reported: optional(3, uint()) });
export type Ack = Of<typeof ACK>;
export const encodeAck = (ack: Ack): Uint8Array => encodeCbor(ACK.write(ack));
export const decodeAck = (payload: Uint8Array): Ack => ACK.read(decode(payload));

/** A JSON value; byte strings and large integers as CBOR has them. */
export type Value = null | boolean | number | bigint | string | Uint8Array | Value[] | { [key: string]: Value };
export type Document = { [key: string]: Value };

const VERSION = uint(1);
const DOCUMENT: Schema<Document> = {
  read(value, path = '') {
    if (!(value instanceof Map)) throw new Error(`${path}: is not a map`);
    return fromCbor(value, path, 1) as Document;
  },
  write: (value) => toCbor(value, 1),
};

const DESIRED = labelled({
  version: [1, VERSION],
  document: optional(2, DOCUMENT),
  base: optional(3, uint()),
  patch: optional(4, DOCUMENT),
});
export type Desired = { version: number } & ({ document: Document } | { base: number; patch: Document });
export const decodeDesired = (payload: Uint8Array): Of<typeof DESIRED> => DESIRED.read(decode(payload));

/** Throws an Error for a document that no device takes. */
export function encodeDesired(desired: Desired): Uint8Array {
  const body: unknown = 'document' in desired ? desired.document : desired.patch;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new Error('it is not an object');
  const size = encodeCbor(DOCUMENT.write(body as Document)).length;
  if (size > MAX_DOCUMENT) throw new Error(`it has ${size} bytes in CBOR, more than ${MAX_DOCUMENT}`);
  return encodeCbor(DESIRED.write(desired));
}

const REPORTED = labelled({
  epoch: [1, uint()],
  version: [2, uint()],
  document: [3, DOCUMENT],
  stored: [4, uint()],
  applied: [5, uint()],
  audit: [6, tuple({ count: uint(), head: bytes(32) })],
  outbox: [7, tuple({ acked: uint(), next: SEQ, records: uint(), bytes: uint(), capacity: uint(), dropped: uint() })],
  life: [8, tuple({ boots: uint(), uptime: uint(), unix: nullable(uint()) })],
});
/**
 * `version`: of `document`, 0: no module has reported. `stored`, `applied`: versions of the desired document in the journal,
 * and accepted by a module. `outbox.dropped`: since the epoch began. `life.uptime`, `life.unix`: seconds.
 */
export type Reported = Of<typeof REPORTED>;
export const decodeReported = (payload: Uint8Array): Reported => REPORTED.read(decode(payload));
export const encodeReported = (reported: Reported): Uint8Array => encodeCbor(REPORTED.write(reported));

const ID = bytes(8, 16);
const COMMAND = labelled({
  id: [1, ID],
  name: [2, text(/^[A-Za-z0-9_.-]{1,32}$/, '1 to 32 letters, digits, "_", "." and "-"')],
  arguments: [3, bytes(0, 512)],
  expiry: optional(4, uint(1)),
  class: optional(5, uint(0, 1)),
  twin: optional(6, uint()),
});
export type Command = Of<typeof COMMAND>;
export const encodeCommand = (command: Command): Uint8Array => encodeCbor(COMMAND.write(command));
export const decodeCommand = (payload: Uint8Array): Command => COMMAND.read(decode(payload));

/** By number. BUSY and REJECTED are not final; FORGOTTEN ends the waiting, and says nothing of an earlier answer. */
export const STATUSES = [
  'OK',
  'FAILED',
  'EXPIRED',
  'NOCLOCK',
  'UNKNOWN',
  'NOT_FOUND',
  'CONFLICT',
  'BUSY',
  'REJECTED',
  'FORGOTTEN',
] as const;
export type Status = (typeof STATUSES)[number];

/** Codes of `refused` and of a REJECTED answer, by number. */
export const REFUSALS: readonly string[] = [
  '',
  'malformed',
  'id',
  'name',
  'too big',
  'expiry missing',
  'expiry too far ahead',
  'class',
  'ack above what was sent',
  'flash',
];

const ANSWER = labelled({
  id: [1, ID],
  status: [2, uint(0, STATUSES.length - 1)],
  result: optional(3, bytes(0, 128)),
  code: optional(4, uint()),
});
export type Answer = Of<typeof ANSWER>;
export const decodeAnswer = (payload: Uint8Array): Answer => ANSWER.read(decode(payload));
export const encodeAnswer = (answer: Answer): Uint8Array => encodeCbor(ANSWER.write(answer));

const REFUSED = labelled({ topic: [1, text(/^.{0,64}$/s, 'at most 64 characters')], code: [2, uint()] });
export const decodeRefused = (payload: Uint8Array): Of<typeof REFUSED> => REFUSED.read(decode(payload));

const ENTRY = tuple({
  index: uint(1),
  time: nullable(uint()),
  kind: uint(1, 255),
  detail: { read: (value: unknown) => value, write: (value: unknown) => value } satisfies Schema<unknown>,
  hash: bytes(32),
});
/** An entry of the audit chain; `detail` by `kind`, as docs/delivery.md says. */
export type AuditEntry = Of<typeof ENTRY>;

/** The entry, and the bytes that its hash covers. Throws an Error. */
export function decodeAuditEntry(payload: Uint8Array): { entry: AuditEntry; covered: Uint8Array } {
  const value = decode(payload);
  const entry = ENTRY.read(value);
  return { entry, covered: encodeCbor((value as unknown[]).slice(0, 4)) };
}

/** Any CBOR value of a module's own: arguments and results, by custom. Throws an Error. */
export const decodeValue = (payload: Uint8Array): Value => fromCbor(decode(payload), '', 0);
export const encodeValue = (value: Value): Uint8Array => encodeCbor(toCbor(value, 0));

function decode(payload: Uint8Array): unknown {
  if (payload.length > MAX_MESSAGE) throw new Error(`it has ${payload.length} bytes, more than ${MAX_MESSAGE}`);
  return decodeCbor(payload);
}

function fromCbor(value: unknown, path: string, depth: number): Value {
  if (depth > MAX_DEPTH) throw new Error(`${path}: is nested more than ${MAX_DEPTH} deep`);
  if (Array.isArray(value)) return value.map((item) => fromCbor(item, path, depth + 1));
  if (!(value instanceof Map)) return value as Value;
  return Object.fromEntries(
    [...value].map(([key, item]) => {
      if (typeof key !== 'string') throw new Error(`${path}: has a key that is not a text`);
      return [key, fromCbor(item, path, depth + 1)];
    }),
  );
}

/** Objects as maps: whatever their prototype, only what they own. */
function toCbor(value: Value, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new Error(`it is nested more than ${MAX_DEPTH} deep`);
  if (Array.isArray(value)) return value.map((item) => toCbor(item, depth + 1));
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  return new Map(Object.entries(value).map(([key, item]) => [key, toCbor(item, depth + 1)]));
}

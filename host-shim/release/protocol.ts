/** The messages of docs/update-protocol.md, both directions. */
import { sha256 } from '@noble/hashes/sha2.js';
import { MAX_ENVELOPE } from './bundle.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';
import { bytes, list, literal, nullable, type Of, optional, record, type Schema, text, tuple, uint } from './schema.ts';

/** Below the device's base topic: to the device, and from it. */
export const TOPIC_TO = 'ota';
export const TOPIC_FROM = 'ota-state';

/** Most bytes of a chunk, and most that may be under way beyond what the device asked for. */
export const CHUNK = 1024;
export const WINDOW = 4096;

export const STATES = [
  'IDLE',
  'OFFERED',
  'FETCHING',
  'STAGED',
  'ARMED',
  'TRIAL',
  'CONFIRMED',
  'REVERTED',
  'REFUSED',
] as const;
export type State = (typeof STATES)[number];

const TRANSFER = bytes(8);
const REPORT = record({
  state: [1, text(new RegExp(`^(${STATES.join('|')})$`), 'a state') as Schema<State>],
  transfer: [2, nullable(TRANSFER)],
  next: [3, uint(0, 0xffff_ffff)],
  reason: [4, nullable(text(/^.{1,256}$/s, '1 to 256 characters'))],
  running: [5, nullable(bytes(32))],
  component: [6, nullable(text(/^.{1,32}$/s, '1 to 32 characters'))],
  sequence: [7, uint()],
  components: [
    8,
    optional(
      list(tuple({ component: text(/^.{1,32}$/s, '1 to 32 characters'), digest: bytes(32), sequence: uint() }), 0, 8),
    ),
  ],
});
const OFFER = tuple({ kind: literal(1), transfer: TRANSFER, envelope: bytes(1, MAX_ENVELOPE) });
const FETCHED = tuple({ kind: literal(2), transfer: TRANSFER, offset: uint(0, 0xffff_ffff), data: bytes(1, CHUNK) });
const QUERY = tuple({ kind: literal(3) });
const KEYS = tuple({ kind: literal(4), transfer: TRANSFER, envelope: bytes(1, MAX_ENVELOPE) });

const GROUP = tuple({ kind: literal(8), transfer: TRANSFER, envelope: bytes(1, MAX_ENVELOPE), sealed: bytes(1168) });

const ROLLOUT = tuple({ kind: literal(9), transfer: TRANSFER, envelope: bytes(1, MAX_ENVELOPE) });
const PULL = tuple({
  kind: literal(10),
  transfer: TRANSFER,
  envelope: bytes(1, MAX_ENVELOPE),
  url: text(/^https?:\/\/[!-~]{1,120}$/, 'an http(s) address of at most 120 characters behind its scheme'),
  at: uint(0, 0xffff),
});

/** `components`: all that run, on a device that has room for several. */
export type Report = Omit<Of<typeof REPORT>, 'components'> & Partial<Pick<Of<typeof REPORT>, 'components'>>;
export type ToDevice =
  | Of<typeof OFFER>
  | Of<typeof FETCHED>
  | Of<typeof QUERY>
  | Of<typeof KEYS>
  | Of<typeof GROUP>
  | Of<typeof ROLLOUT>
  | Of<typeof PULL>;

/** The first 8 bytes of SHA-256 of the envelope. */
export const transferOf = (envelope: Uint8Array): Uint8Array => sha256(envelope).subarray(0, 8);

export function encodeToDevice(message: ToDevice): Uint8Array {
  if (message.kind === 1) return encodeCbor(OFFER.write(message));
  if (message.kind === 4) return encodeCbor(KEYS.write(message));
  if (message.kind === 8) return encodeCbor(GROUP.write(message));
  if (message.kind === 9) return encodeCbor(ROLLOUT.write(message));
  if (message.kind === 10) return encodeCbor(PULL.write(message));
  return encodeCbor(message.kind === 2 ? FETCHED.write(message) : QUERY.write(message));
}

/** Throws an Error with the reason for anything that is not one of these messages. */
export function decodeToDevice(payload: Uint8Array): ToDevice {
  const value = decodeCbor(payload);
  const kind: unknown = Array.isArray(value) ? value[0] : undefined;
  if (kind === 1) return OFFER.read(value);
  if (kind === 4) return KEYS.read(value);
  if (kind === 8) return GROUP.read(value);
  if (kind === 9) return ROLLOUT.read(value);
  if (kind === 10) return PULL.read(value);
  return kind === 2 ? FETCHED.read(value) : QUERY.read(value);
}

export const encodeReport = (report: Report): Uint8Array =>
  encodeCbor(REPORT.write({ components: undefined, ...report }));

/** Throws an Error with the reason for anything that is not a report. */
export const decodeReport = (payload: Uint8Array): Report => REPORT.read(decodeCbor(payload));

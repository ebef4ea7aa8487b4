/**
 * Every byte of a telegram named: where it stands, what field of which layer it is, what it says, and the clause. The
 * decoder's own answer tells what was read and where; here it only gets its words. Runs in a browser, too.
 */
import { type Answer, Fields, type JsonRecord, type Places } from './explain-fields.ts';
import { linkLayer, upperLayers } from './explain-layers.ts';
import { application } from './explain-records.ts';
import { isLengthA, slotsOf, unchip } from './frame-places.ts';

/** The decoder, as far as it is used here. Without a key `key` is empty. */
export interface Explainable {
  decode(telegram: Uint8Array, key?: Uint8Array): string;
  places(telegram: Uint8Array, key?: Uint8Array): Uint8Array;
}

/** Parts follow each other without gaps and cover the frame once. */
export interface Part {
  /** In bytes from the frame's first on. */
  offset: number;
  length: number;
  /** Hexadecimal, as received; `plain` is what they decrypt to, where that differs. */
  bytes: string;
  plain?: string;
  layer: string;
  field: string;
  meaning: string;
  clause: string;
  /** The code of the refusal that is about a byte of this part. */
  refused?: string;
}

export interface Explanation {
  ok: boolean;
  error?: { code: string; layer: string; offset: number; message: string };
  /** Chips were given: of this line code. Offsets count in the frame that they carry. */
  coding?: string;
  parts: Part[];
  /** The message whose last fragment this telegram is, decrypted; offsets count in it. */
  joined?: Part[];
}

/**
 * Explains one telegram, good or refused, as far as it could be read. `before`: what was heard before it, in order, where
 * it is the last fragment of a message, or a compact frame that needs its full one. Throws what the decoder throws.
 */
export function explain(
  decoder: Explainable,
  telegram: Uint8Array,
  key?: Uint8Array,
  before: Uint8Array[] = [],
): Explanation {
  for (const one of before) decoder.decode(one, key);
  const answer = JSON.parse(decoder.decode(telegram, key)) as Answer;
  const found = readPlaces(decoder.places(telegram, key));
  const format = String(answer.link?.format ?? 'none');
  const isFrame = isLengthA(telegram) && telegram[0] === found.message[0];
  const chips = format === 'A' && !isFrame ? unchip(telegram) : null;
  const frame = chips?.frame ?? telegram;
  const slots = slotsOf(frame, format);

  // What the link layer has refused was not read: then the bytes are those that came. A message out of fragments has taken
  // the place of its last one.
  const asCame = answer.error?.layer === 'link' || found.message.length === 0 || found.joined;
  const message = asCame ? carried(frame, slots) : found.message;
  const fields = fieldsOf(message, answer);
  linkLayer(fields, answer);
  if (upperLayers(fields, answer, found))
    application(fields, answer, found, recordsOf(decoder, answer, found, message));
  const parts = assemble(frame, message, slots, fields);
  const joined = found.joined ? joinedParts(decoder, answer, found) : undefined;
  const { ok, error } = answer;
  if (error && !joined) {
    const at = parts.find(({ offset, length }) => error.offset >= offset && error.offset < offset + length);
    if (at) at.refused = error.code;
  }
  return { ok, ...(error && { error }), ...(chips && { coding: chips.coding }), parts, ...(joined && { joined }) };
}

/** The fields of a telegram, of which none has an owner yet. */
function fieldsOf(message: Uint8Array, { error }: Answer): Fields {
  const fields = new Fields(message);
  if (error) Object.assign(fields.rest, { layer: error.layer, meaning: error.message });
  return fields;
}

/** A message that was put together: it stands where the link layer ends, and its bytes are as they decrypt. */
function joinedParts(decoder: Explainable, answer: Answer, found: Places): Part[] {
  const fields = fieldsOf(found.message, answer);
  const from = answer.link?.format === 'wired' ? 3 : 10;
  fields.pos = from;
  if (upperLayers(fields, answer, found))
    application(fields, answer, found, recordsOf(decoder, answer, found, found.message));
  const text = found.message.subarray(from);
  const slots = Array.from(text, (_, i) => from + i);
  return assemble(text, found.message, slots, fields);
}

function readPlaces(bytes: Uint8Array): Places {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = view.getUint16(9);
  const records = Array.from({ length: count }, (_, i) => {
    const at = 11 + 7 * i;
    const [dib, vib, length] = [bytes[at + 4]!, bytes[at + 5]!, bytes[at + 6]!];
    return { head: view.getUint16(at), data: view.getUint16(at + 2), dib, vib, length };
  });
  const [start, end, joined] = [view.getUint16(4), view.getUint16(6), bytes[8] === 1];
  return { start, end, joined, records, message: bytes.slice(11 + 7 * count) };
}

/** The telegram as the frame's bytes are, without decryption. */
function carried(frame: Uint8Array, slots: ReturnType<typeof slotsOf>): Uint8Array {
  return frame.filter((_, i) => typeof slots[i] === 'number');
}

/**
 * The records' meanings. A refused telegram has none: those that were read before it was refused are decoded again, as
 * a telegram that ends behind them.
 */
function recordsOf(
  decoder: Explainable,
  answer: Answer,
  { start, records }: Places,
  message: Uint8Array,
): JsonRecord[] {
  const last = records.at(-1);
  if (answer.ok || answer.error?.layer !== 'apl' || !last || last.head < start || last.head >= 256)
    return answer.records;
  const body = message.slice(start, last.data + last.length);
  const whole = Uint8Array.from([body.length + 10, 0x44, 0xae, 0x0c, 1, 0, 0, 0, 1, 0, 0x78, ...body]);
  const again = JSON.parse(decoder.decode(whole)) as Answer;
  return again.ok ? again.records : [];
}

function assemble(frame: Uint8Array, message: Uint8Array, slots: ReturnType<typeof slotsOf>, fields: Fields): Part[] {
  const parts: Part[] = [];
  const ownerOf = (i: number) => {
    const slot = slots[i]!;
    return typeof slot === 'number' ? fields.at(slot) : slot;
  };
  const seen = new Set<object>();
  for (let i = 0; i < frame.length; ) {
    const owner = ownerOf(i);
    let end = i + 1;
    while (end < frame.length && ownerOf(end) === owner) end++;
    const plain = Uint8Array.from({ length: end - i }, (_, n) => {
      const slot = slots[i + n]!;
      return typeof slot === 'number' ? (message[slot] ?? frame[i + n]!) : frame[i + n]!;
    });
    const bytes = hex(frame.subarray(i, end));
    parts.push({
      offset: i,
      length: end - i,
      bytes,
      ...(hex(plain) !== bytes && { plain: hex(plain) }),
      ...owner,
      field: seen.has(owner) && typeof slots[i] === 'number' ? `${owner.field} (continued)` : owner.field,
    });
    seen.add(owner);
    i = end;
  }
  return parts;
}

export const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();

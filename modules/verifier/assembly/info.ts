// What a device tells of its slots and its journal (docs/update-protocol.md), as answers that the supervisor publishes.
import { Bytes, FlashRegion, mail } from 'motekit/runtime/guest';
import { CborWriter, TEXT } from '../../lib/assembly/cbor';
import { PLACE_ACTIVE, REQUEST_HEAD, REQUEST_PLACE, Say } from '../../supervisor/assembly/letters';
import { REASONS, Reason } from '../../supervisor/assembly/reason';
import {
  RECORD_MAX,
  RECORD_UNIT,
  Record,
  STATES,
  TRANSFER_SIZE,
  recordAt,
  seqOf,
} from '../../supervisor/assembly/record';
import { Slots, slotOf } from '../../supervisor/assembly/slots';
import { Storage } from '../../supervisor/assembly/storage';
import { wordAt } from '../../supervisor/assembly/words';
import { Content, Envelope } from './envelope';
import { Manifest } from './manifest';

const SLOT_INFO_MAX: u32 = 160;
const ROLES: string = 'active candidate previous free';
const FREE: u32 = 3;
/** Records that are told, whatever the size of a sector: they have to fit into memory. */
const HISTORY_MAX: u32 = 128;
const HISTORY_BYTES: u32 = 16 + HISTORY_MAX * 48;
const JOURNAL_SECTORS: u32 = 2;
const RECORD: usize = memory.data(128, 8); // RECORD_MAX

/** `buffer` has room for an envelope. */
export function tellSlots(slots: Slots, request: usize, envelope: Envelope, manifest: Manifest, buffer: usize): void {
  const places: u32 = load<u8>(request, 6);
  const out = open(2 * places * SLOT_INFO_MAX + 16, 6);
  out.array(2 * places);
  for (let place: u32 = 0; place < places; place++) {
    for (let slot: u8 = 1; slot <= 2; slot++) {
      const number = slotOf(place, slot);
      const len = slots.readEnvelope(number, buffer);
      let there = len > 0 && envelope.parse(buffer, len) && envelope.content == Content.MANIFEST;
      if (there) there = manifest.parse(envelope.payload.ptr, envelope.payload.len) == Reason.NONE;
      out.array(3);
      out.uint(number);
      writeWord(out, ROLES, roleOf(request + REQUEST_HEAD + place * REQUEST_PLACE + PLACE_ACTIVE, slot));
      if (there) writeModule(out, manifest);
      else out.nothing();
    }
  }
  send(out);
}

/** The last HISTORY_MAX records in the order in which they lie. */
export function tellHistory(): void {
  const journal = new Storage(FlashRegion.Journal);
  const out = open(HISTORY_BYTES, 7);
  const end = journal.open() ? JOURNAL_SECTORS * journal.sector : 0;
  let newest: u32 = 0;
  for (let at: u32 = 0; at < end; at += RECORD_UNIT) if (read(journal, at, end)) newest = max(newest, seqOf(RECORD));
  const after = newest > HISTORY_MAX ? newest - HISTORY_MAX : 0;
  let count: u32 = 0;
  for (let at: u32 = 0; at < end; at += RECORD_UNIT) {
    if (read(journal, at, end) && seqOf(RECORD) > after) count++;
  }
  out.array(count);
  const past = changetype<Record>(RECORD);
  for (let at: u32 = 0; at < end && count > 0; at += RECORD_UNIT) {
    if (!read(journal, at, end) || seqOf(RECORD) <= after) continue;
    count--;
    out.array(6);
    out.uint(past.seq);
    writeWord(out, STATES, <u32>past.state - 1);
    out.uint(past.placeAt(past.place).active);
    out.uint(past.offset);
    writeWord(out, REASONS, past.reason);
    out.byteString(RECORD + 24, TRANSFER_SIZE);
  }
  send(out);
}

function read(journal: Storage, at: u32, end: u32): bool {
  memory.fill(RECORD, 0, RECORD_MAX);
  return journal.read(at, RECORD, min(RECORD_MAX, end - at)) && recordAt(RECORD) > 0;
}

function roleOf(roles: usize, slot: u8): u32 {
  for (let role: u32 = 0; role < FREE; role++) if (load<u8>(roles + role) == slot) return role;
  return FREE;
}

function writeModule(out: CborWriter, manifest: Manifest): void {
  out.array(5);
  out.text(manifest.component.ptr, manifest.component.len);
  out.text(manifest.version.ptr, manifest.version.len);
  out.uint(manifest.sequence);
  out.byteString(manifest.digest.ptr, 32);
  out.uint(manifest.size);
}

function writeWord(out: CborWriter, words: string, index: u32): void {
  const word = wordAt(words, index);
  out.head(TEXT, word.len);
  out.bytes(word.ptr, word.len);
}

function open(room: u32, kind: u32): CborWriter {
  const start = heap.alloc(room);
  const out = new CborWriter(start, start + room);
  out.u8(Say.INFO);
  out.array(2);
  out.uint(kind);
  return out;
}

function send(out: CborWriter): void {
  mail.reply(new Bytes(out.start, out.length));
}

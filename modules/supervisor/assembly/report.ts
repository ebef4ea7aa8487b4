import { CborWriter, TEXT } from '../../lib/assembly/cbor';
import { Components } from './component';
import { Identity } from './identity';
import { REASONS, Reason } from './reason';
import { STATES, State, TRANSFER_SIZE } from './record';
import { View } from './view';
import { wordAt } from './words';

const TRANSFER: usize = memory.data(8, 8);
const SEPARATOR: string = ': ';

/** Longest report, with a detail of 64 bytes, and what each further component adds. */
export const REPORT_MAX: u32 = 256;
export const REPORT_COMPONENT: u32 = 80;

/** What the device says about an update (docs/update-protocol.md), appended to `out`. */
export function writeReport(
  out: CborWriter,
  state: State,
  transfer: u64,
  next: u32,
  reason: Reason,
  detail: View,
  running: Identity,
  components: Components,
): void {
  const many = components.count > 1;
  out.map(many ? 8 : 7);
  out.uint(1);
  writeWord(out, STATES, state - 1, 0);
  out.uint(2);
  if (transfer) {
    store<u64>(TRANSFER, transfer);
    out.byteString(TRANSFER, TRANSFER_SIZE);
  } else out.nothing();
  out.uint(3);
  out.uint(next);
  out.uint(4);
  writeReason(out, reason, detail);
  out.uint(5);
  if (running.known) out.byteString(running.digest, 32);
  else out.nothing();
  out.uint(6);
  if (running.known) out.text(running.name, running.nameLength);
  else out.nothing();
  out.uint(7);
  out.uint(running.known ? running.sequence : 0);
  if (many) writeComponents(out, components);
}

function writeComponents(out: CborWriter, components: Components): void {
  let count: u32 = 0;
  for (let i: u32 = 0; i < components.count; i++) if (components.at(i).running.known) count++;
  out.uint(8);
  out.array(count);
  for (let i: u32 = 0; i < components.count; i++) {
    const running = components.at(i).running;
    if (!running.known) continue;
    out.array(3);
    out.text(running.name, running.nameLength);
    out.byteString(running.digest, 32);
    out.uint(running.sequence);
  }
}

function writeReason(out: CborWriter, reason: Reason, detail: View): void {
  if (reason == Reason.NONE) return out.nothing();
  if (detail.len == 0) return writeWord(out, REASONS, reason, 0);
  writeWord(out, REASONS, reason, SEPARATOR.length + detail.len);
  out.ascii(SEPARATOR);
  out.bytes(detail.ptr, detail.len);
}

/** A text that begins with this word and has `more` bytes after it. */
function writeWord(out: CborWriter, words: string, index: u32, more: u32): void {
  const word = wordAt(words, index);
  out.head(TEXT, word.len + more);
  out.bytes(word.ptr, word.len);
}

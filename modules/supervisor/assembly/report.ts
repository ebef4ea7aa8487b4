import { CborWriter, TEXT } from '../../lib/assembly/cbor';
import { Identity } from './identity';
import { Reason, reasonText } from './reason';
import { TRANSFER_SIZE } from './record';
import { View } from './view';

const TRANSFER: usize = memory.data(8, 8);
const SEPARATOR: string = ': ';

/** Longest report, with a detail of 64 bytes. */
export const REPORT_MAX: u32 = 256;

/** What the device says about an update (docs/update-protocol.md), appended to `out`. */
export function writeReport(
  out: CborWriter,
  state: string,
  transfer: u64,
  next: u32,
  reason: Reason,
  detail: View,
  running: Identity,
): void {
  out.map(7);
  out.uint(1);
  out.literal(state);
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
  if (running.known) out.text(running.component.ptr, running.component.len);
  else out.nothing();
  out.uint(7);
  out.uint(running.known ? running.sequence : 0);
}

function writeReason(out: CborWriter, reason: Reason, detail: View): void {
  if (reason == Reason.NONE) return out.nothing();
  const word = reasonText(reason);
  if (detail.len == 0) return out.literal(word);
  out.head(TEXT, word.length + SEPARATOR.length + detail.len);
  out.ascii(word);
  out.ascii(SEPARATOR);
  out.bytes(detail.ptr, detail.len);
}

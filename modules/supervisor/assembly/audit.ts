// What the audit chain hears of updates (docs/delivery.md, kind 5): what was decided about which transfer, once it is durable.
import { Bytes, mail } from 'motekit/runtime/guest';
import { Writer } from '../../lib/assembly/bytes';
import { REASONS } from './reason';
import { Record, STATES, State } from './record';
import { wordAt } from './words';

/** The verb of modules/delivery/assembly/letters.ts. */
const WORD: u8 = 7;
const ROOM: u32 = 65;
const LETTER: usize = memory.data(65, 8);
/** Of a letter that delivery has not taken: it was not there yet. */
let length: u32 = 0;

export function tellAudit(now: Record): void {
  const state = wordAt(STATES, now.state - 1);
  const w = new Writer(LETTER, LETTER + ROOM);
  w.u8(WORD);
  w.bytes(state.ptr, state.len);
  w.ascii(' ');
  // Its bytes in hexadecimal, as in a report.
  for (let i: u32 = 0; i < 16; i++) {
    const nibble = <u32>(now.transfer >> (4 * (i ^ 1))) & 15;
    w.u8(nibble < 10 ? 0x30 + nibble : 0x57 + nibble);
  }
  if (now.state == State.REVERTED) {
    const reason = wordAt(REASONS, now.reason);
    w.ascii(' ');
    w.bytes(reason.ptr, reason.len);
  }
  length = w.length;
  retellAudit();
}

/** Again, when delivery has started. */
export function retellAudit(): void {
  if (length && mail.post(Bytes.ascii('delivery'), new Bytes(LETTER, length))) length = 0;
}

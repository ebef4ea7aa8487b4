// What has been received with QoS 2, so that it is delivered once (6.12). An identifier stays after PUBREL until its place
// is needed: a late repetition over a net that reorders is then still known by its DUP flag and its content.
import { field, DATA_LENGTH } from './codec';
import { QOS2_IDS } from './config';
import { DUP } from './protocol';
import { DATA, FLAGS, MSG_ID, TOPIC_ID } from './tables';

// Entry: MsgId u16, state u16, hash u32.
const TABLE = memory.data(QOS2_IDS << 3, 4);
const FREE: u32 = 0;
const HELD: u32 = 1;
const RELEASED: u32 = 2;
let oldest: u32 = 0;

/** Deliver the publication in FIELDS. */
export const FRESH: i32 = 0;
/** Acknowledge it, do not deliver it. */
export const DUPLICATE: i32 = 1;
/** No place: the sender has to wait. */
export const CROWDED: i32 = 2;

export function receiveQos2(): i32 {
  const id = field(MSG_ID);
  const hash = contentHash();
  let place: i32 = -1;
  for (let step: u32 = 0; step < QOS2_IDS; step++) {
    const index = (oldest + step) % QOS2_IDS;
    const at = TABLE + (index << 3);
    const state = load<u16>(at, 2);
    if (state != FREE && load<u16>(at) == id) {
      const same = load<u32>(at, 4) == hash;
      if (same && (state == HELD || field(FLAGS) & DUP)) {
        store<u16>(at, HELD, 2);
        return DUPLICATE;
      }
      // Another message under this id: the sender has begun anew.
      place = index;
      break;
    }
    if (place < 0 && state != HELD) place = index;
  }
  if (place < 0) return CROWDED;
  const at = TABLE + (place << 3);
  store<u16>(at, id);
  store<u16>(at, HELD, 2);
  store<u32>(at, hash, 4);
  oldest = (place + 1) % QOS2_IDS;
  return FRESH;
}

/** PUBREL. */
export function release(id: u32): void {
  for (let at = TABLE; at < TABLE + (QOS2_IDS << 3); at += 8) {
    if (load<u16>(at, 2) == HELD && load<u16>(at) == id) store<u16>(at, RELEASED, 2);
  }
}

/** A new session. */
export function forgetQos2(): void {
  memory.fill(TABLE, 0, QOS2_IDS << 3);
}

/** FNV-1a of topic and data. */
function contentHash(): u32 {
  let hash: u32 = (0x811c9dc5 ^ field(TOPIC_ID)) * 0x01000193;
  const start: usize = field(DATA);
  for (let at = start; at < start + field(DATA_LENGTH); at++) hash = (hash ^ load<u8>(at)) * 0x01000193;
  return hash;
}

// Frames to fields and back, driven by the version's table. Nothing is allocated; bytes outside the frame are not touched.
import {
  CONNECT,
  E_BODY_LONG,
  E_BODY_SHORT,
  E_CLIENT_ID,
  E_DIRECTION,
  E_INNER,
  E_LENGTH,
  E_MSG_ID,
  E_NAME,
  E_PROTOCOL_ID,
  E_QOS,
  E_RETURN_CODE,
  E_ROOM,
  E_SHORT,
  E_TOPIC_ID,
  E_TOPIC_ID_TYPE,
  E_TYPE,
  ENCAPSULATED,
  NORMAL,
  NOT_SUPPORTED,
  PUBLISH,
  QOS,
  QOS_M1,
  SHORT,
  SUBACK,
  TOPIC_ID_TYPE,
} from './protocol';
import {
  CLIENT_ID,
  DATA,
  FLAGS,
  HEAD,
  LAST_OF_ONE,
  LAST_OF_TWO,
  MAYBE,
  MSG_ID,
  NAME,
  PROTOCOL_ID,
  RETURN_CODE,
  ROWS,
  TOPIC,
  TOPIC_ID,
  V1_2,
} from './tables';

/** The fields of the frame that was decoded or is to be encoded: words, at the field's number of tables.ts and at these. */
export const FIELDS = memory.data(16 << 2, 4);
/** Address of what takes the rest of the body (at DATA) and its octets; 0 when there is nothing. */
export const DATA_LENGTH: u32 = 10;
/** 1: a message that may be shorter is. WILLTOPIC: delete the will; GWINFO: from a gateway; DISCONNECT: no sleep. */
export const EMPTY: u32 = 11;
/** 1: the frame had the known fault of a gateway, of 257 octets with a Length of 255. */
export const QUIRK: u32 = 12;
/** Address and octets of the frame that an encapsulation carries. */
export const INNER: u32 = 13;
export const INNER_LENGTH: u32 = 14;

/** 5.3.1 */
export const CLIENT_ID_MAX: u32 = 23;

let table: usize = V1_2;

/** Chooses the tables by ProtocolId (5.3.8); false when there are none for this version. */
export function useVersion(protocolId: u32): bool {
  if (protocolId != 1) return false;
  table = V1_2;
  return true;
}

export function field(index: u32): u32 {
  return load<u32>(FIELDS + (index << 2));
}

export function setField(index: u32, value: u32): void {
  store<u32>(FIELDS + (index << 2), value);
}

export function clearFields(): void {
  memory.fill(FIELDS, 0, 16 << 2);
}

/**
 * Reads the frame of `length` octets at `frame` into FIELDS. `toward`: TO_CLIENT, TO_GATEWAY or both: who reads it.
 * Returns the message, or why the frame is refused. An encapsulation's inner frame is only measured: decode it next.
 */
export function decode(frame: usize, length: u32, toward: u32): i32 {
  clearFields();
  const header = headerOf(frame, length);
  if (<i32>header < 0) return header;
  const type = load<u8>(frame + header - 1);
  let message: u32 = 0;
  while (load<u8>(table + message) != type) if (++message == ROWS) return E_TYPE;
  const row = rowOf(message);
  if (!row) return E_TYPE;
  if (!((row >> 20) & toward)) return E_DIRECTION;

  let at = frame + header;
  let end = frame + length;
  if (message == ENCAPSULATED) {
    end = frame + lengthOf(frame);
    setField(INNER, <u32>end);
    setField(INNER_LENGTH, <u32>(frame + length - end));
  }
  for (let shape = row & 0xfffff; shape; shape >>= 4) {
    const kind = shape & 15;
    const left = <u32>(end - at);
    if (kind == MAYBE) {
      if (left) continue;
      setField(EMPTY, 1);
      break;
    }
    let width = fixedWidth(kind);
    if (!width) {
      if (kind != DATA && !left) return kind == CLIENT_ID ? E_CLIENT_ID : E_BODY_SHORT;
      if (kind == CLIENT_ID && left > CLIENT_ID_MAX) return E_CLIENT_ID;
      if (kind >= NAME && hasNul(at, left)) return E_NAME;
      width = left;
      setField(DATA, <u32>at);
      setField(DATA_LENGTH, left);
    } else if (left < width) return E_BODY_SHORT;
    else if (width == 1) setField(kind, load<u8>(at));
    else setField(kind == TOPIC ? TOPIC_ID : kind, bswap<u16>(load<u16>(at)));
    at += width;
  }
  if (at != end) return E_BODY_LONG;
  const fault = check(message, row);
  return fault ? fault : <i32>message;
}

/**
 * Writes `message` with FIELDS to `to`, in at most `room` octets; returns the octets, or why they would be refused.
 * Of an encapsulation only the header: the inner frame goes behind it.
 */
export function encode(message: u32, to: usize, room: u32): i32 {
  if (message >= ROWS) return E_TYPE;
  const row = rowOf(message);
  if (!row) return E_TYPE;
  const fault = check(message, row);
  if (fault) return fault;
  let length: u32 = 2;
  for (let shape = row & 0xfffff; shape; shape >>= 4) {
    const kind = shape & 15;
    if (kind != MAYBE) {
      const width = fixedWidth(kind);
      if (!width) {
        const octets = field(DATA_LENGTH);
        if (kind == CLIENT_ID && octets - 1 >= CLIENT_ID_MAX) return E_CLIENT_ID;
        if (kind != DATA && !octets) return E_BODY_SHORT;
        if (octets > 0xfff0) return E_ROOM;
        if (kind >= NAME && hasNul(field(DATA), octets)) return E_NAME;
        length += octets;
      }
      length += width;
    } else if (field(EMPTY)) break;
  }
  let at = to;
  if (length > 255) {
    length += 2;
    if (length > min<u32>(room, 0xffff)) return E_ROOM;
    store<u8>(at, 1);
    store<u16>(at + 1, bswap<u16>(<u16>length));
    at += 2;
  } else {
    if (length > room) return E_ROOM;
    store<u8>(at, length);
  }
  store<u8>(at + 1, load<u8>(table + message));
  at += 2;
  for (let shape = row & 0xfffff; shape; shape >>= 4) {
    const kind = shape & 15;
    if (kind == MAYBE) {
      if (field(EMPTY)) break;
      continue;
    }
    const width = fixedWidth(kind);
    if (width && field(kind == TOPIC ? TOPIC_ID : kind) >> (width << 3)) return E_BODY_LONG;
    if (width == 1) store<u8>(at, field(kind));
    else if (width) store<u16>(at, bswap<u16>(<u16>field(kind == TOPIC ? TOPIC_ID : kind)));
    else {
      memory.copy(at, field(DATA), field(DATA_LENGTH));
      break;
    }
    at += width;
  }
  return length;
}

/** 5.2: Length and MsgType, in octets; or a refusal. */
function headerOf(frame: usize, length: u32): i32 {
  if (length < 2) return E_SHORT;
  const header: u32 = load<u8>(frame) == 1 ? 4 : 2;
  if (length < header) return E_SHORT;
  const stated = lengthOf(frame);
  if (load<u8>(frame + header - 1) == load<u8>(table + ENCAPSULATED)) {
    // Length is that of the header (5.5).
    if (stated < header || stated > length) return E_LENGTH;
    return isWhole(frame + stated, length - stated) ? header : E_INNER;
  }
  if (!isWhole(frame, length)) return E_LENGTH;
  if (stated != length) setField(QUIRK, 1);
  return header;
}

/** Whether Length is the octets that are there, or the one fault of it that is known. */
function isWhole(frame: usize, length: u32): bool {
  if (length < 2) return false;
  if (load<u8>(frame) != 1) return load<u8>(frame) == length;
  if (length < 4) return false;
  const stated = lengthOf(frame);
  return stated == length || (stated == 255 && length == 257);
}

function lengthOf(frame: usize): u32 {
  const first = load<u8>(frame);
  return first == 1 ? bswap<u16>(load<u16>(frame + 1)) : first;
}

function rowOf(message: u32): u32 {
  return load<u32>(table + HEAD + (message << 2));
}

/** 1 or 2 octets; 0: whatever is left. */
function fixedWidth(kind: u32): u32 {
  if (kind <= LAST_OF_ONE) return 1;
  if (kind <= LAST_OF_TWO || (kind == TOPIC && (field(FLAGS) & TOPIC_ID_TYPE) != NORMAL)) return 2;
  return 0;
}

function hasNul(text: usize, length: u32): bool {
  for (const end = text + length; text < end; text++) if (!load<u8>(text)) return true;
  return false;
}

/** What the fields mean, for both directions; clears bits of Flags that mean nothing in this message. */
function check(message: u32, row: u32): i32 {
  const flags = field(FLAGS) & (row >> 24);
  setField(FLAGS, flags);
  const type = flags & TOPIC_ID_TYPE;
  if (type == TOPIC_ID_TYPE) return E_TOPIC_ID_TYPE;
  if (field(RETURN_CODE) > NOT_SUPPORTED) return E_RETURN_CODE;
  if (message == PUBLISH) {
    const qos = flags & QOS;
    if (qos == QOS_M1) {
      if (type == NORMAL) return E_QOS;
    } else if (qos && !field(MSG_ID)) return E_MSG_ID;
    if (type != SHORT && ((field(TOPIC_ID) + 1) & 0xffff) < 2) return E_TOPIC_ID;
    return 0;
  }
  // A granted QoS that is none (5.4.16) costs the client nothing: it takes what comes.
  if ((flags & QOS) == QOS_M1 && message != SUBACK) return E_QOS;
  if (message == CONNECT && field(PROTOCOL_ID) != 1) return E_PROTOCOL_ID;
  return 0;
}

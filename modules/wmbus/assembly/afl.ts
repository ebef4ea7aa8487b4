// Authentication and fragmentation layer: EN 13757-7 clause 6.
import { collect } from './fragments';
import { AFL_MAC, KeyLookup, tryKeys, useMac } from './security';
import { AFL, E_FRAGMENT, E_LENGTH, E_MODE, E_TRUNCATED, MESSAGE, telegram } from './telegram';

/**
 * What the header has told, or the headers of all fragments: message control MCL, message counter MCR (4) and message
 * length ML (2) as they are authenticated; which fields there are (bits of the fragmentation control's high byte); size of
 * the MAC; key information KI (2); the MAC (16).
 */
export const AFL_FIELDS: usize = memory.data(28, 4);
export const AFL_SIZE: u32 = 28;
const MCR: usize = 1;
const ML: usize = 5;
const FIELDS: usize = 7;
const MAC_SIZE: usize = 8;
const KI: usize = 10;
const MAC: usize = 12;

// Bits of the fragmentation control's high byte: more fragments; which fields there are.
const MORE: u32 = 0x40;
const HAS_MCL: u32 = 0x20;
const HAS_ML: u32 = 0x10;
const HAS_MCR: u32 = 0x08;
const HAS_MAC: u32 = 0x04;
const HAS_KI: u32 = 0x02;

/** Where the message begins in MESSAGE, and its MAC in what came. */
let payloadAt: u32 = 0;
let macAt: u32 = 0;

/**
 * Reads the layer at `at` and answers where the next one begins, behind the header or, with the last fragment, where the
 * message has been put together: `telegram.length` then tells its end. 0 when the telegram is refused.
 */
export function authentication(at: u32, end: u32): u32 {
  const f = AFL_FIELDS;
  telegram.afl = 0x90;
  const length: u32 = at + 2 > end ? 0xff : load<u8>(MESSAGE + at, 1);
  const next = at + 2 + length;
  if (next > end || length < 2) return refuse(E_TRUNCATED, min(next, end));
  const fid: u32 = load<u8>(MESSAGE + at, 2);
  const control: u32 = load<u8>(MESSAGE + at, 3);
  let p = at + 4;
  memory.fill(f, 0, AFL_SIZE);
  store<u8>(f, control & ~MORE, FIELDS);
  if (control & HAS_MCL) store<u8>(f, load<u8>(MESSAGE + p++));
  if (control & HAS_KI) {
    store<u16>(f, load<u16>(MESSAGE + p), KI);
    p += 2;
  }
  if (control & HAS_MCR) {
    store<u32>(f, load<u32>(MESSAGE + p), MCR);
    p += 4;
  }
  const behind: u32 = control & HAS_ML ? 2 : 0;
  if (control & HAS_MAC) {
    // Only the first fragment tells the type; all that is left is the MAC.
    const size = next - behind - p;
    if (size - 1 > 15) return refuse(E_TRUNCATED, next);
    macAt = p;
    store<u8>(f, size, MAC_SIZE);
    memory.copy(f + MAC, MESSAGE + p, size);
    p += size;
  }
  if (behind) store<u16>(f, load<u16>(MESSAGE + p), ML);
  if (p + behind != next) return refuse(E_TRUNCATED, next);
  payloadAt = next;
  // A message of one fragment has the identifier 0, those of several count from 1.
  if (fid > 1 || control & MORE) {
    payloadAt = telegram.probing ? 0 : collect(fid, (control & MORE) != 0, next, end);
    if (payloadAt == 0) return refuse(E_FRAGMENT, at + 2);
    macAt = at + 2;
  }
  const fields: u32 = load<u8>(f, FIELDS);
  if (fields & HAS_ML && <u32>load<u16>(f, ML) != telegram.length - payloadAt) return refuse(E_LENGTH, at + 2);
  if (fields & HAS_MAC && <u32>load<u8>(f, MAC_SIZE) != macLength(load<u8>(f) & 15)) return refuse(E_MODE, at + 4);
  telegram.counter = load<u32>(f, MCR);
  telegram.hasCounter = (fields & HAS_MCR) != 0;
  return payloadAt;
}

function refuse(error: u32, offset: u32): u32 {
  telegram.fail(error, AFL, offset);
  return 0;
}

/** Bytes of the MAC by authentication type (table 9): AES-CMAC-128 cut to 2, 4, 8, 12 or all 16 bytes. */
function macLength(type: u32): u32 {
  return type == 3 ? 2 : type - 4 < 4 ? 4 * (type - 3) : 0;
}

/** Whether the message has a MAC, and where it stands in what came. */
export function macPlace(): u32 {
  return telegram.afl && load<u8>(AFL_FIELDS, FIELDS) & HAS_MAC ? macAt : 0;
}

/** Checks the MAC, which covers the message as it was sent: before anything is decrypted. Answers as `tryKeys`. */
export function checkMac(keyOf: KeyLookup): u32 {
  const f = AFL_FIELDS;
  const fields: u32 = load<u8>(f, FIELDS);
  // MCL, MCR and ML stand right before the message for the sum; what they cover over is put back.
  const before: usize = fields & HAS_ML ? 7 : fields & HAS_MCR ? 5 : 1;
  const start = MESSAGE + payloadAt - before;
  memory.copy(aside, start, before);
  memory.copy(start, f, before);
  useMac(f + MAC, load<u8>(f, MAC_SIZE));
  const failure = tryKeys(AFL_MAC, start, <u32>(MESSAGE + telegram.length - start), keyOf);
  memory.copy(start, aside, before);
  telegram.authenticated = failure == 0;
  return failure;
}
const aside = memory.data(8, 8);

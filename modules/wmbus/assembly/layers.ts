// From the link layer's payload to the application's: extended link layer (EN 13757-4 clause 13), network and
// authentication layer, transport layer (EN 13757-7). Decrypts in MESSAGE.
import { expandCompact, fullEnd, learnFormatFrame } from './compact';
import { crc16 } from './crc';
import { FIXED_LENGTH, readFixed } from './fixed';
import { Q_ALARM_FLAGS } from './generated/tables';
import { append, KIND, MANTISSA, NUMBER, QUANTITY, UNIT } from './records';
import { decryptEll, decryptMode2, decryptMode5, decryptMode7, fitting, KeyLookup, verifyMac } from './security';
import {
  AFL,
  APL,
  DECRYPTED,
  E_CI_FIELD,
  E_CRC,
  E_FRAGMENT,
  E_MAC,
  E_METER,
  E_MODE,
  E_NO_KEY,
  E_TRUNCATED,
  E_WRONG_KEY,
  ELL,
  FORMAT_A,
  FORMAT_B,
  FORMAT_WIRED,
  LINK,
  MESSAGE,
  METER,
  NWL,
  OK,
  READABLE,
  TPL,
  telegram,
} from './telegram';

/** Where the application's data begin and end in MESSAGE, as `readLayers` found them. */
export let applicationStart: u32 = 0;
export let applicationEnd: u32 = 0;

/** Kinds of transport header. */
const NONE: u32 = 0;
const SHORT: u32 = 1;
const LONG: u32 = 2;

/** Walks the layers above the link layer. False when the telegram is refused. */
export function readLayers(keyOf: KeyLookup): bool {
  let at: u32 = telegram.format == FORMAT_WIRED ? 3 : 10;
  const end = telegram.length;
  hasMac = false;
  hasCounter = false;
  payloadCrc = false;
  while (true) {
    if (at >= end) return telegram.fail(E_TRUNCATED, TPL, end);
    const ci: u32 = load<u8>(MESSAGE + at);
    if (ci >= 0x8c && ci <= 0x8f) at = extendedLink(ci, at, end, keyOf);
    else if (ci == 0x81) at = networkLayer(at, end);
    else if (ci == 0x90) at = authentication(at, end);
    else {
      telegram.ci = ci;
      return transport(ci, at + 1, end, keyOf);
    }
    if (telegram.error != OK) return false;
  }
}

/** ELL I to IV: 8C CC ACC, 8D with session and payload CRC, 8E with a second address, 8F with both. */
let payloadCrc: bool = false;

function extendedLink(ci: u32, at: u32, end: u32, keyOf: KeyLookup): u32 {
  const fixed: u32 = ci == 0x8c ? 3 : ci == 0x8d ? 9 : ci == 0x8e ? 11 : 17;
  if (at + fixed > end) {
    telegram.fail(E_TRUNCATED, ELL, end);
    return 0;
  }
  telegram.ell = ci;
  const cc: u32 = load<u8>(MESSAGE + at, 1);
  telegram.accessNumber = load<u8>(MESSAGE + at, 2);
  at += fixed;
  if ((ci & 1) == 0) return at;

  const session = load<u32>(MESSAGE + at - 6);
  const data = MESSAGE + at - 2;
  const last = MESSAGE + end;
  telegram.ellMode = session >> 29;
  const holds = load<u16>(data) == crc16(data + 2, <u32>(last - data) - 2);
  payloadCrc = true;
  if (holds) {
    if (telegram.ellMode) telegram.payload = READABLE;
    return at;
  }
  if (telegram.ellMode == 0) telegram.fail(E_CRC, ELL, at - 2);
  else if (telegram.ellMode != 1) telegram.fail(E_MODE, ELL, at - 6);
  else {
    const failure = decryptEll(cc, session, data, last, keyOf);
    if (failure) telegram.fail(failure == 1 ? E_NO_KEY : E_WRONG_KEY, ELL, at - 2);
    telegram.payload = DECRYPTED;
  }
  return at;
}

function networkLayer(at: u32, end: u32): u32 {
  telegram.nwl = 0x81;
  if (at + 2 > end) telegram.fail(E_TRUNCATED, NWL, end);
  return at + 2;
}

// Fields of the authentication and fragmentation layer, kept until the transport layer has told the meter's address.
let hasMac: bool = false;
let macSize: u32 = 0;
let macAt: u32 = 0;
let hasCounter: bool = false;
let counter: u32 = 0;
/** MCL, MCR and ML as they are authenticated, right before the payload. */
const authenticated = memory.data(8, 8);
let authenticatedLength: u32 = 0;
let payloadAt: u32 = 0;

/** EN 13757-7 clause 6: CI, length, fragmentation control, and the fields that it announces. */
function authentication(at: u32, end: u32): u32 {
  telegram.afl = 0x90;
  const length: u32 = at + 2 > end ? 0xff : load<u8>(MESSAGE + at, 1);
  const next = at + 2 + length;
  if (next > end || length < 2) return refuse(E_TRUNCATED, AFL, min(next, end));
  const control: u32 = load<u16>(MESSAGE + at, 2);
  // More fragments (bit 14), or not the first of several (fragment identifier).
  if (control & 0x4000 || (control & 0xff) > 1) return refuse(E_FRAGMENT, AFL, at + 2);
  let p = at + 4;
  authenticatedLength = 0;
  hasMac = false;
  hasCounter = false;
  let type: u32 = 0;
  if (control & 0x2000) {
    const mcl: u32 = load<u8>(MESSAGE + p);
    type = mcl & 15;
    p = keep(p, 1);
  }
  if (control & 0x0200) p += 2;
  if (control & 0x0800) {
    hasCounter = true;
    counter = load<u32>(MESSAGE + p);
    p = keep(p, 4);
  }
  if (control & 0x0400) {
    macSize = macLength(type);
    if (macSize == 0) return refuse(E_MODE, AFL, at + 4);
    hasMac = true;
    macAt = p;
    p += macSize;
  }
  if (control & 0x1000) p = keep(p, 2);
  if (p != next) return refuse(E_TRUNCATED, AFL, next);
  payloadAt = next;
  return next;
}

/** Appends bytes to those that the MAC covers before the payload. */
function keep(p: u32, n: u32): u32 {
  memory.copy(authenticated + authenticatedLength, MESSAGE + p, n);
  authenticatedLength += n;
  return p + n;
}

/** Bytes of the MAC by authentication type (table 9): AES-CMAC-128 cut to 2, 4, 8, 12 or all 16 bytes. */
function macLength(type: u32): u32 {
  switch (type) {
    case 3:
      return 2;
    case 4:
      return 4;
    case 5:
      return 8;
    case 6:
      return 12;
    case 7:
      return 16;
  }
  return 0;
}

function refuse(error: u32, layer: u32, offset: u32): u32 {
  telegram.fail(error, layer, offset);
  return 0;
}

/** Checks the MAC, which covers the payload as it was sent: before anything is decrypted. 0, or 1 and 2 as `verifyMac`. */
function checkMac(end: u32, keyOf: KeyLookup): u32 {
  // The fields stand right before the payload for the sum; what they cover over is put back.
  const start = MESSAGE + payloadAt - authenticatedLength;
  memory.copy(aside, start, authenticatedLength);
  memory.copy(tag, MESSAGE + macAt, macSize);
  memory.copy(start, authenticated, authenticatedLength);
  const failure = verifyMac(counter, start, end - payloadAt + authenticatedLength, tag, macSize, keyOf);
  memory.copy(start, aside, authenticatedLength);
  telegram.authenticated = failure == 0;
  return failure;
}
const aside = memory.data(8, 8);
const tag = memory.data(16, 8);

/** Header of EN 13757-7 clause 7 that a CI field announces (table 4); above 2: not known. */
function headerOf(ci: u32): u32 {
  switch (ci) {
    case 0x72:
    case 0x73:
    case 0x6b:
    case 0x6f:
    case 0x75:
    case 0x80:
    case 0x8b:
      return LONG;
    case 0x7a:
    case 0x7b:
    case 0x6a:
    case 0x6e:
    case 0x74:
    case 0x8a:
      return SHORT;
    case 0x78:
    case 0x79:
    case 0x69:
    case 0x70:
    case 0x71:
      return NONE;
  }
  return 3;
}

/** CI fields of messages that are no readings (EN 13757-7 table 2): first, last, error; in order. */
const OTHERS = memory.data<u8>([
  0x50, 0x50, 29, 0x53, 0x54, 29, 0x60, 0x61, 23, 0x64, 0x65, 24, 0x6c, 0x6d, 28, 0x7c, 0x7d, 23, 0x7e, 0x7f, 24, 0x87,
  0x89, 25, 0xb8, 0xbf, 30, 0xc0, 0xc2, 26, 0xc3, 0xc5, 27,
]);
const OTHERS_LENGTH: u32 = 33;

function refusalOf(ci: u32): u32 {
  for (let p = OTHERS; p < OTHERS + OTHERS_LENGTH; p += 3) {
    if (ci >= <u32>load<u8>(p) && ci <= <u32>load<u8>(p, 1)) return load<u8>(p, 2);
  }
  return E_CI_FIELD;
}

function transport(ci: u32, at: u32, end: u32, keyOf: KeyLookup): bool {
  applicationStart = at;
  applicationEnd = end;
  if (ci >= 0xa0 && ci <= 0xb7) {
    telegram.specific = at - 1;
    telegram.specificLength = end - at + 1;
    applicationStart = end;
    return true;
  }
  if (telegram.format == FORMAT_WIRED && (ci == 0x73 || ci == 0x77) && end - at == FIXED_LENGTH) {
    readFixed(at, ci == 0x77);
    applicationStart = end;
    return true;
  }
  const header = headerOf(ci);
  if (header > LONG) return telegram.fail(refusalOf(ci), TPL, at - 1);
  if (header == LONG) {
    if (at + 8 > end) return telegram.fail(E_TRUNCATED, TPL, end);
    const p = MESSAGE + at;
    store<u16>(METER, load<u16>(p, 4));
    store<u32>(METER, load<u32>(p), 2);
    store<u16>(METER, load<u16>(p, 6), 6);
    at += 8;
  }
  if (header != NONE) {
    if (at + 4 > end) return telegram.fail(E_TRUNCATED, TPL, end);
    telegram.accessNumber = load<u8>(MESSAGE + at);
    telegram.status = load<u8>(MESSAGE + at, 1);
    telegram.configuration = load<u16>(MESSAGE + at, 2);
    telegram.mode = (telegram.configuration >> 8) & 31;
    at += 4;
    if (telegram.mode == 7) at++;
    if (at > end) return telegram.fail(E_TRUNCATED, TPL, end);
    if (!decryptTpl(at, end, keyOf)) return false;
  }
  applicationStart = at;
  return application(ci, at);
}

/** Security of the transport layer, EN 13757-7 clause 7.6. */
function decryptTpl(at: u32, end: u32, keyOf: KeyLookup): bool {
  const data = MESSAGE + at;
  const mode = telegram.mode;
  if (mode && at + 2 <= end && load<u16>(data) == 0x2f2f) {
    telegram.payload = READABLE;
    return true;
  }
  const mac: u32 = telegram.afl && hasMac ? checkMac(end, keyOf) : 1;
  // Mode 2 counts bytes in the low byte, the others blocks in its upper half.
  const blocks = mode == 2 ? (telegram.configuration & 255) >> 3 : (telegram.configuration >> 4) & 15;
  if (mode == 0 || blocks == 0) return mac < 2 || telegram.fail(E_MAC, AFL, macAt);
  if (mode != 2 && mode != 5 && mode != 7) {
    // Modes 16 to 31 belong to the manufacturer and may be no encryption at all.
    return mode >= 16 || telegram.fail(E_MODE, TPL, at - 2);
  }
  if (at + (mode == 2 ? 8 : 16) * blocks > end) return telegram.fail(E_TRUNCATED, TPL, end);
  let failure: u32 = 0;
  if (mode == 2) failure = decryptMode2(data, blocks, keyOf);
  else if (mode == 5) failure = decryptMode5(data, blocks, keyOf);
  else failure = mode7(data, blocks, at, keyOf);
  if (failure) return telegram.fail(failure == 1 ? E_NO_KEY : E_WRONG_KEY, TPL, at);
  // A key that decrypts is the right one: then it is the MAC that is wrong.
  if (mac == 2) return telegram.fail(E_MAC, AFL, macAt);
  telegram.payload = DECRYPTED;
  return true;
}

/** The configuration field's extension (clause 7.6.6): bits 4 and 5 select key derivation function A. */
function mode7(data: usize, blocks: u32, at: u32, keyOf: KeyLookup): u32 {
  const derive = (load<u8>(MESSAGE + at - 1) & 0x30) == 0x10;
  return decryptMode7(data, blocks, counter, derive && hasCounter, telegram.authenticated ? fitting : 0, keyOf);
}

/** Whether a CRC or MAC that covers the payload has been checked here. */
export function isTrusted(): bool {
  const format = telegram.format;
  return telegram.authenticated || payloadCrc || format == FORMAT_A || format == FORMAT_B;
}

/** Whether records of this telegram may teach a format: full frames may, as long as nothing but records is in them. */
export function isTeaching(): bool {
  const ci = telegram.ci;
  return (ci == 0x78 || ci == 0x7a || ci == 0x72) && telegram.specificLength == 0 && isTrusted();
}

/** What the application layer is, beside plain records. */
function application(ci: u32, at: u32): bool {
  switch (ci) {
    case 0x6e:
    case 0x6f:
    case 0x70:
      telegram.fail(E_METER, APL, at);
      telegram.specific = at;
      telegram.specificLength = applicationEnd - at;
      return false;
    case 0x71:
    case 0x74:
    case 0x75:
      if (applicationEnd - at == 1) readAlarm(at);
      break;
    case 0x80:
    case 0x8a:
    case 0x8b:
      applicationStart = applicationEnd;
      break;
    case 0x73:
    case 0x79:
    case 0x7b:
      applicationStart = expandCompact(at, applicationEnd);
      applicationEnd = fullEnd;
      return applicationStart != 0;
    case 0x69:
    case 0x6a:
    case 0x6b:
      applicationStart = applicationEnd;
      return learnFormatFrame(at, applicationEnd, isTrusted());
  }
  return true;
}

/** The wired alarm state: one byte, each bit the manufacturer's. Longer alarms are records. */
function readAlarm(at: u32): void {
  applicationStart = applicationEnd;
  const r = append(MESSAGE + at, 1, 0);
  store<i64>(r, load<u8>(MESSAGE + at), MANTISSA);
  store<u8>(r, NUMBER, KIND);
  store<u8>(r, Q_ALARM_FLAGS, QUANTITY);
  store<u8>(r, 0, UNIT);
}

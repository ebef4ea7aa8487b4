// From the link layer's payload to the application's: extended link layer (EN 13757-4 clause 13), network and
// authentication layer, transport layer (EN 13757-7). Decrypts in MESSAGE.
import { authentication, checkMac, macPlace } from './afl';
import { expandCompact, fullEnd, learnFormatFrame } from './compact';
import { crc16 } from './crc';
import { FIXED_LENGTH, readFixed } from './fixed';
import { Q_ALARM_FLAGS, Q_RESERVED } from './generated/tables';
import { append, FUNCTION, KIND, MANTISSA, NULL, NUMBER, QUANTITY, readRecords, UNIT } from './records';
import {
  BAD_TAG,
  CCM,
  descrambler,
  ELL_CTR,
  forgetFitting,
  GCM,
  hasDes,
  KeyLookup,
  NO_KEY,
  tryKeys,
  useTag,
} from './security';
import {
  AFL,
  APL,
  DECRYPTED,
  E_CI_FIELD,
  E_CRC,
  E_ELL_V,
  E_MAC,
  E_METER,
  E_MODE,
  E_NO_KEY,
  E_TLS,
  E_TRUNCATED,
  E_WRONG_KEY,
  ELL,
  FORMAT_A,
  FORMAT_B,
  FORMAT_WIRED,
  MESSAGE,
  METER,
  NWL,
  OK,
  READABLE,
  RECORD,
  RECORDS,
  TPL,
  telegram,
} from './telegram';

/** Where the application's data begin and end in MESSAGE, as `readLayers` found them. */
export let applicationStart: u32 = 0;
export let applicationEnd: u32 = 0;

/** A CRC of the extended link layer covers the payload. */
let payloadCrc: bool = false;

/** Walks the layers above the link layer. False when the telegram is refused. */
export function readLayers(keyOf: KeyLookup): bool {
  let at: u32 = telegram.format == FORMAT_WIRED ? 3 : 10;
  payloadCrc = false;
  forgetFitting();
  while (telegram.error == OK) {
    const end = telegram.length;
    if (at >= end) return telegram.fail(E_TRUNCATED, TPL, end);
    const ci: u32 = load<u8>(MESSAGE + at);
    if (ci >= 0x8c && ci <= 0x8f) at = extendedLink(ci, at, end, keyOf);
    else if (ci == 0x86) telegram.fail(E_ELL_V, ELL, at);
    else if (ci == 0x81) {
      telegram.nwl = ci;
      at += 2;
      if (at > end) telegram.fail(E_TRUNCATED, NWL, end);
    } else if (ci == 0x90) at = authentication(at, end);
    else {
      telegram.ci = ci;
      return transport(ci, at, end, keyOf) && (telegram.records != 0 || application(ci));
    }
  }
  return false;
}

/** ELL I to IV: 8C CC ACC, 8D with session and payload CRC, 8E with a second address, 8F with both. */
function extendedLink(ci: u32, at: u32, end: u32, keyOf: KeyLookup): u32 {
  telegram.ell = ci;
  telegram.ellAt = at;
  telegram.accessNumber = load<u8>(MESSAGE + at, 2);
  at += ci == 0x8c ? 3 : ci == 0x8d ? 9 : ci == 0x8e ? 11 : 17;
  if (at > end) {
    telegram.fail(E_TRUNCATED, ELL, end);
    return 0;
  }
  if ((ci & 1) == 0) return at;

  const session = load<u32>(MESSAGE + at - 6);
  const data = MESSAGE + at - 2;
  telegram.session = session;
  telegram.ellMode = session >> 29;
  payloadCrc = true;
  if (load<u16>(data) == crc16(data + 2, end - at)) {
    if (telegram.ellMode) telegram.payload = READABLE;
  } else if (telegram.ellMode == 0) telegram.fail(E_CRC, ELL, at - 2);
  else if (telegram.ellMode != 1) telegram.fail(E_MODE, ELL, at - 6);
  else {
    const failure = tryKeys(ELL_CTR, data, end - at + 2, keyOf);
    if (failure) telegram.fail(failure == NO_KEY ? E_NO_KEY : E_WRONG_KEY, ELL, at - 2);
    telegram.payload = DECRYPTED;
  }
  return at;
}

/** Kinds of transport header; above LONG it is an error code. */
const NONE: u32 = 0;
const SHORT: u32 = 1;
const LONG: u32 = 2;

/**
 * CI fields (EN 13757-7 table 2), in order: the last of a row and its header, or why it is refused. What is in none of
 * the rows is not known.
 */
const CI_FIELDS = memory.data<u8>([
  0x1f, 23, 0x4f, 8, 0x50, 29, 0x52, 32, 0x56, 29, 0x59, 8, 0x5c, 32, 0x5e, 8, 0x5f, 31, 0x61, 23, 0x63, 8, 0x65, 24,
  0x68, 29, 0x69, 0, 0x6a, 1, 0x6b, 2, 0x6d, 28, 0x6e, 1, 0x6f, 2, 0x71, 0, 0x73, 2, 0x74, 1, 0x75, 2, 0x77, 8, 0x79, 0,
  0x7b, 1, 0x7d, 23, 0x7f, 24, 0x80, 2, 0x82, 8, 0x83, 25, 0x85, 32, 0x86, 8, 0x89, 25, 0x8a, 1, 0x8b, 2, 0x9d, 8, 0x9f,
  31, 0xb7, 8, 0xbf, 30, 0xc2, 26, 0xc5, 27, 0xff, 8,
]);

function headerOf(ci: u32): u32 {
  let p = CI_FIELDS;
  while (<u32>load<u8>(p) < ci) p += 2;
  return load<u8>(p, 1);
}

/** The layer with its CI field at `at`. */
function transport(ci: u32, at: u32, end: u32, keyOf: KeyLookup): bool {
  const first = at++;
  applicationStart = end;
  applicationEnd = end;
  if (ci >= 0xa0 && ci <= 0xb7) {
    telegram.specific = first;
    telegram.specificLength = end - first;
    return true;
  }
  if (telegram.format == FORMAT_WIRED && (ci == 0x73 || ci == 0x77) && end - at == FIXED_LENGTH) {
    readFixed(at, ci == 0x77);
    return true;
  }
  const header = headerOf(ci);
  if (header > LONG) return telegram.fail(header, TPL, first);
  if (header == LONG) {
    if (at + 8 > end) return telegram.fail(E_TRUNCATED, TPL, end);
    const p = MESSAGE + at;
    store<u16>(METER, load<u16>(p, 4));
    store<u32>(METER, load<u32>(p), 2);
    store<u16>(METER, load<u16>(p, 6), 6);
    at += 8;
  }
  applicationStart = at;
  if (header == NONE) return true;
  if (at + 4 > end) return telegram.fail(E_TRUNCATED, TPL, end);
  const p = MESSAGE + at;
  telegram.accessNumber = load<u8>(p);
  telegram.status = load<u8>(p, 1);
  telegram.configuration = load<u16>(p, 2);
  telegram.mode = (telegram.configuration >> 8) & 31;
  return readSecurity(first, at + 4, keyOf);
}

/** What follows the configuration field, by the security mode (EN 13757-7 clause 7.6), and the decryption. */
function readSecurity(first: u32, at: u32, keyOf: KeyLookup): bool {
  const mode = telegram.mode;
  const configuration = telegram.configuration;
  const withTag = mode == GCM || mode == CCM;
  const header = at;
  let length: u32 = 0;
  let tagSize: u32 = 12;
  if (mode == 7) telegram.keyInformation = load<u8>(MESSAGE + at++);
  else if (mode == GCM) {
    // The lengths of what is encrypted and of what is not have one byte each or, by bits 6 and 7, two.
    telegram.keyInformation = configuration & 0x3f;
    length = load<u16>(MESSAGE + at);
    at += 2;
    if (configuration & 0xc0 || length > 255 || (configuration & 0x2000) == 0) length = 0xffff;
  } else if (mode == CCM) {
    const extension: u32 = load<u16>(MESSAGE + at);
    telegram.keyInformation = extension & 0x3f;
    length = configuration & 255;
    tagSize = 4 + 4 * ((extension >> 8) & 3);
    at += 2;
    // The version of the key.
    if (extension & 0xc0) at++;
  }
  const headerEnd = at;
  if (mode == GCM || (mode == CCM && configuration & 0x2000)) {
    telegram.counter = load<u32>(MESSAGE + at);
    telegram.hasCounter = true;
    at += 4;
  }
  const end = telegram.length;
  if (at + (withTag ? tagSize : 0) > end) return telegram.fail(E_TRUNCATED, TPL, end);
  applicationStart = at;
  const macAt = macPlace();
  const data = MESSAGE + at;
  if (!withTag && mode && at + 2 <= end && load<u16>(data) == 0x2f2f) {
    telegram.payload = READABLE;
    return true;
  }
  const descramble = descrambler;
  if (mode > 15 && descramble) descramble(data, end - at);
  const mac = macAt ? checkMac(keyOf) : NO_KEY;
  let failure: u32 = 0;
  if (withTag) {
    const rest = end - at - tagSize;
    // A message of which a part is not encrypted, or that has no tag or counter.
    if ((length != rest && (mode == GCM || length < 255)) || !telegram.hasCounter)
      return telegram.fail(E_MODE, TPL, header - 2);
    applicationEnd = at + rest;
    useTag(MESSAGE + first, headerEnd - first, tagSize);
    failure = tryKeys(mode, data, rest, keyOf);
  } else {
    // Mode 2 counts bytes in the low byte, the others blocks in its upper half.
    length = mode == 2 ? configuration & 0xf8 : configuration & 0xf0;
    // A bit for each mode; 16 to 31 belong to the manufacturer and may be no encryption at all.
    if (mode == 2 ? !hasDes() : (0xff4a >> mode) & 1)
      return telegram.fail(mode == 13 ? E_TLS : E_MODE, TPL, header - 2);
    if (((0xb4 >> mode) & 1) == 0 || length == 0) return mac <= NO_KEY || telegram.fail(E_MAC, AFL, macAt);
    if (at + length > end) return telegram.fail(E_TRUNCATED, TPL, end);
    failure = tryKeys(mode, data, length, keyOf);
  }
  // A key that decrypts is the right one: then it is the MAC that is wrong.
  if (failure == 0 && mac > NO_KEY) return telegram.fail(E_MAC, AFL, macAt);
  if (failure) {
    if (failure == BAD_TAG) return telegram.fail(E_MAC, TPL, end - tagSize);
    return telegram.fail(failure == NO_KEY ? E_NO_KEY : E_WRONG_KEY, TPL, at);
  }
  if (withTag) telegram.authenticated = true;
  telegram.payload = DECRYPTED;
  return true;
}

/**
 * Whether a text whose tag is wrong is what its key makes of it: whether it has known records up to its end, or is a
 * compact frame with its CRC. Then it is the tag that is wrong, and not the key.
 */
export function readsWell(data: usize, len: u32): bool {
  const at = <u32>(data - MESSAGE);
  const ci = telegram.ci;
  let well: bool = false;
  if (ci == 0x7b || ci == 0x73) well = expandCompact(at, at + len) != 0;
  else {
    well = readRecords(at, at + len) && telegram.specificLength == 0 && telegram.records > 0;
    let odd: u32 = 0;
    for (let r = RECORDS, end = r + telegram.records * RECORD; r < end; r += RECORD) {
      if (load<u8>(r, QUANTITY) == Q_RESERVED) well = false;
      if (load<u8>(r, KIND) == NULL || load<u8>(r, FUNCTION) == 3) odd++;
    }
    if (odd << 2 > telegram.records) well = false;
  }
  telegram.error = OK;
  telegram.records = 0;
  telegram.readBefore = 0;
  telegram.specificLength = 0;
  telegram.more = false;
  return well;
}

/** Whether a CRC or MAC that covers the payload has been checked here. */
export function isTrusted(): bool {
  const format = telegram.format;
  return telegram.authenticated || (!telegram.joined && (payloadCrc || format == FORMAT_A || format == FORMAT_B));
}

/** Whether records of this telegram may teach a format: full frames may, as long as nothing but records is in them. */
export function isTeaching(): bool {
  const ci = telegram.ci;
  return (ci == 0x78 || ci == 0x7a || ci == 0x72) && telegram.specificLength == 0 && isTrusted();
}

/** What the application layer is, beside plain records. */
function application(ci: u32): bool {
  const at = applicationStart;
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
      return learnFormatFrame(at, applicationEnd, isTrusted() && !telegram.probing);
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

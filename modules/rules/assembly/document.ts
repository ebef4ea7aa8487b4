// Reads rules out of a document: all of it or nothing, with the path to what is wrong. docs: README.md has the schema.
import { isAscii, Writer } from '../../lib/assembly/bytes';
import { ARRAY, CborReader, MAP, NEGATIVE, TAG, TEXT, UINT } from '../../lib/assembly/cbor';
import { pow10 } from '../../lib/assembly/decimal';
import {
  AGGREGATE,
  ALARM,
  CHANGE,
  COUNT,
  EVENT,
  LEAST,
  MAX_NAME,
  MAX_READING,
  MAX_RULES,
  MEAN,
  MOST,
  NO_PIN,
  Rule,
  SCHEDULE,
  SUM,
  THRESHOLD,
} from './rule';

const DEPTH: u32 = 8;
/** Largest value: 10^12 units. */
const LARGEST: i64 = 1000000000000000000;
const LONGEST: u64 = 7 * 86400;

/** Keys of a rule, as bits. */
const ON: u32 = 1;
const ABOVE: u32 = 2;
const BELOW: u32 = 4;
const CLEAR: u32 = 8;
const FOR: u32 = 16;
const CHANGE_BY: u32 = 32;
const WITHIN: u32 = 64;
const EVERY: u32 = 128;
const TELL: u32 = 256;
const AT: u32 = 512;
const DAYS: u32 = 1024;
const SAY: u32 = 2048;
const SET: u32 = 4096;

/** Path and reason of the last refusal, ASCII. */
const ERROR_ROOM: u32 = 128;
const errorRoom: usize = memory.data(128);
export const refusal: Writer = new Writer(errorRoom, errorRoom + ERROR_ROOM);

/**
 * Reads the value of `rules` in a twin's document (a map with text keys) into `rules`, which has MAX_RULES: how many, or -1
 * with `refusal` written. A document without `rules` has none.
 */
export function readRules(at: usize, length: u32, rules: StaticArray<Rule>): i32 {
  refusal.reset(errorRoom, errorRoom + ERROR_ROOM);
  const reader = new CborReader(at, length);
  if (!reader.check(DEPTH) || reader.peek() != MAP) return refuse(null, '', 'not a map in deterministic CBOR');
  let found = -1;
  for (let pairs = reader.map(); pairs; pairs--) {
    if (reader.peek() != TEXT) return refuse(null, '', 'a key that is no text');
    const size = reader.text();
    if (!isAscii(reader.data, size, 'rules')) {
      reader.skip();
      continue;
    }
    found = all(reader, rules);
    if (found < 0) return -1;
  }
  return max(found, 0);
}

function all(reader: CborReader, rules: StaticArray<Rule>): i32 {
  if (reader.peek() != MAP) return refuse(null, '', 'not a map');
  const count = reader.map();
  if (count > MAX_RULES) return refuse(null, '', 'more than 16 rules');
  for (let i: u32 = 0; i < count; i++) {
    const rule = rules[i];
    rule.clean();
    const begin = reader.pos;
    if (reader.peek() != TEXT) return refuse(null, '', 'a name that is no text');
    const size = reader.text();
    if (size < 1 || size > MAX_NAME || !isName(reader.data, size))
      return refuse(null, '', 'a name that is not 1 to 32 of a-z 0-9 - _ .');
    memory.copy(changetype<usize>(rule.name), reader.data, size);
    rule.nameLength = size;
    if (!one(reader, rule)) return -1;
    for (let j: u32 = 0; j < i && rule.pin != NO_PIN; j++)
      if (rules[j].pin == rule.pin) return refuse(rule, 'set', 'another rule sets this pin');
    rule.digest = fnv(begin, <u32>(reader.pos - begin));
  }
  return <i32>count;
}

/** One rule's map. */
function one(reader: CborReader, rule: Rule): bool {
  if (reader.peek() != MAP) return wrong(rule, '', 'not a map');
  let keys: u32 = 0;
  for (let pairs = reader.map(); pairs; pairs--) {
    if (reader.peek() != TEXT) return wrong(rule, '', 'a key that is no text');
    const size = reader.text();
    const key = keyOf(reader.data, size);
    if (!key) return wrong(rule, '', 'a key that no rule has');
    keys |= key;
    if (!value(reader, rule, key)) return false;
  }
  return whole(rule, keys);
}

function keyOf(at: usize, size: u32): u32 {
  if (isAscii(at, size, 'on')) return ON;
  if (isAscii(at, size, 'above')) return ABOVE;
  if (isAscii(at, size, 'below')) return BELOW;
  if (isAscii(at, size, 'clear')) return CLEAR;
  if (isAscii(at, size, 'for')) return FOR;
  if (isAscii(at, size, 'change')) return CHANGE_BY;
  if (isAscii(at, size, 'within')) return WITHIN;
  if (isAscii(at, size, 'every')) return EVERY;
  if (isAscii(at, size, 'tell')) return TELL;
  if (isAscii(at, size, 'at')) return AT;
  if (isAscii(at, size, 'days')) return DAYS;
  if (isAscii(at, size, 'set')) return SET;
  return isAscii(at, size, 'say') ? SAY : 0;
}

/** One key's value. */
function value(reader: CborReader, rule: Rule, key: u32): bool {
  switch (key) {
    case ON: {
      if (reader.peek() != TEXT) return wrong(rule, 'on', 'not a text');
      const size = reader.text();
      if (size < 1 || size > MAX_READING) return wrong(rule, 'on', 'not 1 to 64 bytes');
      memory.copy(changetype<usize>(rule.reading), reader.data, size);
      rule.readingLength = size;
      return true;
    }
    case ABOVE:
      rule.side = 1;
      rule.limit = micro(reader);
      return micros || wrong(rule, 'above', 'not a number up to 10^12');
    case BELOW:
      rule.side = -1;
      rule.limit = micro(reader);
      return micros || wrong(rule, 'below', 'not a number up to 10^12');
    case CLEAR:
      rule.clear = micro(reader);
      return micros || wrong(rule, 'clear', 'not a number up to 10^12');
    case CHANGE_BY:
      rule.limit = micro(reader);
      return (micros && rule.limit > 0) || wrong(rule, 'change', 'not a number above 0');
    case SET: {
      const pin = reader.peek() == UINT ? reader.uint() : u64.MAX_VALUE;
      rule.pin = pin < NO_PIN ? <u32>pin : NO_PIN;
      return pin < NO_PIN || wrong(rule, 'set', 'not a pin from 0 to 255');
    }
    case FOR:
      rule.hold = seconds(reader, 0);
      return rule.hold != u64.MAX_VALUE || wrong(rule, 'for', 'not 0 to 604800 seconds');
    case WITHIN:
      rule.span = seconds(reader, 1);
      return rule.span != u64.MAX_VALUE || wrong(rule, 'within', 'not 1 to 604800 seconds');
    case EVERY:
      rule.span = seconds(reader, 1);
      return rule.span != u64.MAX_VALUE || wrong(rule, 'every', 'not 1 to 604800 seconds');
    case TELL: {
      const size = reader.peek() == TEXT ? reader.text() : 0;
      const at = reader.data;
      if (isAscii(at, size, 'mean')) rule.function = MEAN;
      else if (isAscii(at, size, 'min')) rule.function = LEAST;
      else if (isAscii(at, size, 'max')) rule.function = MOST;
      else if (isAscii(at, size, 'sum')) rule.function = SUM;
      else if (isAscii(at, size, 'count')) rule.function = COUNT;
      else return wrong(rule, 'tell', 'not mean, min, max, sum or count');
      return true;
    }
    case AT: {
      const size = reader.peek() == TEXT ? reader.text() : 0;
      const minute = size == 5 ? minuteOf(reader.data) : -1;
      rule.minute = <u32>minute;
      return minute >= 0 || wrong(rule, 'at', 'not a time from 00:00 to 23:59');
    }
    case DAYS: {
      if (reader.peek() != ARRAY) return wrong(rule, 'days', 'not an array');
      rule.days = 0;
      for (let n = reader.array(); n; n--) {
        const day = <u32>(reader.peek() == UINT ? min<u64>(reader.uint(), 8) : 0);
        if (day < 1 || day > 7) return wrong(rule, 'days', 'not 1 (Monday) to 7');
        const bit: u32 = 1;
        rule.days |= bit << (day - 1);
      }
      return rule.days != 0 || wrong(rule, 'days', 'empty');
    }
  }
  const size = reader.peek() == TEXT ? reader.text() : 0;
  if (isAscii(reader.data, size, 'alarm')) rule.say = ALARM;
  else if (!isAscii(reader.data, size, 'event')) return wrong(rule, 'say', 'not event or alarm');
  else rule.say = EVENT;
  return true;
}

/** Which kind the keys make, and whether they belong together. */
function whole(rule: Rule, keys: u32): bool {
  const said = keys & ~SAY;
  if (keys & (ABOVE | BELOW)) {
    rule.kind = THRESHOLD;
    if ((keys & (ABOVE | BELOW)) == (ABOVE | BELOW)) return wrong(rule, 'below', 'beside above');
    if (!(keys & CLEAR)) rule.clear = rule.limit;
    if ((rule.limit - rule.clear) * rule.side < 0) return wrong(rule, 'clear', 'beyond the limit');
    return fits(rule, said, ON | (keys & (ABOVE | BELOW)), CLEAR | FOR | SET);
  }
  if (keys & CHANGE_BY) {
    rule.kind = CHANGE;
    return fits(rule, said, ON | CHANGE_BY | WITHIN, 0);
  }
  if (keys & EVERY) {
    rule.kind = AGGREGATE;
    return fits(rule, said, ON | EVERY | TELL, 0);
  }
  rule.kind = SCHEDULE;
  return fits(rule, said, AT, DAYS);
}

function fits(rule: Rule, keys: u32, needed: u32, allowed: u32): bool {
  const missing = needed & ~keys;
  if (missing) return wrong(rule, nameOf(missing & -missing), 'missing');
  const more = keys & ~(needed | allowed);
  return more == 0 || wrong(rule, nameOf(more & -more), 'does not belong to such a rule');
}

function nameOf(key: u32): string {
  switch (key) {
    case ON:
      return 'on';
    case CLEAR:
      return 'clear';
    case FOR:
      return 'for';
    case SET:
      return 'set';
    case WITHIN:
      return 'within';
    case EVERY:
      return 'every';
    case TELL:
      return 'tell';
    case AT:
      return 'at';
  }
  return 'days';
}

/** Whether the last `micro` was a number in range. */
let micros: bool = false;

/** An integer or a decimal fraction (RFC 8949 section 3.4.4) in 10^-6, digits beyond cut off. */
function micro(reader: CborReader): i64 {
  micros = false;
  let exponent: i64 = 0;
  if (reader.peek() == TAG) {
    if (reader.tag() != 4 || reader.peek() != ARRAY || reader.array() != 2) return 0;
    if (reader.peek() > NEGATIVE) return 0;
    exponent = reader.int();
  }
  if (reader.peek() > NEGATIVE) return 0;
  const mantissa = reader.int();
  if (reader.error) return 0;
  return scaled(mantissa, exponent);
}

/** mantissa × 10^exponent in 10^-6; `inRange` tells whether it is at most 10^12. */
export function scaled(mantissa: i64, exponent: i64): i64 {
  micros = false;
  if (exponent < -40 || exponent > 18) return 0;
  let shift = exponent + 6;
  let value = mantissa;
  for (; shift < 0 && value; shift++) value /= 10;
  for (; shift > 0 && value; shift--) {
    if (abs(value) > LARGEST / 10) return 0;
    value *= 10;
  }
  micros = value <= LARGEST && value >= -LARGEST;
  return value;
}

export function inRange(): bool {
  return micros;
}

function seconds(reader: CborReader, least: u64): u64 {
  const value = reader.peek() == UINT ? reader.uint() : u64.MAX_VALUE;
  return value < least || value > LONGEST ? u64.MAX_VALUE : value * 1000;
}

/** hh:mm; -1 when it is none. */
function minuteOf(at: usize): i32 {
  return clock(load<u8>(at), load<u8>(at, 1), load<u8>(at, 2), load<u8>(at, 3), load<u8>(at, 4));
}

function clock(a: i32, b: i32, colon: i32, c: i32, d: i32): i32 {
  a -= 0x30;
  b -= 0x30;
  c -= 0x30;
  d -= 0x30;
  if (<u32>a > 2 || <u32>b > 9 || <u32>c > 5 || <u32>d > 9 || colon != 0x3a || 10 * a + b > 23) return -1;
  return 60 * (10 * a + b) + 10 * c + d;
}

function isName(at: usize, size: u32): bool {
  for (let i: u32 = 0; i < size; i++) {
    const c: u32 = load<u8>(at + i);
    if (c - 0x61 > 25 && c - 0x30 > 9 && c != 0x2d && c != 0x5f && c != 0x2e) return false;
  }
  return true;
}

/** FNV-1a, 64 bits: for telling a changed rule from the same, not against forgery. */
function fnv(at: usize, length: u32): u64 {
  let hash: u64 = 0xcbf29ce484222325;
  for (let i: u32 = 0; i < length; i++) hash = (hash ^ load<u8>(at + i)) * 0x100000001b3;
  return hash;
}

function wrong(rule: Rule, key: string, why: string): bool {
  refuse(rule, key, why);
  return false;
}

/** rules.<name>.<key>: why */
export function refuse(rule: Rule | null, key: string, why: string): i32 {
  refusal.ascii('rules');
  if (rule !== null) {
    refusal.u8(0x2e);
    refusal.bytes(changetype<usize>(rule.name), rule.nameLength);
  }
  if (key.length) {
    refusal.u8(0x2e);
    refusal.ascii(key);
  }
  refusal.ascii(': ');
  refusal.ascii(why);
  return -1;
}

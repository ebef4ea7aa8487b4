// modules/rules without an actor: a document or a pack goes in at 4096; what rules say is listed at 8192, 16 bytes each.
import { refusal } from '../../../modules/rules/assembly/document';
import { Engine } from '../../../modules/rules/assembly/engine';
import { PackReader } from '../../../modules/rules/assembly/pack';
import { Rule } from '../../../modules/rules/assembly/rule';

const IN: usize = 4096;
const OUT: usize = 8192;
const MOST: u32 = 256;

let said: u32 = 0;

class Probe extends Engine {
  protected say(rule: Rule, active: bool, value: i64): void {
    if (said == MOST) return;
    const at = OUT + 16 * said++;
    store<i64>(at, value);
    store<u8>(at + 8, active ? 1 : 0);
    store<u8>(at + 9, <u8>rule.say);
    store<u8>(at + 10, load<u8>(changetype<usize>(rule.name)));
  }

  /** Pins are bits, of which those above 15 are not granted. */
  protected set(pin: u32, high: bool): bool {
    if (pin > 15) return false;
    const bit: u32 = 1 << pin;
    pins = high ? pins | bit : pins & ~bit;
    touched |= bit;
    return true;
  }
}

let pins: u32 = 0;
let touched: u32 = 0;
/** High pins, and those that were set at all. */
export function outputs(): u32 {
  return pins | (touched << 16);
}

const engine = new Probe();
let now: u64 = 0;

class Readings extends PackReader {
  protected reading(name: usize, length: u32, value: i64): void {
    engine.reading(name, length, value, now);
  }
}

const readings = new Readings();

export function take(length: u32): i32 {
  return engine.take(IN, length) ? <i32>engine.count : -1;
}
export function refusedAt(): usize {
  return refusal.start;
}
export function refusedLength(): u32 {
  return refusal.length;
}
export function reading(length: u32, value: i64, time: u64): void {
  engine.reading(IN, length, value, time);
  engine.flush();
}
export function pack(length: u32, time: u64): bool {
  now = time;
  const good = readings.pack(IN, length);
  engine.flush();
  return good;
}
export function tick(time: u64, unix: u64): u64 {
  return engine.tick(time, unix);
}
/** How much was said since the last call. */
export function listen(): u32 {
  const count = said;
  said = 0;
  return count;
}

__arena_mark();
export function forget(): void {
  __arena_reset();
}

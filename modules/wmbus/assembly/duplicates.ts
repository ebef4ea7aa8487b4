// The same telegram heard again: from a repeater, or from a second receiver. What repeaters change (hop and repeat bits of
// the extended link layer and of the configuration field) is not compared, and a reading that stays the same is no
// duplicate: its access number, or the time, has moved on.
import { fingerprint } from './fingerprint';
import { METER } from './telegram';

/** Address of the meter (8), hash (4), time heard (4). */
const ENTRY: u32 = 16;
const ENTRIES: u32 = 32;
const heard: usize = memory.data(512, 8);
let next: u32 = 0;

/**
 * Whether the telegram that `decode` has just accepted was heard within the last `window` milliseconds; remembers it.
 * `now` is a clock in milliseconds, which may wrap.
 */
export function isDuplicate(now: u32, window: u32): bool {
  const hash = fingerprint();
  for (let e = heard; e < heard + ENTRIES * ENTRY; e += ENTRY) {
    if (load<u64>(e) != load<u64>(METER) || load<u32>(e, 8) != hash) continue;
    if (now - load<u32>(e, 12) <= window) return true;
    store<u32>(e, now, 12);
    return false;
  }
  const e = heard + next * ENTRY;
  next = (next + 1) % ENTRIES;
  store<u64>(e, load<u64>(METER));
  store<u32>(e, hash, 8);
  store<u32>(e, now, 12);
  return false;
}

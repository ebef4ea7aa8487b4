// Timers of the client and its random delays. Time is milliseconds in 32 bits that wrap: differences count.

/** Repetition of the outstanding request (T_retry). */
export const RETRY: u32 = 0;
/** Keep alive. */
export const PING: u32 = 1;
/** End of the gateway's congestion (T_WAIT). */
export const HOLD: u32 = 2;
/** Pause before the next CONNECT. */
export const PAUSE: u32 = 3;
export const SEARCH: u32 = 4;
/** Our answer to another client's SEARCHGW. */
export const ANSWER: u32 = 5;
/** End of sleep. */
export const WAKE: u32 = 6;
const COUNT: u32 = 7;

/** No timer runs. */
export const NEVER: u32 = u32.MAX_VALUE;

const AT = memory.data(COUNT << 2, 4);
let armed: u32 = 0;
let seed: u32 = 1;

export function arm(timer: u32, at: u32): void {
  store<u32>(AT + (timer << 2), at);
  armed |= 1 << timer;
}

export function disarm(timer: u32): void {
  armed &= ~(1 << timer);
}

export function running(timer: u32): bool {
  return ((armed >> timer) & 1) != 0;
}

/** Stops `timer` and tells true when it runs and its time has come. */
export function elapsed(timer: u32, now: u32): bool {
  if (!running(timer) || !past(load<u32>(AT + (timer << 2)), now)) return false;
  disarm(timer);
  return true;
}

export function past(at: u32, now: u32): bool {
  return <i32>(now - at) >= 0;
}

/** Milliseconds until the first timer, or NEVER. */
export function untilFirst(now: u32): u32 {
  let least = NEVER;
  for (let timer: u32 = 0; timer < COUNT; timer++) {
    if (running(timer)) least = min(least, until(load<u32>(AT + (timer << 2)), now));
  }
  return least;
}

export function until(at: u32, now: u32): u32 {
  return past(at, now) ? 0 : at - now;
}

export function setSeed(value: u32): void {
  // An odd factor keeps different seeds different and spreads small ones.
  seed = value ? value * 0x9e3779b1 : 1;
}

/** 0 to `bound` milliseconds (xorshift32: delays have to differ, not to be secret). */
export function randomDelay(bound: u32): u32 {
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return bound ? seed % (bound + 1) : 0;
}

// MsgIds (5.3.7): never 0, and never twice across a restart: the owner keeps a limit, beyond which none is used before a new
// limit has been kept.

const BLOCK: u32 = 64;

let last: u32 = 0;
let limit: u32 = 0;
let pending: bool = false;

/** `kept`: what `idLimit` last gave before the restart, or 0. */
export function startIds(kept: u32): void {
  last = kept & 0xffff;
  limit = last;
  pending = false;
}

export function newId(): u32 {
  if (last == limit) {
    limit = (limit + BLOCK) & 0xffff;
    pending = true;
  }
  last = (last + 1) & 0xffff;
  return last ? last : newId();
}

/** What to keep before anything more is sent, once; -1: nothing. */
export function idLimit(): i32 {
  if (!pending) return -1;
  pending = false;
  return limit;
}

// The gateways known (6.1): an id, an address, and until when an ADVERTISE vouches for it. Bounded: a flood of
// advertisements never displaces a configured gateway or the one in use.
import { ADDRESS, GATEWAYS } from './config';
import { NEVER, past, until } from './time';

// Entry: gwId u8, flags u8, octets of the address u8, a spare one, expiry u32, address.
const SIZE: u32 = 28;
const TABLE = memory.data(GATEWAYS * SIZE, 4);
const USED: u32 = 1;
/** From the owner: never forgotten. */
const CONFIGURED: u32 = 2;
/** An ADVERTISE told until when. */
const EXPIRES: u32 = 4;

/** The gateway in use or next to be tried. */
export let current: u32 = 0;

function entry(index: u32): usize {
  return TABLE + index * SIZE;
}

export function isGateway(index: u32): bool {
  return (load<u8>(entry(index), 1) & USED) != 0;
}

/** Whether there is a gateway to talk to; moves to the first one when there is none at `current`. */
export function haveGateway(): bool {
  return isGateway(current) || tryNext();
}

/** Moves to the next gateway, the same one when there is no other. False: there is none. */
export function tryNext(): bool {
  for (let step: u32 = 1; step <= GATEWAYS; step++) {
    const index = (current + step) % GATEWAYS;
    if (isGateway(index)) {
      current = index;
      return true;
    }
  }
  return false;
}

export function countGateways(): u32 {
  let count: u32 = 0;
  for (let index: u32 = 0; index < GATEWAYS; index++) count += u32(isGateway(index));
  return count;
}

export function gwIdOf(index: u32): u32 {
  return load<u8>(entry(index));
}

export function addressOf(index: u32): usize {
  return entry(index) + 8;
}

export function addressLengthOf(index: u32): u32 {
  return load<u8>(entry(index), 2);
}

export function isAddressOf(index: u32, address: usize, length: u32): bool {
  return isGateway(index) && addressLengthOf(index) == length && memory.compare(addressOf(index), address, length) == 0;
}

/**
 * Adds a gateway or renews what is known of it. `lifetime`: milliseconds, 0 unlimited. `keep`: the current gateway answers,
 * so nobody may move it to another address. Returns its index, or -1 when it is refused.
 */
export function learn(
  gwId: u32,
  address: usize,
  length: u32,
  configured: bool,
  lifetime: u32,
  now: u32,
  keep: bool,
): i32 {
  if (!length || length > ADDRESS) return -1;
  let place: i32 = -1;
  let lent: i32 = -1;
  for (let index: u32 = 0; index < GATEWAYS; index++) {
    const flags = load<u8>(entry(index), 1);
    if (flags & USED && gwIdOf(index) == gwId) {
      const moved = !isAddressOf(index, address, length);
      if (moved && !configured && (flags & CONFIGURED || (keep && index == current))) return -1;
      place = index;
      break;
    }
    if (!(flags & USED)) {
      if (place < 0) place = index;
    } else if (!(flags & CONFIGURED) && index != current) lent = index;
  }
  if (place < 0) place = lent;
  if (place < 0) return -1;
  const at = entry(place);
  const had = load<u8>(at, 1) & CONFIGURED;
  store<u8>(at, gwId);
  store<u8>(at, USED | (configured ? CONFIGURED : had) | (lifetime ? EXPIRES : 0), 1);
  store<u8>(at, length, 2);
  store<u32>(at, now + lifetime, 4);
  memory.copy(at + 8, address, length);
  return place;
}

/** Forgets gateways whose advertisements have stopped; the one in use has its own signs of life. */
export function expire(now: u32, connected: bool): void {
  for (let index: u32 = 0; index < GATEWAYS; index++) {
    if (expiring(index, connected) && past(load<u32>(entry(index), 4), now)) store<u8>(entry(index), 0, 1);
  }
}

/** Milliseconds until `expire` has something to do, or NEVER. */
export function untilExpiry(now: u32, connected: bool): u32 {
  let least = NEVER;
  for (let index: u32 = 0; index < GATEWAYS; index++) {
    if (expiring(index, connected)) least = min(least, until(load<u32>(entry(index), 4), now));
  }
  return least;
}

function expiring(index: u32, connected: bool): bool {
  const flags = load<u8>(entry(index), 1);
  return (flags & (USED | CONFIGURED | EXPIRES)) == (USED | EXPIRES) && !(connected && index == current);
}

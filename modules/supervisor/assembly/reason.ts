/** Why a device says no or goes back (docs/update-protocol.md). The numbers are in flash: never change one. */
export const enum Reason {
  NONE = 0,
  MALFORMED = 1,
  UNSUPPORTED = 2,
  WRONG_DEVICE = 3,
  UNKNOWN_KEY = 4,
  BAD_SIGNATURE = 5,
  BAD_DIGEST = 6,
  ROLLBACK = 7,
  EXPIRED = 8,
  TOO_BIG = 9,
  BAD_GRANT = 10,
  BUSY = 11,
  FLASH = 12,
  NO_START = 13,
  TRAP = 14,
  UNHEALTHY = 15,
  NO_BROKER = 16,
  DEADLINE = 17,
  INTERRUPTED = 18,
}

const WORDS: StaticArray<string> = [
  'none',
  'malformed',
  'unsupported',
  'wrong-device',
  'unknown-key',
  'bad-signature',
  'bad-digest',
  'rollback',
  'expired',
  'too-big',
  'bad-grant',
  'busy',
  'flash',
  'no-start',
  'trap',
  'unhealthy',
  'no-broker',
  'deadline',
  'interrupted',
];

export function reasonText(reason: Reason): string {
  return <u32>reason < <u32>WORDS.length ? WORDS[reason] : 'unknown';
}

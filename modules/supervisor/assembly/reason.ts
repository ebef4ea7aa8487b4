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
  OVER_BUDGET = 19,
  NOT_FOUND = 20,
  REVOKED_KEY = 21,
  ORPHAN = 22,
  DEPENDENCY = 23,
  NO_ROOM = 24,
  NO_KEY = 25,
  BAD_SET = 26,
  NO_BASE = 27,
  BAD_PAYLOAD = 28,
  NO_ROLLOUT = 29,
  BAD_SOURCE = 30,
}

// In order, one text: each string of its own would cost a header and an entry in a table.
export const REASONS: string =
  'none malformed unsupported wrong-device unknown-key bad-signature bad-digest rollback expired too-big bad-grant busy flash ' +
  'no-start trap unhealthy no-broker deadline interrupted over-budget not-found revoked-key orphan dependency no-room no-key bad-set no-base bad-payload no-rollout bad-source';

// What the supervisor and modules/verifier write to each other, little endian. Both ends are parts of one firmware, but a
// supervisor that was updated talks to the verifier of the firmware: these numbers never change, they only grow.

/** What is asked: the first byte of a request. */
export const enum Ask {
  /** Judge an envelope that was offered; it follows the request. */
  OFFER = 1,
  /** Judge a slot: its envelope, and the digest of what follows it. */
  SLOT = 2,
  /** Judge a key set that was offered; it follows the request. */
  KEYS = 3,
  /** Tell what lies in the slots. */
  SLOTS = 4,
  /** Tell the journal. */
  HISTORY = 5,
  /** Go on: one byte, when the answer was `Say.MORE`. */
  MORE = 6,
  /** Write the letter for a signature: one byte, then the signature's number. */
  LETTER = 7,
  /** Judge the delivery of a group key that was offered; it follows the request. */
  GROUP = 8,
  /** Judge a rollout; it follows the request. */
  ROLLOUT = 9,
}

/** The first byte of an answer. */
export const enum Say {
  VERDICT = 1,
  /** A letter for a verifier of signatures follows; the second byte is its algorithm. */
  LETTER = 2,
  MORE = 3,
  /** What to publish follows. */
  INFO = 4,
}

/** What runs that is checked here; a key that was revoked since then does not take it away. */
export const FLAG_RUNNING: u8 = 1;
/** The needs of the manifest have to be met by what is there; without it also by what its set will bring. */
export const FLAG_COMPLETE: u8 = 2;
/** The digest of what arrived, not of the module that it becomes. */
export const FLAG_WIRE: u8 = 4;
/** It goes back: what stays must not need more than it. */
export const FLAG_BACK: u8 = 8;
/** The envelope alone: what follows it has not all arrived, or is known. */
export const FLAG_ENVELOPE: u8 = 16;

// A request: 0 ask, 1 flags, 2 place, 3 slot (from 1), 4 place of the key set, 5 place of the group key, 6 places, then from
// REQUEST_HEAD on for each place 0 sequence (u64), 8 floor (u64), 16 component id (u32), 24 the slots that are active, candidate,
// and previous (u8 each); then the envelope.
export const REQUEST_HEAD: u32 = 8;
export const REQUEST_PLACE: u32 = 32;
export const PLACES_MAX: u32 = 5;
export const REQUEST_MAX: u32 = REQUEST_HEAD + PLACES_MAX * REQUEST_PLACE;
export const PLACE_FLOOR: usize = 8;
export const PLACE_ID: usize = 16;
export const PLACE_ACTIVE: usize = 24;

// A verdict. What a component is known by later stands before IDENTITY_SIZE.
export const VERDICT_REASON: usize = 1;
export const VERDICT_PLACE: usize = 2;
/** `Kind` */
export const VERDICT_KIND: usize = 3;
/** Signatures that are to be verified. */
export const VERDICT_COUNT: usize = 4;
/** KEYS: which root of the set in force signed, from 1; 0: none. OFFER: 1: the key set asks for a rollout. */
export const VERDICT_ROOT: usize = 5;
/** KEYS: which of its own roots signed, from 1; 0: none. How many of them have to. */
export const VERDICT_OWN_ROOT: usize = VERDICT_PLACE;
export const VERDICT_OWN_THRESHOLD: usize = VERDICT_KIND;
/** Members of its set; 0: it is on its own. KEYS: how many roots have to sign. ROLLOUT: how many manifests it names. */
export const VERDICT_MEMBERS: usize = 6;
export const VERDICT_NAME_LENGTH: usize = 7;
/** First 8 bytes of SHA-256 of the envelope. */
export const VERDICT_TRANSFER: usize = 8;
/** First 4 bytes of SHA-256 of the component's name, or of the group's. */
export const VERDICT_ID: usize = 16;
export const VERDICT_SEQUENCE: usize = 24;
/** First 4 bytes of SHA-256 of the list of its set. */
export const VERDICT_SET: usize = 32;
/** Least sequence number of a module to go back to. */
export const VERDICT_OLDEST: usize = 40;
/** Bytes of the module; bytes that travel. */
export const VERDICT_SIZE: usize = 48;
export const VERDICT_WIRE: usize = 52;
/** Of the module; of a key set. */
export const VERDICT_DIGEST: usize = 56;
export const VERDICT_NAME: usize = 88;
export const IDENTITY_SIZE: u32 = 120;
export const VERDICT_MEMORY: usize = 120;
export const VERDICT_STACK: usize = 124;
export const VERDICT_FUEL: usize = 128;
export const VERDICT_MAILBOX: usize = 132;
/** `Encoding` */
export const VERDICT_ENCODING: usize = 136;
export const VERDICT_GRANTS: usize = 137;
/** Bytes behind the verdict: of a refusal what is missing, of a rollout SHA-256 of each manifest. */
export const VERDICT_TAIL: usize = 138;
/** ENCRYPTED*: the salt of the content key. DELTA: SHA-256 of the module that it is made from. */
export const VERDICT_SALT: usize = 140;
/** Each grant: capability, length of the scope, scope. */
export const VERDICT_SIZE_MIN: u32 = 172;
export const VERDICT_MAX: u32 = 1400;

// Behind the tail of a good verdict.
/** SHA-256 of the manifest. */
export const AFTER_MANIFEST: usize = 0;
/** ENCRYPTED_DELTA: SHA-256 of the module that it is made from. */
export const AFTER_BASE: usize = 32;
/** ENCRYPTED_*: bytes of the stream in the ciphertext. */
export const AFTER_PACKED: usize = 64;
export const AFTER_SIZE: u32 = 68;

export const enum Kind {
  MODULE = 0,
  /** Takes the place of the supervisor that is part of the firmware. */
  SUPERVISOR = 1,
  /** Bytes that modules may read. */
  DATA = 2,
}

/** How what travels becomes the module. */
export const enum Encoding {
  PLAIN = 0,
  ENCRYPTED = 1,
  /** DEFLATE. */
  PACKED = 2,
  /** DEFLATE, with the module that runs as its dictionary. */
  DELTA = 3,
  /** First DEFLATE, then encrypted. */
  ENCRYPTED_PACKED = 4,
  ENCRYPTED_DELTA = 5,
}

export function isEncrypted(encoding: Encoding): bool {
  return encoding == Encoding.ENCRYPTED || encoding >= Encoding.ENCRYPTED_PACKED;
}

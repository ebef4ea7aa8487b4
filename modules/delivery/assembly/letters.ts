// The letters between modules and this one: a verb, then its fields, little endian. runtime/guest/delivery.ts is the other end.
import { Bytes } from 'motekit/runtime/guest';

/** From a module. */
export const enum Verb {
  /** 1 class, 2 token (u16; 0: no receipt wanted), then the payload. */
  PUBLISH = 1,
  /** Give me the desired state, now and when it changes. */
  WATCH = 2,
  /** A merge patch for the reported document. */
  REPORT = 3,
  /** 1 accepted, 2 version (u64). */
  APPLIED = 4,
  /** The name of a command that I handle. */
  HANDLE = 5,
  /** 1 status, 2 ticket (u32), then the result. */
  RESULT = 6,
  /** Text for the audit chain; from the supervisor alone. */
  WORD = 7,
}

/** To a module. */
export const enum Answer {
  /** 1 outcome (0 stored, 1 dropped, 2 failed), 2 token (u16), 4 number (u32). */
  RECEIPT = 0x81,
  /** 1 version (u64), then the document. */
  DESIRED = 0x82,
  /** 1 ticket (u32), 5 length of the name, then name and arguments. */
  COMMAND = 0x83,
  /** Are you there? Nothing is answered. */
  PROBE = 0x84,
}

/** Room for a letter that begins with this verb. */
export function letter(verb: Answer, length: u32): Bytes {
  const made = Bytes.alloc(length);
  made.set(0, <u8>verb);
  return made;
}

// What is known of the telegram being decoded: fixed regions of memory.

/** The fields of `telegram`. */
const STATE: usize = memory.data(128, 8);

/** The telegram without link-layer CRCs, from its L field on; of a wired frame L, C, A and what
 * follows. From byte 256 on: the full frame that a compact frame stands for. */
export const MESSAGE: usize = memory.data(608, 8);
export const MESSAGE_MAX: u32 = 608;

/** Records, `RECORD` bytes each. Real ones take four bytes of a telegram and more, so that 64 fill the longest. */
export const RECORDS: usize = memory.data(2048, 8);
export const RECORD: u32 = 32;
export const RECORDS_MAX: u32 = 64;

/** The meter's address as the link layer orders it: manufacturer (2), identification (4), version, device type. */
export const METER: usize = memory.data(8, 8);

// Error codes. Their texts are in errors.ts.
export const OK: u32 = 0;
export const E_EMPTY: u32 = 1;
export const E_LENGTH: u32 = 2;
export const E_TRUNCATED: u32 = 3;
export const E_CRC: u32 = 4;
export const E_CHECKSUM: u32 = 5;
export const E_STOP: u32 = 6;
export const E_C_FIELD: u32 = 7;
export const E_CI_FIELD: u32 = 8;
export const E_NO_KEY: u32 = 9;
export const E_WRONG_KEY: u32 = 10;
export const E_MAC: u32 = 11;
export const E_MODE: u32 = 12;
export const E_DIF: u32 = 13;
export const E_DIFE: u32 = 14;
export const E_VIFE: u32 = 15;
export const E_LVAR: u32 = 16;
export const E_RECORDS: u32 = 17;
export const E_FORMAT: u32 = 18;
export const E_METER: u32 = 19;
export const E_FRAGMENT: u32 = 20;
export const E_KEY: u32 = 21;
export const E_SIGNATURE: u32 = 22;
// Messages that are no readings: refused by their name.
export const E_COSEM: u32 = 23;
export const E_OBIS: u32 = 24;
export const E_NETWORK: u32 = 25;
export const E_IMAGE: u32 = 26;
export const E_KEY_TRANSFER: u32 = 27;
export const E_CLOCK: u32 = 28;
export const E_RESET: u32 = 29;
export const E_BAUD: u32 = 30;
export const E_TLS: u32 = 31;
export const E_COMMAND: u32 = 32;
export const E_ELL_V: u32 = 33;

// Layers, in the order of the stack.
export const LINK: u32 = 0;
export const ELL: u32 = 1;
export const NWL: u32 = 2;
export const AFL: u32 = 3;
export const TPL: u32 = 4;
export const APL: u32 = 5;

// Frame formats.
export const FORMAT_AUTO: u32 = 0;
/** Link-layer CRCs already removed, as most receivers do. */
export const FORMAT_NONE: u32 = 1;
/** EN 13757-4 section 12.3. */
export const FORMAT_A: u32 = 2;
/** EN 13757-4 section 12.4. */
export const FORMAT_B: u32 = 3;
/** Long frame of EN 13757-2. */
export const FORMAT_WIRED: u32 = 4;

// What became of the payload's encryption.
export const PLAIN: u32 = 0;
/** Decrypted here, with a key. */
export const DECRYPTED: u32 = 1;
/** The header names an encryption, the payload is readable: somebody decrypted it before. */
export const READABLE: u32 = 2;

/** One for all: at a fixed address, without an allocation. */
@unmanaged
export class Telegram {
  error: u32;
  layer: u32;
  /** Of the error, in the bytes that the caller gave. */
  offset: u32;

  format: u32;
  /** Bytes in MESSAGE. */
  length: u32;
  c: u32;
  /** Address of a wired frame. */
  a: u32;
  /** dBm, or 0 when the receiver told none. */
  rssi: i32;

  /** CI field of each extension layer that is present, else 0. */
  ell: u32;
  nwl: u32;
  afl: u32;
  /** CI field of the transport layer. */
  ci: u32;
  /** Offset of the extended link layer in MESSAGE, and its session number. */
  ellAt: u32;
  session: u32;
  /** Message counter, of the transport or the authentication layer, where there is one. */
  counter: u32;
  hasCounter: bool;
  /** Which key: bits 0 to 3 its identifier, 4 and 5 the derivation of EN 13757-7 clause 9.6. */
  keyInformation: u32;
  /** Only whether there are whole records is asked: nothing is kept or learned. */
  probing: bool;
  /** The message was put together out of fragments. */
  joined: bool;

  accessNumber: u32;
  status: u32;
  /** TPL configuration field; its security mode. */
  configuration: u32;
  mode: u32;
  /** Encryption of the extended link layer: 0 none, 1 AES-128-CTR. */
  ellMode: u32;
  /** PLAIN, DECRYPTED or READABLE. */
  payload: u32;
  /** A message authentication code was there and holds. */
  authenticated: bool;

  records: u32;
  /** Records that had been read when the telegram was refused: their places still stand in RECORDS. */
  readBefore: u32;
  /** More records follow in a next telegram (DIF 1Fh). */
  more: bool;
  /** Manufacturer-specific data: offset in MESSAGE and length. */
  specific: u32;
  specificLength: u32;

  clear(): void {
    memory.fill(STATE, 0, offsetof<Telegram>());
    this.format = FORMAT_NONE;
  }

  /** Refuses the telegram. `offset` counts in MESSAGE; the error names the byte as the caller has it. */
  fail(error: u32, layer: u32, offset: u32): bool {
    this.error = error;
    this.layer = layer;
    this.offset = this.rawOffset(offset);
    this.readBefore = max(this.readBefore, this.records);
    this.records = 0;
    this.specificLength = 0;
    return false;
  }

  /** The same, where the byte is known as the caller has it. */
  failAt(error: u32, layer: u32, offset: u32): bool {
    this.fail(error, layer, 0);
    this.offset = offset;
    return false;
  }

  private rawOffset(offset: u32): u32 {
    // Behind the telegram stands the full frame of a compact one; a joined message is in no frame.
    if (this.joined) return 0;
    if (offset > 256) offset = this.length;
    if (this.format == FORMAT_A && offset >= 10) return offset + 2 + 2 * ((offset - 10) >> 4);
    if (this.format == FORMAT_B && offset >= 126) return offset + 2;
    if (this.format == FORMAT_WIRED) return offset + 3;
    return offset;
  }
}

export const telegram = changetype<Telegram>(STATE);

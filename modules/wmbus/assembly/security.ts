// Keys and ciphers of EN 13757-7 and of the extended link layer (EN 13757-4 clause 13).
import { again, open } from '../../lib/assembly/aead';
import { cbcDecrypt, cmac, ctr, expandKey } from '../../lib/assembly/aes';
import { equalSecret } from '../../lib/assembly/bytes';
import { crc16 } from './crc';
import { readsWell } from './layers';
import { MESSAGE, METER, telegram } from './telegram';

/**
 * Answers the keys of a meter, one after the other: `address` is 8 bytes (manufacturer, identification, version, type),
 * `attempt` counts from 0. Returns the address of 16 bytes, or 0 when there is no further key.
 */
export type KeyLookup = (address: usize, attempt: u32) => usize;

/** A block cipher of old meters, CBC in place: key, initialisation vector, data, blocks of 8 bytes. */
export type OldCipher = (key: usize, iv: u64, data: usize, blocks: u32) => void;

let des: OldCipher | null = null;

/** Security mode 2 is withdrawn, and DES is large: the core goes without it until it is given here. */
export function useDes(cipher: OldCipher): void {
  des = cipher;
}

export function hasDes(): bool {
  return des != null;
}

/** What the header of a manufacturer's security mode stands before: puts it in clear where it can. */
export type Descrambler = (data: usize, len: u32) => void;

export let descrambler: Descrambler | null = null;

/** Modes 16 to 31 belong to manufacturers: the core takes what is under them as it stands until this is given. */
export function useDescrambler(given: Descrambler): void {
  descrambler = given;
}

// What `tryKeys` does, beside the security modes of the transport layer by their numbers (EN 13757-7 table 19).
export const ELL_CTR: u32 = 32;
export const AFL_MAC: u32 = 33;
const DES_CBC: u32 = 2;
export const CBC_ADDRESS: u32 = 5;
export const GCM: u32 = 9;
export const CCM: u32 = 10;

/** What `tryKeys` answers. */
export const DONE: u32 = 0;
export const NO_KEY: u32 = 1;
export const NO_FIT: u32 = 2;
/** The text reads well, but its tag is wrong. */
export const BAD_TAG: u32 = 3;

const schedule = memory.data(176, 8);
const iv = memory.data(16, 8);
/** The first block, to try a key on. */
const trial = memory.data(16, 8);
const derived = memory.data(16, 8);

/** The key that the MAC of the authentication layer fits, or 0. */
let fitting: usize = 0;

/** Bytes that are authenticated beside the text; the tag's size. */
let aad: usize = 0;
let aadLength: u32 = 0;
let tagSize: u32 = 0;

/** At the begin of a telegram. */
export function forgetFitting(): void {
  fitting = 0;
}

/**
 * What modes 9 and 10 need: the transport layer's header from its CI field on, without the message counter, and the size
 * of the tag behind the text.
 */
export function useTag(header: usize, headerLength: u32, size: u32): void {
  aad = header;
  aadLength = headerLength;
  tagSize = size;
}

/** The MAC of the authentication layer. */
export function useMac(mac: usize, size: u32): void {
  aad = mac;
  tagSize = size;
}

/**
 * Tries each key of the meter on `len` bytes at `data` and decrypts them in place with the one that fits, or checks the
 * MAC. What tells that a key fits: the payload CRC in the extended link layer; 2F2Fh in front in the CBC modes, as far as
 * `mask` has ones; the MAC or tag where there is one.
 */
export function tryKeys(method: u32, data: usize, len: u32, keyOf: KeyLookup, mask: u32 = 0xffff): u32 {
  let read = false;
  let attempt: u32 = 0;
  while (true) {
    const key = fitting ? (attempt ? 0 : fitting) : keyOf(METER, attempt);
    if (key == 0) return read ? BAD_TAG : attempt ? NO_FIT : NO_KEY;
    attempt++;
    if (method == DES_CBC) {
      memory.copy(trial, data, 8);
      des!(key, 0, trial, 1);
      if (load<u16>(trial) != 0x2f2f) continue;
      des!(key, 0, data, len >> 3);
      return DONE;
    }
    prepareKey(method, key);
    if (method == ELL_CTR) {
      ellCounter();
      ctr(schedule, iv, data, len);
      if (load<u16>(data) == crc16(data + 2, len - 2)) return DONE;
      ellCounter();
      ctr(schedule, iv, data, len);
    } else if (method == AFL_MAC) {
      cmac(schedule, data, len, derived);
      if (equalSecret(derived, aad, tagSize)) {
        fitting = key;
        return DONE;
      }
    } else if (method == GCM || method == CCM) {
      prepareNonce(method == GCM);
      if (open(schedule, method == GCM, iv, aad, aadLength, data, len, tagSize)) return DONE;
      if (readsWell(data, len)) read = true;
      again(schedule, data, len);
    } else {
      memory.fill(iv, 0, 16);
      if (method == CBC_ADDRESS) {
        // Clause 7.6.4: address of the meter, eight times the access number.
        memory.copy(iv, METER, 8);
        memory.fill(iv + 8, <u8>telegram.accessNumber, 8);
      }
      memory.copy(trial, data, 16);
      cbcDecrypt(schedule, iv, trial, 1);
      if ((load<u16>(trial) ^ 0x2f2f) & mask) continue;
      cbcDecrypt(schedule, iv, data, len >> 4);
      return DONE;
    }
  }
}

/** Counter block: M and A field of the link layer, CC without its hop and repeat bits, SN, frame and block number. */
function ellCounter(): void {
  const ell = MESSAGE + telegram.ellAt;
  memory.fill(iv, 0, 16);
  memory.copy(iv, MESSAGE + 2, 8);
  store<u8>(iv, load<u8>(ell, 1) & ~0x12, 8);
  store<u32>(iv, telegram.session, 9);
}

/** The address of the meter and the message counter, most significant byte first; in CCM one more byte between them. */
function prepareNonce(gcm: bool): void {
  memory.copy(iv, METER, 8);
  store<u8>(iv, 0, 8);
  store<u32>(iv + (gcm ? 8 : 9), bswap<u32>(telegram.counter));
}

/** Expands the key itself or, where the configuration says so, what key derivation function A makes of it. */
function prepareKey(method: u32, key: usize): void {
  expandKey(key, schedule);
  const forMac = method == AFL_MAC;
  if (!forMac && (!telegram.hasCounter || (telegram.keyInformation & 0x30) != 0x10)) return;
  // EN 13757-7 clause 9.6: CMAC of the purpose (0: encryption, 1: MAC, from the meter), the message counter, the
  // identification and seven times 07h.
  store<u8>(trial, forMac ? 1 : 0);
  store<u32>(trial, telegram.counter, 1);
  store<u32>(trial, load<u32>(METER, 2), 5);
  memory.fill(trial + 9, 7, 7);
  cmac(schedule, trial, 16, derived);
  expandKey(derived, schedule);
}

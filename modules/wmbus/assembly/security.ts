// Keys and ciphers of EN 13757-7 and of the extended link layer (EN 13757-4 clause 13).
import { cbcDecrypt, cmac, ctr, expandKey } from '../../lib/assembly/aes';
import { equalSecret } from '../../lib/assembly/bytes';
import { desCbcDecrypt } from '../../lib/assembly/des';
import { crc16 } from './crc';
import { MESSAGE, METER, telegram } from './telegram';

/**
 * Answers the keys of a meter, one after the other: `address` is 8 bytes (manufacturer, identification, version, type),
 * `attempt` counts from 0. Returns the address of 16 bytes, or 0 when there is no further key.
 */
export type KeyLookup = (address: usize, attempt: u32) => usize;

const schedule = memory.data(176, 8);
const iv = memory.data(16, 8);
/** The first block, to try a key on. */
const trial = memory.data(16, 8);

function useKey(key: usize): void {
  expandKey(key, schedule);
}

/** Initialisation vector of mode 5 (EN 13757-7 clause 7.6.4): address of the meter, eight times the access number. */
function ivMode5(accessNumber: u32): void {
  memory.copy(iv, METER, 8);
  memory.fill(iv + 8, <u8>accessNumber, 8);
}

/**
 * Mode 5: AES-128-CBC of `blocks` blocks at `data`, in place. Tries each key on the first block, whose plaintext begins
 * with 2F2Fh, as far as `mask` has bits. 0: done, 1: no key at all, 2: none fits.
 */
export function decryptMode5(data: usize, blocks: u32, keyOf: KeyLookup, mask: u32 = 0xffff): u32 {
  ivMode5(telegram.accessNumber);
  let attempt: u32 = 0;
  while (true) {
    const key = keyOf(METER, attempt);
    if (key == 0) return attempt ? 2 : 1;
    attempt++;
    useKey(key);
    memory.copy(trial, data, 16);
    cbcDecrypt(schedule, iv, trial, 1);
    if (((<u32>load<u16>(trial) ^ 0x2f2f) & mask) != 0) continue;
    cbcDecrypt(schedule, iv, data, blocks);
    return 0;
  }
}

/** Mode 2: DES-CBC without initialisation vector, keys of 8 bytes. As `decryptMode5`. */
export function decryptMode2(data: usize, blocks: u32, keyOf: KeyLookup): u32 {
  let attempt: u32 = 0;
  while (true) {
    const key = keyOf(METER, attempt);
    if (key == 0) return attempt ? 2 : 1;
    attempt++;
    memory.copy(trial, data, 8);
    desCbcDecrypt(key, 0, trial, 1);
    if (load<u16>(trial) != 0x2f2f) continue;
    desCbcDecrypt(key, 0, data, blocks);
    return 0;
  }
}

/**
 * Extended link layer encryption (EN 13757-4 clause 13.3): AES-128-CTR from the payload CRC at `data` to `end`, in
 * place. Tries each key until the CRC holds. 0: done, 1: no key at all, 2: none fits.
 */
export function decryptEll(cc: u32, session: u32, data: usize, end: usize, keyOf: KeyLookup): u32 {
  const len = <u32>(end - data);
  let attempt: u32 = 0;
  while (true) {
    const key = keyOf(METER, attempt);
    if (key == 0) return attempt ? 2 : 1;
    attempt++;
    useKey(key);
    ellCounter(cc, session);
    ctr(schedule, iv, data, len);
    if (load<u16>(data) == crc16(data + 2, len - 2)) return 0;
    ellCounter(cc, session);
    ctr(schedule, iv, data, len);
  }
}

/** Counter block: M and A field of the link layer, CC without its hop and repeat bits, SN, frame and block number. */
function ellCounter(cc: u32, session: u32): void {
  memory.copy(iv, MESSAGE + 2, 8);
  store<u8>(iv, cc & ~0x12, 8);
  store<u32>(iv, session, 9);
  store<u16>(iv, 0, 13);
  store<u8>(iv, 0, 15);
}

/** Key derivation function A (EN 13757-7 annex B): what the derived key is for, from the meter. */
const FOR_ENCRYPTION: u32 = 0x00;
const FOR_MAC: u32 = 0x01;

const block = trial;
const derived = memory.data(16, 8);

/** CMAC with the master key of purpose, message counter, identification and seven times 07h. */
function deriveKey(key: usize, purpose: u32, counter: u32): void {
  useKey(key);
  store<u8>(block, purpose);
  store<u32>(block, counter, 1);
  memory.copy(block + 5, METER + 2, 4);
  memory.fill(block + 9, 7, 7);
  cmac(schedule, block, 16, derived);
  useKey(derived);
}

/**
 * The message authentication code of the authentication layer, over `len` bytes at `data`, cut to `size` bytes. Tries
 * each key. 0: it holds, 1: no key at all, 2: it holds with none. The key that fits is in `fitting`.
 */
export function verifyMac(counter: u32, data: usize, len: u32, tag: usize, size: u32, keyOf: KeyLookup): u32 {
  let attempt: u32 = 0;
  while (true) {
    const key = keyOf(METER, attempt);
    if (key == 0) return attempt ? 2 : 1;
    attempt++;
    deriveKey(key, FOR_MAC, counter);
    cmac(schedule, data, len, derived);
    if (equalSecret(derived, tag, size)) {
      fitting = key;
      return 0;
    }
  }
}
export let fitting: usize = 0;

/**
 * Mode 7 (EN 13757-7 clause 7.6.6): AES-128-CBC without initialisation vector, with a key derived from the message
 * counter, or with the master key itself when `derive` is false. `known` is a key that has been verified already, or 0.
 */
export function decryptMode7(
  data: usize,
  blocks: u32,
  counter: u32,
  derive: bool,
  known: usize,
  keyOf: KeyLookup,
): u32 {
  memory.fill(iv, 0, 16);
  let attempt: u32 = 0;
  while (true) {
    const key = known ? (attempt ? 0 : known) : keyOf(METER, attempt);
    if (key == 0) return attempt ? 2 : 1;
    attempt++;
    if (derive) deriveKey(key, FOR_ENCRYPTION, counter);
    else useKey(key);
    memory.copy(trial, data, 16);
    cbcDecrypt(schedule, iv, trial, 1);
    if (load<u16>(trial) != 0x2f2f) continue;
    cbcDecrypt(schedule, iv, data, blocks);
    return 0;
  }
}

/** Which byte of a received frame is which byte of the telegram that it carries. Runs in a browser, too. */

import type { Field } from './explain-fields.ts';

/** A byte of the frame: its place in the telegram without link-layer CRCs, or what else it is. */
export type Slot = number | Field;

const crc: Slot = { layer: 'link', field: 'CRC', meaning: 'over the block before it', clause: 'EN 13757-4, 12.3' };
const crcB: Slot = { layer: 'link', field: 'CRC', meaning: 'over the blocks before it', clause: 'EN 13757-4, 12.4' };
const surplus: Slot = { layer: 'link', field: 'surplus', meaning: 'behind the frame: of the receiver', clause: '' };
const longFrame = (field: string, meaning: string): Slot => ({ layer: 'link', field, meaning, clause: 'EN 13757-2' });

/** Format A: ten bytes, then blocks of sixteen, a CRC of two bytes behind each. */
const FIRST_A = 10;
const BLOCK_A = 16;
/** Format B: the first CRC stands behind this many bytes when the frame is longer than 128. */
const FIRST_B = 126;

/** Bytes of a frame in format A with length field `l`. */
const lengthA = (l: number): number => l + 3 + 2 * Math.ceil((l - 9) / BLOCK_A);

/** One slot for each byte of `frame`. `format` is that of the decoder's answer. */
export function slotsOf(frame: Uint8Array, format: string): Slot[] {
  const l = frame[0] ?? 0;
  if (format === 'wired') return Array.from(frame, (_, i) => wired(i, frame[1] ?? 0));
  if (format === 'A') return Array.from(frame, (_, i) => (i < lengthA(l) ? inA(i, lengthA(l)) : surplus));
  if (format === 'B') return Array.from(frame, (_, i) => inB(i, frame.length));
  return Array.from(frame, (_, i) => (i <= l || l < 9 ? i : surplus));
}

function inA(i: number, whole: number): Slot {
  if (i < FIRST_A) return i;
  if (i < FIRST_A + 2 || i >= whole - 2) return crc;
  const [block, at] = [Math.floor((i - FIRST_A - 2) / (BLOCK_A + 2)), (i - FIRST_A - 2) % (BLOCK_A + 2)];
  return at < BLOCK_A ? FIRST_A + BLOCK_A * block + at : crc;
}

function inB(i: number, whole: number): Slot {
  if (i >= whole - 2) return crcB;
  if (i < FIRST_B) return i;
  return i < FIRST_B + 2 ? crcB : i - 2;
}

function wired(i: number, l: number): Slot {
  if (i === 0 || i === 3) return longFrame('start', '68h');
  if (i === 1) return 0;
  if (i === 2) return longFrame('L', 'the length again');
  if (i < l + 4) return i - 3;
  if (i === l + 4) return longFrame('checksum', 'sum of the bytes from C on');
  return i === l + 5 ? longFrame('stop', '16h') : surplus;
}

/** Code words of T mode for the digits 0 to F (EN 13757-4 table 10). */
const THREE_OF_SIX = [22, 13, 14, 11, 28, 25, 26, 19, 44, 37, 38, 35, 52, 49, 50, 41];

/** The frame that chips of T mode (3-of-6) or S mode (Manchester) carry, or null when they carry none. */
export function unchip(chips: Uint8Array): { frame: Uint8Array; coding: string } | null {
  const bits = Array.from(chips, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const symbols = { '3-of-6': [6, 4, (n: number) => THREE_OF_SIX.indexOf(n)], Manchester: [2, 1, manchester] } as const;
  for (const [coding, [width, gives, value]] of Object.entries(symbols)) {
    let text = '';
    for (let at = 0; at + width <= bits.length; at += width) {
      const n = value(Number.parseInt(bits.slice(at, at + width), 2));
      if (n < 0) break;
      text += n.toString(2).padStart(gives, '0');
    }
    const whole = lengthA(Number.parseInt(text.slice(0, 8), 2));
    if (text.length < 8 * whole || !(whole >= FIRST_A + 2)) continue;
    return {
      coding,
      frame: Uint8Array.from({ length: whole }, (_, i) => Number.parseInt(text.slice(8 * i, 8 * i + 8), 2)),
    };
  }
  return null;
}

/** 10 is a one, 01 a zero. */
const manchester = (n: number): number => (n === 2 ? 1 : n === 1 ? 0 : -1);

/** Whether `frame` has the length of a frame in format A. */
export const isLengthA = (frame: Uint8Array): boolean => frame.length === lengthA(frame[0] ?? 0);

/** Telegrams under each security mode, made with Node's own ciphers: nothing of the decoder is in here. */
import { createCipheriv } from 'node:crypto';

export const METER = Buffer.from('AE0C785634120107', 'hex');
export const KEY = Buffer.from('0102030405060708090A0B0C0D0E0F11', 'hex');
/** Volume 876.543 m3, a date and time, flags. */
export const RECORDS = Buffer.from('0C1343658700046D32371F1502FD170000', 'hex');

export interface Secured {
  /** Without CRCs. */
  frame: Buffer;
  /** Where ciphertext, tag or MAC begin and end in it. */
  text: [number, number];
  tag: [number, number];
}

export const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex').toUpperCase();

const le = (value: number, size: number): Buffer => {
  const out = Buffer.alloc(size);
  out.writeUIntLE(value, 0, size);
  return out;
};
const be = (value: number, size: number): Buffer => Buffer.from(le(value, size)).reverse();

/** Link layer of a meter (SND-NR) around what begins with a CI field. */
export const frameOf = (body: Uint8Array, meter: Buffer = METER): Buffer =>
  Buffer.concat([Buffer.from([9 + body.length, 0x44]), meter, body]);

export function cmac(key: Buffer, data: Uint8Array): Buffer {
  const ecb = (block: Buffer): Buffer => {
    const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
    return Buffer.concat([cipher.update(block), cipher.final()]);
  };
  const twice = (block: Buffer): Buffer => {
    const n = BigInt(`0x${block.toString('hex')}`) << 1n;
    const reduced = n >> 128n ? (n & ((1n << 128n) - 1n)) ^ 0x87n : n;
    return Buffer.from(reduced.toString(16).padStart(32, '0'), 'hex');
  };
  const xor = (a: Buffer, b: Uint8Array): Buffer => Buffer.from(a.map((byte, i) => byte ^ (b[i] ?? 0)));
  const k1 = twice(ecb(Buffer.alloc(16)));
  let mac: Buffer = Buffer.alloc(16);
  const blocks = Math.max(1, Math.ceil(data.length / 16));
  for (let i = 0; i < blocks - 1; i++) mac = ecb(xor(mac, data.subarray(16 * i, 16 * i + 16)));
  const last = data.subarray(16 * (blocks - 1));
  const padded = last.length === 16 ? xor(k1, last) : xor(twice(k1), Buffer.concat([last, Buffer.from([0x80])]));
  return ecb(xor(mac, padded));
}

/** Key derivation function A (EN 13757-7 clause 9.6): 0 for encryption, 1 for the MAC. */
export const derive = (key: Buffer, purpose: number, counter: number, meter: Buffer = METER): Buffer =>
  cmac(key, Buffer.concat([Buffer.from([purpose]), le(counter, 4), meter.subarray(2, 6), Buffer.alloc(7, 7)]));

const cbc = (key: Buffer, iv: Buffer, text: Buffer): Buffer => {
  const cipher = createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false);
  return Buffer.concat([cipher.update(text), cipher.final()]);
};

/** 2F2F, the records, and filler up to whole blocks. */
const padded = (records: Uint8Array): Buffer => {
  const text = Buffer.alloc(Math.ceil((records.length + 2) / 16) * 16, 0x2f);
  text.set(records, 2);
  return text;
};

/** CI field and address of a short or long header. */
const headerOf = (long: boolean, meter: Buffer): Buffer =>
  long
    ? Buffer.concat([Buffer.from([0x72]), meter.subarray(2, 6), meter.subarray(0, 2), meter.subarray(6)])
    : Buffer.from([0x7a]);

export function mode5(records: Uint8Array = RECORDS, key = KEY): Secured {
  const text = padded(records);
  const iv = Buffer.concat([METER, Buffer.alloc(8, 0x2a)]);
  const frame = frameOf(Buffer.concat([Buffer.from([0x7a, 0x2a, 0, text.length, 5]), cbc(key, iv, text)]));
  return { frame, text: [15, frame.length], tag: [15, 15] };
}

/** Mode 4: as mode 5 without initialisation vector. */
export function mode4(records: Uint8Array = RECORDS, key = KEY): Secured {
  const text = padded(records);
  const frame = frameOf(
    Buffer.concat([Buffer.from([0x7a, 0x2a, 0, text.length, 4]), cbc(key, Buffer.alloc(16), text)]),
  );
  return { frame, text: [15, frame.length], tag: [15, 15] };
}

export interface Layered {
  /** The transport layer and what is in it, encrypted. */
  message: Buffer;
  mcl: number;
  counter: number;
  mac: Buffer;
}

/** Mode 7 under a MAC of 2, 4, 8, 12 or 16 bytes. `ml`: the message length is told and authenticated. */
export function mode7Message(records: Uint8Array, { size = 8, ml = false, key = KEY, counter = 0x1234 } = {}): Layered {
  const text = padded(records);
  const message = Buffer.concat([
    Buffer.from([0x7a, 0x2a, 0, text.length & 0xf0, 7, 0x10]),
    cbc(derive(key, 0, counter), Buffer.alloc(16), text),
  ]);
  const type = { 2: 3, 4: 4, 8: 5, 12: 6, 16: 7 }[size]!;
  const mcl = 0x20 | type | (ml ? 0x40 : 0);
  const covered = Buffer.concat([
    Buffer.from([mcl]),
    le(counter, 4),
    ml ? le(message.length, 2) : Buffer.alloc(0),
    message,
  ]);
  return { message, mcl, counter, mac: cmac(derive(key, 1, counter), covered).subarray(0, size) };
}

/** One authentication layer: which fields it has is what is given. */
export function afl(
  fid: number,
  fields: { more?: boolean; mcl?: number; counter?: number; mac?: Buffer; ml?: number },
): Buffer {
  let control = fid | (fields.more ? 0x4000 : 0);
  const parts: Buffer[] = [];
  if (fields.mcl !== undefined) {
    control |= 0x2000;
    parts.push(Buffer.from([fields.mcl]));
  }
  if (fields.counter !== undefined) {
    control |= 0x0800;
    parts.push(le(fields.counter, 4));
  }
  if (fields.mac) {
    control |= 0x0400;
    parts.push(fields.mac);
  }
  if (fields.ml !== undefined) {
    control |= 0x1000;
    parts.push(le(fields.ml, 2));
  }
  const content = Buffer.concat([le(control, 2), ...parts]);
  return Buffer.concat([Buffer.from([0x90, content.length]), content]);
}

/** A message of mode 7 in frames of `size` bytes of it each: the first tells what authenticates it, the last the MAC. */
export function fragmentsOf(records: Uint8Array, size: number): { frames: Buffer[]; message: Buffer; mac: Buffer } {
  const { message, mcl, counter, mac } = mode7Message(records);
  const count = Math.ceil(message.length / size);
  const frames = Array.from({ length: count }, (_, n) => {
    const more = n < count - 1;
    const header = afl(n + 1, { more, ...(n === 0 ? { mcl, counter } : {}), ...(more ? {} : { mac }) });
    return frameOf(Buffer.concat([header, message.subarray(n * size, (n + 1) * size)]));
  });
  return { frames, message, mac };
}

export function mode7(options: Parameters<typeof mode7Message>[1] = {}, records: Uint8Array = RECORDS): Secured {
  const { message, mcl, counter, mac } = mode7Message(records, options);
  const layer = afl(0, { mcl, counter, mac, ...(options.ml ? { ml: message.length } : {}) });
  const frame = frameOf(Buffer.concat([layer, message]));
  const begin = 10 + layer.length;
  const macAt = 10 + 4 + 1 + 4;
  return { frame, text: [begin + 6, frame.length], tag: [macAt, macAt + mac.length] };
}

/** Mode 9: AES-128-GCM with a tag of 12 bytes. `derived`: under a key of function A. */
export function mode9({
  key = KEY,
  counter = 0x01020304,
  derived = false,
  long = false,
  records = RECORDS,
} = {}): Secured {
  const header = Buffer.concat([
    headerOf(long, METER),
    Buffer.from([0x2a, 0, derived ? 0x11 : 0x01, 0x29, records.length, 0]),
  ]);
  const iv = Buffer.concat([METER, be(counter, 4)]);
  const cipher = createCipheriv('aes-128-gcm', derived ? derive(key, 0, counter) : key, iv, { authTagLength: 12 });
  cipher.setAAD(header);
  const text = Buffer.concat([cipher.update(records), cipher.final()]);
  const frame = frameOf(Buffer.concat([header, le(counter, 4), text, cipher.getAuthTag()]));
  const at = 10 + header.length + 4;
  return { frame, text: [at, at + text.length], tag: [at + text.length, frame.length] };
}

/** Mode 10: AES-128-CCM. `version`: with a byte that tells the version of the key. */
export function mode10({
  key = KEY,
  counter = 0x01020304,
  derived = true,
  long = false,
  size = 8,
  version = false,
  exact = false,
  records = RECORDS as Uint8Array,
} = {}): Secured {
  const header = Buffer.concat([
    headerOf(long, METER),
    Buffer.from([0x2a, 0, exact ? records.length : 0xff, 0x2a]),
    Buffer.from([(derived ? 0x10 : 0) | (version ? 0x40 : 0), (size - 4) / 4]),
    Buffer.from(version ? [3] : []),
  ]);
  const nonce = Buffer.concat([METER, Buffer.alloc(1), be(counter, 4)]);
  const cipher = createCipheriv('aes-128-ccm', derived ? derive(key, 0, counter) : key, nonce, { authTagLength: size });
  cipher.setAAD(header, { plaintextLength: records.length });
  const text = Buffer.concat([cipher.update(records), cipher.final()]);
  const frame = frameOf(Buffer.concat([header, le(counter, 4), text, cipher.getAuthTag()]));
  const at = 10 + header.length + 4;
  return { frame, text: [at, at + text.length], tag: [at + text.length, frame.length] };
}

/** CRC of EN 13757-4. */
export function crc(data: Uint8Array): number {
  let c = 0;
  for (const byte of data) {
    c ^= byte << 8;
    for (let i = 0; i < 8; i++) c = c & 0x8000 ? ((c << 1) ^ 0x3d65) & 0xffff : c << 1;
  }
  return c ^ 0xffff;
}

/** Extended link layer II (8Dh) or, with a second address, IV (8Fh), under AES-128-CTR. */
export function ell(ci: 0x8d | 0x8f, payload: Uint8Array, key = KEY): Secured {
  const session = 0x20000000 | 0x00123456;
  const text = Buffer.concat([le(crc(payload), 2), payload]);
  const iv = Buffer.concat([METER, Buffer.from([0x20]), le(session, 4), Buffer.alloc(3)]);
  const cipher = createCipheriv('aes-128-ctr', key, iv);
  const second = ci === 0x8f ? Buffer.from('AE0C111111110137', 'hex') : Buffer.alloc(0);
  const layer = Buffer.concat([Buffer.from([ci, 0x20, 0x2a]), second, le(session, 4)]);
  const frame = frameOf(Buffer.concat([layer, cipher.update(text)]));
  return { frame, text: [10 + layer.length, frame.length], tag: [10 + layer.length, 12 + layer.length] };
}

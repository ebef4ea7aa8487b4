// The decoder's library with loops around it, so that millions of calls need no crossing from JavaScript.
import { CborReader, CborWriter } from '../../../modules/lib/assembly/cbor';
import { decode, telegram, writeSenml } from '../../../modules/wmbus/assembly';
import { writeJson } from '../../../modules/wmbus/assembly/json';

const IN: usize = memory.data(1024, 8);
const COPY: usize = memory.data(1024, 8);
const KEY: usize = memory.data(16, 8);
const OUT: usize = memory.data(40960, 8);
const out = new CborWriter(OUT, OUT + 40960);
const reader = new CborReader(OUT, 0);
let hasKey: bool = false;

export function input(): usize {
  return IN;
}
export function key(): usize {
  return KEY;
}
export function output(): usize {
  return OUT;
}
export function useKey(yes: bool): void {
  hasKey = yes;
}

function keyOf(_address: usize, attempt: u32): usize {
  return hasKey && attempt == 0 ? KEY : 0;
}

let accepted: u32 = 0;
let bad: u32 = 0;

/** Decodes COPY and checks what must always hold; counts what is accepted and what is broken. */
function one(len: u32, encode: bool): void {
  const good = decode(COPY, len, keyOf);
  if (good) accepted++;
  if (good != (telegram.error == 0)) bad++;
  if (!good && (telegram.records != 0 || telegram.offset > len)) bad++;
  if (!encode) return;
  out.reset(OUT, OUT + 40960);
  writeSenml(out);
  if (out.overflow || (out.length == 0) != !good) bad++;
  if (good) {
    reader.reset(OUT, out.length);
    if (!reader.check(4)) bad++;
  }
  out.reset(OUT, OUT + 40960);
  writeJson(out);
  if (out.overflow || out.length == 0) bad++;
}

/** Telegrams in the bench's way: decodes `IN` again and again, optionally with an encoding. 0 records, 1 JSON, 2 SenML. */
export function run(len: u32, what: u32): bool {
  const good = decode(IN, len, keyOf);
  if (what) {
    out.reset(OUT, OUT + 40960);
    if (what == 1) writeJson(out);
    else writeSenml(out);
  }
  return good;
}
/** Decodes `IN` in a format that the receiver tells. */
export function runAs(len: u32, format: u32): bool {
  return decode(IN, len, keyOf, format);
}
export function written(): u32 {
  return out.length;
}

/** Every prefix. Answers how many were accepted. */
export function prefixes(len: u32): u32 {
  accepted = 0;
  for (let n: u32 = 0; n < len; n++) {
    memory.copy(COPY, IN, n);
    one(n, true);
  }
  return accepted;
}

/** Every other value of every byte. Answers how many decodings there were. */
export function changes(len: u32): u32 {
  let n: u32 = 0;
  for (let i: u32 = 0; i < len; i++) {
    for (let v: u32 = 1; v < 256; v++) {
      memory.copy(COPY, IN, len);
      store<u8>(COPY + i, load<u8>(COPY + i) ^ <u8>v);
      one(len, (n & 31) == 1);
      n++;
    }
  }
  return n;
}

let seed: u32 = 1;
function random(below: u32): u32 {
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return seed % below;
}

/** Mutants of IN: changed, cut, lengthened, shifted bytes; half of them with a length field that fits. */
export function mutants(len: u32, count: u32, start: u32): void {
  seed = start | 1;
  for (let k: u32 = 0; k < count; k++) {
    memory.copy(COPY, IN, len);
    let n = len;
    for (let m = 1 + random(6); m; m--) {
      const at = random(n);
      switch (random(6)) {
        case 0:
          store<u8>(COPY + at, random(256));
          break;
        case 1:
          store<u8>(COPY + at, load<u8>(COPY + at) ^ <u8>((<u32>1) << random(8)));
          break;
        case 2:
          n = 1 + at;
          break;
        case 3: {
          const by = 1 + random(8);
          if (n + by <= 300) {
            memory.copy(COPY + at + by, COPY + at, n - at);
            n += by;
          }
          break;
        }
        case 4:
          memory.copy(COPY + at, COPY + random(n), min<u32>(8, n - at));
          break;
        default:
          store<u8>(COPY + at, random(2) ? 0xff : 0x0d);
      }
    }
    if (random(2) && n <= 256) store<u8>(COPY, n - 1);
    one(n, (k & 3) == 0);
  }
}

export function broken(): u32 {
  return bad;
}

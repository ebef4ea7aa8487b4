/** Framers: chips of each mode, and the protocols of serial receivers, byte by byte with noise in between. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileAssembly } from '../../runtime/guest/compiler/index.ts';
import { root } from '../vectors/wmbus-harness.ts';

interface Probe {
  memory: WebAssembly.Memory;
  frame(): number;
  beginChips(code: number, format: number): void;
  pushChips(byte: number): number;
  chipLength(): number;
  beginSerial(protocol: number): void;
  pushSerial(byte: number): number;
  serialLength(): number;
  serialFormat(): number;
  rssi(): number;
  input(): number;
  hear(length: number, now: number): number;
  addRow(): void;
  pattern(length: number): number;
  forgetKeys(): void;
  decodeWithTable(length: number): number;
}

/** EN 13757-4 annex C, format B, and its 18 bytes without CRC; the OMS gas meter in format A. */
const B = '1444AE0C7856341201078C2027780B134365877AC5';
const PLAIN = '1244AE0C7856341201078C2027780B13436587';
const A =
  '2E44931578563412330333637A2A0020255923C95AAA26D1B2E7493BC2AD013EC4A6F6D3529B520EDFF0EA6DEFC955B29D6D69EBF3EC8A';

let p: Probe;
beforeAll(async () => {
  const { wasm } = await compileAssembly(join(root, 'test/unit/assembly/wmbus-framer-probe.ts'));
  p = (await WebAssembly.instantiate(wasm as BufferSource, {})).instance.exports as unknown as Probe;
});

const at = (length: number): string => Buffer.from(p.memory.buffer, p.frame(), length).toString('hex').toUpperCase();
const hex = (text: string): number[] => [...Buffer.from(text, 'hex')];

/** States of all pushes; the last is the answer to the last byte. */
const chips = (data: number[]): number[] => data.map((byte) => p.pushChips(byte));
const serial = (data: number[]): number[] => data.map((byte) => p.pushSerial(byte));

const THREE_OF_SIX = [0x16, 0x0d, 0x0e, 0x0b, 0x1c, 0x19, 0x1a, 0x13, 0x2c, 0x25, 0x26, 0x23, 0x34, 0x31, 0x32, 0x29];
function encode(text: string, bitsOf: (nibble: number) => string): number[] {
  let bits = [...text].map((digit) => bitsOf(Number.parseInt(digit, 16))).join('');
  while (bits.length % 8) bits += '0';
  return bits.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2));
}
const t1 = (text: string): number[] => encode(text, (n) => THREE_OF_SIX[n]!.toString(2).padStart(6, '0'));
const s1 = (text: string): number[] =>
  encode(text, (n) => [...n.toString(2).padStart(4, '0')].map((bit) => (bit === '1' ? '10' : '01')).join(''));

describe('chips', () => {
  it.each([
    ['T mode, 3-of-6', 0, 2, t1(A), A],
    ['S mode, Manchester', 1, 2, s1(A), A],
    ['C mode, NRZ, format A', 2, 2, hex(A), A],
    ['C mode, NRZ, format B', 2, 3, hex(B), B],
  ])('%s', (_name, code, format, data, want) => {
    p.beginChips(code, format);
    const states = chips(data);
    expect(states.indexOf(1)).toBeGreaterThanOrEqual(states.length - 1);
    expect(at(p.chipLength())).toBe(want);
  });

  it('that are no code words break the frame', () => {
    p.beginChips(0, 2);
    expect(chips([0xff]).at(-1)).toBe(-1);
    p.beginChips(1, 2);
    expect(chips([0x97, 0x65]).includes(-1)).toBe(true);
    p.beginChips(2, 2);
    expect(chips([0x05]).at(-1)).toBe(-1);
  });
});

/** CRC-16/X-25, bit by bit. */
function x25(data: number[]): number[] {
  let crc = 0xffff;
  for (const byte of data) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >> 1) ^ 0x8408 : crc >> 1;
  }
  crc ^= 0xffff;
  return [crc & 255, crc >> 8];
}

describe('serial receivers', () => {
  it('RC1180: start, length with RSSI and CRC, frame, stop', () => {
    p.beginSerial(0);
    const frame = hex(PLAIN);
    const sent = [0x68, frame[0]! + 3, ...frame.slice(1), 150, 0x12, 0x34, 0x16];
    expect(serial([0x00, 0x55])).toEqual([-1, -1]);
    for (let i = 0; i < 2; i++) {
      expect(serial(sent).filter((state) => state !== 0)).toEqual([1]);
      expect(at(p.serialLength())).toBe(PLAIN);
      expect(p.rssi()).toBe(-75);
    }
  });

  it.each([0x02, 0x42, 0x62, 0x82, 0xe2])('iM871A with flags %i', (flags) => {
    p.beginSerial(1);
    const frame = hex(PLAIN);
    const body = [flags, 0x03, frame[0]!, ...frame.slice(1)];
    if (flags & 0x20) body.push(1, 2, 3, 4);
    if (flags & 0x40) body.push(0xb5);
    const sent = [0xa5, ...body, ...(flags & 0x80 ? x25(body) : [])];
    expect(serial(sent).filter((state) => state !== 0)).toEqual([1]);
    expect(at(p.serialLength())).toBe(PLAIN);
    expect(p.rssi()).toBe(flags & 0x40 ? -75 : 0);
    if (flags & 0x80) {
      sent[6]! ^= 1;
      expect(serial(sent).filter((state) => state !== 0)).toEqual([-1]);
    }
  });

  const text = (line: string): number[] => serial([...Buffer.from(`${line}\r\n`)]);
  it('CUL lines: b with CRCs, bY in format B', () => {
    p.beginSerial(2);
    expect(text(`b${A}`).at(-1)).toBe(1);
    expect([at(p.serialLength()), p.serialFormat()]).toEqual([A, 2]);
    expect(text(`bY${B}`).at(-1)).toBe(1);
    expect([at(p.serialLength()), p.serialFormat()]).toEqual([B, 3]);
  });

  it('rtl_wmbus lines, with RSSI', () => {
    p.beginSerial(2);
    expect(text(`T1;1;1;2026-01-01 12:00:00.000;69;75;12345678;0x${PLAIN}`).at(-1)).toBe(1);
    expect([at(p.serialLength()), p.serialFormat(), p.rssi()]).toEqual([PLAIN, 1, -75]);
  });

  it('CUL lines with link quality and RSSI behind the frame', () => {
    p.beginSerial(2);
    for (const [tail, want] of [
      ['22', -57],
      ['80E6', -87],
      ['', 0],
    ] as const) {
      expect(text(`b${A}${tail}`).at(-1)).toBe(1);
      expect([at(p.serialLength()), p.rssi()]).toEqual([A, want]);
      expect(text(`bY${B}${tail}`).at(-1)).toBe(1);
      expect([at(p.serialLength()), p.rssi()]).toEqual([B, want]);
    }
  });

  it('rtl_wmbus lines whose CRC was wrong are dropped', () => {
    p.beginSerial(2);
    expect(text(`C1;0;1;2026-01-01 12:00:00.000;69;75;12345678;0x${PLAIN}`).at(-1)).toBe(-1);
    expect(text(`C1;1;1;2026-01-01 12:00:00.000;69;75;12345678;0x${PLAIN}`).at(-1)).toBe(1);
  });

  it('long frames of wired meters, with noise between them', () => {
    p.beginSerial(3);
    const frame = hex('68040468080171A51F16');
    for (let i = 0; i < 2; i++) {
      expect(serial([0x55, 0xe5])).toEqual([-1, -1]);
      expect(serial(frame).filter((state) => state !== 0)).toEqual([1]);
      expect(at(p.serialLength())).toBe('68040468080171A51F16');
    }
    expect(serial(hex('680405')).at(-1)).toBe(-1);
    expect(serial(hex('68020268'.slice(0, 4))).at(-1)).toBe(-1);
    expect(serial(hex('6804041')).length).toBe(3);
    expect(serial([0x10]).at(-1)).toBe(-1);
    expect(serial(frame).filter((state) => state !== 0)).toEqual([1]);
  });

  it('any bytes: a frame is never longer than there is room for', () => {
    let seed = 1;
    for (const protocol of [0, 1, 2, 3]) {
      p.beginSerial(protocol);
      for (let i = 0; i < 60_000; i++) {
        seed = (seed * 1103515245 + 12345) & 0x7fffffff;
        const byte = seed & 0x10000 ? [0x68, 0xa5, 0x62, 0x0a, 0xff, 0x03][(seed >> 18) % 6]! : (seed >> 16) & 255;
        if (p.pushSerial(byte) === 1) expect(p.serialLength()).toBeLessThanOrEqual(292);
      }
    }
  });

  it('bare digits, and lines that are none', () => {
    p.beginSerial(2);
    expect(text(PLAIN.toLowerCase()).at(-1)).toBe(1);
    expect(at(p.serialLength())).toBe(PLAIN);
    for (const bad of ['', 'hello', `${PLAIN}0`, `${PLAIN}ZZ`, '00'.repeat(400)])
      expect(text(bad).at(-1), bad).toBe(-1);
    expect(text(PLAIN).at(-1)).toBe(1);
  });
});

describe('duplicates', () => {
  /** SND-NR with extended link layer I: CC, access number; then TPL without header and a volume. */
  const telegram = (cc: string, access: string, volume: string): string =>
    `1344AE0C7856341201078C${cc}${access}780C13${volume}`;
  const hear = (text: string, now: number): number => {
    new Uint8Array(p.memory.buffer).set(hex(text), p.input());
    return p.hear(text.length / 2, now);
  };

  it('are the same reading with the same access number within the window, whatever the hop bits', () => {
    expect(hear(telegram('20', '27', '43658700'), 1000)).toBe(1);
    expect(hear(telegram('20', '27', '43658700'), 1200)).toBe(2);
    expect(hear(telegram('30', '27', '43658700'), 1400)).toBe(2);
    expect(hear(telegram('20', '28', '43658700'), 1600)).toBe(1);
    expect(hear(telegram('20', '28', '44658700'), 1700)).toBe(1);
    expect(hear(telegram('20', '27', '43658700'), 12_000)).toBe(1);
    expect(hear(telegram('20', '27', '43658700'), 12_001)).toBe(2);
  });
});

describe('a table of keys by address pattern', () => {
  const KEY = '0102030405060708090A0B0C0D0E0F11';
  const WRONG = 'FF'.repeat(16);
  const [NO_KEY, WRONG_KEY] = [9, 10];
  const put = (data: number[]): number => {
    new Uint8Array(p.memory.buffer).set(data, p.input());
    return data.length;
  };
  const rowOf = (text: string): string | undefined =>
    p.pattern(put([...Buffer.from(text)]))
      ? Buffer.from(p.memory.buffer, p.input(), 16).toString('hex').toUpperCase()
      : undefined;
  const add = (text: string, key: string): void => {
    put(hex(rowOf(text)! + key));
    p.addRow();
  };
  const decoded = (): number => p.decodeWithTable(put(hex(A)));

  it.each([
    ['ELS-12345678', '9315785634120000FF7FFFFFFFFF0000'],
    ['els-12345678', '9315785634120000FF7FFFFFFFFF0000'],
    ['1593-12345678', '9315785634120000FFFFFFFFFFFF0000'],
    ['ELS', '9315000000000000FF7F000000000000'],
    ['ELS-*', '9315000000000000FF7F000000000000'],
    ['ELS-12*', '9315000000120000FF7F000000FF0000'],
    ['ELS-123*', '9315000030120000FF7F0000F0FF0000'],
    ['ELS-*78', '9315780000000000FF7FFF0000000000'],
    ['ELS-1*678', '9315780600100000FF7FFF0F00F00000'],
    ['*-12345678', '00007856341200000000FFFFFFFF0000'],
    ['*', '00000000000000000000000000000000'],
  ])('%s', (text, row) => {
    expect(rowOf(text)).toBe(row);
  });

  it.each([
    '',
    'EL',
    'ELSS',
    'E1S',
    'ELS-',
    'ELS-1234',
    'ELS-123456789',
    'ELS-1*2*',
    'ELS-1234567G',
    'ELS-12345678*9',
    '**',
  ])('%s is no pattern', (text) => {
    expect(rowOf(text)).toBeUndefined();
  });

  it('tries every key that fits, and tells a wrong one from none', () => {
    p.forgetKeys();
    expect(decoded()).toBe(NO_KEY);
    add('ELS-12345679', KEY);
    expect(decoded()).toBe(NO_KEY);
    add('ELS', WRONG);
    expect(decoded()).toBe(WRONG_KEY);
    add('*-1234*', KEY);
    expect(decoded()).toBe(0);
    p.forgetKeys();
    expect(decoded()).toBe(NO_KEY);
  });

  it('of 32 rows, the last one', () => {
    p.forgetKeys();
    for (let n = 0; n < 32; n++) add('*', n === 31 ? KEY : WRONG);
    expect(decoded()).toBe(0);
  });
});

/** Virtual parts on virtual buses, without a kernel: the bytes on the wire, faults, pins, serial ports, traces. */
import { describe, expect, test } from 'vitest';
import { at24c02, at24c256 } from '../../host-shim/parts/catalog/at24.ts';
import { sht4x } from '../../host-shim/parts/catalog/sht4x.ts';
import { tmp117 } from '../../host-shim/parts/catalog/tmp117.ts';
import { definePart } from '../../host-shim/parts/define.ts';
import type { Description } from '../../host-shim/parts/description.ts';
import { crc8, crc8Maxim, encode } from '../../host-shim/parts/part.ts';
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';
import { bench, DELAY, EXCHANGE, READ, SEARCH, STOP, WRITE } from './parts-bench.ts';

/** A part with registers of several bytes in both orders, flags, and conversions on demand. */
const odd = definePart({
  name: 'odd',
  datasheet: 'none',
  kind: 'registers',
  bus: 'i2c',
  addresses: [0x10],
  startMicros: 2000,
  knobs: { level: { unit: '1', min: -100, max: 100, start: 1, noise: 1 } },
  order: 'little',
  registers: {
    0: { name: 'id', reset: 0xa5, identity: true },
    1: { name: 'control', reset: 0x10, writable: 0x0f },
    2: { name: 'status', reset: 0, wasRead: (part) => part.clear(2, 0x80) },
    4: { name: 'level', bytes: 3, value: { knob: 'level', bits: 20, scale: 0.001, signed: true, shift: 4 } },
  },
  conversion: {
    micros: 5000,
    trigger: { register: 1, mask: 1, equals: 1 },
    ready: { register: 2, mask: 0x80 },
  },
} satisfies Description);

test('values become raw numbers, cut to their bits', () => {
  const linear = { knob: 'x', bits: 16, scale: 1 / 128, signed: true };
  expect([-256, -1 / 128, 0, 150, 255.9921875, 999, -999].map((value) => encode(linear, value))).toEqual([
    0x8000, 0xffff, 0, 0x4b00, 0x7fff, 0x7fff, 0x8000,
  ]);
  expect(encode({ knob: 'x', bits: 12, scale: 0.5, offset: -10, shift: 4 }, 0)).toBe(20 << 4);
  // Sensirion's example (SHT4x, 4.4) and Maxim's (application note 27).
  expect(crc8([0xbe, 0xef], 0x31, 0xff)).toBe(0x92);
  expect(crc8Maxim([0x02, 0x1c, 0xb8, 0x01, 0, 0, 0])).toBe(0xa2);
});

describe('registers', () => {
  test('words behind a pointer that stays, flags that a read clears', () => {
    const { i2c, clock, wiring } = bench({ part: tmp117, at: 'i2c0:0x48' });
    expect(i2c(0x48, [WRITE, 1, 15, READ, 2], 2)).toBe('0117');
    expect(i2c(0x48, [READ, 2], 2)).toBe('0117');
    // No conversion has ended yet; then one has, of 25 degrees.
    expect(i2c(0x48, [WRITE, 1, 0, READ, 2], 2)).toBe('8000');
    clock.advance(1000);
    expect(i2c(0x48, [WRITE, 1, 1, READ, 2, WRITE, 1, 0, READ, 2], 4)).toBe('22200c80');
    expect(i2c(0x48, [WRITE, 1, 1, READ, 2], 2)).toBe('0220');
    wiring.part('TMP117').turn('temperature', -0.0078125);
    clock.advance(1000);
    expect(i2c(0x48, [WRITE, 1, 0, READ, 2], 2)).toBe('ffff');
  });

  test('bytes in a burst, little endian, what cannot be written, conversions on demand', () => {
    const { i2c, clock, wiring } = bench({ part: odd, at: 'i2c0:0x10' });
    expect(i2c(0x10, [WRITE, 1, 0, READ, 8], 8)).toBe('a51000ff000000ff');
    expect(i2c(0x10, [WRITE, 2, 1, 0xff])).toBe('');
    expect(i2c(0x10, [WRITE, 1, 1, READ, 1], 1)).toBe('1f');
    expect(i2c(0x10, [WRITE, 1, 2, READ, 1], 1)).toBe('00');
    clock.advance(5);
    wiring.part('odd').turn('level', 7);
    // 1000 steps of a thousandth, four zeros below: 0x003e80; turned too late.
    expect(i2c(0x10, [WRITE, 1, 2, READ, 5], 5)).toBe('80ff803e00');
    expect(i2c(0x10, [WRITE, 1, 2, READ, 1], 1)).toBe('00');
  });

  test('a delay within the script passes for the part', () => {
    const { i2c } = bench({ part: odd, at: 'i2c0:0x10' });
    expect(i2c(0x10, [WRITE, 2, 1, 1, DELAY, 0x88, 0x13, WRITE, 1, 2, READ, 1], 1)).toBe('80');
    expect(i2c(0x10, [WRITE, 2, 1, 1, DELAY, 0x10, 0x0e, WRITE, 1, 2, READ, 1], 1)).toBe('00');
  });

  test('reset values come back with the power, and nothing answers before the start is over', () => {
    const { i2c, wiring, clock } = bench({ part: odd, at: 'i2c0:0x10' });
    i2c(0x10, [WRITE, 2, 1, 0x0e]);
    wiring.part('odd').powerUp();
    expect(i2c(0x10, [READ, 1], 1)).toBe('nack');
    clock.advance(2);
    expect(i2c(0x10, [WRITE, 1, 1, READ, 1], 1)).toBe('10');
  });
});

describe('commands', () => {
  test('answer with words and check sums, when their time has passed', () => {
    const { i2c, clock } = bench({ part: sht4x, at: 'i2c0:0x44' });
    expect(i2c(0x44, [WRITE, 1, 0xfd])).toBe('');
    expect(i2c(0x44, [READ, 6], 6)).toBe('nack');
    clock.advance(9);
    const answer = i2c(0x44, [READ, 6], 6);
    expect(answer).toMatch(/^6666..72b0../);
    expect(Number.parseInt(answer.slice(4, 6), 16)).toBe(crc8([0x66, 0x66], 0x31, 0xff));
    // It is said once, and an unknown command is not acknowledged.
    expect(i2c(0x44, [READ, 6], 6)).toBe('nack');
    expect(i2c(0x44, [WRITE, 1, 0x00])).toBe('nack');
  });
});

test.each([at24c02, at24c256])('$name wraps within its page, is deaf while it writes, and keeps its bytes', (chip) => {
  const { i2c, clock, wiring } = bench({ part: chip, at: 'i2c0:0x50' });
  const place = (address: number) => (chip.pointer === 2 ? [address >> 8, address & 0xff] : [address]);
  const last = place(chip.page - 1);
  expect(i2c(0x50, [WRITE, last.length + 2, ...last, 0xaa, 0xbb])).toBe('');
  expect(i2c(0x50, [])).toBe('nack');
  clock.advance(10);
  wiring.part(chip.name).powerUp();
  clock.advance(10);
  expect(i2c(0x50, [WRITE, last.length, ...last, READ, 2], 2)).toBe('aaff');
  expect(i2c(0x50, [WRITE, last.length, ...place(0), READ, 1], 1)).toBe('bb');
});

describe('faults', () => {
  const read = [WRITE, 1, 15, READ, 2];
  test('each is what the bus says', () => {
    const { i2c, wiring } = bench({ part: tmp117, at: 'i2c0:0x48' }, { part: odd, at: 'i2c0:0x10' });
    const part = wiring.part('TMP117');
    const outcomes = (count: number) => Array.from({ length: count }, () => i2c(0x48, read, 2));
    part.inject({ kind: 'nack', at: 1 });
    expect(outcomes(3)).toEqual(['0117', 'nack', '0117']);
    part.inject({ kind: 'stretch', at: 0 });
    expect(outcomes(2)).toEqual(['timeout', '0117']);
    part.inject({ kind: 'stretch' });
    expect(outcomes(2)).toEqual(['timeout', 'timeout']);
    part.inject({ kind: 'arbitration', at: 0 });
    expect(outcomes(2)).toEqual(['arbitration', '0117']);
    part.inject({ kind: 'absent' });
    expect(outcomes(1)).toEqual(['nack']);
    part.inject({ kind: 'identity' });
    expect(outcomes(1)[0]).not.toBe('0117');
    part.inject({ kind: 'garbage', seed: 5 });
    const noise = outcomes(3);
    part.inject({ kind: 'garbage', seed: 5 });
    expect(outcomes(3)).toEqual(noise);
    part.inject({ kind: 'stuck' });
    expect([...outcomes(1), i2c(0x10, [READ, 1], 1)]).toEqual(['busy', 'busy']);
    part.heal();
    expect([...outcomes(1), i2c(0x10, [WRITE, 1, 0, READ, 1], 1)]).toEqual(['0117', 'a5']);
  });

  test('nobody there, no such bus', () => {
    const { i2c } = bench({ part: tmp117, at: 'i2c0:0x48' });
    expect([i2c(0x49, read, 2), i2c(0x48, read, 2, 1)]).toEqual(['nack', 'not-found']);
  });

  test('noise stays within its width and is the same in every run', () => {
    const values = [1, 2].map(() => {
      const { wiring } = bench({ part: odd, at: 'i2c0:0x10' });
      wiring.part('odd').noise = true;
      return Array.from({ length: 50 }, () => wiring.part('odd').knob('level'));
    });
    expect(values[0]).toEqual(values[1]);
    expect(new Set(values[0]).size).toBeGreaterThan(40);
    expect(values[0]!.every((value) => value >= 0 && value <= 2)).toBe(true);
  });
});

test('SPI: modes, clock, full duplex, a select without a part', () => {
  const part = definePart({
    ...odd,
    name: 'on SPI',
    bus: 'spi',
    addresses: undefined,
    spi: { modes: [1, 3], hertz: 5_000_000, read: 0x00, write: 0x80 },
  } as unknown as Description);
  const { wiring, ask } = bench({ part, at: 'spi0:1' });
  const spi = (select: number, mode: number, hertz: number, script: number[], reads: number) =>
    ask((...args) => wiring.spi(0, select, mode, hertz, ...args), script, reads);
  expect(spi(1, 1, 5_000_000, [WRITE, 1, 0, READ, 2], 2)).toBe('a510');
  expect(spi(1, 3, 1, [WRITE, 2, 0x81, 0x0e, STOP, WRITE, 1, 0x01, READ, 1], 1)).toBe('1e');
  expect(spi(1, 1, 1000, [EXCHANGE, 3, 0, 0, 0], 3)).toBe('ffa51e');
  expect(spi(1, 0, 1000, [WRITE, 1, 0, READ, 2], 2)).toBe('ffff');
  expect(spi(1, 1, 5_000_001, [WRITE, 1, 0, READ, 2], 2)).toBe('ffff');
  expect(spi(0, 1, 1000, [WRITE, 1, 0, READ, 2], 2)).toBe('ffff');
});

test('1-Wire: a search finds every part, in as many passes as there are', () => {
  const part = (name: string) =>
    definePart({
      name,
      datasheet: 'none',
      kind: 'one-wire',
      bus: 'one-wire',
      family: 0x28,
      startMicros: 0,
      knobs: {},
      functions: { 68: { micros: 750_000 }, 190: { answer: () => [1, 2, 3] } },
    });
  const { wiring, ask, clock } = bench(...['a', 'b', 'c'].map((name) => ({ part: part(name), at: 'onewire0' })));
  const wire = (script: number[], reads = 0) => ask((...args) => wiring.oneWire(0, ...args), script, reads);
  const found = new Set<string>();
  // The other way at the last bit in doubt where the lower way was taken (application note 187).
  let directions = new Uint8Array(8);
  for (let pass = 0; pass < 8; pass++) {
    const answer = Buffer.from(wire([STOP, WRITE, 1, 0xf0, SEARCH, 8, ...directions], 16), 'hex');
    const [taken, doubt] = [answer.subarray(0, 8), answer.subarray(8)];
    expect(crc8Maxim(taken.subarray(0, 7))).toBe(taken[7]);
    found.add(taken.toString('hex'));
    let last = -1;
    for (let bit = 0; bit < 64; bit++)
      if ((doubt[bit >> 3]! >> (bit & 7)) & 1 && !((taken[bit >> 3]! >> (bit & 7)) & 1)) last = bit;
    if (last < 0) break;
    directions = Uint8Array.from(taken);
    directions[last >> 3]! |= 1 << (last & 7);
    for (let bit = last + 1; bit < 64; bit++) directions[bit >> 3]! &= ~(1 << (bit & 7));
  }
  expect(found.size).toBe(3);
  const [first] = [...found].map((rom) => [...Buffer.from(rom, 'hex')]);
  expect(wire([STOP, WRITE, 10, 0x55, ...first!, 0xbe, READ, 5], 5)).toBe(
    `010203${crc8Maxim([1, 2, 3]).toString(16)}ff`,
  );
  wire([STOP, WRITE, 10, 0x55, ...first!, 0x44]);
  expect(wire([READ, 1], 1)).toBe('00');
  clock.advance(751);
  expect(wire([READ, 1], 1)).toBe('ff');
  for (const name of ['a', 'b', 'c']) wiring.part(name).inject({ kind: 'absent' });
  expect(wire([STOP])).toBe('nack');
});

test('pins: a bit-banged converter, pulses that are counted, what a test drives', () => {
  const scale = definePart({
    name: 'scale',
    datasheet: 'none',
    kind: 'shift',
    bus: 'gpio',
    startMicros: 0,
    knobs: { counts: { unit: '1', min: -8e6, max: 8e6, start: -2 } },
    bits: 24,
    micros: 100_000,
    value: { knob: 'counts', bits: 24, scale: 1, signed: true },
  });
  const pulses = definePart({
    name: 'meter',
    datasheet: 'none',
    kind: 'pulse',
    bus: 'gpio',
    startMicros: 0,
    micros: 30_000,
    knobs: { rate: { unit: '1', min: 0, max: 1e6, start: 3600 } },
    hourly: (part) => part.knob('rate'),
  });
  const { wiring, clock, events } = bench({ part: scale, at: 'gpio4:5' }, { part: pulses, at: 'gpio9' });
  wiring.declare('gpio2').declare('pwm0:1');
  expect([wiring.gpioRead(4), wiring.gpioShift(4, 5, 24, 25, 1).toString(16), wiring.gpioRead(4)]).toEqual([
    0,
    'fffffe',
    1,
  ]);
  clock.advance(101);
  expect(wiring.gpioRead(4)).toBe(0);
  // The same, pulse by pulse; behind the last bit the line is high until the next value. A clock that stays high is sleep.
  const pulse = () => {
    wiring.gpioWrite(5, true);
    const bit = wiring.gpioRead(4);
    wiring.gpioWrite(5, false);
    return bit;
  };
  expect(Array.from({ length: 25 }, pulse).join('')).toBe(`${'1'.repeat(23)}01`);
  expect(wiring.gpioRead(4)).toBe(1);
  clock.advance(101);
  expect(wiring.gpioRead(4)).toBe(0);
  wiring.gpioWrite(5, true);
  clock.advance(1);
  wiring.gpioWrite(5, false);
  clock.advance(99);
  expect(wiring.gpioRead(4)).toBe(1);
  clock.advance(1);
  expect(wiring.gpioRead(4)).toBe(0);
  expect([wiring.gpioWatch(7, 9, 2), wiring.gpioWatch(8, 9, 2), wiring.gpioWatch(7, 99, 2)]).toEqual([
    0,
    ErrorCode.busy,
    ErrorCode['not-found'],
  ]);
  clock.advance(3000);
  expect(events.splice(0)).toEqual(['1000 7 9 0 1', '2000 7 9 0 2', '3000 7 9 0 3']);
  wiring.part('meter').turn('rate', 0);
  clock.advance(5000);
  expect(events).toEqual([]);
  expect([wiring.gpioInput(2, 1), wiring.gpioRead(2)]).toEqual([0, 1]);
  wiring.gpioWatch(7, 2, 3);
  wiring.drive(2, false);
  wiring.drive(2, false);
  wiring.drive(2, true);
  wiring.release(7);
  wiring.drive(2, false);
  expect(events).toEqual(['8403 7 2 0 1', '8403 7 2 1 2']);
  expect([wiring.pwmSet(0, 1, 1000, 10), wiring.pwm(0, 1), wiring.pwmSet(0, 2, 1, 1)]).toEqual([
    0,
    { period: 1000, pulse: 10 },
    ErrorCode['not-found'],
  ]);
});

test('serial: bytes take their time, come in chunks, and mean nothing at another speed', () => {
  const echo = definePart({
    name: 'echo',
    datasheet: 'none',
    kind: 'uart',
    bus: 'uart',
    startMicros: 0,
    knobs: {},
    baud: 9600,
    micros: 5000,
    answer: (_part, request) => request,
  });
  const { wiring, clock, events } = bench({ part: echo, at: 'uart1' });
  const config = { baud: 9600, dataBits: 8, parity: 0, stopBits: 1, gap: 4000, most: 4 };
  expect([wiring.uartOpen(7, 2, config), wiring.uartWrite(7, 1, Uint8Array.of(1))]).toEqual([
    ErrorCode['not-found'],
    ErrorCode['not-found'],
  ]);
  expect([wiring.uartOpen(7, 1, config), wiring.uartOpen(8, 1, config)]).toEqual([0, ErrorCode.busy]);
  wiring.uartWrite(7, 1, Uint8Array.of(1, 2, 3, 4, 5, 6));
  clock.advance(100);
  // 6 bytes of 10 bits at 9600 Bd, 5 ms, and four of them, six and a gap of 4 ms.
  expect(events.splice(0)).toEqual(['117 7 1 01020304 0', '123 7 1 0506 0']);
  wiring.part('echo').inject({ kind: 'crc' });
  wiring.uartWrite(7, 1, Uint8Array.of(1, 2));
  clock.advance(100);
  expect(events.splice(0).map((line) => line.split(' ')[3])).toEqual(['0103']);
  wiring.part('echo').heal();
  expect(wiring.uartOpen(7, 1, { ...config, baud: 19_200 })).toBe(0);
  wiring.uartWrite(7, 1, Uint8Array.of(1, 2));
  clock.advance(100);
  expect(events).toEqual([]);
  expect(wiring.uartWrite(7, 1, new Uint8Array(256))).toBe(0);
  expect(wiring.uartWrite(7, 1, new Uint8Array(256))).toBe(ErrorCode.busy);
  expect([wiring.uartClose(7, 1), wiring.uartClose(7, 1)]).toEqual([0, ErrorCode['not-found']]);
});

/** Compensation, checksums, filters and protocols of modules/sensors against published values and against other formulas. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { seededChance } from '../../host-shim/board/random.ts';
import * as bme from '../../host-shim/parts/formulas/bme280.ts';
import * as bmp from '../../host-shim/parts/formulas/bmp390.ts';
import { resistanceOf } from '../../host-shim/parts/formulas/rtd.ts';
import { compileAssembly } from '../../runtime/guest/compiler/index.ts';

const IN = 4096;
const OUT = 8192;
type Exports = Record<string, (...args: (number | bigint)[]) => number> & { memory: WebAssembly.Memory };
let x: Exports;

const put = (data: Uint8Array | string) => {
  const bytes = typeof data === 'string' ? Buffer.from(data.replaceAll(' ', ''), 'hex') : data;
  new Uint8Array(x.memory.buffer).set(bytes, IN);
  return bytes.length;
};
const out = () => new DataView(x.memory.buffer, OUT);
const big = (value: unknown) => Number(value as bigint);

beforeAll(async () => {
  const { wasm } = await compileAssembly(join(import.meta.dirname, 'assembly', 'sensors-probe.ts'), {
    asc: { memoryBase: 16384 },
  });
  x = new WebAssembly.Instance(new WebAssembly.Module(wasm as BufferSource)).exports as unknown as Exports;
});

describe('checksums', () => {
  it('Sensirion: BE EF gives 92 (SHT4x datasheet, section 4.4)', () => {
    expect(x.crcSensirion!(put('beef'))).toBe(0x92);
  });

  it('1-Wire: the ROM of Maxim application note 27, and zeros', () => {
    expect(x.crcMaxim!(put('02 1c b8 01 00 00 00'))).toBe(0xa2);
    expect(x.crcMaxim!(put('00 00 00 00'))).toBe(0);
  });

  it('Modbus: 01 03 00 00 00 0A ends in C5 CD; the check value of the catalogue', () => {
    expect(x.crcModbus!(put('01 03 00 00 00 0a'))).toBe(0xcdc5);
    expect(x.crcModbus!(put(Buffer.from('123456789')))).toBe(0x4b37);
  });
});

describe('BME280', () => {
  const words = (values: number[]) => values.flatMap((value) => [value & 255, (value >> 8) & 255]);
  /** The trimming parameters of BMP280's worked example, and the humidity's of the virtual part. */
  const EXAMPLE = [27504, 26435, -1000, 36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000];
  const calibration = Uint8Array.from([...words(EXAMPLE), 0, 75, ...words([370]), 0, 19, 41, 3, 30]);

  it("the worked example of BMP280's datasheet (BST-BMP280-DS001, section 3.12): 25.08 °C, 100653.27 Pa", () => {
    put(calibration);
    expect(x.bmeT!(519888)).toBe(2508);
    expect(x.bmeP!(415148) / 256).toBeCloseTo(100653.27, 1);
  });

  it('agrees with the floating-point formulas of the appendix over the range', () => {
    put(calibration);
    const chance = seededChance('bme280');
    for (let i = 0; i < 2000; i++) {
      const rawT = Math.floor(0x50000 + chance() * 0x60000);
      const fine = bme.fineOf(rawT);
      if (fine / 5120 < -40 || fine / 5120 > 85) continue;
      expect(Math.abs(x.bmeT!(rawT) / 100 - fine / 5120)).toBeLessThan(0.011);
      const rawP = Math.floor(0x30000 + chance() * 0x80000);
      const pressure = bme.pressureOf(rawP, fine);
      if (pressure > 30000 && pressure < 110000) expect(Math.abs(x.bmeP!(rawP) / 256 - pressure)).toBeLessThan(1.5);
      const rawH = Math.floor(0x4000 + chance() * 0x8000);
      const humidity = Math.min(100, Math.max(0, bme.humidityOf(rawH, fine)));
      expect(Math.abs(x.bmeH!(rawH) / 1024 - humidity)).toBeLessThan(0.06);
    }
  });

  it('does not divide by zero', () => {
    put(new Uint8Array(33));
    x.bmeT!(0);
    expect(x.bmeP!(0)).toBe(0);
  });
});

it('BMP390 agrees with the floating-point formulas of its datasheet (sections 8.5 and 8.6) over the range', () => {
  put('e46b 734a f9 93fb 7cf8 23 00 c861 4b76 f3 f6 1e40 18 c4');
  const chance = seededChance('bmp390');
  let inRange = 0;
  for (let i = 0; i < 3000; i++) {
    const rawT = Math.floor(0x600000 + chance() * 0x600000);
    const t = bmp.temperatureOf(rawT);
    if (t < -40 || t > 85) continue;
    const linear = x.bmp390T!(rawT) as unknown as bigint;
    expect(Math.abs(Number(linear) / 65536 - t)).toBeLessThan(0.0001);
    const rawP = Math.floor(0x300000 + chance() * 0x900000);
    const pressure = bmp.pressureOf(rawP, t);
    if (pressure < 30000 || pressure > 125000) continue;
    inRange++;
    expect(Math.abs(big(x.bmp390P!(linear, rawP)) / 100 - pressure)).toBeLessThan(0.5);
  }
  expect(inRange).toBeGreaterThan(500);
});

it('SHT4x: the ends and the middle of its formulas (section 4.6), cropped as there', () => {
  expect(x.shtT!(0)).toBe(-45000);
  expect(x.shtT!(0xffff)).toBe(130000);
  // 0x6666 is 0.4 of the range: 25 °C, 44 %RH.
  expect(x.shtT!(0x6666)).toBe(25000);
  expect(x.shtH!(0x6666)).toBe(44000);
  expect(x.shtH!(0)).toBe(0);
  expect(x.shtH!(0xffff)).toBe(100000);
});

describe('platinum', () => {
  // IEC 60751:2008 table 1, ohms of a PT100.
  it.each([
    [-200, 18.52],
    [-100, 60.26],
    [-50, 80.31],
    [0, 100],
    [50, 119.4],
    [100, 138.51],
    [200, 175.86],
    [400, 247.09],
    [600, 313.71],
    [850, 390.48],
  ])('%d °C is %d ohms', (celsius, ohms) => {
    expect(big(x.rtdRatio!(BigInt(celsius * 1000))) / 1e10).toBeCloseTo(ohms, 2);
  });

  it('every tenth of a degree comes back to the millikelvin, and agrees with the polynomial', () => {
    for (let t = -200_000; t <= 850_000; t += 100) {
      const ratio = x.rtdRatio!(BigInt(t)) as unknown as bigint;
      expect(Math.abs(Number(ratio) / 1e10 - resistanceOf(t / 1000))).toBeLessThan(1e-6);
      expect(big(x.rtdTemperature!(ratio))).toBe(t);
    }
  });

  it('says when there is no such temperature', () => {
    for (const ratio of [0n, 184000000000n, 3910000000000n]) expect(x.rtdTemperature!(ratio)).toBe(-(2n ** 63n));
  });
});

it('days of every day of 2000 to 2199 (PCF8563)', () => {
  let day = 10957;
  for (let time = Date.UTC(2000, 0, 1); time < Date.UTC(2200, 0, 1); time += 86_400_000, day++) {
    const date = new Date(time);
    expect(x.days!(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate())).toBe(day);
  }
});

describe('filters', () => {
  const chance = seededChance('filters');
  const series = Array.from({ length: 500 }, () => BigInt(Math.floor((chance() - 0.5) * 2e9)));
  const take = (name: string, value: bigint) => x[name]!(value) as unknown as bigint;

  it.each([1, 3, 5, 7, 9])('median of %d is that of the last so many', (size) => {
    x.begin!(size, 0, 0n, 0n, 0);
    for (const [i, value] of series.entries()) {
      const window = series.slice(Math.max(0, i + 1 - size), i + 1).sort((a, b) => (a < b ? -1 : 1));
      expect(take('takeMedian', value)).toBe(window[(window.length - 1) >> 1]);
    }
  });

  it.each([0, 1, 4, 8])(
    'EMA of shift %d begins with the first, stays within what came, and arrives at a steady value',
    (shift) => {
      x.begin!(1, shift, 0n, 0n, 0);
      expect(take('takeEma', series[0]!)).toBe(series[0]);
      let [low, high] = [series[0]!, series[0]!];
      for (const value of series.slice(1)) {
        if (value < low) low = value;
        if (value > high) high = value;
        const y = take('takeEma', value);
        expect(y >= low && y <= high).toBe(true);
        if (shift === 0) expect(y).toBe(value);
      }
      for (const steady of [12345n, -777n]) {
        let y = 0n;
        for (let i = 0; i < 20_000; i++) y = take('takeEma', steady);
        expect(y).toBe(steady);
      }
    },
  );

  it('rate limit never moves by more than its step, always towards the value, and arrives', () => {
    x.begin!(1, 0, 1000n, 0n, 0);
    let last = take('takeRate', 0n);
    for (const value of series) {
      const y = take('takeRate', value);
      const moved = y > last ? y - last : last - y;
      expect(moved <= 1000n).toBe(true);
      expect(y === value || (value > last ? y === last + 1000n : y === last - 1000n)).toBe(true);
      last = y;
    }
  });

  it('deadband passes the first, what differs enough, and one after so many held back', () => {
    x.begin!(1, 0, 0n, 10n, 3);
    const passes = [0n, 9n, -9n, 10n, 1n, 0n, 15n, 15n, 15n, 15n, 15n].map((value) => take('takeBand', value));
    expect(passes.map(Number)).toEqual([1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 1]);
    x.begin!(1, 0, 0n, 50_000_000n, 0);
    let sent: bigint | undefined;
    for (const value of series) {
      const far = sent === undefined || (value > sent ? value - sent : sent - value) >= 50_000_000n;
      expect(Boolean(take('takeBand', value))).toBe(far);
      if (far) sent = value;
    }
  });
});

describe('NMEA', () => {
  const feed = (text: string) => {
    x.nmea!(put(Buffer.from(text, 'latin1')));
    x.nmeaFix!();
    const view = out();
    const [has, good, bad, ...rest] = [0, 4, 8, 12, 16, 20, 24, 28, 32].map((at) => view.getInt32(at, true));
    return { has, good, bad, rest, time: big(view.getBigInt64(48, true)) };
  };
  const RMC = '$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\r\n';
  const GGA = '$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n';

  it("reads the well-known GGA sentence: 48°07.038' N, 11°31.000' E, 545.4 m, 8 satellites", () => {
    x.nmeaReset!();
    expect(feed(GGA)).toMatchObject({ has: 19, good: 1, bad: 0, rest: [481173000, 115166667, 545400, 0, 0, 8] });
  });

  it('reads RMC: 22.4 knots are 11.524 m/s; course, date and time', () => {
    x.nmeaReset!();
    const { has, good, bad, rest, time } = feed(RMC);
    expect({ has, good, bad }).toEqual({ has: 45, good: 1, bad: 0 });
    expect(rest.slice(3, 5)).toEqual([11524, 8440]);
    expect(time * 1000).toBe(Date.UTC(2094, 2, 23, 12, 35, 19));
  });

  it('knows south and west', () => {
    x.nmeaReset!();
    const body = 'GPGGA,000000,3351.000,S,07040.000,W,1,05,1,10,M,0,M,,';
    const sum = [...body].reduce((s, c) => s ^ c.charCodeAt(0), 0);
    expect(feed(`$${body}*${sum.toString(16).toUpperCase().padStart(2, '0')}\r\n`).rest.slice(0, 2)).toEqual([
      -338500000, -706666667,
    ]);
  });

  it('refuses each change of a byte within the sentence, and what is cut off', () => {
    for (let at = 1; at < GGA.length - 2; at++)
      for (const change of [1, 2, 8, 0x80]) {
        x.nmeaReset!();
        const bytes = Buffer.from(GGA, 'latin1');
        bytes[at]! ^= change;
        expect(feed(bytes.toString('latin1')).good, `byte ${at}`).toBe(0);
      }
    for (let length = 0; length < GGA.length - 2; length++) {
      x.nmeaReset!();
      expect(feed(GGA.slice(0, length)).good).toBe(0);
      // The next sentence is not harmed.
      expect(feed(GGA).good).toBe(1);
    }
  });

  it('survives 200,000 bytes of noise with dollars and commas in it, within its bounds', () => {
    const chance = seededChance('nmea');
    const letters = '$*,.0123456789ABCDEFGNPRMCWS-\r\n';
    for (let i = 0; i < 50; i++) {
      x.nmeaReset!();
      const text = Array.from({ length: 4000 }, () => letters[Math.floor(chance() * letters.length)]).join('');
      const { rest } = feed(text);
      expect(Math.abs(rest[0]!)).toBeLessThanOrEqual(900000000);
      expect(Math.abs(rest[1]!)).toBeLessThanOrEqual(1800000000);
    }
  });
});

describe('Modbus', () => {
  const sent = (length: number) => Buffer.from(x.memory.buffer, OUT, length).toString('hex');
  const crc = (hex: string) => {
    const sum = x.crcModbus!(put(hex));
    return hex.replaceAll(' ', '') + Buffer.from([sum & 255, sum >> 8]).toString('hex');
  };

  // The PDUs are the examples of the application protocol V1.1b3, sections 6.1 to 6.12.
  it.each([
    ['6.1', 1, 0x13, 0x13, '', '01 00 13 00 13', '01 03 cd 6b 05'],
    ['6.2', 2, 0xc4, 0x16, '', '02 00 c4 00 16', '02 03 ac db 35'],
    ['6.3', 3, 0x6b, 3, '', '03 00 6b 00 03', '03 06 02 2b 00 00 00 64'],
    ['6.4', 4, 8, 1, '', '04 00 08 00 01', '04 02 00 0a'],
    ['6.5', 5, 0xac, 1, '', '05 00 ac ff 00', '05 00 ac ff 00'],
    ['6.6', 6, 1, 3, '', '06 00 01 00 03', '06 00 01 00 03'],
    ['6.11', 15, 0x13, 10, 'cd 01', '0f 00 13 00 0a 02 cd 01', '0f 00 13 00 0a'],
    ['6.12', 16, 1, 2, '00 0a 01 02', '10 00 01 00 02 04 00 0a 01 02', '10 00 01 00 02'],
  ])('section %s: the request and its answer', (_, code, address, value, data, request, answer) => {
    const wanted = crc(`11 ${request}`);
    put(data);
    const length = x.modbusRequest!(0x11, code, address, value);
    expect(sent(length)).toBe(wanted);
    const frame = crc(`11 ${answer}`);
    expect(x.modbusCheck!(put(frame))).toBe(0);
    // Each changed byte: a checksum, and no answer taken.
    for (let at = 0; at < frame.length / 2; at++) {
      const bytes = Buffer.from(frame, 'hex');
      bytes[at]! ^= 0x10;
      expect(x.modbusCheck!(put(bytes))).toBe(-65);
    }
    for (let short = 0; short < frame.length / 2; short++)
      expect(x.modbusCheck!(put(frame.slice(0, 2 * short)))).toBeLessThan(0);
    // With a right checksum: another server's, another function's, another length.
    expect(x.modbusCheck!(put(crc(`12 ${answer}`)))).toBe(-1000);
    expect(x.modbusCheck!(put(crc(`11 07 ${answer.slice(3)}`)))).toBe(-1000);
    expect(x.modbusCheck!(put(crc(`11 ${answer} 00`)))).toBe(-66);
    // An exception (section 7).
    expect(x.modbusCheck!(put(crc(`11 ${(code | 0x80).toString(16)} 02`)))).toBe(-71);
    expect(x.modbusException!()).toBe(2);
  });

  it('refuses requests beyond the standard', () => {
    for (const [unit, code, address, value] of [
      [248, 3, 0, 1],
      [0, 3, 0, 1],
      [1, 7, 0, 1],
      [1, 3, 0, 0],
      [1, 3, 0, 126],
      [1, 3, 0xffff, 2],
      [1, 1, 0, 2001],
      [1, 5, 0, 2],
      [1, 15, 0, 1969],
      [1, 16, 0, 124],
      [1, 6, 0x10000, 1],
    ] as const)
      expect(x.modbusRequest!(unit, code, address, value)).toBe(0);
    expect(x.modbusRequest!(1, 3, 0, 125)).toBe(8);
  });

  it('silence between frames: 3.5 characters, 1750 µs above 19,200 Bd (serial line, section 2.5.1.1)', () => {
    expect(x.modbusSilence!(9600)).toBe(4010);
    expect(x.modbusSilence!(19200)).toBe(2005);
    expect(x.modbusSilence!(19201)).toBe(1750);
  });

  const plan = (text: string) => x.plan!(put(Buffer.from(text)));
  it('reads plans, and says where one is wrong', () => {
    expect(plan('3 0 u16 0 V voltage;4 10 f32 -3 - count x\n1 5 bit 0 - coil')).toBe(3);
    for (const [text, at] of [
      ['3 0 u17 0 V voltage', 4],
      ['3 65536 u16 0 V voltage', -1],
      ['3 0 u16 0 V voltage;9 0 u16 0 V v', -1],
      ['6 0 u32 = 1', -1],
      ['6 0 u16 = 65536', 10],
      ['5 0 bit = 2', 10],
      ['3 0 u16 = 1', 8],
      ['6 0 u16 0 V v', 8],
      ['3 0 u16 0 V', -1],
      ['3 0 u16 0 V v c d', 16],
      ['', 0],
    ] as const) {
      const answer = plan(text);
      expect(answer, text).toBeLessThan(0);
      if (at >= 0) expect(-1 - answer, text).toBe(at);
    }
  });

  it('makes numbers of registers in either order', () => {
    const value = (type: string, hex: string) => {
      expect(plan(`3 0 ${type} -1 V v`)).toBe(1);
      put(hex);
      expect(x.planRecord!(0)).toBeTruthy();
      return big(out().getBigInt64(0, true)) * 10 ** out().getInt32(8, true);
    };
    expect(value('u16', 'ffff')).toBeCloseTo(6553.5);
    expect(value('s16', 'ffff')).toBeCloseTo(-0.1);
    expect(value('u32', '00010002')).toBeCloseTo(6553.8);
    expect(value('u32l', '00020001')).toBeCloseTo(6553.8);
    expect(value('s32', 'fffffffe')).toBeCloseTo(-0.2);
    expect(value('f32', '43668000')).toBeCloseTo(23.05);
    expect(value('f32l', '80004366')).toBeCloseTo(23.05);
    plan('3 0 f32 0 V v');
    put('7fc00000');
    expect(x.planRecord!(0)).toBeFalsy();
  });

  it('writes what a plan says', () => {
    for (const [text, request] of [
      ['16 100 u32 = 66051', '01 10 00 64 00 02 04 00 01 02 03'],
      ['16 100 u32l = 66051', '01 10 00 64 00 02 04 02 03 00 01'],
      ['16 100 s32 = -1', '01 10 00 64 00 02 04 ff ff ff ff'],
      ['15 8 bits10 = 461', '01 0f 00 08 00 0a 02 cd 01'],
      ['5 172 bit = 1', '01 05 00 ac ff 00'],
      ['6 1 s16 = -2', '01 06 00 01 ff fe'],
    ] as const) {
      expect(plan(text), text).toBe(1);
      expect(sent(x.planRequest!(0, 1)), text).toBe(crc(request));
    }
  });

  it('plans of noise end in a number, never in a trap', () => {
    const chance = seededChance('plan');
    const words = [
      '3',
      '6',
      '16',
      '99',
      'u16',
      's32l',
      'bits3',
      'bits99',
      'f32',
      '=',
      '-',
      ';',
      '\n',
      'V',
      'v',
      '-5',
      '',
    ];
    for (let i = 0; i < 3000; i++) {
      x.forget!();
      plan(
        Array.from({ length: 12 }, () => words[Math.floor(chance() * words.length)]).join(chance() < 0.9 ? ' ' : ''),
      );
    }
  });
});

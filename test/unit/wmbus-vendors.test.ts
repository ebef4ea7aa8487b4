/** What manufacturers lay out by themselves, on telegrams made here. */
import { createCipheriv } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { bytes, type Codec, codec, type JsonTelegram } from '../vectors/wmbus-harness.ts';

let c: Codec;
beforeAll(async () => {
  c = await codec();
});

/** A frame without CRCs: `head` from the C field on, then what follows the address. */
const frame = (head: string, rest: string): string => {
  const body = (head + rest).replaceAll(' ', '');
  return `${(body.length / 2).toString(16).padStart(2, '0')}${body}`.toUpperCase();
};
const derived = ({ records }: JsonTelegram) =>
  records.filter((r) => r.derived).map(({ quantity, value, unit, storage }) => [quantity, value, unit, storage]);

describe('Apator NA-1', () => {
  const KEY = '000102030405060708090A0B0C0D0E0F';
  const HEAD = '44 0106 78563412 14 07';
  /** One block as the meter encrypts it: the address and eight times the byte behind the CI field before it. */
  const telegram = (plain: string): string => {
    const iv = Buffer.concat([bytes(HEAD.replaceAll(' ', '').slice(2)), Buffer.alloc(8, 0x5a)]);
    const cipher = createCipheriv('aes-128-cbc', bytes(KEY), iv).setAutoPadding(false);
    return frame(HEAD, `A15A01${cipher.update(plain.replaceAll(' ', ''), 'hex', 'hex')}`);
  };
  const clock = Buffer.alloc(4);
  clock.writeUInt32LE((Date.UTC(2025, 9, 5, 18, 40, 33) - Date.UTC(2000, 0, 1)) / 1000);
  // 1,234,567 l; 300 h ago 5,003 l less; bit 23.
  const PLAIN = `2F 07 68 2D 01 ${clock.toString('hex')} 2C 07 E204 000080`;

  it('reads the volume, the clock, and the volume some hours ago', () => {
    const got = c.decode(telegram(PLAIN), KEY);
    expect(got.security).toMatchObject({ encrypted: true, payload: 'decrypted' });
    expect(derived(got)).toEqual([
      ['daylight_saving', 1, '', 0],
      ['volume', 1234.567, 'm3', 0],
      ['volume', 1229.564, 'm3', 1],
      ['datetime', '2025-10-05T18:40', 'datetime', 0],
      ['datetime', '2025-09-23T06:40', 'datetime', 1],
      ['actuality_duration', 300, 'h', 1],
      ['error_flags', 8388608, '', 1],
    ]);
    expect(got.records.at(-1)).toMatchObject({ flags: ['minimum_flow'] });
  });

  it('gives nothing without its key', () => {
    expect(c.decode(telegram(PLAIN))).toMatchObject({
      error: { code: 'no-key', layer: 'tpl', offset: 13 },
      records: [],
    });
    const wrong = c.decode(telegram(PLAIN), KEY.replace('00', '11'));
    expect(wrong).toMatchObject({ error: { code: 'wrong-key' }, records: [] });
  });
});

describe('B Meters Hydrodigit', () => {
  const read = (version: string, tail: string) =>
    c.decode(frame(`44 B409 78563412 ${version} 07`, `7A2A840000 0C1334120000 0F ${tail}`));

  it('reads what the mask announces, by the manual', () => {
    const months = Array.from({ length: 12 }, (_, n) => `${(n + 16).toString(16)}0100`).join('');
    const got = read('17', `9F 0B 2C010000 156221 020322 110423 ${months} 00`);
    expect(derived(got)).toEqual([
      ['voltage', 3.2, 'V', 0],
      ['volume', 0.3, 'm3', 1],
      ['date', '2021-02-15', 'date', 1],
      ['date', '2022-03-02', 'date', 2],
      ['date', '2023-04-11', 'date', 3],
      ...Array.from({ length: 12 }, (_, n) => ['volume', (256 + 16 + n) / 100, 'm3', n + 2]),
    ]);
    expect(got.meter).toMatchObject({ conditions: ['battery_low', 'reverse_installation'] });
  });

  it('reads nothing behind values whose length is not known', () => {
    for (const mask of ['A1', 'C1', 'E1'])
      expect(derived(read('17', `${mask} 0E 11111111 2C0100`))).toEqual([['voltage', 3.7, 'V', 0]]);
  });

  it('reads what the mask announces of older versions', () => {
    expect(derived(read('13', '0F 0E 15062101 020322 2C010000'))).toEqual([
      ['voltage', 3.7, 'V', 0],
      ['date', '2021-06-15', 'date', 1],
      ['date', '2022-03-02', 'date', 2],
      ['volume', 0.3, 'm3', 1],
    ]);
  });

  it('gives no voltage for a code that is not known, and takes its low digit alone', () => {
    expect(derived(read('13', '01 7F'))).toEqual([['voltage', null, 'V', 0]]);
    expect(derived(read('17', '01 1B'))).toEqual([['voltage', 3.2, 'V', 0]]);
  });
});

describe('Apator E.ITN', () => {
  it('reads values and dates, whose years have five bits', () => {
    const dates = derived(c.decode(frame('44 0106 78563412 04 08', 'A0 A100 00 5900 1C27 0100 32AD E413 B415')));
    expect(dates).toEqual([
      ['hca', 89, 'hca', 1],
      ['date', '2019-08-28', 'date', 2],
      ['hca', 1, 'hca', 0],
      ['date', '2022-09-18', 'date', 0],
      ['external_temperature', 19.890625, 'Cel', 1],
      ['external_temperature', 21.703125, 'Cel', 0],
    ]);
  });
});

it('a layout is for the meters that it is known of alone', () => {
  const tail = '7A2A000000 0C1334120000 0F 0F 0E 15062101 2C010000 020322';
  for (const meter of ['B409 78563412 05 07', '496A 78563412 0D 04', 'AE0C 78563412 13 07']) {
    const got = c.decode(frame(`44 ${meter}`, tail));
    expect(got).toMatchObject({ ok: true, specific: '0F0E150621012C010000020322' });
    expect(derived(got)).toEqual([]);
  }
});

describe('Techem', () => {
  // 31 December 2018; 13 November, whose year follows.
  const BEFORE = '9F25';
  const NOW = 'D016';
  it.each<[string, string, string, unknown[]]>([
    [
      'water, radio 3 and 4',
      '70 62',
      `A0 00 ${BEFORE} 5502 ${NOW} 4100 03040403`,
      [
        ['date', '2018-12-31', 'date', 1],
        ['volume', 59.7, 'm3', 1],
        ['date', '2019-11-13', 'date', 0],
        ['volume', 6.5, 'm3', 2],
        ['volume', 66.2, 'm3', 0],
      ],
    ],
    [
      'heat cost allocator, data II',
      '64 80',
      `A0 11 ${BEFORE} 6800 ${NOW} 4100 000000`,
      [
        ['date', '2018-12-31', 'date', 1],
        ['hca', 104, 'hca', 1],
        ['date', '2019-11-13', 'date', 0],
        ['hca', 65, 'hca', 0],
      ],
    ],
    [
      'heat cost allocator, data III, version 94',
      '94 80',
      `A2 0F ${BEFORE} 2D00 ${NOW} 0400 11 BD08 3809 04`,
      [
        ['date', '2018-12-31', 'date', 1],
        ['hca', 45, 'hca', 1],
        ['date', '2019-11-13', 'date', 0],
        ['hca', 4, 'hca', 0],
        ['external_temperature', 22.37, 'Cel', 0],
        ['flow_temperature', 23.6, 'Cel', 0],
      ],
    ],
    [
      'compact V',
      '39 43',
      `A2 10 ${BEFORE} 866101 18 1C0100 04 807944`,
      [
        ['date', '2018-12-31', 'date', 1],
        ['energy', 90_502_000, 'Wh', 1],
        ['energy', 284_000, 'Wh', 2],
        ['energy', 90_786_000, 'Wh', 0],
      ],
    ],
    [
      'vario 4, which has the device type of some compact V',
      '27 C3',
      `A2 12 ${BEFORE} 3833 00A8 6226 000082`,
      [
        ['date', '2018-12-31', 'date', 1],
        ['energy', 13_112e6, 'J', 1],
        ['energy', 9826e6, 'J', 2],
        ['energy', 22_938e6, 'J', 0],
      ],
    ],
    [
      'smoke detector',
      '76 F0',
      `A1 71 ${BEFORE} 8229 0060`,
      [
        ['alarm_flags', 113, '', 0],
        ['date', '2018-12-31', 'date', 1],
        ['date', '2020-12-02', 'date', 0],
      ],
    ],
  ])('%s', (_name, meter, payload, want) => {
    const telegram = frame(`44 6850 78563412 ${meter}`, payload);
    expect(derived(c.decode(telegram))).toEqual(want);
    // Cut anywhere, what is whole is as it was.
    for (let n = 12; n < telegram.length / 2; n++) {
      const cut = `${(n - 1).toString(16).padStart(2, '0')}${telegram.slice(2, 2 * n)}`;
      expect(want).toEqual(expect.arrayContaining(derived(c.decode(cut))));
    }
  });
});

describe('Diehl', () => {
  /** Scrambles as the radio does, from byte `at` on: a shift register of 32 bits, from the address and the four bytes before. */
  const telegram = (body: string, at: number, secret = 0x39bc8a10, from = 10): string => {
    const plain = Buffer.from(bytes(frame('44 2423 50078604 50 48', body)));
    const start = plain.readUInt32BE(2) ^ plain.readUInt32BE(6) ^ plain.readUInt32BE(from);
    let key = (start ^ secret ^ 0xe66d83f8) >>> 0;
    for (let i = at; i < plain.length; i++) {
      for (let k = 0; k < 8; k++) {
        const bit = (key >>> 1) ^ (key >>> 2) ^ (key >>> 11) ^ (key >>> 31);
        key = ((key << 1) | (bit & 1)) >>> 0;
      }
      plain[i]! ^= key & 255;
    }
    return plain.toString('hex');
  };
  const METER = { id: '48500486', version: 80, type: 7, medium: 'water' };

  describe('PRIOS', () => {
    const VALUES = '4B 82F50700 EBEB0700 AF2B';

    it.each([0x39bc8a10, 0x51728910])(
      'reads volumes, period, battery, alarms; the address in order; key %i',
      (secret) => {
        const got = c.decode(telegram(`A2 51 52 00 13 ${VALUES}`, 15, secret));
        expect(got.meter).toMatchObject(METER);
        expect(derived(got)).toEqual([
          ['transmission_period', 8, 's', 0],
          ['remaining_battery', 9, 'year', 0],
          ['alarm_flags', 2, '', 0],
          ['volume', 521.602, 'm3', 0],
          ['volume', 519.147, 'm3', 1],
          ['date', '2021-11-15', 'date', 1],
        ]);
        expect(got.records.map(({ flags }) => flags)).toContainEqual(['leak_before']);
      },
    );

    it('counts the alarms of both bytes', () => {
      const alarms = (head: string) =>
        c.decode(telegram(head + VALUES, 15)).records.find((r) => r.quantity === 'alarm_flags');
      expect(alarms('A1 21 17 00 13')).toMatchObject({ value: 0 });
      expect(alarms('A1 21 17 00 13')!.flags).toBeUndefined();
      expect(alarms('A1 21 F7 80 13')).toMatchObject({ value: 0x407, flags: ['leak_before'] });
    });

    it('gives nothing when the text does not begin as it must', () => {
      expect(derived(c.decode(telegram(`A2 51 52 00 13 ${VALUES.replace('4B', '4C')}`, 15)))).toEqual([]);
    });
  });

  describe('standard records under a security mode of its own', () => {
    const RECORDS = '0C06 51260000 0C13 47031500 0A5A 2304 0B3B 000000';
    const VALUES = [2_651_000, 150.347, 42.3, 0];

    it.each([0x39bc8a10, 0x51728910])('scrambled: key %i', (secret) => {
      const got = c.decode(telegram(`7A 37 00 4575 ${RECORDS}`, 15, secret));
      expect(got.meter).toMatchObject(METER);
      expect(got.records.map(({ value }) => value)).toEqual(VALUES);
      expect(got.security).toMatchObject({ mode: 21, encrypted: false });
    });

    it('in clear, as many receivers hand it on', () => {
      const got = c.decode(frame('44 2423 50078604 50 48', `7A 37 00 4575 ${RECORDS}`));
      expect(got.meter).toMatchObject(METER);
      expect(got.records.map(({ value }) => value)).toEqual(VALUES);
    });

    it('not of other manufacturers, and not under the modes of the standard', () => {
      const other = c.decode(frame('44 AE0C 50078604 50 48', `7A 37 00 4575 ${RECORDS}`));
      expect(other.meter).toMatchObject({ id: '04860750', version: 80, type: 72 });
      const plain = c.decode(frame('44 2423 50078604 50 48', `7A 37 00 0000 ${RECORDS}`));
      expect(plain.meter).toMatchObject({ id: '04860750' });
    });
  });
});

describe('Apator 16-2', () => {
  const read = (meter: string, tags: string) =>
    derived(c.decode(frame(`44 ${meter}`, `7A2A000000 0F 354DA39A000000 ${tags}`)));

  it.each(['0106 78563412 05 06', '0106 78563412 05 07', '1486 78563412 05 07'])(
    '%s: cold and hot water, with the volumes of the periods before',
    (meter) => {
      expect(read(meter, '7101 1ABF0D00 039A0D00 A0 10538503 10 CECC0D00')).toEqual([
        ['volume', 904.398, 'm3', 0],
        ['volume', 900.89, 'm3', 1],
        ['volume', 891.395, 'm3', 2],
      ]);
    },
  );

  it('takes no byte of another field for a tag, and nothing behind one that it does not know', () => {
    const meter = '0106 78563412 05 07';
    expect(read(meter, '43 1070 40 101010101010 10 CECC0D00')).toEqual([['volume', 904.398, 'm3', 0]]);
    expect(read(meter, '10 CECC0D00 20 7001')).toEqual([['volume', 904.398, 'm3', 0]]);
    expect(read(meter, '20 10 CECC0D00')).toEqual([]);
    expect(read(meter, '10 CECC0D00 7201 1ABF0D00')).toEqual([
      ['volume', 904.398, 'm3', 0],
      ['volume', 900.89, 'm3', 1],
    ]);
  });
});

describe('B Meters Hydroclima', () => {
  const tail =
    '0F 110001B96047340000 38FF E0FF 1B08 8832 9407 6607 0100020003000400 C407 2608 0080 2DD400000000 000000 220000';

  it('reads temperatures, also below zero, and the values of set dates', () => {
    const got = c.decode(frame('44 B009 78563412 85 08', `7A2A000000 ${tail}`));
    expect(derived(got).slice(1)).toEqual([
      ['flow_temperature', -2, 'Cel', 0],
      ['external_temperature', -0.32, 'Cel', 0],
      ['external_temperature', 20.75, 'Cel', 1],
      ['flow_temperature', 19.4, 'Cel', 1],
      ['external_temperature', 18.94, 'Cel', 1],
      ...[1, 2, 3, 4].map((n) => ['hca', n, 'hca', n]),
      ['external_temperature', 19.88, 'Cel', 1],
      ['external_temperature', 20.86, 'Cel', 2],
      ['external_temperature', null, 'Cel', 3],
      ['hca', 34, 'hca', 0],
    ]);
  });

  it('leaves another version alone: its payload is another one', () => {
    expect(derived(c.decode(frame('44 B009 78563412 33 08', `7A2A000000 ${tail}`)))).toEqual([]);
  });
});

describe('numbers behind a manufacturer’s own VIF', () => {
  it('IME: with the storage, tariff, subunit and direction of their record', () => {
    const records = '8410FF80843B FE180C00 C440FF81843C 06000000 04FF8748 F6080000 04FF8848 2D0F0000 04FF8959 26000000';
    const got = c.decode(frame('44 A525 78563412 66 02', `78 ${records} 02FF8A48 F401 04FF8B48 01000000`));
    expect(got.records.filter((r) => r.derived)).toMatchObject([
      { quantity: 'energy', value: 7_928_300, unit: 'Wh', tariff: 1, storage: 0, subunit: 0, modifiers: ['forward'] },
      { quantity: 'reactive_energy', value: 60, unit: 'varh', storage: 1, subunit: 1, modifiers: ['backward'] },
      { quantity: 'voltage', value: 229.4, unit: 'V' },
      { quantity: 'voltage', value: 388.5, unit: 'V' },
      { quantity: 'current', value: 0.038, unit: 'A' },
      { quantity: 'frequency', value: 50, unit: 'Hz' },
    ]);
  });

  it('not of another manufacturer', () => {
    expect(derived(c.decode(frame('44 AE0C 78563412 66 02', '78 8410FF80843B FE180C00')))).toEqual([]);
  });
});

describe('Qundis walk-by', () => {
  const telegram = (type: string, vif: string, mark = '07B0', months = ''): string =>
    frame(
      `44 9344 78563412 34 ${type}`,
      `780DFF5F ${(28 + months.length / 2).toString(16)} 00821800008000${mark}${vif}FFFF 45230100 9F2C 70020000 BE26 97000000 ${months}`,
    );

  it.each([
    ['heat cost allocator', '08', '6E', 'hca', 'hca', 1],
    ['heat meter', '04', '06', 'energy', 'Wh', 1000],
    ['water meter', '06', '13', 'volume', 'm3', 0.001],
  ])('%s: in the unit of the VIF that the payload carries', (_name, type, vif, quantity, unit, scale) => {
    const values = derived(c.decode(telegram(type, vif)));
    expect(values.filter(([q]) => q !== 'date')).toEqual([
      [quantity, 12345 * scale, unit, 0],
      [quantity, 270 * scale, unit, 1],
      [quantity, 97 * scale, unit, 17],
    ]);
    expect(values.filter(([q]) => q === 'date').map(([, value]) => value)).toEqual(['2020-12-31', '2021-06-30']);
  });

  it('gives the months of all of them, and none for a month that the meter has not', () => {
    for (const type of ['04', '06', '08']) {
      const months = derived(c.decode(telegram(type, '6E', '07B0', '0100 18000080 23FF'.replaceAll(' ', ''))));
      expect(months.slice(5)).toEqual([
        ['hca', 1, 'hca', 18],
        ['hca', 24, 'hca', 19],
        ['hca', null, 'hca', 20],
        ['hca', -221, 'hca', 21],
      ]);
    }
  });

  it('gives nothing for a VIF that is none, and nothing of a payload that is encrypted', () => {
    expect(derived(c.decode(telegram('04', '7F')))).toEqual([]);
    expect(derived(c.decode(telegram('08', '6E', 'DFC4')))).toEqual([]);
    expect(derived(c.decode(telegram('08', '6E').replace('008218000080', '008243003580')))).toEqual([]);
  });

  it('does not mind what stands behind the VIF', () => {
    expect(derived(c.decode(telegram('08', '6E').replace('6EFFFF', '6E9F2C')))).toHaveLength(5);
  });
});

describe('names of bits', () => {
  const flags = (telegram: string) => c.decode(telegram).records.map((r) => [r.value, r.name, r.flags]);

  it("behind a manufacturer's VIF: Kamstrup's information codes", () => {
    const water = frame('44 2D2C 78563412 1B 16', '78 02FF20 0E00');
    expect(flags(water)).toEqual([[14, 'information_code', ['reverse', 'leak', 'burst']]]);
    const heat = frame('44 2D2C 78563412 34 04', '78 04FF22 02000100 04FF07 05000000');
    expect(flags(heat)).toEqual([
      [65538, 'information_code', ['battery_low', 'v1_communication_error']],
      [5, 'volume_times_flow_temperature', undefined],
    ]);
  });

  it('in error flags, for the meter that they are known of alone', () => {
    expect(flags(frame('44 361C 78563412 00 02', '78 01FD17 22'))).toEqual([
      [34, undefined, ['v2_overflow', 'i3_overflow']],
    ]);
    expect(flags(frame('44 AE0C 78563412 00 02', '78 01FD17 22'))).toEqual([[34, undefined, undefined]]);
  });

  it.each<[string, string, string, string[]]>([
    ['Axioma, a leak', '0907 78563412 10 07', '20', ['leak']],
    ['Axioma, a burst and the battery', '0907 78563412 10 07', 'A4', ['power_low', 'burst']],
    ['Axioma, reverse flow in an empty pipe', '0907 78563412 20 16', '70', ['temporary_error', 'reverse']],
    ['Axioma, frost', '0907 78563412 10 06', '80', ['frost']],
    ['Axioma, a value without a name', '0907 78563412 10 07', 'E0', ['specific_1', 'specific_2', 'specific_3']],
    ['Axioma, a heat meter', '0907 78563412 0D 04', '20', ['specific_1']],
    ['B Meters Hydrodigit, a leak', 'B409 78563412 17 07', '03', ['leak']],
    ['B Meters Hydrodigit, busy', 'B409 78563412 17 07', '01', ['application_busy']],
    ['Lansen, opened', '3330 78563412 07 1B', '48', ['permanent_error', 'tamper']],
  ])('in the status byte: %s', (_name, meter, status, conditions) => {
    const { meter: got } = c.decode(frame(`44 ${meter}`, `7A2A${status}0000 0C1334120000`));
    expect(got).toMatchObject({ conditions });
  });

  it('of the second level of the main extension, whose codes are no VIFEs', () => {
    const telegram = c.decode(frame('44 AE0C 78563412 01 07', '78 02FDFD02B300 02FDFD030F00 01FDFD0001 01FDFD0101'));
    expect(telegram.records.map((r) => [r.quantity, r.value, r.name, r.modifiers])).toEqual([
      ['reserved', 179, 'remaining_battery_months', undefined],
      ['reserved', 15, 'remaining_battery_years', undefined],
      ['reserved', 1, 'selected_application', undefined],
      ['reserved', 1, undefined, undefined],
    ]);
  });
});

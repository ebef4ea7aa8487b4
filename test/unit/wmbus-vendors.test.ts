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
  it('reads what the mask announces', () => {
    const got = c.decode(frame('44 B409 78563412 13 07', '7A2A840000 0C1334120000 0F 0F 0E 15062101 2C010000 020322'));
    expect(derived(got)).toEqual([
      ['voltage', 3.7, 'V', 0],
      ['date', '2021-06-15', 'date', 1],
      ['volume', 0.3, 'm3', 1],
      ['date', '2022-03-02', 'date', 2],
    ]);
    expect(got.meter).toMatchObject({ conditions: ['battery_low', 'reverse_installation'] });
  });

  it('gives no voltage for a code that is not known', () => {
    const got = c.decode(frame('44 B409 78563412 13 07', '7A2A000000 0F 01 7F'));
    expect(derived(got)).toEqual([['voltage', null, 'V', 0]]);
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

describe('Qundis walk-by', () => {
  const telegram = (type: string, vif: string): string =>
    frame(
      `44 9344 78563412 34 ${type}`,
      `780DFF5F 1C 0082180000800007B0${vif}FFFF 45230100 9F2C 70020000 BE26 97000000`,
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

  it('gives nothing for a VIF that is none', () => {
    expect(derived(c.decode(telegram('04', '7F')))).toEqual([]);
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
});

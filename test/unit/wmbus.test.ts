/** The decoder on the project's own telegrams: published examples and captures under permissive licences. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode as decodeCbor } from 'cborg';
import { beforeAll, describe, expect, it } from 'vitest';
import { bytes, type Codec, codec, root } from '../vectors/wmbus-harness.ts';

interface Fixture {
  name: string;
  hex: string;
  key?: string;
  manufacturer: string;
  source: string;
  licence: string;
}

const FIXTURES = JSON.parse(
  readFileSync(join(root, 'test', 'fixtures', 'wmbus', 'telegrams.json'), 'utf8'),
) as Fixture[];
let c: Codec;
beforeAll(async () => {
  c = await codec();
});

const GAS =
  '2E44931578563412330333637A2A0020255923C95AAA26D1B2E7493BC2AD013EC4A6F6D3529B520EDFF0EA6DEFC955B29D6D69EBF3EC8A';
const GAS_KEY = '0102030405060708090A0B0C0D0E0F11';

type Senml = Map<number, unknown>;
/** Decimal fractions become their text, so that nothing is rounded on the way. */
const fraction = (content: () => unknown): string => {
  const [exponent, mantissa] = content() as [number, number | bigint];
  return `${mantissa}e${exponent}`;
};
const pack = (hex: string, key = ''): Senml[] =>
  decodeCbor(c.senml(bytes(hex), bytes(key)), { useMaps: true, tags: { 4: fraction } as never }) as Senml[];

describe('fixtures', () => {
  it('are 24 telegrams of 5 manufacturers at least, 6 of them in mode 5 with their key', () => {
    expect(new Set(FIXTURES.map((f) => f.hex)).size).toBe(FIXTURES.length);
    expect(FIXTURES.length).toBeGreaterThanOrEqual(24);
    expect(new Set(FIXTURES.map((f) => f.manufacturer)).size).toBeGreaterThanOrEqual(5);
    const encrypted = FIXTURES.filter((f) => f.key && c.decode(f.hex, f.key).security!.mode === 5);
    expect(encrypted.length).toBeGreaterThanOrEqual(6);
  });

  it.each(FIXTURES)('$name', ({ hex, key, manufacturer, source, licence }) => {
    expect(source && licence).toBeTruthy();
    const got = c.decode(hex, key);
    expect(got.error).toBeUndefined();
    expect(got.ok).toBe(true);
    expect(got.meter!.manufacturer).toBe(manufacturer);
    expect(got.security!.encrypted).toBe(key !== undefined);
    expect(got.records.some((r) => r.value !== null)).toBe(true);
    if (key) {
      expect(c.decode(hex).error?.code).toBe('no-key');
      expect(c.decode(hex, `${key.slice(0, 30)}99`).error?.code).toMatch(/^(wrong-key|mac)$/);
    }
  });

  it.each(FIXTURES)('$name as SenML', ({ hex, key = '' }) => {
    const got = c.decode(hex, key);
    const records = pack(hex, key);
    const { id, manufacturer, version, type } = got.meter!;
    expect(records[0]).toEqual(
      new Map<number, unknown>([
        [0, 'encrypted'],
        [4, got.security!.encrypted],
        [-2, `urn:wmbus:${manufacturer}:${id}:${version}:${type}:`],
      ]),
    );
    const values = got.records.filter((r) => r.value !== null);
    expect(records.length).toBe(2 + values.length);
    for (const [i, { value }] of values.entries()) {
      const record = records[2 + i]!;
      expect(record.get(0)).toMatch(/^[A-Za-z0-9][A-Za-z0-9\-:./_]*$/);
      if (typeof value === 'number') expect(Number(record.get(2))).toBe(value);
      else expect(record.get(3)).toBe(value);
    }
  });

  it.each(FIXTURES)('$name cut anywhere is refused, without values', ({ hex, key = '' }) => {
    for (let n = 0; n < hex.length / 2; n++) {
      const got = c.decode(hex.slice(0, 2 * n), key);
      expect(got.ok, `${n} bytes`).toBe(false);
      expect(got.records).toEqual([]);
      expect(got.error!.offset).toBeLessThanOrEqual(n);
      expect(c.senml(bytes(hex.slice(0, 2 * n)), bytes(key)).length).toBe(0);
    }
  });
});

it('prints the OMS gas meter (annex N, N.2.1) as pinned', () => {
  expect(c.text(bytes(GAS), bytes(GAS_KEY))).toBe(
    '{"ok":true,"link":{"format":"A","c":"44","message":"SND-NR","id":"12345678","manufacturer":"ELS","version":51,"type":3,"ci":"7A"},' +
      '"meter":{"id":"12345678","manufacturer":"ELS","version":51,"type":3,"medium":"gas","access":42,"status":0},' +
      '"security":{"mode":5,"ell":0,"encrypted":true,"payload":"decrypted","authenticated":false},"records":[' +
      '{"dib":"0C","vib":"14","function":"instantaneous","storage":0,"tariff":0,"subunit":0,"quantity":"volume","unit":"m3","value":28504.27,"raw":"27048502"},' +
      '{"dib":"04","vib":"6D","function":"instantaneous","storage":0,"tariff":0,"subunit":0,"quantity":"datetime","unit":"datetime","value":"2008-05-31T23:50","raw":"32371F15"},' +
      '{"dib":"02","vib":"FD17","function":"instantaneous","storage":0,"tariff":0,"subunit":0,"quantity":"error_flags","unit":"","value":0,"raw":"0000"}]}',
  );
  expect(pack(GAS, GAS_KEY)[2]).toEqual(
    new Map<number, unknown>([
      [0, 'volume'],
      [1, 'm3'],
      [2, '2850427e-2'],
    ]),
  );
});

it('is deterministic: the same telegram gives the same bytes', () => {
  const first = c.text(bytes(GAS), bytes(GAS_KEY));
  c.decode('00');
  expect(c.text(bytes(GAS), bytes(GAS_KEY))).toBe(first);
});

describe('refusals', () => {
  it.each([
    ['', '', 'empty', 'link', 0],
    ['05', '', 'length', 'link', 0],
    [GAS, '', 'no-key', 'tpl', 17],
    [GAS, '00112233445566778899AABBCCDDEEFF', 'wrong-key', 'tpl', 17],
    [GAS, '0011', 'key', 'link', 0],
    [GAS.replace('5923', '5924'), GAS_KEY, 'crc', 'link', 12],
    [`${GAS.slice(0, -2)}8B`, GAS_KEY, 'crc', 'link', 48],
    [GAS.slice(0, -4), GAS_KEY, 'truncated', 'link', 53],
    ['0FE4AE0C785634120107780C138765432100000000', '', 'length', 'link', 0],
    ['0FE4AE0C785634120107780C13876543', '', 'c-field', 'link', 1],
    ['0F44AE0C785634120107D00C13876543', '', 'ci-field', 'tpl', 10],
    ['0F44AE0C785634120107783F13876543', '', 'dif', 'apl', 11],
    ['0F44AE0C785634120107780D13F76543', '', 'lvar', 'apl', 13],
    ['0F44AE0C785634120107780D13106543', '', 'truncated', 'apl', 16],
    ['1344AE0C785634120107788C8080808080808080808000131122', '', 'length', 'link', 0],
    ['1844AE0C785634120107788C80808080808080808080800013', '', 'dife', 'apl', 22],
    ['1944AE0C785634120107780C9390909090909090909090101122', '', 'vife', 'apl', 23],
    ['6806066808017004000000', '', 'truncated', 'link', 11],
    ['68060668080170040000001716', '', 'length', 'link', 1],
    ['680606680801700400007D', '', 'truncated', 'link', 11],
    ['68040468080170047D16', '', 'meter', 'apl', 7],
    ['68040468080170047E16', '', 'checksum', 'link', 8],
    ['68040468080170047D17', '', 'stop', 'link', 9],
    ['0F44AE0C7856341201077C0013876543', '', 'cosem', 'tpl', 10],
    ['0F44AE0C785634120107640013876543', '', 'obis', 'tpl', 10],
    ['0F44AE0C7856341201076C0013876543', '', 'clock', 'tpl', 10],
    ['0F44AE0C785634120107C20013876543', '', 'image', 'tpl', 10],
    ['0F44AE0C785634120107C50013876543', '', 'key-transfer', 'tpl', 10],
    ['0F44AE0C785634120107870013876543', '', 'network', 'tpl', 10],
    ['0F44AE0C785634120107500013876543', '', 'reset', 'tpl', 10],
    ['0F44AE0C785634120107BB0013876543', '', 'baud-rate', 'tpl', 10],
    ['0F44AE0C785634120107C60013876543', '', 'ci-field', 'tpl', 10],
  ])('%s with key "%s": %s in %s at byte %i', (hex, key, code, layer, offset) => {
    const got = c.decode(hex, key);
    expect(got.ok).toBe(false);
    expect(got.error).toMatchObject({ code, layer, offset });
    expect(got.error!.message.length).toBeGreaterThan(0);
    expect(got.records).toEqual([]);
  });
});

describe('link layer', () => {
  const A = GAS;
  const B = '1444AE0C7856341201078C2027780B134365877AC5';
  it.each([
    ['A', A, GAS_KEY],
    ['B', B, ''],
  ])('frame format %s: every flipped bit is refused', (_, hex, key) => {
    for (let bit = 0; bit < hex.length * 4; bit++) {
      const frame = bytes(hex);
      frame[bit >> 3]! ^= 1 << (bit & 7);
      const got = JSON.parse(c.text(frame, bytes(key))) as { ok: boolean };
      expect(got.ok, `bit ${bit}`).toBe(false);
    }
  });
});

/** One record in a telegram without TPL header. */
const value = (record: string): { value: unknown; unit: string; quantity: string; modifiers?: string[] } => {
  const body = `44AE0C78563412010778${record}`;
  const got = c.decode((body.length / 2).toString(16).padStart(2, '0') + body);
  expect(got.error).toBeUndefined();
  return got.records[0]!;
};

describe('data types of EN 13757-3', () => {
  it.each<[string, string | number | null, string]>([
    ['0C1343658700', 876.543, 'BCD'],
    ['0C13436587F0', -876.543, 'BCD, negative'],
    ['0C134365A700', null, 'BCD with a digit that is none'],
    ['01130A', 0.01, 'one byte'],
    ['0213FEFF', -0.002, 'two bytes, negative'],
    ['0713FFFFFFFFFFFFFF7F', Number('9223372036854775.807'), 'eight bytes'],
    ['05230000C03F', 1.5, 'real'],
    ['05230000807F', null, 'infinity'],
    ['0D7803434241', 'ABC', 'text'],
    ['0D13C24365', 6.543, 'variable length, BCD'],
    ['0D13D24365', -6.543, 'variable length, negative BCD'],
    ['0D13E3FFFFFF', -0.001, 'variable length, binary'],
    ['0D13F000112233445566778899AABBCCDDEEFF', null, 'variable length, 16 bytes'],
    ['0013', null, 'no data'],
    ['04FD08FFFFFFFF', 4294967295, 'unsigned where the VIF says so'],
    ['07FD61FFFFFFFFFFFFFFFF', 2 ** 64, 'unsigned, eight bytes'],
    ['026C7F2C', '2019-12-31', 'type G'],
    ['026CFFFF', null, 'type G, every day of every year'],
    ['026C1E22', null, 'type G, 30 February'],
    ['046D3B171E2C', '2016-12-30T23:59', 'type F'],
    ['046DBB171E2C', null, 'type F, invalid'],
    ['066D1E1E150D3900', '2024-09-13T21:30:30', 'type I'],
    ['066D1E9E150D3900', null, 'type I, invalid'],
    ['036D1E1E15', '21:30:30', 'type J'],
  ])('%s is %s: %s', (record: string, want: string | number | null, _what: string) => {
    expect(value(record).value).toBe(want);
  });
});

describe('VIFEs of EN 13757-3', () => {
  it.each([
    ['029375E803', 0.1, 'm3', undefined],
    ['02937DE803', 1000, 'm3', undefined],
    ['02937BE803', 2, 'm3', ['offset']],
    ['02933CE803', 1, 'm3', ['backward']],
    ['02FB8275E803', 100000, 'varh', undefined],
    ['02AE25E803', 1000000, 'W/mo', ['per_month']],
    ['029322E803', 1, 'm3/h', ['per_hour']],
    ['02832CE803', 1000, 'Wh/L', ['per_litre']],
    ['02AE36E803', 1000000, 'W.s', ['times_s']],
    ['02832FE803', 1000, 'Wh/K', ['per_K']],
    ['029328E803', 1, 'm3', ['per_input_0']],
    ['02FDC8FC01E803', 100, 'V', ['phase_L1']],
    ['01FDBAFC1280', 128, '', undefined],
    ['02FC034852257 4D411'.replace(' ', ''), 45.64, '', undefined],
  ])('%s', (record, want, unit, modifiers) => {
    const got = value(record);
    expect([got.value, got.unit, got.modifiers]).toEqual([want, unit, modifiers]);
  });
});

it('tells apart in SenML what a manufacturer’s own VIFEs tell apart, and names no bytes twice', () => {
  const body = '44AE0C7856341201077802FDDCFF010A0002FDDCFF020B0002FDDCBBFF030C0002FF0A010002FDFCFF040200027B0300';
  const names = pack((body.length / 2).toString(16).padStart(2, '0') + body).map((record) => record.get(0));
  expect(names.slice(2)).toEqual([
    'current.xFF01',
    'current.xFF02',
    'current.forward.xFF03',
    'manufacturer_specific.xFF0A',
    'reserved.xFDFCFF04',
    'reserved.x7B',
  ]);
});

describe('status byte of EN 13757-7 clause 7.5.6', () => {
  it.each([
    ['00', undefined],
    ['01', ['application_busy']],
    ['02', ['application_error']],
    ['07', ['alarm', 'power_low']],
    ['18', ['permanent_error', 'temporary_error']],
    ['E0', ['specific_1', 'specific_2', 'specific_3']],
  ])('%s', (status, conditions) => {
    const { meter } = c.decode(`1444AE0C7856341201077A2A${status}00000C1343658700`);
    expect(meter).toMatchObject({ status: Number.parseInt(status, 16) });
    expect((meter as unknown as { conditions?: string[] }).conditions).toEqual(conditions);
  });
});

describe('messages that are no records', () => {
  it.each([
    ['00', 'unspecified'],
    ['04', 'premature_end'],
    ['09', 'too_many_readouts'],
    ['F0', 'reserved'],
  ])('application error %s is a report: %s', (code, report) => {
    const { ok, error } = c.decode(`0C44AE0C78563412010770${code}${'00'}`);
    expect(ok).toBe(false);
    expect(error).toMatchObject({ code: 'meter', layer: 'apl', offset: 11, report });
  });

  it('an alarm state of a wired meter', () => {
    const { records } = c.decode('68040468080171A51F16');
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ quantity: 'alarm_flags', value: 0xa5, raw: 'A5', unit: '' });
    expect(pack('68040468080171A51F16').at(-1)!.get(2)).toBe(0xa5);
  });

  it('an alarm with records', () => {
    const { records } = c.decode('1144AE0C78563412010774010400000C1343658700'.replace(/^11/, '14'));
    expect(records[0]).toMatchObject({ quantity: 'volume', value: 876.543 });
  });

  it.each(['8A', '8B', '80'])('a transport layer without application (%s)', (ci) => {
    const long = ci === '8A' ? '' : '78563412AE0C0107';
    const body = `44AE0C785634120107${ci}${long}2A000000`;
    const got = c.decode((body.length / 2).toString(16).padStart(2, '0') + body);
    expect(got.error).toBeUndefined();
    expect(got.records).toEqual([]);
    expect(got.meter).toMatchObject({ id: '12345678', access: 42 });
  });
});

describe('fixed data structure of EN 13757-3:2004 clause 6.2', () => {
  const wired = (body: string): string => {
    const data = Buffer.from(body, 'hex');
    const l = data.length.toString(16).padStart(2, '0');
    const sum = (data.reduce((a, b) => a + b, 0) & 255).toString(16).padStart(2, '0');
    return `68${l}${l}68${body}${sum}16`;
  };

  it('its example: BCD counters, water, litres and the same on a fixed date', () => {
    // Medium 7 (bits 6 and 7 of both bytes), unit 29h litres; the second counter is historic.
    const got = c.decode(wired('080573' + '78563412' + '0A' + '00' + 'E97E' + '01000000' + '35010000'));
    expect(got.error).toBeUndefined();
    expect(got.meter).toMatchObject({ id: '12345678', type: 7, medium: 'water', access: 10 });
    expect(got.records).toMatchObject([
      { dib: '', quantity: 'volume', unit: 'm3', value: 0.001, storage: 0, raw: '01000000' },
      { dib: '', quantity: 'volume', unit: 'm3', value: 0.135, storage: 1, raw: '35010000' },
    ]);
  });

  it('binary counters, mode 2 (most significant byte first), stored at a fixed date, heat in kWh and kW', () => {
    const got = c.decode(wired('080577' + '12345678' + '0A' + '03' + '0557' + '00000102' + 'FFFFFFFE'));
    expect(got.meter).toMatchObject({ id: '12345678', type: 4, medium: 'heat' });
    expect(got.records).toMatchObject([
      { quantity: 'energy', unit: 'Wh', value: 258000, storage: 1 },
      { quantity: 'power', unit: 'W', value: -2000, storage: 1 },
    ]);
  });

  it('a BCD counter with a digit that is none has no value', () => {
    const got = c.decode(wired('080573' + '78563412' + '0A' + '00' + 'E93F' + '0A000000' + '35010000'));
    expect(got.records).toMatchObject([{ value: null }, { quantity: 'dimensionless', unit: '', value: 135 }]);
  });
});

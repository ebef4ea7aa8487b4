/** Every code of every table of EN 13757-3, one by one: known, or reserved by a line that says so. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Codec, codec, type JsonRecord, root } from '../vectors/wmbus-harness.ts';
import { frameOf } from './wmbus-encoder.ts';

let c: Codec;
beforeAll(async () => {
  c = await codec();
});

interface Row {
  code: number;
  /** The parameter that the code's `n` bits make. */
  n: number;
  fields: string[];
}

/** The lines of a table, unfolded: this reads the text anew, not what the generator made of it. */
function rows(file: string, table: string): Map<number, Row> {
  const out = new Map<number, Row>();
  for (const line of readFileSync(join(root, 'modules/wmbus/tables', file), 'utf8').split('\n')) {
    const [name, pattern, ...fields] = line.trim().split(/ {2,}/);
    if (name !== table || pattern === undefined) continue;
    const bits = pattern.replace(' ', '').slice(1);
    for (let code = 0; code < 128; code++) {
      const own = code.toString(2).padStart(7, '0');
      if (![...bits].every((bit, i) => bit === 'n' || bit === own[i])) continue;
      expect(out.has(code), `${table} ${code.toString(16)}h twice`).toBe(false);
      const n = Number.parseInt([...own].filter((_, i) => bits[i] === 'n').join('') || '0', 2);
      out.set(code, { code, n, fields });
    }
  }
  return out;
}
const exponentOf = (text: string, n: number): number =>
  (/^n/.test(text) ? n : 0) + Number(text.replace(/^n+/, '') || '0');

const one = (record: string): JsonRecord => {
  const got = JSON.parse(c.text(frameOf(Buffer.from(`78${record}`, 'hex')))) as {
    error?: unknown;
    records: JsonRecord[];
  };
  expect(got.error, record).toBeUndefined();
  return got.records[0]!;
};
const h = (n: number): string => n.toString(16).padStart(2, '0');

describe.each([
  ['VIF', (code: number) => h(code)],
  ['FD', (code: number) => `fd${h(code)}`],
  ['FB', (code: number) => `fb${h(code)}`],
])('table %s', (table, vibOf) => {
  const all = rows('vif.txt', table);

  it('has all 128 codes, those that are reserved by name', () => {
    expect(all.size).toBe(128);
    for (const { fields } of all.values()) expect(fields.at(-1)).toMatch(/Table \d/);
  });

  it('each of them is read as its line says', () => {
    let known = 0;
    for (const { code, n, fields } of all.values()) {
      // Tables of their own, and plain text.
      if (table === 'VIF' && code === 0x7c) continue;
      const [quantity, units, exponent, type] = fields as [string, string, string, string];
      const unit = units.split(',').length > 1 ? units.split(',')[n]! : units;
      const record = one(`02${vibOf(code)}FFFF`);
      expect(record.quantity, vibOf(code)).toBe(quantity);
      expect(record.unit, vibOf(code)).toBe(unit === '-' ? '' : unit);
      if (quantity !== 'reserved') known++;
      const number = { B: -1, C: 65535, D: 65535, K: 65535 }[type];
      const scale = exponentOf(exponent, n);
      if (number === undefined) expect(record.value, vibOf(code)).toBeNull();
      else expect(record.value, vibOf(code)).toBeCloseTo(number * 10 ** scale, 15 - Math.max(0, scale + 5));
    }
    expect(known).toBe([...all.values()].filter(({ fields }) => fields[0] !== 'reserved').length);
  });
});

describe.each([
  ['VIFE', (code: number) => `93${h(code)}`],
  ['VIFC', (code: number) => `93fc${h(code)}`],
])('table %s of combinable VIFEs', (table, vibOf) => {
  const all = rows('vife.txt', table);

  it('has all 128 codes', () => {
    expect(all.size).toBe(128);
    for (const { fields } of all.values()) expect(fields.at(-1)).toMatch(/Table \d/);
  });

  it('each of them names, scales or types the value as its line says', () => {
    for (const { code, n, fields } of all.values()) {
      if (table === 'VIFE' && code === 0x7c) continue;
      const [name, effect] = fields as [string, string];
      const record = one(`02${vibOf(code)}FFFF`);
      expect(record.modifiers, vibOf(code)).toEqual(name === '-' ? undefined : [name]);
      const [kind, operand = ''] = effect.split(' ');
      expect(record.unit, vibOf(code)).toBe(kind === 'unit' ? `m3${operand}` : 'm3');
      const value = {
        x: -0.001 * 10 ** exponentOf(operand, n),
        '+': -0.001 + 10 ** exponentOf(operand, n),
        type: 65.535,
      }[kind!];
      expect(record.value, vibOf(code)).toBeCloseTo(value ?? -0.001, 12);
    }
  });
});

describe('several VIFEs at a time', () => {
  it.each<[string, number, string, string[] | undefined]>([
    // x 10^-3 and x 10^3 undo each other.
    ['0293f37de803', 1, 'm3', undefined],
    ['0293a23ce803', 1, 'm3/h', ['per_hour', 'backward']],
    ['0293c06ce803', 1, 'm3', ['lower_limit', 'in_upper_exceed']],
  ])('%s', (record, value, unit, modifiers) => {
    const got = one(record);
    expect([got.value, got.unit, got.modifiers]).toEqual([value, unit, modifiers]);
  });

  it('a correction of the scale and an additive one', () => {
    // 10^-1 × 1000 l, and 10^0 of the VIF's unit without its prefix.
    expect(one('0293f57be803').value).toBe(1.1);
  });

  it('what follows 7Fh is the manufacturer’s and changes nothing', () => {
    expect(one('0293ff75e803').value).toBe(1);
  });
});

describe('data types', () => {
  it.each<[string, string | null, string]>([
    // Type M: UTC + 1 h, seconds, from 1970.
    [`0d6de5a100e1f505`, '1973-03-03T10:46:40+01:00', 'four bytes of seconds since 1970, an hour east'],
    [`0d6de5a000e1f505`, '1973-03-03T09:46:40+00:00', 'UTC'],
    [`0d6de5bb00e1f505`, '1973-03-03T04:46:40-05:00', 'five hours west'],
    [`0d6de52000000000`, '2013-01-01T00:00:00+00:00', 'from 2013'],
    [`0d6de50080510100`, '2013-01-03T00:00:00+00:00', 'steps of two seconds'],
    [`0d6de54000000100`, '2013-01-01T00:04:16+00:00', 'steps of 1/256 second'],
    [`0d6de56000800000`, '2013-01-01T00:00:01+00:00', 'steps of 1/32768 second'],
    [`0d6de5b000e1f505`, null, 'a duration is no time'],
    [`0d6de5af00e1f505`, null, 'no such offset'],
    [`0d6de9a0ffffffffffffff7f`, null, 'no time of these centuries'],
    [`0d6de1a0`, null, 'too short'],
  ])('type M: %s is %s (%s)', (record, want) => {
    expect(one(record).value).toBe(want);
  });

  it.each<[string, number | null]>([
    ['0d13c0', 0],
    ['0d13c112', 0.012],
    ['0d13c9112233445566778899', null],
    ['0d13d24312', null],
    ['0d13e0', 0],
    ['0d13e1ff', -0.001],
    ['0d13e8ffffffffffffff7f', Number('9223372036854775.807')],
    [`0d13e9${'00'.repeat(9)}`, null],
    [`0d13ef${'00'.repeat(15)}`, null],
    [`0d13f0${'00'.repeat(16)}`, null],
    [`0d13f4${'00'.repeat(32)}`, null],
    [`0d13f5${'00'.repeat(48)}`, null],
    [`0d13f6${'00'.repeat(64)}`, null],
  ])('LVAR %s is %s', (record, want) => {
    const got = one(record);
    if (want === null || typeof got.value !== 'number')
      expect(got.value === null || typeof got.value === 'number').toBe(true);
    else expect(got.value).toBeCloseTo(want, 9);
    expect(got.raw.length).toBe(record.length - 4);
  });

  it.each(['f7', 'f8', 'ff'])('LVAR %s is reserved', (lvar) => {
    const got = JSON.parse(c.text(frameOf(Buffer.from(`780d13${lvar}${'00'.repeat(80)}`, 'hex'))));
    expect(got.error).toMatchObject({ code: 'lvar', layer: 'apl', offset: 13 });
  });

  it('days and seconds at the turn of months and leap years', () => {
    const seconds = (time: string): string => {
      const count = Buffer.alloc(5);
      count.writeUIntLE(Date.parse(time) / 1000, 0, 5);
      return `0d6de6a0${count.toString('hex')}`;
    };
    for (const time of [
      '1970-01-01T00:00:00',
      '1999-12-31T23:59:59',
      '2000-02-29T12:00:00',
      '2000-03-01T00:00:00',
      '2023-02-28T23:59:59',
      '2024-02-29T00:00:01',
      '2024-12-31T23:59:59',
      '2100-02-28T23:59:59',
      '2100-03-01T00:00:00',
      '2199-12-31T00:00:00',
    ])
      expect(one(seconds(`${time}Z`)).value).toBe(`${time}+00:00`);
    for (let day = 0; day < 84_000; day += 37) {
      const time = new Date(day * 86_400_000 + 45_296_000).toISOString().slice(0, 19);
      expect(one(seconds(`${time}Z`)).value).toBe(`${time}+00:00`);
    }
  });
});

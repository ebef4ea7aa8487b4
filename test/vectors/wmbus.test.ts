/** The decoder against the shared telegrams: every record exact, every encrypted one, every rendering of the link layer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Codec, codec, difference, haveVectors, load, vectors } from './wmbus-harness.ts';

const shared = describe.skipIf(!haveVectors);
const missing = haveVectors ? '' : ' (skipped: ../shared/vectors/wmbus is missing)';

interface Encrypted {
  source: string;
  security: string;
  key: string;
  telegram: string;
  plain_telegram: string;
}

interface Rendered {
  source: string;
  dll: string;
  frame_a: string;
  frame_b?: string;
  t1_3of6: string;
  s1_manchester: string;
}

interface Labelled {
  source: string;
  security: string;
  telegrams: string[];
  expected: Record<string, unknown>;
}

const read = <T>(file: string): T => JSON.parse(readFileSync(join(vectors, file), 'utf8')) as T;

shared(`shared telegrams${missing}`, () => {
  let c: Codec;
  beforeAll(async () => {
    c = await codec();
  });

  it.each(['telegrams.json', 'permissive.json'])('every record of %s', (file) => {
    const wrong: string[] = [];
    let records = 0;
    for (const one of load(file)) {
      for (const telegram of one.telegrams.slice(0, -1)) c.decode(telegram, one.key);
      const got = c.decode(one.telegrams.at(-1)!, one.key);
      // Diehl's scrambling: the vectors' reader of records does not undo it. What is in there has a test of its own.
      if (!one.ref_ok && one.security.startsWith('mfct-')) continue;
      const good = one.ref_ok && one.full_crc_ok !== false;
      if (got.ok !== good) wrong.push(`${one.source}: ${got.ok ? 'accepted' : JSON.stringify(got.error)}`);
      if (!got.ok) expect(got.records).toEqual([]);
      if (!got.ok || !good) continue;
      got.records = got.records.filter((record) => !record.derived);
      const want = one.records ?? [];
      if (got.records.length !== want.length)
        wrong.push(`${one.source}: ${got.records.length} records of ${want.length}`);
      else
        for (const [i, record] of want.entries())
          wrong.push(...difference(got.records[i]!, record).map((d) => `${one.source}: ${d}`));
      records += want.length;
    }
    expect(wrong).toEqual([]);
    expect(records).toBeGreaterThan(0);
  });

  it('every encrypted telegram gives what its plain one gives, and nothing without its key', () => {
    const wrong: string[] = [];
    const cases = read<Encrypted[]>('encrypted.json');
    expect(cases.length).toBeGreaterThan(0);
    for (const { source, security, key, telegram, plain_telegram } of cases) {
      const got = c.decode(telegram, key);
      const plain = c.decode(plain_telegram);
      if (!got.ok || !got.security!.encrypted) wrong.push(`${source} ${security}: ${JSON.stringify(got.error)}`);
      else if (JSON.stringify(got.records) !== JSON.stringify(plain.records))
        wrong.push(`${source} ${security}: differs`);
      const other = `00${key.slice(2)}` === key ? `11${key.slice(2)}` : `00${key.slice(2)}`;
      for (const [bad, codes] of [
        ['', ['no-key']],
        [other, ['wrong-key', 'mac']],
      ] as const) {
        const refused = c.decode(telegram, bad);
        if (refused.ok || refused.records.length || !(codes as readonly string[]).includes(refused.error!.code)) {
          wrong.push(`${source} ${security}, ${bad ? 'wrong' : 'no'} key: ${JSON.stringify(refused.error)}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('a flipped bit in a frame with CRCs is refused, also where nobody tells that it is format B', () => {
    let flips = 0;
    const accepted: string[] = [];
    for (const { source, frame_a, frame_b } of read<Rendered[]>('link-layer.json')) {
      for (const hex of [frame_a, frame_b]) {
        if (!hex) continue;
        const whole = c.decode(hex);
        // A frame in format B whose last data are the manufacturer's could as well come without CRC.
        if (hex === frame_b && (!whole.ok || whole.specific !== undefined || whole.records.length === 0)) continue;
        const frame = new Uint8Array(Buffer.from(hex, 'hex'));
        for (let bit = 0; bit < 8 * frame.length; bit += 7) {
          frame[bit >> 3]! ^= 1 << (bit & 7);
          flips++;
          if (c.text(frame).startsWith('{"ok":true')) accepted.push(`${source}, bit ${bit}`);
          frame[bit >> 3]! ^= 1 << (bit & 7);
        }
      }
    }
    expect(accepted).toEqual([]);
    expect(flips).toBeGreaterThan(20_000);
  });

  it('frame formats A and B, chips of T mode (3-of-6) and S mode (Manchester) give what the bare telegram gives', () => {
    const wrong: string[] = [];
    let renderings = 0;
    const body = (hex: string): unknown => {
      const { link, error, ...rest } = c.decode(hex);
      return JSON.stringify({ ...rest, link: { ...link, format: '' }, code: error?.code });
    };
    for (const { source, dll, frame_a, frame_b, t1_3of6, s1_manchester } of read<Rendered[]>('link-layer.json')) {
      const want = body(dll);
      for (const [format, hex] of [
        ['A', frame_a],
        ['B', frame_b],
        ['A', t1_3of6],
        ['A', s1_manchester],
      ] as const) {
        if (!hex) continue;
        renderings++;
        const got = c.decode(hex);
        if (got.link?.format !== format || body(hex) !== want)
          wrong.push(`${source} in format ${format}: ${JSON.stringify(got.error)}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(renderings).toBeGreaterThan(0);
  });

  it('what Diehl scrambles: each number that is known of it, and the address in order', () => {
    let telegrams = 0;
    for (const one of read<Labelled[]>('telegrams.json')) {
      if (!one.security.startsWith('mfct-')) continue;
      telegrams++;
      const got = c.decode(one.telegrams.at(-1)!);
      expect(got.error, one.source).toBeUndefined();
      expect(got.meter!.id, one.source).toBe(one.expected.id);
      for (const [name, want] of Object.entries(one.expected)) {
        if (typeof want !== 'number') continue;
        const found = got.records.some(({ value, unit }) => {
          const scaled =
            typeof value === 'number' && /k(wh|w)$/.test(name) && unit.startsWith('W') ? value / 1000 : value;
          return sameField(scaled, unit, want, name);
        });
        expect(found, `${one.source}: ${name}`).toBe(true);
      }
    }
    expect(telegrams).toBeGreaterThan(0);
  });

  /** Fields that come from a payload of the manufacturer's own, where the decoder accepts the telegram. */
  it('at least 19 of 20 vendor fields', () => {
    const cases =
      read<
        {
          telegrams: string[];
          key: string;
          ref_ok: boolean;
          fields: Record<string, { c: string }>;
          expected: Record<string, unknown>;
        }[]
      >('telegrams.json');
    let found = 0;
    let fields = 0;
    for (const one of cases.filter(({ ref_ok }) => ref_ok)) {
      const { records } = c.decode(one.telegrams.at(-1)!, one.key === 'NOKEY' ? '' : one.key);
      for (const [name, { c: kind }] of Object.entries(one.fields)) {
        if (kind !== 'mfct') continue;
        fields++;
        const want = one.expected[name];
        if (records.some((record) => record.derived && sameField(record.value, record.unit, want, name))) found++;
      }
    }
    expect(fields).toBeGreaterThan(0);
    expect(found / fields).toBeGreaterThanOrEqual(0.95);
  });
});

/** Expected fields are in kWh where the decoder says J, else in the same unit; dates begin alike. */
function sameField(value: number | string | null, unit: string, want: unknown, name: string): boolean {
  if (typeof want === 'number' && typeof value === 'number') {
    const scaled = unit === 'J' && name.endsWith('_kwh') ? value / 3.6e6 : value;
    return Math.abs(scaled - want) <= 1e-6 * Math.max(1, Math.abs(want)) + 1e-6;
  }
  if (want === null) return value === null;
  return typeof want === 'string' && typeof value === 'string' && want.startsWith(value.replace('T', ' '));
}

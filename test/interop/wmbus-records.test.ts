/** Records of every VIF in every coding, made at random, by pyMeterBus and by us: the same numbers, dates and storages. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Codec, codec, type JsonRecord, root } from '../vectors/wmbus-harness.ts';

const venv = join(root, 'build', 'peers', 'bin', 'python');
const python = process.env.MOTE_PYTHON ?? (existsSync(venv) ? venv : 'python3');
const missing = spawnSync(python, ['-c', 'import meterbus']).status !== 0;
const why = missing ? ' (MISSING: pip install pymeterbus==0.8.5 pycryptodome==4.4.0)' : '';

/** Data fields by the low digit of the DIF (EN 13757-3, table 4): how many bytes follow, and of what kind. */
const FIELDS: Record<number, [number, 'integer' | 'real' | 'bcd']> = {
  1: [1, 'integer'],
  2: [2, 'integer'],
  3: [3, 'integer'],
  4: [4, 'integer'],
  5: [4, 'real'],
  6: [6, 'integer'],
  7: [8, 'integer'],
  9: [1, 'bcd'],
  10: [2, 'bcd'],
  11: [3, 'bcd'],
  12: [4, 'bcd'],
  14: [6, 'bcd'],
};
/** It tells durations in seconds; of months and years they are a mean. */
const SECONDS: Record<string, number> = { min: 60, h: 3600, d: 86_400, month: 2_629_743.83, year: 31_556_926 };
/** It reads these otherwise than the standard: FB79h counts 10 mW (EN 13757-3, table 14), FD71h is dBm as it stands. */
const ITS_OWN = ['FB79', 'FD71'];

interface Theirs {
  value: number | string | null;
  unit: string;
  storage_number: number;
}

interface Case {
  vib: string;
  field: number;
  frame: string;
}

let seed = 13_757;
const below = (n: number): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((seed / 2 ** 32) * n);
};

function data(field: number): number[] {
  const [length, kind] = FIELDS[field]!;
  if (kind === 'bcd') return Array.from({ length }, () => 16 * below(10) + below(10));
  if (kind === 'integer') return Array.from({ length }, () => below(256));
  const real = Buffer.alloc(length);
  real.writeFloatLE((below(2_000_000) - 1_000_000) / 1000);
  return [...real];
}

/** A record with storage, tariff and subunit at random, in a wired long frame (EN 13757-2) without encryption. */
function made(vib: number[], field: number): Case {
  let [storage, tariff, subunit] = [below(2) && below(512), below(3) && below(16), below(3) && below(4)];
  const dib = [field | (below(4) << 4) | ((storage & 1) << 6)];
  for (storage >>= 1; storage || tariff || subunit; storage >>= 4, tariff >>= 2, subunit >>= 1) {
    dib[dib.length - 1]! |= 0x80;
    dib.push((storage & 15) | ((tariff & 3) << 4) | ((subunit & 1) << 6));
  }
  const header = [0x08, 1, 0x72, 0x78, 0x56, 0x34, 0x12, 0xae, 0x0c, 1, 7, 0x55, 0, 0, 0];
  const body = [...header, ...dib, ...vib, ...data(field)];
  const sum = body.reduce((a, b) => a + b, 0) & 255;
  const hex = (bytes: number[]): string => Buffer.from(bytes).toString('hex').toUpperCase();
  return { vib: hex(vib), field, frame: hex([0x68, body.length, body.length, 0x68, ...body, sum, 0x16]) };
}

function cases(): Case[] {
  const plain = Array.from({ length: 0x7b }, (_, vif) => [vif]);
  const extended = [0xfd, 0xfb].flatMap((table) => Array.from({ length: 0x78 }, (_, vif) => [table, vif]));
  return [...plain, ...extended].flatMap((vib) => Object.keys(FIELDS).map((field) => made(vib, Number(field))));
}

/** What differs; empty when nothing does, undefined where the peer has no answer that compares. */
function difference({ field, vib }: Case, ours: JsonRecord, theirs: Theirs): string | undefined {
  if (ours.storage !== theirs.storage_number) return `storage ${ours.storage}, not ${theirs.storage_number}`;
  const { value } = theirs;
  const theirNumber = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  if (typeof ours.value === 'string') {
    // It has dates in the sizes of types G and F alone, and two digits of the year.
    if (!((vib === '6C' && field === 2) || (vib === '6D' && field === 4)) || typeof value !== 'string')
      return undefined;
    return value.slice(2).startsWith(ours.value.slice(2)) ? '' : `${ours.value}, not ${value}`;
  }
  if (typeof ours.value !== 'number' || typeof theirNumber !== 'number') return undefined;
  const number = ours.value * (theirs.unit === 'MeasureUnit.SECONDS' ? (SECONDS[ours.unit] ?? 1) : 1);
  // It has a sign for every integer; numbers of things and versions have none (EN 13757-3, annex A, type C).
  const [length, kind] = FIELDS[field]!;
  const wrap = kind === 'integer' && ours.value >= 0 && theirNumber < 0 ? (number / ours.value) * 256 ** length : 0;
  const near = Math.abs(number - wrap - theirNumber) <= 1e-6 * Math.abs(theirNumber) + (number % 1 ? 1e-9 : 1);
  return near ? '' : `${ours.value} ${ours.unit}, not ${value} ${theirs.unit}`;
}

describe.skipIf(missing)(`pyMeterBus${why}`, () => {
  let c: Codec;
  beforeAll(async () => {
    c = await codec();
  });

  it('reads the same out of records of every VIF and coding', () => {
    const given = cases();
    const input = given.map(({ frame }) => `${frame}\n`).join('');
    const { stdout } = spawnSync(python, [join(root, 'test/support/wmbus-peer.py')], { input, maxBuffer: 1 << 26 });
    const answers = stdout.toString().trimEnd().split('\n');
    expect(answers.length).toBe(given.length);
    let compared = 0;
    const wrong = given.flatMap((one, i) => {
      const theirs = JSON.parse(answers[i]!) as Theirs | null;
      if (!theirs || /Reserved|\.NONE/.test(theirs.unit) || ITS_OWN.includes(one.vib)) return [];
      const ours = c.decode(one.frame).records[0]!;
      const says = difference(one, ours, theirs);
      if (says !== undefined) compared++;
      return says ? [`${one.vib} in ${one.frame}: ${says}`] : [];
    });
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(2700);
  });
});

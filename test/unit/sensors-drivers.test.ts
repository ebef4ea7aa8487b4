/**
 * Every driver of modules/sensors against its virtual part, through the real kernel: what the knobs say is what is published,
 * over the whole range and at its ends; and whatever goes wrong is an event with a name, while another part goes on.
 * MOTE_SENSOR_VALUES: how many values for each knob (25).
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { tmp117 } from '../../host-shim/parts/catalog/tmp117.ts';
import type { Description } from '../../host-shim/parts/description.ts';
import { packageRoot } from '../../host-shim/files.ts';
import type { Fault } from '../../host-shim/parts/part.ts';
import { seededChance } from '../../host-shim/board/random.ts';
import { buildLabs, type Lab, sensorLab } from './sensors/lab.ts';
import type { Measure, Row } from './sensors/row.ts';
import { I2C_SPARE, TABLE } from './sensors/table.ts';

const VALUES = Number(process.env.MOTE_SENSOR_VALUES ?? 25);
/** Milliseconds that something is wrong, and then at most until the next attempt (the pause doubles) and its reading. */
const WRONG = 30_000;
const RECOVERY = WRONG + 20_000;

beforeAll(buildLabs, 300_000);

function labOf(row: Row, { keys = row.keys, other = 1000, grants = undefined as 'no buses' | undefined } = {}) {
  return sensorLab({
    settings: {
      0: `${row.driver} ${keys} name=it every=${row.every}`,
      1: `tmp117 bus=1 name=other every=${other}`,
      ...row.settings,
    },
    wires: [
      { part: row.part, at: row.at, name: 'it' },
      { part: tmp117, at: 'i2c1:0x48', name: 'other' },
      { part: tmp117, at: I2C_SPARE, name: 'spare' },
    ],
    unix: 1_700_000_000_000,
    ...(grants && { grants }),
  });
}

/** The ends of the range, and values between. */
function valuesOf(row: Row, { knob, low, high }: Measure, chance: () => number): number[] {
  const { min, max } = row.part.knobs[knob]!;
  const [from, to] = [low ?? min, high ?? max];
  return [from, to, ...Array.from({ length: VALUES }, () => from + chance() * (to - from))];
}

function expectMeasured(lab: Lab, row: Row, set: Map<string, number>): void {
  const values = lab.values('it');
  for (const { record, unit, knob, scale = 1, within } of row.measures) {
    const found = values.get(record);
    const offset = row.driver === 'hx711' ? 1000 : row.driver === 'loop420' && record === 'level' ? 0.004 : 0;
    const wanted = (set.get(knob)! - offset) * scale;
    expect(found, `${record} of ${[...values.keys()]}; ${lab.log.slice(-3)}`).toBeDefined();
    expect(found!.unit).toBe(unit);
    expect(
      Math.abs((found!.value as number) - wanted),
      `${record} ${found!.value}, knob ${wanted}`,
    ).toBeLessThanOrEqual(within + Math.abs(wanted) * 1e-12);
  }
}

describe.each(TABLE.map((row) => [row.driver, row] as const))('%s', (name, row) => {
  it(`reads back its knobs over their range and at its ends (${VALUES} values)`, async () => {
    const lab = await labOf(row);
    const chance = seededChance(name);
    const series = new Map(row.measures.map((measure) => [measure.knob, valuesOf(row, measure, chance)]));
    lab.after(20_000);
    let before = lab.wiring.counters.transfers;
    for (let i = 0; i < VALUES + 2; i++) {
      const set = new Map<string, number>();
      // Whole numbers where the part counts.
      for (const [knob, values] of series) {
        const whole = ['counts', 'satellites', 'time'].includes(knob) ? Math.round(values[i]!) : values[i]!;
        set.set(knob, whole);
        lab.part('it').turn(knob, whole);
      }
      const had = lab.readings.filter(({ part }) => part === 'it').length;
      lab.after(2 * row.every);
      expect(lab.readings.filter(({ part }) => part === 'it').length - had, lab.log.join('\n')).toBeGreaterThanOrEqual(
        2,
      );
      expectMeasured(lab, row, set);
      // Readings of both parts in two periods; the other takes 2 calls for each second.
      const calls = lab.wiring.counters.transfers - before - 2 * ((2 * row.every) / 1000);
      before = lab.wiring.counters.transfers;
      if (/^(i2c|spi|onewire)/.test(row.at)) expect(calls).toBe(2 * row.calls);
    }
    expect(lab.events).toEqual([]);
    await lab.stop();
  });

  if (row.refused)
    it.each(row.refused)('tells %s %d as %s, and recovers', async (knob, value, fault) => {
      const lab = await labOf(row);
      lab.after(20_000);
      const start = row.part.knobs[knob]!.start;
      lab.part('it').turn(knob, value);
      lab.after(2 * row.every);
      expect(lab.events).toMatchObject([{ part: 'it', error: fault }]);
      lab.part('it').turn(knob, start);
      lab.after(RECOVERY);
      expect(lab.events.at(-1)).toMatchObject({ part: 'it', error: 'recovered' });
      await lab.stop();
    });

  /** The fault is there from the start; then it goes. */
  async function fromTheStart(fault: Fault, error: string | undefined) {
    const lab = await labOf(row);
    lab.part('it').inject(fault);
    lab.after(WRONG);
    if (error) expect(lab.events.map((event) => event.error)).toEqual([error]);
    else expect(lab.events.length).toBeGreaterThan(0);
    if (error) expect(lab.readings.filter(({ part }) => part === 'it')).toEqual([]);
    // The other part does not notice: a reading each second, from the first on.
    expect(lab.readings.filter(({ part }) => part === 'other').length).toBeGreaterThanOrEqual(29);
    expect(lab.events.filter(({ part }) => part === 'other')).toEqual([]);
    lab.part('it').heal();
    lab.after(RECOVERY);
    expect(lab.events.at(-1)).toMatchObject({ part: 'it', error: 'recovered' });
    expect(lab.values('it').size).toBeGreaterThan(0);
    await lab.stop();
  }

  const { absent, elsewhere, identity, crc, stuck } = row.faults;
  if (absent) it(`absent: ${absent}`, () => fromTheStart({ kind: 'absent' }, absent));
  if (identity) it(`another part's identity: ${identity}`, () => fromTheStart({ kind: 'identity' }, identity));
  if (crc) it(`a wrong check sum: ${crc}`, () => fromTheStart({ kind: 'crc' }, crc));
  if (stuck) it(`a stuck line: ${stuck}`, () => fromTheStart({ kind: 'stuck' }, stuck));
  if (/^(i2c|onewire)/.test(row.at) && row.faults.nack === 'nack' && row.at.startsWith('i2c'))
    it('a clock that is held: timeout', () => fromTheStart({ kind: 'stretch' }, 'timeout'));

  if (elsewhere)
    it(`a wrong address: ${elsewhere}`, async () => {
      const lab = await labOf(row, { keys: row.elsewhere! });
      lab.after(WRONG);
      expect(lab.events.map(({ part, error }) => [part, error])).toEqual([['it', elsewhere]]);
      expect(lab.readings.filter(({ part }) => part === 'other').length).toBeGreaterThanOrEqual(29);
      await lab.stop();
    });

  it('a grant that is missing: denied', async () => {
    const lab = await labOf(row, { grants: 'no buses' });
    lab.after(10_000);
    expect(lab.events.map(({ part, error }) => `${part} ${error}`).sort()).toEqual(['it denied', 'other denied']);
    expect(lab.log.filter((line) => line.startsWith('fatal'))).toEqual([]);
    await lab.stop();
  });

  it('a key that is misspelt, and a value that is none: bad-config', async () => {
    for (const keys of [`${row.keys} adress=1`, `${row.keys} every=never`]) {
      const lab = await labOf(row, { keys });
      lab.after(20_000);
      expect(lab.events.find(({ part }) => part === 'it')?.error).toBe('bad-config');
      expect(lab.readings.some(({ part }) => part === 'it')).toBe(false);
      await lab.stop();
    }
  });

  it('garbage on the wire: an event or a value in its range, and no trap', async () => {
    for (const seed of ['a', 'b', 'c']) {
      const lab = await labOf(row);
      lab.part('it').inject({ kind: 'garbage', seed });
      lab.after(WRONG);
      lab.part('it').heal();
      lab.after(RECOVERY);
      const last = lab.events.findLast(({ part }) => part === 'it');
      if (last) expect(last.error).toBe('recovered');
      expect(lab.log.filter((line) => line.startsWith('fatal'))).toEqual([]);
      expect(lab.readings.filter(({ part }) => part === 'other').length).toBeGreaterThan(60);
      await lab.stop();
    }
  });

  it('one transfer refused, or power lost before it, at each transfer from the first on: an event, then readings again', async () => {
    const count = row.at.startsWith('uart') || row.at.startsWith('adc') ? 4 : 6 + row.calls;
    let told = 0;
    for (let at = 0; at < count; at++)
      for (const kind of ['nack', 'reset'] as const) {
        const lab = await labOf(row, { other: 10_000 });
        lab.part('it').inject({ kind, at });
        lab.after(12_000 + 4 * row.every);
        const errors = lab.events.filter(({ part }) => part === 'it').map(({ error }) => error);
        if (errors.length > 0) {
          told++;
          expect(errors.at(-1), `${kind} at ${at}`).toBe('recovered');
          expect(
            errors.every((error) => ['nack', 'recovered', ...EXPECTED[kind]].includes(error)),
            `${kind} ${at} ${errors}`,
          ).toBe(true);
        }
        expect(lab.values('it').size, `${kind} at ${at}: ${lab.log.join('; ')}`).toBeGreaterThan(0);
        const newest = lab.readings.findLast(({ part }) => part === 'it')!;
        expect(lab.clock.now() - newest.time).toBeLessThan(3 * row.every);
        // What it says now is right.
        expectMeasured(lab, row, new Map(Object.entries(row.part.knobs).map(([knob, { start }]) => [knob, start])));
        expect(lab.events.filter(({ part }) => part === 'other')).toEqual([]);
        await lab.stop();
      }
    if (row.faults.nack) expect(told).toBeGreaterThan(0);
  });
});

describe('the table', () => {
  it('has each driver of modules/sensors', async () => {
    const registry = await readFile(join(packageRoot(), 'modules/sensors/assembly/drivers.ts'), 'utf8');
    const drivers = [...registry.matchAll(/isText\('(\w+)'\)/g)].map(([, name]) => name!);
    expect(drivers.length).toBe(20);
    expect(TABLE.map(({ driver }) => driver).sort()).toEqual(drivers.sort());
  });

  it.each(TABLE.map((row) => [row.driver, row] as const))('%s has every fault that its bus can have', (_, row) => {
    const { faults, exempt = {} } = row;
    const told = Object.keys(faults).filter((kind) => faults[kind as keyof Row['faults']] !== undefined);
    for (const kind of applying(row.part)) expect([...told, ...Object.keys(exempt)], kind).toContain(kind);
    for (const kind of Object.keys(exempt)) expect(told, `${kind} is exempt and tested`).not.toContain(kind);
    if (faults.elsewhere) expect(row.elsewhere).toBeDefined();
  });
});

/** What can go wrong with a part of this kind. */
function applying(part: Description): (keyof Row['faults'])[] {
  const identified = (all: Record<string, { identity?: boolean }>) =>
    Object.values(all).some(({ identity }) => identity);
  switch (part.kind) {
    case 'registers':
      return [
        ...(['absent', 'stuck', 'elsewhere'] as const),
        ...(part.bus === 'i2c' ? (['nack'] as const) : []),
        ...(identified(part.registers) ? (['identity'] as const) : []),
      ];
    case 'commands':
      return [
        ...(['absent', 'stuck', 'elsewhere', 'nack'] as const),
        ...(part.crc ? (['crc'] as const) : []),
        ...(identified(part.commands) ? (['identity'] as const) : []),
      ];
    case 'memory':
      return ['absent', 'stuck', 'elsewhere', 'nack'];
    case 'one-wire':
      return ['absent', 'stuck', 'elsewhere', 'nack', 'crc', 'identity'];
    case 'uart':
      return ['absent', 'stuck', 'elsewhere', 'nack', 'crc'];
    case 'shift':
    case 'pulse':
      return ['absent', 'stuck', 'elsewhere'];
    case 'adc':
      return ['absent', 'elsewhere'];
  }
}

/** What may be told beside `nack`, by what was done. */
const EXPECTED = {
  nack: ['timeout', 'wrong-part', 'bad-data', 'was-reset', 'not-ready', 'element-fault', 'bad-checksum'],
  reset: ['timeout', 'wrong-part', 'bad-data', 'was-reset', 'not-ready', 'element-fault', 'bad-checksum'],
};

/** modules/sensors as a whole: several parts at once, filters, self-tests, memories and pulses, both engines, rules, delivery. */
import { decode, encode } from 'cborg';
import { beforeAll, describe, expect, it } from 'vitest';
import { at24c02, at24c256 } from '../../host-shim/parts/catalog/at24.ts';
import { bme280 } from '../../host-shim/parts/catalog/bme280.ts';
import { ds18b20 } from '../../host-shim/parts/catalog/ds18b20.ts';
import { lis2dh12 } from '../../host-shim/parts/catalog/lis2dh12.ts';
import { modbusMeter } from '../../host-shim/parts/catalog/modbus.ts';
import { s0 } from '../../host-shim/parts/catalog/s0.ts';
import { scd41 } from '../../host-shim/parts/catalog/scd41.ts';
import { sht4x } from '../../host-shim/parts/catalog/sht4x.ts';
import { sps30 } from '../../host-shim/parts/catalog/sps30.ts';
import { tmp117 } from '../../host-shim/parts/catalog/tmp117.ts';
import { readSenml } from '../../host-shim/telemetry/senml.ts';
import { buildLabs, sensorLab } from './sensors/lab.ts';
import { TABLE } from './sensors/table.ts';

beforeAll(buildLabs, 300_000);

const value = (lab: Awaited<ReturnType<typeof sensorLab>>, part: string, record: string) =>
  lab.values(part).get(record)?.value as number;

it('eight parts on five buses at once; the pack carries the time', async () => {
  const unix = Date.UTC(2026, 0, 1);
  const lab = await sensorLab({
    settings: {
      0: 'bme280 name=room every=1000',
      1: 'sht4x name=hall every=1500',
      2: 'ds18b20 name=pipe every=2000',
      3: 'tmp117 name=case address=0x49 every=1000',
      5: 'modbus port=1 plan=meter name=meter every=1000',
      6: 's0 pin=9 pulses=1000 name=pulses every=1000',
      7: 'lis2dh12 name=tilt every=1000',
      meter: '4 0 f32 0 V voltage;3 2 s16 0 W power',
    },
    wires: [
      { part: bme280, at: 'i2c0:0x76' },
      { part: sht4x, at: 'i2c0:0x44' },
      { part: ds18b20, at: 'onewire0' },
      { part: tmp117, at: 'i2c0:0x49' },
      { part: modbusMeter, at: 'uart1' },
      { part: s0, at: 'gpio9' },
      { part: lis2dh12, at: 'i2c0:0x18' },
    ],
    unix,
  });
  lab.after(10_000);
  expect(lab.events).toEqual([]);
  const rates: Record<string, typeof lab.readings> = {};
  for (const reading of lab.readings) {
    rates[reading.part] ??= [];
    rates[reading.part]!.push(reading);
  }
  expect(Object.keys(rates).sort()).toEqual(['case', 'hall', 'meter', 'pipe', 'pulses', 'room', 'tilt']);
  expect(rates.room!.length).toBeGreaterThanOrEqual(9);
  expect(rates.pipe!.length).toBeGreaterThanOrEqual(4);
  expect(rates.room!.length).toBeLessThanOrEqual(11);
  const [first] = rates.room!;
  expect(first!.records[0]!.time).toBeCloseTo((unix + first!.time) / 1000, 2);
  await lab.stop();
});

it('the same with both engines', async () => {
  const rows = TABLE.filter(({ driver }) => ['bme280', 'bmp390', 'ds18b20', 'max31865', 'modbus'].includes(driver));
  const play = async (engine: 'wasm3' | 'host') => {
    const all = [];
    for (const row of rows) {
      const lab = await sensorLab({
        settings: { 0: `${row.driver} ${row.keys} name=it every=${row.every}`, ...row.settings },
        wires: [{ part: row.part, at: row.at, name: 'it' }],
        engine,
      });
      for (const knob of row.measures.map((measure) => measure.knob)) {
        lab.part('it').turn(knob, row.part.knobs[knob]!.min);
        lab
          .after(row.every * 2)
          .part('it')
          .turn(knob, row.part.knobs[knob]!.max);
      }
      lab.part('it').inject({ kind: 'garbage' });
      lab.after(10_000).part('it').heal();
      lab.after(30_000);
      all.push({ readings: lab.readings, events: lab.events, log: lab.log });
      await lab.stop();
    }
    return all;
  };
  const reference = await play('wasm3');
  expect(reference.every(({ readings }) => readings.length > 5)).toBe(true);
  expect(await play('host')).toEqual(reference);
});

describe('filters of a part', () => {
  const lab = (keys: string) =>
    sensorLab({
      settings: { 0: `tmp117 name=t every=1000 ${keys}` },
      wires: [{ part: tmp117, at: 'i2c0:0x48', name: 't' }],
    });

  it('deadband in thousandths of the unit holds readings back, and lets one pass after `quiet`', async () => {
    const it = await lab('deadband=500 quiet=4');
    it.after(10_500);
    expect(it.readings.length).toBe(3);
    it.part('t').turn('temperature', 25.4);
    it.after(1000).part('t').turn('temperature', 25.6);
    const before = it.readings.length;
    it.after(1000);
    expect(it.readings.length).toBe(before + 1);
    expect(value(it, 't', 'temperature')).toBeCloseTo(25.6, 2);
    await it.stop();
  });

  it('median drops a single outlier, rate limit takes it slowly', async () => {
    for (const keys of ['median=3', 'rate=100']) {
      const it = await lab(keys);
      it.after(5000).part('t').turn('temperature', 100);
      it.after(1000).part('t').turn('temperature', 25);
      it.after(3000);
      const values = it.readings.map(({ records }) => records[0]!.value as number);
      expect(Math.max(...values)).toBeLessThanOrEqual(25.11);
      await it.stop();
    }
  });

  it('an even median is refused', async () => {
    const it = await lab('median=4');
    it.after(1000);
    expect(it.events).toMatchObject([{ error: 'bad-config' }]);
    await it.stop();
  });
});

describe('self-tests', () => {
  it.each([
    ['lis2dh12', lis2dh12, 'i2c0:0x18', 1000],
    ['scd41', scd41, 'i2c0:0x62', 10_000],
    ['sps30', sps30, 'i2c0:0x69', 10_000],
    ['bme280', bme280, 'i2c0:0x76', 1000],
  ] as const)('%s passes its own before it is read', async (driver, part, at, every) => {
    const lab = await sensorLab({
      settings: { 0: `${driver} name=it every=${every} selftest=1` },
      wires: [{ part, at, name: 'it' }],
    });
    lab.after(30_000);
    expect(lab.events).toEqual([]);
    expect(lab.readings.length).toBeGreaterThan(0);
    // SCD41's takes 10 s.
    if (driver === 'scd41') expect(lab.readings[0]!.time).toBeGreaterThan(15_000);
    await lab.stop();
  });

  it('LIS2DH12 whose mass does not move has failed', async () => {
    const lab = await sensorLab({
      settings: { 0: 'lis2dh12 name=it every=1000 selftest=1' },
      wires: [{ part: lis2dh12, at: 'i2c0:0x18', name: 'it' }],
    });
    lab.part('it').inject({ kind: 'crc' });
    lab.after(5000);
    expect(lab.events).toMatchObject([{ error: 'part-failed' }]);
    await lab.stop();
  });
});

it.each([
  ['2 kbit', at24c02, 'size=256 page=8 offset=250 length=4', [250], 0xdeadbeef],
  ['256 kbit', at24c256, 'size=32768 page=64 offset=0x1234 length=8', [0x12, 0x34], 0x1122334455667],
] as const)('AT24 of %s tells its bytes as a number; absent: nack', async (_, part, keys, pointer, number) => {
  const lab = await sensorLab({
    settings: { 0: `at24 name=it every=1000 ${keys}` },
    wires: [{ part, at: 'i2c0:0x50', name: 'it' }],
  });
  lab.after(1000);
  const length = pointer.length === 1 ? 4 : 8;
  const bytes = Array.from({ length }, (_, i) => Math.floor(number / 256 ** (length - 1 - i)) & 255);
  expect(
    lab.wiring.i2c(0, 0x50, Uint8Array.from([1, pointer.length + length, ...pointer, ...bytes]), new Uint8Array()),
  ).toBe(0);
  lab.after(2000);
  expect(value(lab, 'it', 'data_container')).toBe(number);
  expect(lab.events).toEqual([]);
  lab.part('it').inject({ kind: 'absent' });
  lab.after(5000);
  expect(lab.events).toMatchObject([{ error: 'nack' }]);
  await lab.stop();
});

// What the datasheets print: TMP117 table 7-1, DS18B20 table 1, INA219 table 8 (20 mV across 2 mΩ, 11.98 V; CNVR is set).
it.each([
  ['tmp117', '', { temperature: 25 }, /^....0c80$/, { temperature: 25 }],
  ['tmp117', '', { temperature: -25 }, /^....f380$/, { temperature: -25 }],
  ['tmp117', '', { temperature: 150 }, /^....4b00$/, { temperature: 150 }],
  ['ds18b20', '', { temperature: 125 }, /^d007/, { temperature: 125 }],
  ['ds18b20', '', { temperature: 25.0625 }, /^9101/, { temperature: 25.0625 }],
  ['ds18b20', '', { temperature: -10.125 }, /^5eff/, { temperature: -10.125 }],
  ['ds18b20', '', { temperature: -55 }, /^90fc/, { temperature: -55 }],
  ['ina219', 'shunt=2', { voltage: 11.98, current: 0.2 }, /^5d9a07d0$/, { voltage: 11.98, current: 10, power: 119.8 }],
] as const)('%s %s with %j says the bytes that its datasheet prints', async (driver, keys, knobs, bytes, values) => {
  const row = TABLE.find((candidate) => candidate.driver === driver)!;
  const lab = await sensorLab({
    settings: { 0: `${driver} name=it every=2000 ${keys}` },
    wires: [{ part: row.part, at: row.at, name: 'it' }],
  });
  for (const [knob, value] of Object.entries(knobs)) lab.part('it').turn(knob, value);
  lab.after(5000);
  expect(
    lab.trace.some((line) => bytes.test(line)),
    lab.trace.join(' '),
  ).toBe(true);
  for (const [record, wanted] of Object.entries(values)) expect(value(lab, 'it', record)).toBeCloseTo(wanted, 6);
  await lab.stop();
});

describe('S0 pulses', () => {
  const lab = (keys: string) =>
    sensorLab({
      settings: { 0: `s0 pin=9 name=it every=1000 ${keys}` },
      wires: [{ part: s0, at: 'gpio9', name: 'it' }],
    });

  it.each([100, 1000, 12_000])('%d W for an hour are so many Wh', async (power) => {
    const it = await lab('pulses=1000');
    it.after(500).part('it').turn('power', power);
    it.after(3_600_000);
    expect(Math.abs(value(it, 'it', 'energy') - power)).toBeLessThanOrEqual(2);
    expect(value(it, 'it', 'count')).toBe(value(it, 'it', 'energy'));
    await it.stop();
  });

  it('a pulse shorter than `width` is a bounce; cubic metres by their rate', async () => {
    const it = await lab('pulses=10 of=volume width=30');
    it.after(500);
    for (const [wide, times] of [
      [10, 5],
      [29, 5],
      [30, 7],
    ] as const)
      for (let i = 0; i < times; i++) {
        it.wiring.drive(9, false);
        it.after(wide).wiring.drive(9, true);
        it.after(100);
      }
    it.after(2000);
    expect(value(it, 'it', 'count')).toBe(7);
    expect(value(it, 'it', 'volume')).toBe(0.7);
    await it.stop();
  });
});

it('a part that stays away is asked after 1, 2, 4 … 256 and then every 300 seconds, and is told once', async () => {
  const lab = await sensorLab({
    settings: { 0: 'tmp117 name=it every=1000', 1: 'tmp117 name=other bus=1 every=1000' },
    wires: [
      { part: tmp117, at: 'i2c0:0x48', name: 'it' },
      { part: tmp117, at: 'i2c1:0x48', name: 'other' },
    ],
  });
  lab.part('it').inject({ kind: 'absent' });
  const times: number[] = [];
  for (let seen = 0, second = 0; second < 1200; second++) {
    lab.after(1000);
    if (lab.part('it').transfers > seen) times.push(second);
    seen = lab.part('it').transfers;
  }
  const pauses = times.slice(1).map((time, i) => time - times[i]!);
  expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  expect(lab.events.map(({ part, error }) => [part, error])).toEqual([['it', 'nack']]);
  expect(lab.readings.filter(({ part }) => part === 'other').length).toBeGreaterThanOrEqual(1199);
  lab.part('it').heal();
  lab.after(300_000);
  expect(lab.events.at(-1)).toMatchObject({ part: 'it', error: 'recovered', failures: 12 });
  await lab.stop();
});

it('names what is wrong in a configuration, and goes on with the other parts', async () => {
  const lab = await sensorLab({
    settings: {
      0: 'bme2800',
      1: 'tmp117 name=good every=1000',
      2: 'tmp117 name=bad adress=0x49',
      3: 'modbus port=1 name=planless',
      4: '',
    } as Record<string, string>,
    wires: [{ part: tmp117, at: 'i2c0:0x48' }],
  }).catch((error) => error as Error);
  // An empty setting cannot be provisioned at all.
  expect(lab).toBeInstanceOf(Error);
  const again = await sensorLab({
    settings: {
      0: 'bme2800',
      1: 'tmp117 name=good every=1000',
      2: 'tmp117 name=bad adress=0x49',
      3: 'modbus port=1 name=planless',
    },
    wires: [{ part: tmp117, at: 'i2c0:0x48' }],
  });
  again.after(3000);
  expect(again.log.join('\n')).toContain('sensors/0: no driver bme2800');
  expect(again.events.map(({ part, error }) => `${part} ${error}`).sort()).toEqual([
    'bad bad-config',
    'planless bad-config',
  ]);
  expect(again.values('good').size).toBe(1);
  await again.stop();
});

it('with delivery and rules: readings and events have numbers, a rule comes by the twin, and tells', async () => {
  const lab = await sensorLab({
    settings: { 0: 'tmp117 name=room every=1000', 'rules/outputs': '4 15' },
    wires: [{ part: tmp117, at: 'i2c0:0x48', name: 'room' }],
    station: true,
    unix: Date.UTC(2026, 0, 1),
  });
  const maps = { useMaps: true };
  let version = 0;
  const desire = (document: unknown) => {
    version++;
    lab.publish(
      'desired',
      encode(
        new Map<number, unknown>([
          [1, version],
          [2, document],
        ]),
      ),
    );
    // Delivery reports at most every so often.
    lab.after(3000);
    const newest = lab.messages.findLast(({ topic }) => topic === 'reported')!.payload;
    const state = decode(newest, maps) as Map<number, unknown>;
    return { applied: state.get(5), rules: (state.get(3) as Map<string, Map<string, unknown>>).get('rules') };
  };
  const packs = () =>
    lab.messages
      .filter(({ topic }) => topic === 'tlm')
      .flatMap(({ payload }) => (decode(payload, maps) as [number, [number, number, number, Uint8Array][]])[1])
      // Gaps have two items; class 3 is audit.
      .filter((item) => item.length === 4 && item[1] < 3)
      .map(([, priority, , payload]) => ({ priority, records: readSenml(payload) }));
  const acknowledge = () => {
    const newest = lab.messages.findLast(({ topic }) => topic === 'tlm');
    if (!newest) return;
    const [epoch, items] = decode(newest.payload, maps) as [number, number[][]];
    const last = items.at(-1)!;
    lab.publish(
      'ack',
      encode(
        new Map([
          [1, epoch],
          [2, last.length === 2 ? last[1]! : last[0]!],
        ]),
      ),
    );
  };
  lab.after(3000);
  lab.wiring.declare('gpio15').declare('gpio16');
  const hot = { on: 'sensors/room/temperature', above: 30, clear: 28, set: 15, say: 'alarm' };
  const taken = desire({ rules: { hot } });
  expect(taken.applied).toBe(1);
  expect(Object.fromEntries(taken.rules!)).toEqual({ count: 1 });
  lab.part('room').turn('temperature', 31);
  for (let i = 0; i < 30; i++) {
    acknowledge();
    lab.after(500);
  }
  const alarms = packs().filter(({ priority }) => priority === 2);
  expect(alarms[0]!.records.map(({ name, value }) => [name, value])).toEqual([
    ['rules/hot/active', true],
    ['rules/hot/value', 31],
  ]);
  expect(
    packs().some(({ priority, records }) => priority === 0 && records[0]!.name === 'sensors/room/temperature'),
  ).toBe(true);

  expect(lab.wiring.level(15)).toBe(true);
  const other = desire({ rules: { hot: { ...hot, set: 16 } } });
  expect(Object.fromEntries(other.rules!)).toEqual({
    count: 1,
    error: 'rules.hot.set: no output that this module was granted',
  });
  lab.part('room').turn('temperature', 27);
  lab.after(2000);
  expect(lab.wiring.level(15)).toBe(false);

  const refused = desire({ rules: { hot: { on: 'sensors/room/temperature', above: 'much' } } });
  expect(refused.applied).toBe(1);
  expect(Object.fromEntries(refused.rules!)).toEqual({
    count: 1,
    error: 'rules.hot.above: not a number up to 10^12',
  });
  await lab.stop();
});

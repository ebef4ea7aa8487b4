/**
 * Drivers of other people (Adafruit's for CircuitPython, Sensirion's, pymodbus, pynmea2) on our virtual parts: what the knobs are
 * set to is what they read, within the part's step, over the range. Registers, formulas and times of ours then agree with
 * somebody else's; our own drivers read the same parts in test/unit/sensors-drivers.test.ts.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededChance } from '../../host-shim/board/random.ts';
import type { Description } from '../../host-shim/parts/description.ts';
import { at24c256 } from '../../host-shim/parts/catalog/at24.ts';
import { gnss } from '../../host-shim/parts/catalog/gnss.ts';
import { modbusMeter } from '../../host-shim/parts/catalog/modbus.ts';
import { compileHarness } from '../../host-shim/parts/kit/harness.ts';
import { DriverSession } from '../../host-shim/parts/kit/session.ts';
import type { TraceLine } from '../../host-shim/parts/trace.ts';
import { driverSource } from '../unit/sensors/source.ts';
import { TABLE } from '../unit/sensors/table.ts';
import { Peer, peerVersions, PYTHON } from './sensors-peer.ts';

/** What the peer gives for the knobs: names, and how far from them. */
interface Check {
  /** Of the reading; the knob's by default. */
  as?: string;
  /** What the reading must be; the knob's value by default. */
  value?: (knobs: Record<string, number>) => number;
  within: number;
  /** Where the peer reads; the part's whole range by default. */
  range?: [low: number, high: number];
  /** Only whole numbers. */
  whole?: boolean;
}

const sps = (knob: string): [string, Check][] => [
  [knob, { within: 0.5 }],
  [
    `${knob} as binary32`,
    { value: (knobs) => (knob === 'size' ? knobs.size! / 1000 : knobs[knob]!), within: knob === 'size' ? 1e-5 : 0.01 },
  ],
];

const input = (n: number): [string, Check] => [`input${n}`, { within: 6.3e-5, range: [-0.3, 4.095] }];

/** A step of LIS2DH12 in m/s². */
const mg = (g: number) => ((g === 16 ? 12 : g / 2) * 9.80665) / 1000;

/** By driver: what is compared. Adafruit rounds where it says so. */
const CHECKS: Record<string, Record<string, Check>> = {
  ads1115: Object.fromEntries([
    ...[0, 1, 2, 3].map(input),
    // Each range ends where it says.
    ...[6.144, 4.096, 2.048, 1.024, 0.512, 0.256].map((volts): [string, Check] => [
      `gain ${volts}`,
      { value: ({ input3 }) => Math.min(volts, Math.max(-volts, input3!)), within: volts / 32_768 },
    ]),
    ['difference', { value: ({ input0, input1 }: Record<string, number>) => input0! - input1!, within: 6.3e-5 }],
  ]),
  // The peer cuts t_fine to a whole number: 1/5120 °C.
  bme280: { temperature: { within: 0.001 }, pressure: { within: 0.2 }, humidity: { within: 0.01 } },
  bmp390: { temperature: { within: 0.001 }, pressure: { within: 0.1 } },
  ds18b20: { temperature: { within: 1 / 32 } },
  hx711: { counts: { within: 0, whole: true, value: ({ counts }) => (counts! < 0 ? counts! + 2 ** 32 : counts!) } },
  ina219: {
    voltage: { within: 0.002 },
    shunt: { value: ({ current }) => current! / 10, within: 5.01e-6, range: [-3.19, 3.19] },
    current: { within: 0.000101, range: [-3.19, 3.19] },
    power: { value: ({ voltage, current }) => Math.abs(voltage! * current!), within: 0.0105 },
  },
  // The peer has 16380 for 1 g, of 9.806 m/s², where ST's table 4 and driver have 1 mg a step (16000).
  lis2dh12: Object.fromEntries(
    (
      [
        [2, 16_000 / 16_380],
        [4, 8000 / 8190],
        [8, 4000 / 4096],
        [16, 4000 / 3 / 1365],
      ] as const
    ).flatMap(([g, ratio]) =>
      ['x', 'y', 'z'].map((axis): [string, Check] => [
        `${axis} of ${g} g`,
        // Steps of 1, 2, 4, 12 mg: half of one, and 12 bits end.
        {
          value: (knobs) => (Math.min(2047, Math.max(-2048, knobs[axis]! / mg(g))) * mg(g) * ratio * 9.806) / 9.80665,
          within: 0.51 * mg(g),
        },
      ]),
    ),
  ),
  // The peer's inverse is a polynomial below 0 °C, and leaves out c above.
  max31865: { temperature: { within: 0.03, range: [-199.5, 840] } },
  mcp9808: { temperature: { within: 1 / 32 } },
  pcf8563: { time: { within: 0, whole: true, range: [946_684_800, 4_102_444_799] } },
  scd41: { co2: { within: 0.5 }, temperature: { within: 0.0015 }, humidity: { within: 0.0009 } },
  sht4x: { temperature: { within: 0.0015 }, humidity: { within: 0.001, range: [0, 100] } },
  sps30: Object.fromEntries(
    ['mass1', 'mass2', 'mass4', 'mass10', 'number0', 'number1', 'number2', 'number4', 'number10', 'size'].flatMap(sps),
  ),
  tmp117: { temperature: { within: 1 / 256 } },
  vl53l1x: { distance: { within: 0.00051 } },
};
const POINTS = 8;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

const versions = peerVersions();
const lacks = (driver: string) =>
  versions[driver] ? versions[driver] : `SKIPPED: no Python package, see docs/sensors.md; tried ${PYTHON}`;

let peer: Peer;
beforeAll(() => {
  peer = new Peer();
});
afterAll(() => peer.stop());

function partOf(driver: string): { part: Description; at: string } {
  const { part, at } = TABLE.find((row) => row.driver === driver)!;
  return { part, at: { bme280: 'i2c0:0x76', mcp9808: 'i2c0:0x18' }[driver] ?? at };
}

describe.each(Object.keys(CHECKS))('%s', (driver) => {
  const name = `${driver} (${lacks(driver)})`;
  test.skipIf(!versions[driver])(`${name} reads what the knobs say`, async () => {
    const { part: description, at } = partOf(driver);
    const { wiring, clock } = peer.board(description, at);
    clock.advance(Math.ceil(description.startMicros / 1000) + 1000);
    await peer.job({ job: 'open', part: driver });
    const part = wiring.part(description.name);
    const chance = seededChance(`peer/${driver}`);
    let compared = 0;
    for (let point = 0; point < POINTS; point++) {
      const knobs: Record<string, number> = {};
      for (const [knob, { min, max }] of Object.entries(description.knobs)) {
        const check = CHECKS[driver]![knob] ?? { within: 0, range: undefined, whole: false };
        const [low, high] = check.range ?? [min, max];
        const value = point === 0 ? low : point === 1 ? high : low + chance() * (high - low);
        if (driver === 'max31865' && knob === 'wire') continue;
        knobs[knob] = check.whole ? Math.round(value) : value;
        part.turn(knob, knobs[knob]);
      }
      clock.advance(2000);
      const reading = (await peer.job({ job: 'read' })) as Record<string, number>;
      for (const [what, { value, within }] of Object.entries(CHECKS[driver]!)) {
        const wanted = value ? value(knobs) : knobs[what]!;
        expect(
          Math.abs(reading[what]! - wanted),
          `${what}: the peer reads ${reading[what]}, the knob says ${wanted}`,
        ).toBeLessThanOrEqual(within * 1.01 + Math.abs(wanted) * 1e-7);
        compared++;
      }
    }
    expect(compared).toBe(POINTS * Object.keys(CHECKS[driver]!).length);
  });
});

test.skipIf(!versions.at24)(`at24 (${lacks('at24')}) writes and reads back, page for page`, async () => {
  const { wiring, clock } = peer.board(at24c256, 'i2c0:0x50');
  clock.advance(10);
  await peer.job({ job: 'open', part: 'at24' });
  const bytes = Buffer.from(Array.from({ length: 100 }, (_, i) => (i * 7) & 255));
  await peer.job({ job: 'read', written: bytes.toString('hex') });
  expect(await peer.job({ job: 'read' })).toEqual({ bytes: bytes.subarray(0, 64).toString('hex') });
  wiring.part(at24c256.name).powerUp();
  clock.advance(10);
  expect(await peer.job({ job: 'read' })).toEqual({ bytes: bytes.subarray(0, 64).toString('hex') });
});

test.skipIf(!versions.bme280)('the test can fail: another part, a knob that says something else', async () => {
  const { part: description, at } = partOf('bme280');
  const { wiring, clock } = peer.board(description, at);
  clock.advance(100);
  wiring.part('BME280').inject({ kind: 'identity' });
  await expect(peer.job({ job: 'open', part: 'bme280' })).rejects.toThrow('Failed to find BME280');
  wiring.part('BME280').heal();
  await peer.job({ job: 'open', part: 'bme280' });
  wiring.part('BME280').turn('temperature', 30);
  clock.advance(10);
  // What a scale wrong by one part in 300 would be.
  const { temperature } = (await peer.job({ job: 'read' })) as Record<string, number>;
  expect(Math.abs(temperature! - 29.9)).toBeGreaterThan(0.09);
});

test.skipIf(!versions.modbus)(
  `modbus (${lacks('modbus')}) reads our requests and answers, and would send the same`,
  async () => {
    const frames: [Uint8Array, Uint8Array][] = [];
    const row = TABLE.find(({ driver }) => driver === 'modbus')!;
    const recorded: Description = {
      ...modbusMeter,
      answer: (part, request) => {
        const answer = modbusMeter.answer!(part, request);
        if (answer) frames.push([request.slice(), answer]);
        return answer;
      },
    };
    const module = await compileHarness(driverSource('modbus'));
    const session = await DriverSession.open({
      module,
      config: `modbus ${row.keys}`,
      settings: Object.fromEntries(Object.entries(row.settings!).map(([name, text]) => [`sensors/${name}`, text])),
      wires: [{ part: recorded, at: row.at, name: 'meter' }],
    });
    session.wiring.part('meter').turn('voltage', 231.5).turn('power', -1234).turn('current', 5.25);
    expect(session.fresh().code).toBe(0);
    await session.close();

    const read: { request: ModbusPdu; answer: ModbusPdu }[] = [];
    for (const [request, answer] of frames) {
      const pair = { request: hex(request), answer: hex(answer) };
      const said = (await peer.job({ job: 'modbus', ...pair })) as { request: ModbusPdu; answer: ModbusPdu };
      expect([said.request.frame, said.answer.frame]).toEqual([pair.request, pair.answer]);
      read.push(said);
    }
    expect(read.map(({ request: { function: code, unit, address } }) => [code, unit, address])).toEqual([
      [4, 1, 0],
      [3, 1, 2],
      [3, 1, 3],
      [6, 1, 40],
      [16, 1, 50],
      [3, 1, 40],
      [3, 1, 50],
      [5, 1, 7],
      [15, 1, 8],
      [1, 1, 7],
      [2, 1, 10],
    ]);
    const float = new DataView(new ArrayBuffer(4));
    read[0]!.answer.registers.forEach((word, i) => {
      float.setUint16(2 * i, word);
    });
    expect(float.getFloat32(0)).toBe(231.5);
    expect(read.slice(1, 3).map(({ answer }) => answer.registers)).toEqual([[65536 - 1234], [5250]]);
    expect(read.slice(3, 5).map(({ request }) => request.registers)).toEqual([
      [1234],
      [305419896 >>> 16, 305419896 & 0xffff],
    ]);
    expect(read.slice(7, 9).map(({ request }) => request.bits.slice(0, 3))).toEqual([[1], [1, 0, 1]]);
    expect(read.slice(9).map(({ answer }) => answer.bits[0])).toEqual([1, 1]);
  },
);

test.skipIf(!versions.gnss)(`gnss (${lacks('gnss')}) reads our sentences, their checksums too`, async () => {
  const { wiring } = peer.board(gnss, 'uart1');
  const part = wiring.part(gnss.name);
  const chance = seededChance('peer/gnss');
  const within: Record<string, number> = {
    latitude: 1e-7,
    longitude: 1e-7,
    altitude: 0.051,
    knots: 0.00051,
    course: 0.0051,
  };
  for (let point = 0; point < POINTS; point++) {
    const knobs: Record<string, number> = {};
    for (const [knob, { min, max }] of Object.entries(gnss.knobs)) {
      const low = knob === 'satellites' ? 4 : min;
      const value = point === 0 ? low : point === 1 ? max : low + chance() * (max - low);
      knobs[knob] = ['satellites', 'time'].includes(knob) ? Math.round(value) : value;
      // Two digits of the year: for the peer 1969 to 2068.
      if (knob === 'time') knobs.time = Math.min(knobs.time!, 3_124_223_999);
      part.turn(knob, knobs[knob]!);
    }
    const text = new TextDecoder().decode(gnss.say!(part));
    const reading = (await peer.job({ job: 'nmea', text })) as Record<string, number>;
    for (const [knob, value] of Object.entries(knobs))
      expect(Math.abs(reading[knob]! - value), `${knob}: ${reading[knob]}, not ${value}`).toBeLessThanOrEqual(
        within[knob] ?? 0,
      );
  }
});

test.skipIf(!versions.vl53l1x)('vl53l1x: our driver writes the settings that the peer writes', async () => {
  const settings = (lines: TraceLine[]) =>
    lines.flatMap(({ steps }) => steps).filter((step) => step.startsWith('w 002d'));
  const { part, at } = partOf('vl53l1x');
  const theirs: TraceLine[] = [];
  peer.board(part, at, (line) => theirs.push(line)).clock.advance(100);
  await peer.job({ job: 'open', part: 'vl53l1x' });
  const ours: TraceLine[] = [];
  const session = await DriverSession.open({
    module: await compileHarness(driverSource('vl53l1x')),
    config: 'vl53l1x bus=0',
    wires: [{ part, at }],
    trace: (line) => ours.push(line),
  });
  session.clock.advance(100);
  expect(session.finish('open').code).toBe(0);
  await session.close();
  expect(settings(ours)).toEqual(settings(theirs));
  expect(settings(ours)[0]).toHaveLength(2 + 2 * (2 + 91));
});

interface ModbusPdu {
  function: number;
  unit: number;
  address: number;
  bits: number[];
  registers: number[];
  frame: string;
}

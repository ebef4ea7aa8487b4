/** The drivers' tests as a table: how each part is configured and wired, what its knobs mean, what each fault is called. */
import { ads1115 } from '../../../host-shim/parts/catalog/ads1115.ts';
import { at24c02 } from '../../../host-shim/parts/catalog/at24.ts';
import { bme280 } from '../../../host-shim/parts/catalog/bme280.ts';
import { bmp390 } from '../../../host-shim/parts/catalog/bmp390.ts';
import { ds18b20 } from '../../../host-shim/parts/catalog/ds18b20.ts';
import { gnss } from '../../../host-shim/parts/catalog/gnss.ts';
import { hx711 } from '../../../host-shim/parts/catalog/hx711.ts';
import { ina219 } from '../../../host-shim/parts/catalog/ina219.ts';
import { lis2dh12 } from '../../../host-shim/parts/catalog/lis2dh12.ts';
import { loop420 } from '../../../host-shim/parts/catalog/loop420.ts';
import { max31865 } from '../../../host-shim/parts/catalog/max31865.ts';
import { mcp9808 } from '../../../host-shim/parts/catalog/mcp9808.ts';
import { modbusMeter } from '../../../host-shim/parts/catalog/modbus.ts';
import { pcf8563 } from '../../../host-shim/parts/catalog/pcf8563.ts';
import { s0 } from '../../../host-shim/parts/catalog/s0.ts';
import { scd41 } from '../../../host-shim/parts/catalog/scd41.ts';
import { sht4x } from '../../../host-shim/parts/catalog/sht4x.ts';
import { sps30 } from '../../../host-shim/parts/catalog/sps30.ts';
import { tmp117 } from '../../../host-shim/parts/catalog/tmp117.ts';
import { vl53l1x } from '../../../host-shim/parts/catalog/vl53l1x.ts';
import type { Measure, Row } from './row.ts';

const I2C = { absent: 'nack', elsewhere: 'nack', identity: 'wrong-part', stuck: 'busy', nack: 'nack' };
const temperature = (within: number, more: Partial<Measure> = {}): Measure => ({
  record: 'temperature',
  unit: 'Cel',
  knob: 'temperature',
  within,
  ...more,
});
const humidity = (within: number): Measure => ({
  record: 'relative_humidity',
  unit: '%RH',
  knob: 'humidity',
  low: 0,
  high: 100,
  within,
});
const particles = (size: string, knob: string): Measure[] => [
  { record: `mass_concentration.${size}`, unit: 'ug/m3', knob: `mass${knob}`, within: 0.5 },
];
const numbers = (size: string, knob: string): Measure => ({
  record: `number_concentration.${size}`,
  unit: '1/cm3',
  knob: `number${knob}`,
  within: 0.5,
});
const axis = (name: string): Measure => ({
  record: `acceleration.${name}`,
  unit: 'm/s2',
  knob: name,
  low: -20.07,
  high: 20.06,
  within: 0.00491,
});
const input = (n: number): Measure => ({
  record: `voltage.${n}`,
  unit: 'V',
  knob: `input${n}`,
  high: 4.0958,
  within: 6.3e-5,
});

const PLAN = [
  '4 0 f32 0 V voltage',
  '3 2 s16 0 W power',
  '3 3 u16 -3 A current',
  '6 40 u16 = 1234',
  '16 50 u32 = 305419896',
  '3 40 u16 0 - keepalive',
  '3 50 u32l 0 - wide swapped',
  '5 7 bit = 1',
  '15 8 bits3 = 5',
  '1 7 bit 0 - coil 7',
  '2 10 bit 0 - coil 10',
].join(';');

export const TABLE: Row[] = [
  {
    driver: 'bme280',
    keys: 'bus=0 address=0x77',
    part: bme280,
    at: 'i2c0:0x77',
    every: 1000,
    measures: [
      // 20 bits: far below the record's steps of 0.01 °C, 0.01 Pa and 0.001 %RH; the integers of the reference add theirs.
      temperature(0.011),
      { record: 'pressure', unit: 'Pa', knob: 'pressure', within: 1.5 },
      humidity(0.06),
    ],
    calls: 2,
    faults: I2C,
    elsewhere: 'bus=0 address=0x76',
  },
  {
    driver: 'bmp390',
    keys: 'bus=0',
    part: bmp390,
    at: 'i2c0:0x76',
    every: 1000,
    measures: [temperature(0.011), { record: 'pressure', unit: 'Pa', knob: 'pressure', within: 0.6 }],
    calls: 2,
    faults: I2C,
    elsewhere: 'bus=0 address=0x77',
  },
  {
    driver: 'sht4x',
    keys: 'bus=0',
    part: sht4x,
    at: 'i2c0:0x44',
    every: 1000,
    measures: [temperature(0.0019), humidity(0.0015)],
    calls: 2,
    // Without an identity register: another serial number is another part of the kind.
    faults: { ...I2C, identity: undefined, crc: 'bad-checksum' } as Row['faults'],
    elsewhere: 'bus=0 address=0x45',
  },
  {
    driver: 'scd41',
    keys: 'bus=0',
    part: scd41,
    at: 'i2c0:0x62',
    every: 10_000,
    measures: [
      { record: 'carbon_dioxide', unit: 'ppm', knob: 'co2', within: 0.5 },
      temperature(0.0019),
      humidity(0.0013),
    ],
    calls: 2,
    faults: { ...I2C, crc: 'bad-checksum' },
    elsewhere: 'bus=2',
  },
  {
    driver: 'sps30',
    keys: 'bus=0',
    part: sps30,
    at: 'i2c0:0x69',
    every: 3000,
    measures: [
      ...particles('1.0', '1'),
      ...particles('2.5', '2'),
      ...particles('4.0', '4'),
      ...particles('10', '10'),
      numbers('0.5', '0'),
      numbers('1.0', '1'),
      numbers('2.5', '2'),
      numbers('4.0', '4'),
      numbers('10', '10'),
      { record: 'particle_size', unit: 'm', knob: 'size', scale: 1e-9, within: 0.51e-9 },
    ],
    calls: 1,
    faults: { ...I2C, crc: 'bad-checksum' },
    elsewhere: 'bus=2',
  },
  {
    driver: 'tmp117',
    keys: 'bus=0',
    part: tmp117,
    at: 'i2c0:0x48',
    every: 1000,
    measures: [temperature(0.00391, { low: -55, high: 150 })],
    calls: 2,
    faults: I2C,
    elsewhere: 'bus=0 address=0x49',
    refused: [
      ['temperature', -55.01, 'bad-data'],
      ['temperature', 150.01, 'bad-data'],
    ],
  },
  {
    driver: 'mcp9808',
    keys: 'bus=0 address=0x1f',
    part: mcp9808,
    at: 'i2c0:0x1f',
    every: 1000,
    measures: [temperature(0.03126)],
    calls: 1,
    faults: I2C,
    elsewhere: 'bus=0 address=0x1e',
    refused: [['temperature', 125.1, 'bad-data']],
  },
  {
    driver: 'ina219',
    keys: 'bus=0 shunt=100',
    part: ina219,
    at: 'i2c0:0x40',
    every: 1000,
    measures: [
      { record: 'voltage', unit: 'V', knob: 'voltage', within: 0.00201 },
      { record: 'current', unit: 'A', knob: 'current', low: -3.1999, high: 3.1999, within: 0.0000501 },
    ],
    calls: 2,
    faults: I2C,
    elsewhere: 'bus=0 address=0x41',
    refused: [
      ['current', 3.2, 'element-fault'],
      ['current', -3.2, 'element-fault'],
    ],
  },
  {
    driver: 'ads1115',
    keys: 'bus=0 channels=15 range=4096',
    part: ads1115,
    at: 'i2c0:0x48',
    every: 1000,
    measures: [input(0), input(1), input(2), input(3)],
    calls: 1,
    faults: I2C,
    elsewhere: 'bus=0 address=0x49',
    refused: [['input2', 4.097, 'element-fault']],
  },
  {
    driver: 'lis2dh12',
    keys: 'bus=0',
    part: lis2dh12,
    at: 'i2c0:0x18',
    every: 1000,
    measures: [axis('x'), axis('y'), axis('z')],
    calls: 2,
    faults: I2C,
    elsewhere: 'bus=0 address=0x19',
  },
  {
    driver: 'vl53l1x',
    keys: 'bus=0',
    part: vl53l1x,
    at: 'i2c0:0x29',
    every: 1000,
    measures: [{ record: 'distance', unit: 'm', knob: 'distance', within: 0.00051 }],
    calls: 2,
    faults: I2C,
    elsewhere: 'bus=2',
  },
  {
    driver: 'pcf8563',
    keys: 'bus=0',
    part: pcf8563,
    at: 'i2c0:0x51',
    every: 1000,
    measures: [{ record: 'time', unit: 's', knob: 'time', within: 0 }],
    calls: 1,
    // Neither an identity nor an address to choose.
    faults: { ...I2C, identity: undefined } as Row['faults'],
    elsewhere: 'bus=2',
  },
  {
    driver: 'ds18b20',
    keys: 'bus=0',
    part: ds18b20,
    at: 'onewire0',
    every: 2000,
    measures: [temperature(0.03126)],
    calls: 2,
    faults: {
      absent: 'nack',
      elsewhere: 'not-found',
      identity: 'wrong-part',
      crc: 'bad-checksum',
      stuck: 'busy',
      nack: 'nack',
    },
    elsewhere: 'bus=3',
  },
  {
    driver: 'max31865',
    keys: 'bus=0 select=1',
    part: max31865,
    at: 'spi0:1',
    every: 1000,
    // A step of the code is 0.034 °C around 0 °C and 0.042 °C at 850 °C; SPI does not acknowledge.
    measures: [temperature(0.024)],
    calls: 3,
    faults: { absent: 'wrong-part', elsewhere: 'wrong-part', identity: 'wrong-part', stuck: 'wrong-part' },
    elsewhere: 'bus=0 select=0',
    refused: [['wire', 1, 'element-fault']],
  },
  {
    driver: 'hx711',
    keys: 'data=4 clock=5 offset=1000 counts=420 grams=1',
    part: hx711,
    at: 'gpio4:5',
    every: 1000,
    measures: [
      // 420 counts for a gram, 1000 for the empty scale; the record is in whole milligrams.
      {
        record: 'mass',
        unit: 'kg',
        knob: 'counts',
        low: -8388607,
        high: 8388606,
        scale: 1 / 420000,
        within: 0.0000011,
      },
    ],
    calls: 3,
    faults: { absent: 'not-ready', elsewhere: 'not-found', stuck: 'bad-data' },
    elsewhere: 'data=6 clock=7 offset=1000 counts=420 grams=1',
    refused: [
      ['counts', 8388607, 'element-fault'],
      ['counts', -8388608, 'element-fault'],
    ],
  },
  {
    driver: 'loop420',
    keys: 'unit=0 channel=3 shunt=100000',
    part: loop420,
    at: 'adc0:3',
    every: 1000,
    measures: [
      { record: 'current', unit: 'A', knob: 'current', low: 0.00362, high: 0.02098, within: 0.0000051 },
      { record: 'level', unit: '/', knob: 'current', low: 0.00362, high: 0.02098, scale: 62.5, within: 0.00033 },
    ],
    calls: 1,
    faults: { absent: 'element-fault', elsewhere: 'not-found' },
    elsewhere: 'unit=0 channel=4',
    refused: [
      ['current', 0.0035, 'element-fault'],
      ['current', 0.0211, 'element-fault'],
    ],
  },
  {
    driver: 'gnss',
    keys: 'port=1 baud=9600',
    part: gnss,
    at: 'uart1',
    every: 2000,
    measures: [
      { record: 'latitude', unit: 'lat', knob: 'latitude', within: 1.5e-7 },
      { record: 'longitude', unit: 'lon', knob: 'longitude', within: 1.5e-7 },
      { record: 'altitude', unit: 'm', knob: 'altitude', within: 0.051 },
      { record: 'speed', unit: 'm/s', knob: 'knots', scale: 1852 / 3600, within: 0.00076 },
      { record: 'course', unit: 'deg', knob: 'course', within: 0.0051 },
      { record: 'satellites', unit: 'count', knob: 'satellites', low: 4, within: 0.5 },
      { record: 'time', unit: 's', knob: 'time', within: 1 },
    ],
    calls: 0,
    faults: { absent: 'timeout', elsewhere: 'not-found', stuck: 'timeout' },
    exempt: {
      crc: "costs its sentence; the burst's other one still counts",
      nack: 'a burst that does not come is followed by the next',
    },
    elsewhere: 'port=2 baud=9600',
  },
  {
    driver: 'modbus',
    keys: 'port=1 unit=1 plan=meter timeout=100',
    settings: { meter: PLAN },
    part: modbusMeter,
    at: 'uart1',
    every: 2000,
    measures: [
      { record: 'voltage', unit: 'V', knob: 'voltage', within: 0.00002 },
      { record: 'power', unit: 'W', knob: 'power', within: 0.5 },
      { record: 'current', unit: 'A', knob: 'current', within: 0.00051 },
    ],
    calls: 11,
    faults: {
      absent: 'timeout',
      elsewhere: 'not-found',
      identity: 'timeout',
      crc: 'bad-checksum',
      stuck: 'timeout',
      nack: 'timeout',
    },
    elsewhere: 'port=2 unit=1 plan=meter',
  },
  {
    driver: 'at24',
    keys: 'bus=0 size=256 page=8 offset=16 length=4',
    part: at24c02,
    at: 'i2c0:0x50',
    every: 1000,
    // What it holds is in sensors.test.ts: it has no knobs.
    measures: [],
    calls: 1,
    faults: { absent: 'nack', elsewhere: 'nack', stuck: 'busy', nack: 'nack' },
    elsewhere: 'bus=0 address=0x51',
  },
  {
    driver: 's0',
    keys: 'pin=9 pulses=1000',
    // A pulse each second; the counts are in sensors.test.ts.
    part: { ...s0, knobs: { power: { ...s0.knobs.power, start: 3600 } } },
    at: 'gpio9',
    every: 1000,
    measures: [],
    calls: 0,
    faults: { elsewhere: 'not-found' },
    elsewhere: 'pin=10',
    exempt: {
      absent: 'a meter that is away and one without consumption are the same',
      stuck: 'so is one that is shorted',
    },
  },
];

/** The unit that `elsewhere` names must exist for I2C, so that it is the part that is missing and not the bus. */
export const I2C_SPARE = 'i2c2:0x10';

/** Every virtual part by the name under which the description of a board (runtime/boards) has it. */
import type { Description } from '../description.ts';
import { ads1115 } from './ads1115.ts';
import { at24c02, at24c256 } from './at24.ts';
import { bme280 } from './bme280.ts';
import { bmp390 } from './bmp390.ts';
import { ds18b20 } from './ds18b20.ts';
import { gnss } from './gnss.ts';
import { hx711 } from './hx711.ts';
import { ina219 } from './ina219.ts';
import { lis2dh12 } from './lis2dh12.ts';
import { loop420 } from './loop420.ts';
import { max31865 } from './max31865.ts';
import { mcp9808 } from './mcp9808.ts';
import { modbusMeter } from './modbus.ts';
import { pcf8563 } from './pcf8563.ts';
import { s0 } from './s0.ts';
import { scd41 } from './scd41.ts';
import { sht4x } from './sht4x.ts';
import { sps30 } from './sps30.ts';
import { tmp117 } from './tmp117.ts';
import { vl53l1x } from './vl53l1x.ts';

export const CATALOG: Readonly<Record<string, Description>> = {
  ads1115,
  at24c02,
  at24c256,
  bme280,
  bmp390,
  ds18b20,
  gnss,
  hx711,
  ina219,
  lis2dh12,
  loop420,
  max31865,
  mcp9808,
  modbus_meter: modbusMeter,
  pcf8563,
  s0,
  scd41,
  sht4x,
  sps30,
  tmp117,
  vl53l1x,
};

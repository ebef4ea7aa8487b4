// The drivers that this module is built with, by the first word of a part's configuration. A module with fewer has a
// registry of its own: what is not named here is not in the Wasm.
import { Bytes } from 'motekit/runtime/guest';
import { Ads1115 } from './ads1115';
import { At24 } from './at24';
import { Bme280 } from './bme280';
import { Bmp390 } from './bmp390';
import { Config } from './config';
import { Driver } from './driver';
import { Ds18b20 } from './ds18b20';
import { Gnss } from './gnss';
import { Hx711 } from './hx711';
import { Ina219 } from './ina219';
import { Lis2dh12 } from './lis2dh12';
import { Loop420 } from './loop420';
import { Max31865 } from './max31865';
import { Mcp9808 } from './mcp9808';
import { ModbusClient } from './modbus-client';
import { Pcf8563 } from './pcf8563';
import { S0 } from './s0';
import { Scd41 } from './scd41';
import { Sht4x } from './sht4x';
import { Sps30 } from './sps30';
import { Tmp117 } from './tmp117';
import { Vl53l1x } from './vl53l1x';

/** A driver for the part, or null when there is none of the name. Allocates. */
export function driverFor(config: Config): Driver | null {
  const name = config.driver;
  if (name.isText('ads1115')) return new Ads1115();
  if (name.isText('at24')) return new At24();
  if (name.isText('bme280')) return new Bme280();
  if (name.isText('bmp390')) return new Bmp390();
  if (name.isText('ds18b20')) return new Ds18b20();
  if (name.isText('gnss')) return new Gnss();
  if (name.isText('hx711')) return new Hx711();
  if (name.isText('ina219')) return new Ina219();
  if (name.isText('lis2dh12')) return new Lis2dh12();
  if (name.isText('loop420')) return new Loop420();
  if (name.isText('max31865')) return new Max31865();
  if (name.isText('mcp9808')) return new Mcp9808();
  if (name.isText('modbus')) return new ModbusClient(config);
  if (name.isText('pcf8563')) return new Pcf8563();
  if (name.isText('s0')) return new S0();
  if (name.isText('scd41')) return new Scd41();
  if (name.isText('sht4x')) return new Sht4x();
  if (name.isText('sps30')) return new Sps30();
  if (name.isText('tmp117')) return new Tmp117();
  if (name.isText('vl53l1x')) return new Vl53l1x();
  return null;
}

// Analog Devices (Maxim) MAX31865: platinum resistance thermometer on SPI. Datasheet 19-6478, revision 3.
//
// One conversion at a time, with bias only meanwhile (it heats the element). There is no identity register, and SPI does not
// acknowledge: what was written to Configuration must come back. Keys: `bus`, `select`, `nominal` (mΩ at 0 °C, 100000),
// `reference` (mΩ, 430000), `wires` (2, 3, 4), `mains` (Hz: 50, 60).
import { SpiMode } from 'motekit/runtime/guest';
import { READ, reply, SpiDriver, STOP, WRITE } from './bus';
import { Config } from './config';
import { BAD_CONFIG, BAD_DATA, ELEMENT_FAULT, WAS_RESET, WRONG_PART } from './driver';
import { RESISTANCE, TEMPERATURE, UNIT_CEL, UNIT_OHM } from './generated/quantities';
import { Records } from './records';
import { temperatureOf } from './rtd';

// Table 2: Configuration is read at 00h and written at 80h. Its bits (table 3):
const BIAS: u8 = 0x80;
const ONE_SHOT: u8 = 0x20;
const THREE_WIRE: u8 = 0x10;
const FAULT_CLEAR: u8 = 0x02;
const FILTER_50HZ: u8 = 0x01;

const CHECK = memory.data<u8>([WRITE, 2, 0x80, 0, STOP, WRITE, 1, 0x00, READ, 1]);
const PUT = memory.data<u8>([WRITE, 2, 0x80, 0]);
/** All registers, 00h to 07h, then bias off. */
const FETCH = memory.data<u8>([WRITE, 1, 0x00, READ, 8, STOP, WRITE, 2, 0x80, 0]);
const AT_VALUE: usize = 3;
const AT_LAST: usize = 9;

/** SPI modes 1 and 3, up to 5 MHz. */
const HERTZ: u32 = 1000000;
/** 10.5 time constants of the input filter and 1 ms ("1-shot"): 10 ms with the usual 100 nF. */
const BIAS_TIME: i32 = 12;
/** One conversion, at most: 55 ms with the filter of 60 Hz, 66 ms with that of 50 Hz. */
const TIME_60HZ: i32 = 56;
const TIME_50HZ: i32 = 67;

export class Max31865 extends SpiDriver {
  private setting: u8 = 0;
  private nominal: i64 = 0;
  private reference: i64 = 0;
  private converting: bool = false;

  open(config: Config): i32 {
    this.place(config);
    this.nominal = config.number('nominal', 100000, 10000, 2000000);
    this.reference = config.number('reference', 430000, 10000, 8000000);
    const wires = config.number('wires', 2, 2, 4);
    const mains = config.number('mains', 50, 50, 60);
    if (mains != 50 && mains != 60) return BAD_CONFIG;
    this.setting = (wires == 3 ? THREE_WIRE : 0) | (mains == 50 ? FILTER_50HZ : 0);
    store<u8>(CHECK, this.setting, AT_VALUE);
    const fault = this.transfer(SpiMode.Mode1, HERTZ, CHECK, 10, 1);
    return fault ? fault : load<u8>(reply) == this.setting ? 0 : WRONG_PART;
  }

  override start(): i32 {
    this.converting = false;
    return this.put(BIAS | FAULT_CLEAR, BIAS_TIME);
  }

  read(out: Records): i32 {
    if (!this.converting) {
      this.converting = true;
      return this.put(BIAS | ONE_SHOT, this.setting & FILTER_50HZ ? TIME_50HZ : TIME_60HZ);
    }
    this.converting = false;
    store<u8>(FETCH, this.setting, AT_LAST);
    const fault = this.transfer(SpiMode.Mode1, HERTZ, FETCH, 10, 8);
    if (fault) return fault;
    // The 1-shot bit clears itself when the conversion is done.
    if (load<u8>(reply) != (this.setting | BIAS)) return WAS_RESET;
    const rtd: u32 = bswap<u16>(load<u16>(reply, 1));
    // Bit 0: a fault, which register 07h tells: thresholds, open reference or element, voltage out of range.
    if (rtd & 1 || load<u8>(reply, 7) & 0xfc) return ELEMENT_FAULT;
    const code = <i64>(rtd >> 1);
    // "RTD resistance": code × reference / 2^15.
    const temperature = temperatureOf((code * ((this.reference * 1000000000000) / this.nominal)) >> 15);
    if (temperature == i64.MIN_VALUE) return BAD_DATA;
    out.add(TEMPERATURE, UNIT_CEL, temperature, -3);
    out.add(RESISTANCE, UNIT_OHM, (code * this.reference) >> 15, -3);
    return 0;
  }

  override sleep(): i32 {
    return this.put(0, 0);
  }

  private put(bits: u8, time: i32): i32 {
    store<u8>(PUT, this.setting | bits, AT_VALUE);
    const fault = this.transfer(SpiMode.Mode1, HERTZ, PUT, 4);
    return fault ? fault : time;
  }
}

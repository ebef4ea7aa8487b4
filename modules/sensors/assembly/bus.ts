// Drivers of parts on I2C, SPI and 1-Wire: scripts of the contract (`step` in runtime/abi/mote.wit) as static bytes, one
// host call each, and where their answers stand.
import { Bytes, errorCode, i2c, oneWire, spi, SpiMode, Step } from 'motekit/runtime/guest';
import { Config } from './config';
import { BAD_CONFIG, BAD_DATA, Driver } from './driver';

// The steps under short names, for scripts as data.
export const STOP: u8 = <u8>Step.Stop;
/** Length, bytes. */
export const WRITE: u8 = <u8>Step.Write;
/** Length. */
export const READ: u8 = <u8>Step.Read;
/** Microseconds, two bytes, low byte first; all delays of a script together at most 10 ms. */
export const DELAY: u8 = <u8>Step.Delay;

/** The last answer; it lasts as long as the message. */
export let reply: usize = 0;

/** An answer of `expect` bytes: 0, else a fault. */
function take(answer: Bytes | null, expect: i32): i32 {
  if (answer === null) return errorCode();
  reply = answer.ptr;
  return answer.length == expect ? 0 : BAD_DATA;
}

/** Keys: `bus` (0 by default), `address`. */
export abstract class I2cDriver extends Driver {
  private bus: u32 = 0;
  private address: u32 = 0;

  /** Reads where the part is; a part that has several addresses is given the lowest and highest. */
  protected place(config: Config, address: i32, low: i32 = address, high: i32 = address): void {
    this.bus = config.number('bus', 0, 0, 7);
    this.address = config.number('address', address, low, high);
  }

  /** Runs the script; its answer of `expect` bytes is at `reply`. 0 or a fault. */
  protected transfer(script: usize, length: i32, expect: i32 = 0): i32 {
    return take(i2c.run(this.bus, this.address, script, length), expect);
  }
}

/** Keys: `bus` (0 by default), `select`. */
export abstract class SpiDriver extends Driver {
  private bus: u32 = 0;
  private select: u32 = 0;

  protected place(config: Config): void {
    this.bus = config.number('bus', 0, 0, 7);
    this.select = config.number('select', 0, 0, 31);
  }

  protected transfer(mode: SpiMode, hertz: u32, script: usize, length: i32, expect: i32 = 0): i32 {
    return take(spi.run(this.bus, this.select, mode, hertz, script, length), expect);
  }
}

/** Runs a script on a 1-Wire bus. 0 or a fault. */
export function oneWireTransfer(bus: u32, script: usize, length: i32, expect: i32 = 0): i32 {
  return take(oneWire.run(bus, script, length), expect);
}

/** BAD_CONFIG when a value that was asked for is wrong or a key is not known. */
export function checkConfig(config: Config): i32 {
  return config.bad || config.unknown() !== null ? BAD_CONFIG : 0;
}

/** Big-endian two's complement, 16 bits. */
export function s16be(p: usize): i32 {
  return <i32>(<i16>bswap<u16>(load<u16>(p)));
}

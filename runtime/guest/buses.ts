/**
 * Parts on buses and pins: runtime/abi/mote.wit with AssemblyScript's types. answer.ts says how calls fail: Nack, Timeout,
 * Arbitration and Busy tell of the bus, NotFound that the board has none of that number, Denied that the grant is missing.
 */
import { bytesAnswer, done, RET, succeeded } from './answer';
import { Bytes } from './bytes';
import {
  ADC_READ_RET_PAYLOAD,
  adc_read,
  ErrorCode,
  GPIO_READ_RET_PAYLOAD,
  GPIO_SHIFT_RET_PAYLOAD,
  GpioEdge,
  GpioPull,
  gpio_input,
  gpio_read,
  gpio_shift,
  gpio_watch,
  gpio_write,
  i2c_transfer,
  one_wire_transfer,
  pwm_set,
  SpiMode,
  Step,
  spi_transfer,
  UartParity,
  uart_close,
  uart_open,
  uart_write,
} from './generated/host';

/**
 * Several steps on a bus in one call (types.step in mote.wit): at most 256 bytes, reading at most 256. Made once, in a
 * field, it is written anew for each transfer: `script.clear().write1(0xf7).read(8)`. What never changes is cheaper as
 * data: `memory.data<u8>([Step.Write, 1, 0xf7, Step.Read, 8])`, for `run`. A script that outgrows its room is a trap.
 */
export class Script extends Bytes {
  /** Bytes written so far. */
  private used: i32 = 0;

  constructor(room: i32 = 32) {
    super(__alloc(room), room);
  }

  get size(): i32 {
    return this.used;
  }

  clear(): Script {
    this.used = 0;
    return this;
  }

  /** 1-Wire: reset and presence. I2C: STOP. SPI: deselect. */
  stop(): Script {
    return this.put(Step.Stop);
  }

  write1(a: u8): Script {
    return this.put(Step.Write).put(1).put(a);
  }

  write2(a: u8, b: u8): Script {
    return this.put(Step.Write).put(2).put(a).put(b);
  }

  write3(a: u8, b: u8, c: u8): Script {
    return this.put(Step.Write).put(3).put(a).put(b).put(c);
  }

  write(bytes: Bytes): Script {
    return this.put(Step.Write).bytes(bytes);
  }

  /** 1 to 255 bytes. */
  read(count: u8): Script {
    return this.put(Step.Read).put(count);
  }

  /** All delays of a script together: 10,000 microseconds. */
  delay(micros: u16): Script {
    return this.put(Step.Delay)
      .put(<u8>micros)
      .put(<u8>(micros >> 8));
  }

  /** SPI: as many bytes come back. */
  exchange(bytes: Bytes): Script {
    return this.put(Step.Exchange).bytes(bytes);
  }

  /** 1-Wire: 8 directions in each byte; the bits taken and those in doubt come back. */
  search(directions: Bytes): Script {
    return this.put(Step.Search).bytes(directions);
  }

  private put(byte: u32): Script {
    this.set(this.used++, <u8>byte);
    return this;
  }

  private bytes(bytes: Bytes): Script {
    this.put(bytes.length);
    for (let i = 0; i < bytes.length; i++) this.put(load<u8>(bytes.ptr + i));
    return this;
  }
}

/** Grant: `i2c`, scope: `i2c<bus>:<address>`, a range like `i2c0:0x76-0x77` too. */
export namespace i2c {
  /** Address + 0xa000 is one of 10 bits. An empty script asks whether the part answers. */
  export function transfer(bus: u32, address: u32, script: Script): Bytes | null {
    return run(bus, address, script.ptr, script.size);
  }

  /** The same with a script as bytes that stand somewhere. */
  export function run(bus: u32, address: u32, script: usize, length: i32): Bytes | null {
    i2c_transfer(bus, address, script, length, RET);
    return bytesAnswer();
  }
}

/** Grant: `spi`, scope: `spi<bus>:<select>`. */
export namespace spi {
  /** `hertz`: the part's highest clock. */
  export function transfer(bus: u32, select: u32, mode: SpiMode, hertz: u32, script: Script): Bytes | null {
    return run(bus, select, mode, hertz, script.ptr, script.size);
  }

  export function run(bus: u32, select: u32, mode: SpiMode, hertz: u32, script: usize, length: i32): Bytes | null {
    spi_transfer(bus, select, mode, hertz, script, length, RET);
    return bytesAnswer();
  }
}

/** Grant: `one-wire`, scope: `onewire<bus>`. */
export namespace oneWire {
  /** Nack: nothing is present. */
  export function transfer(bus: u32, script: Script): Bytes | null {
    return run(bus, script.ptr, script.size);
  }

  export function run(bus: u32, script: usize, length: i32): Bytes | null {
    one_wire_transfer(bus, script, length, RET);
    return bytesAnswer();
  }
}

/** Grant: `gpio`, scope: `<pin>:in` or `<pin>:out`, or both with `<pin>`. */
export namespace gpio {
  export function input(pin: u32, pull: GpioPull = GpioPull.None): ErrorCode {
    gpio_input(pin, pull, RET);
    return done();
  }

  /** The level, 0 or 1; -1 when there is none, and errorCode() tells why. */
  export function read(pin: u32): i32 {
    gpio_read(pin, RET);
    return succeeded(GPIO_READ_RET_PAYLOAD) ? load<u8>(RET + GPIO_READ_RET_PAYLOAD) : -1;
  }

  /** These edges come to `onGpio`, until `GpioEdge.None`. */
  export function watch(pin: u32, edge: GpioEdge): ErrorCode {
    gpio_watch(pin, edge, RET);
    return done();
  }

  export function write(pin: u32, high: bool): ErrorCode {
    gpio_write(pin, u32(high), RET);
    return done();
  }

  /** `bits` from `data`, clocked by `pulses` on `clock`, both halves of `micros` us. 0 on failure too: see errorCode(). */
  export function shift(data: u32, clock: u32, bits: u32, pulses: u32, micros: u32 = 1): u32 {
    gpio_shift(data, clock, bits, pulses, micros, RET);
    return succeeded(GPIO_SHIFT_RET_PAYLOAD) ? load<u32>(RET + GPIO_SHIFT_RET_PAYLOAD) : 0;
  }
}

/** Grant: `adc`, scope: `adc<unit>:<channel>`. */
export namespace adc {
  /** Millivolts. 0 on failure too: see errorCode(). */
  export function read(unit: u32, channel: u32, samples: u32 = 1, bits: u32 = 0): i32 {
    adc_read(unit, channel, bits, samples, RET);
    return succeeded(ADC_READ_RET_PAYLOAD) ? load<i32>(RET + ADC_READ_RET_PAYLOAD) : 0;
  }
}

/** Grant: `pwm`, scope: `pwm<unit>:<channel>`. */
export namespace pwm {
  /** Nanoseconds. */
  export function set(unit: u32, channel: u32, period: u32, pulse: u32): ErrorCode {
    pwm_set(unit, channel, period, pulse, RET);
    return done();
  }
}

/** Received bytes are handed on after `gap` microseconds of silence, or when `most` are there. */
export class UartConfig {
  constructor(
    public baud: u32,
    public parity: UartParity = UartParity.None,
    public gap: u32 = 10_000,
    public most: u32 = 256,
    public dataBits: u8 = 8,
    public stopBits: u8 = 1,
  ) {}
}

/** What arrives comes to `onUart`. Grant: `uart`, scope: `uart<port>`. */
export namespace uart {
  export function open(port: u32, config: UartConfig): ErrorCode {
    uart_open(port, config.baud, config.dataBits, config.parity, config.stopBits, config.gap, config.most, RET);
    return done();
  }

  /** 1 to 256 bytes; Busy while as many wait. */
  export function write(port: u32, bytes: Bytes): ErrorCode {
    uart_write(port, bytes.ptr, bytes.length, RET);
    return done();
  }

  export function close(port: u32): ErrorCode {
    uart_close(port, RET);
    return done();
  }
}

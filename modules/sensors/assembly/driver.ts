// What every driver is: five calls that return at once. A conversion's wait is the caller's timer, so a reading is two
// calls: `start` tells how long it takes, `read` fetches it.
import { ErrorCode } from 'motekit/runtime/guest';
import { Config } from './config';
import { Records } from './records';

/**
 * Why a call failed: negative. From -1 on the contract's own error codes (a grant is missing, nobody acknowledged, the bus
 * is stuck …), from -64 on what a driver finds out about its part.
 */
export type Fault = i32;

/** Another part answers at the address: its identity register differs. */
export const WRONG_PART: Fault = -64;
/** A checksum (CRC, NMEA, Modbus) does not fit what came. */
export const BAD_CHECKSUM: Fault = -65;
/** An answer that the datasheet does not allow: reserved bits, lengths, values out of the part's range. */
export const BAD_DATA: Fault = -66;
/** The part did not finish in the time that its datasheet gives it. */
export const NOT_READY: Fault = -67;
/** The configuration has a value that the part does not know. */
export const BAD_CONFIG: Fault = -68;
/** The part's own test failed, or its status says that it is broken. */
export const PART_FAILED: Fault = -69;
/** The element behind the part is open, short or out of its span. */
export const ELEMENT_FAULT: Fault = -70;
/** A Modbus server answered with an exception. */
export const EXCEPTION: Fault = -71;
/** The part lost its supply or its settings since it was opened. */
export const WAS_RESET: Fault = -72;

/** The fault's name, as events carry it. */
export function faultName(fault: Fault): string {
  switch (fault) {
    case WRONG_PART:
      return 'wrong-part';
    case BAD_CHECKSUM:
      return 'bad-checksum';
    case BAD_DATA:
      return 'bad-data';
    case NOT_READY:
      return 'not-ready';
    case BAD_CONFIG:
      return 'bad-config';
    case PART_FAILED:
      return 'part-failed';
    case ELEMENT_FAULT:
      return 'element-fault';
    case EXCEPTION:
      return 'exception';
    case WAS_RESET:
      return 'was-reset';
    case ErrorCode.Denied:
      return 'denied';
    case ErrorCode.Invalid:
      return 'invalid';
    case ErrorCode.NotFound:
      return 'not-found';
    case ErrorCode.TooBig:
      return 'too-big';
    case ErrorCode.Busy:
      return 'busy';
    case ErrorCode.Nack:
      return 'nack';
    case ErrorCode.Timeout:
      return 'timeout';
    case ErrorCode.Arbitration:
      return 'arbitration';
  }
  return 'io';
}

/**
 * One part on a bus. Each call returns 0 when it is done, a number of milliseconds above 0 (see there), or a Fault; after a
 * Fault the caller begins again with `open`. Nothing is allocated but by constructors.
 */
export abstract class Driver {
  /** Checks the part's identity and configures it. Above 0: call again after so long. */
  abstract open(config: Config): i32;

  /** Begins a measurement. Above 0: `read` not before that. */
  start(): i32 {
    return 0;
  }

  /** Appends what was measured, in SI units. Above 0: not finished, call again after so long. */
  abstract read(out: Records): i32;

  /** Least power. `open` wakes the part again. */
  sleep(): i32 {
    return 0;
  }

  /** What the part can tell about its own health. Above 0: call again after so long. */
  selftest(): i32 {
    return 0;
  }

  /** What a UART received. True: `read` may be called at once. */
  onBytes(port: u32, at: usize, length: i32): bool {
    return false;
  }

  /** An edge on a pin: the level behind it, the edges since `watch`, the low 32 bits of the time in ms. */
  onEdge(pin: u32, high: bool, count: u32, at: u32): void {}
}

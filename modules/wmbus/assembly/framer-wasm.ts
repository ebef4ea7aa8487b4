// The framers for hosts: a serial receiver's bytes, or chips, pushed one by one. One stream for each instance.
import { ChipFramer, FRAME } from './framer';
import { SerialFramer } from './serial';

let serial: SerialFramer | null = null;
let chips: ChipFramer | null = null;

/** A serial receiver: `protocol` and `options` as `SerialFramer` has them. */
export function openSerial(protocol: u32, options: u32): void {
  serial = new SerialFramer(protocol, options);
  chips = null;
}

/** The radio itself: `code` and `format` as `ChipFramer` has them. */
export function openChips(code: u32, format: u32): void {
  chips = new ChipFramer(code, format);
  serial = null;
}

/** MORE, DONE or BROKEN. */
export function push(byte: u32): i32 {
  return serial ? serial!.push(byte) : chips!.push(byte);
}

export function reset(): void {
  if (serial) serial!.reset();
}

/** Where the frame stands, and its bytes. */
export function frame(): usize {
  return FRAME;
}

export function length(): u32 {
  return serial ? serial!.length : chips!.length;
}

/** dBm, 0 when the receiver told none. */
export function rssi(): i32 {
  return serial ? serial!.rssi : 0;
}

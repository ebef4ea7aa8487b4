/**
 * What a board is made of: the TypeScript side of runtime/kernel/ports.h.
 *
 * As there, a port returns at once and never calls back into the kernel; bytes are borrowed for the time of the call;
 * a number returned is 0 (or a length) on success and a negative `ErrorCode` otherwise.
 */
import type { FlashGeometry, LogLevel } from '../../runtime/abi/generated/contract.ts';

export interface FlashPort {
  describe(region: number): FlashGeometry | undefined;
  read(region: number, offset: number, out: Uint8Array): number;
  program(region: number, offset: number, data: Uint8Array): number;
  erase(region: number, offset: number, length: number): number;
}

export interface SettingsPort {
  /** The value stored under `name`, at most 256 bytes. */
  get(name: string): Uint8Array | undefined;
}

/** One clock may drive several boards. Times are whole milliseconds of this clock. */
export interface ClockPort {
  now(): number;
  /** Milliseconds since 1970; undefined while unknown. */
  unix(): number | undefined;
  /** Call `wake` once, not before `time`. Returns what cancels it. */
  at(time: number, wake: () => void): () => void;
  /** Call `task` after the running code has ended. */
  soon(task: () => void): void;
}

/** Fill `out` with random bytes of cryptographic quality. */
export type RandomPort = (out: Uint8Array) => void;

/** The air as one board's antenna knows it. */
export interface RadioLink {
  send(frame: Uint8Array): number;
  /** `receive` is called for every frame of others, in strength of `rssi` dBm. Returns what detaches. */
  listen(receive: (frame: Uint8Array, rssi: number) => void): () => void;
}

/** A connection to a broker. Topics and filters are relative to the device's base topic. */
export interface MqttLink {
  /** Begin to connect; `deliver` gets what subscribed actors shall see, `note` what the log shall say. */
  start(deliver: MqttDelivery, note: (level: LogLevel, text: string) => void): void;
  /** Drop the connection and everything known about actors, as a power cut does. */
  stop(): Promise<void>;
  connected(): boolean;
  publish(topic: string, payload: Uint8Array, qos: number): number;
  subscribe(actor: number, filter: string): number;
  forget(actor: number): void;
}

export type MqttDelivery = (actor: number, topic: string, payload: Uint8Array) => void;

export interface UartConfig {
  baud: number;
  dataBits: number;
  /** uart.parity of the contract. */
  parity: number;
  stopBits: number;
  /** Microseconds of silence, and bytes, after which received bytes are handed on. */
  gap: number;
  most: number;
}

/**
 * Buses, pins, converters and serial ports. A number that names none of this board's is `not-found`. Scripts are
 * types.step of the contract, which the kernel has checked; `out` has as many bytes as the script reads.
 */
export interface BusesPort {
  i2c(bus: number, address: number, script: Uint8Array, out: Uint8Array): number;
  spi(bus: number, select: number, mode: number, hertz: number, script: Uint8Array, out: Uint8Array): number;
  oneWire(bus: number, script: Uint8Array, out: Uint8Array): number;
  gpioInput(pin: number, pull: number): number;
  /** 0 or 1, or an error. */
  gpioRead(pin: number): number;
  gpioWrite(pin: number, high: boolean): number;
  gpioWatch(actor: number, pin: number, edge: number): number;
  /** The bits, 0 to 2^32 - 1, or an error. */
  gpioShift(data: number, clock: number, bits: number, pulses: number, micros: number): number;
  /** An error, or the value, which may be negative. */
  adcRead(unit: number, channel: number, bits: number, samples: number): { millivolts: number } | number;
  pwmSet(unit: number, channel: number, period: number, pulse: number): number;
  uartOpen(actor: number, port: number, config: UartConfig): number;
  uartWrite(actor: number, port: number, bytes: Uint8Array): number;
  uartClose(actor: number, port: number): number;
  release(actor: number): void;
  /** Power on: what happens on its own goes to `events`. */
  start(events: BusEvents): void;
  /** Power off: everything known about actors is dropped. */
  stop(): void;
}

export interface BusEvents {
  /** `count`: edges since the actor watches the pin. */
  gpio(actor: number, pin: number, high: boolean, count: number): void;
  /** At most 256 bytes. */
  uart(actor: number, port: number, bytes: Uint8Array, faults: number): void;
}

/** UDP, one socket for each actor. A peer is `host:port`. */
export interface DatagramLink {
  bind(actor: number, port: number): number;
  /** `local`: only to a peer on the board's own links. */
  send(actor: number, local: boolean, peer: string, bytes: Uint8Array): number;
  close(actor: number): number;
  start(deliver: (actor: number, peer: string, local: boolean, bytes: Uint8Array) => void): void;
  stop(): void;
}

/** Files of web servers, a request at a time for each actor. */
export interface HttpLink {
  /** `length` bytes from `offset` on, of the file with this entity tag (empty: of any). 0 or a negative `ErrorCode`. */
  get(actor: number, url: string, offset: number, length: number, tag: string): number;
  /** What is due to this actor is not delivered any more. */
  close(actor: number): void;
  /** `head` is the contract's (http.answer). */
  start(deliver: (actor: number, head: Uint8Array, bytes: Uint8Array) => void): void;
  stop(): void;
}

export interface LogLine {
  /** Milliseconds since the board started. */
  time: number;
  level: LogLevel;
  /** The module's name, `kernel`, or `board` for the board itself. */
  actor: string;
  text: string;
}

export type LogSink = (line: LogLine) => void;

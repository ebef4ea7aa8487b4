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

export interface LogLine {
  /** Milliseconds since the board started. */
  time: number;
  level: LogLevel;
  /** The module's name, `kernel`, or `board` for the board itself. */
  actor: string;
  text: string;
}

export type LogSink = (line: LogLine) => void;

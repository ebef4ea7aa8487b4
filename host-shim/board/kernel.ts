/**
 * kernel.wasm and its ports: addresses and negative numbers on one side, TypeScript on the other.
 * runtime/kernel/ports.h and kernel.h are the contract; nothing here decides anything.
 */
import { type ActorsBudget, ErrorCode, LAYOUT, LogLevel } from '../../runtime/abi/generated/contract.ts';
import { type Debugging, engineImports, type KernelSide } from '../engine/host.ts';
import type {
  BusesPort,
  DatagramLink,
  FlashPort,
  HttpLink,
  MqttLink,
  RadioLink,
  RandomPort,
  SettingsPort,
} from './ports.ts';

export interface KernelPorts {
  log(level: LogLevel, actor: string, text: string): void;
  /** Milliseconds since the board started. */
  now(): number;
  unix(): number | undefined;
  random: RandomPort;
  settings: SettingsPort;
  flash: FlashPort;
  builtins: Readonly<Record<string, Uint8Array>>;
  radio: RadioLink | undefined;
  mqtt: MqttLink | undefined;
  buses?: BusesPort | undefined;
  datagram?: DatagramLink | undefined;
  http?: HttpLink | undefined;
}

/** What a board runs: runtime/kernel/kernel.h as methods. */
export interface Machine {
  /** Start the built-in module `name` with every grant. Returns its actor id, or a negative `ErrorCode`. */
  boot(name: string, budget: ActorsBudget): number;
  /** Returns how many actors took the frame. */
  onRadio(frame: Uint8Array, rssi: number): number;
  /** Returns 0 or a negative `ErrorCode`. */
  onMqtt(actor: number, topic: string, payload: Uint8Array): number;
  /** An edge of a pin that the actor watches. `at`: milliseconds of board time. Returns 0 or a negative `ErrorCode`. */
  onGpio(actor: number, pin: number, high: boolean, count: number, at: number): number;
  /** What a serial port of the actor received. Returns 0 or a negative `ErrorCode`. */
  onUart(actor: number, port: number, bytes: Uint8Array, faults: number): number;
  /** Returns 0 or a negative `ErrorCode`. */
  onDatagram(actor: number, peer: string, local: boolean, bytes: Uint8Array): number;
  /** What a web server answered. Returns 0 or a negative `ErrorCode`. */
  onHttp(actor: number, head: Uint8Array, bytes: Uint8Array): number;
  /** Do one piece of work; false when nothing waits. */
  step(): boolean;
  /** Board time of the next timer; undefined when there is none. */
  nextDeadline(): number | undefined;
  halted(): boolean;
  /** Power off. */
  stop?(): void;
}

/** One life of a kernel: a board that is reset makes another. Every method may throw what a port threw, or a trap. */
export class Kernel implements Machine {
  readonly #exports: KernelExports;

  /** `debug`: for a kernel on the host's engine. Throws WebAssembly.LinkError when the module wants other ports than these. */
  constructor(module: WebAssembly.Module, ports: KernelPorts, debug?: Debugging) {
    const memory = () => this.#exports.memory.buffer;
    const engine = engineImports(() => this.#exports, debug);
    const instance = new WebAssembly.Instance(module, { port: imports(ports, memory), engine });
    this.#exports = instance.exports as unknown as KernelExports;
    this.#exports._initialize?.();
  }

  boot(name: string, budget: ActorsBudget): number {
    const { size, at } = LAYOUT.ActorsBudget;
    const words = new Uint8Array(size);
    const view = new DataView(words.buffer);
    for (const field of ['memory', 'stack', 'fuel', 'mailbox'] as const) view.setUint32(at[field], budget[field], true);
    const text = encoder.encode(name);
    const [address, nameAddress] = this.#lend(words, text);
    return this.#exports.mote_boot(nameAddress, text.length, address);
  }

  onRadio(frame: Uint8Array, rssi: number): number {
    const [address] = this.#lend(frame);
    return this.#exports.mote_on_radio(address, frame.length, rssi) >>> 0;
  }

  onMqtt(actor: number, topic: string, payload: Uint8Array): number {
    const text = encoder.encode(topic);
    const [payloadAddress, topicAddress] = this.#lend(payload, text);
    return this.#exports.mote_on_mqtt(actor, topicAddress, text.length, payloadAddress, payload.length);
  }

  onGpio(actor: number, pin: number, high: boolean, count: number, at: number): number {
    return this.#exports.mote_on_gpio(actor, pin, Number(high), count, at % 2 ** 32);
  }

  onUart(actor: number, port: number, bytes: Uint8Array, faults: number): number {
    const [address] = this.#lend(bytes);
    return this.#exports.mote_on_uart(actor, port, address, bytes.length, faults);
  }

  onDatagram(actor: number, peer: string, local: boolean, bytes: Uint8Array): number {
    const text = encoder.encode(peer);
    const [address, peerAddress] = this.#lend(bytes, text);
    return this.#exports.mote_on_datagram(actor, peerAddress, text.length, Number(local), address, bytes.length);
  }

  onHttp(actor: number, head: Uint8Array, bytes: Uint8Array): number {
    const [address, headAddress] = this.#lend(bytes, head.slice());
    return this.#exports.mote_on_http(actor, headAddress, head.length, address, bytes.length);
  }

  step(): boolean {
    return this.#exports.mote_step() !== 0;
  }

  nextDeadline(): number | undefined {
    const deadline = BigInt.asUintN(64, this.#exports.mote_next_deadline());
    return deadline === NEVER ? undefined : Number(deadline);
  }

  halted(): boolean {
    return this.#exports.mote_halted() !== 0;
  }

  /** Copies into the kernel's scratch memory, for one call; the first part stands at the aligned start. */
  #lend(first: Uint8Array, second = new Uint8Array()): [number, number] {
    const address = this.#exports.mote_scratch(first.length + second.length) >>> 0;
    if (address === 0) throw new RangeError(`the kernel has no ${first.length + second.length} bytes to spare`);
    const bytes = new Uint8Array(this.#exports.memory.buffer, address, first.length + second.length);
    bytes.set(first);
    bytes.set(second, first.length);
    return [address, address + first.length];
  }
}

interface KernelExports extends KernelSide {
  memory: WebAssembly.Memory;
  /** What the C library prepares, where the linker found something to prepare. */
  _initialize?(): void;
  mote_scratch(length: number): number;
  mote_boot(name: number, nameLength: number, budget: number): number;
  mote_on_radio(frame: number, length: number, rssi: number): number;
  mote_on_mqtt(actor: number, topic: number, topicLength: number, payload: number, length: number): number;
  mote_on_gpio(actor: number, pin: number, high: number, count: number, at: number): number;
  mote_on_uart(actor: number, port: number, bytes: number, length: number, faults: number): number;
  mote_on_datagram(
    actor: number,
    peer: number,
    peerLength: number,
    local: number,
    bytes: number,
    length: number,
  ): number;
  mote_on_http(actor: number, head: number, headLength: number, bytes: number, length: number): number;
  mote_step(): number;
  mote_next_deadline(): bigint;
  mote_halted(): number;
}

const NEVER = 2n ** 64n - 1n;
/** What a board without buses answers. */
const NO_BUS = ErrorCode['not-found'];
const LEVELS = Object.keys(LogLevel) as LogLevel[];
const encoder = new TextEncoder();
const lenient = new TextDecoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The imports of the module "port", in the order of ports.h. Wasm hands unsigned numbers over as signed ones. */
function imports(
  ports: KernelPorts,
  memory: () => ArrayBuffer,
): Record<string, (...args: number[]) => number | bigint> {
  const { settings, flash, builtins, radio, mqtt, buses, datagram, http } = ports;
  const bytes = (address: number, length: number) => new Uint8Array(memory(), address >>> 0, length >>> 0);
  const text = (address: number, length: number) => lenient.decode(bytes(address, length));
  /** Calls `use` with a name that came from a module; a name that is not UTF-8 is invalid. */
  const named = (address: number, length: number, use: (name: string) => number) => {
    let name: string;
    try {
      name = strict.decode(bytes(address, length));
    } catch {
      return ErrorCode.invalid;
    }
    return use(name);
  };
  const put = (source: Uint8Array | undefined, out: number, room: number) => {
    if (!source) return ErrorCode['not-found'];
    if (source.length > room >>> 0) return ErrorCode['too-big'];
    bytes(out, source.length).set(source);
    return source.length;
  };
  const builtin = (name: string) => (Object.hasOwn(builtins, name) ? builtins[name] : undefined);

  return {
    log: (level, who, whoLength, what, length) => {
      ports.log(LEVELS[level!] ?? 'error', text(who!, whoLength!), text(what!, length!));
      return 0;
    },
    clock_now: () => BigInt(ports.now()),
    clock_unix: (out) => {
      const time = ports.unix();
      if (time === undefined) return 0;
      new DataView(memory()).setBigUint64(out! >>> 0, BigInt(time), true);
      return 1;
    },
    random: (out, length) => {
      ports.random(bytes(out!, length!));
      return 0;
    },
    settings_get: (name, length, out, room) => named(name!, length!, (key) => put(settings.get(key), out!, room!)),

    radio_send: (frame, length) => radio?.send(bytes(frame!, length!)) ?? ErrorCode.offline,

    mqtt_connected: () => (mqtt?.connected() ? 1 : 0),
    mqtt_publish: (topic, topicLength, payload, length, qos) =>
      named(topic!, topicLength!, (name) => mqtt?.publish(name, bytes(payload!, length!), qos!) ?? ErrorCode.offline),
    mqtt_subscribe: (actor, filter, length) =>
      named(filter!, length!, (name) => mqtt?.subscribe(actor! >>> 0, name) ?? ErrorCode.offline),
    mqtt_forget: (actor) => {
      mqtt?.forget(actor! >>> 0);
      return 0;
    },

    flash_describe: (region, out) => {
      const geometry = flash.describe(region! >>> 0);
      if (!geometry) return ErrorCode.invalid;
      const { size, sector, align, erased } = geometry;
      const view = new DataView(memory(), out! >>> 0, 16);
      for (const [i, word] of [size, sector, align, erased].entries()) view.setUint32(4 * i, word, true);
      return 0;
    },
    flash_read: (region, offset, out, length) => flash.read(region! >>> 0, offset! >>> 0, bytes(out!, length!)),
    flash_program: (region, offset, data, length) => flash.program(region! >>> 0, offset! >>> 0, bytes(data!, length!)),
    flash_erase: (region, offset, length) => flash.erase(region! >>> 0, offset! >>> 0, length! >>> 0),

    i2c_transfer: (bus, address, script, length, out, room) =>
      buses?.i2c(bus! >>> 0, address! >>> 0, bytes(script!, length!).slice(), bytes(out!, room!)) ?? NO_BUS,
    spi_transfer: (bus, select, mode, hertz, script, length, out, room) => {
      const [read, write] = [bytes(script!, length!).slice(), bytes(out!, room!)];
      return buses?.spi(bus! >>> 0, select! >>> 0, mode!, hertz! >>> 0, read, write) ?? NO_BUS;
    },
    one_wire_transfer: (bus, script, length, out, room) =>
      buses?.oneWire(bus! >>> 0, bytes(script!, length!).slice(), bytes(out!, room!)) ?? NO_BUS,
    gpio_input: (pin, pull) => buses?.gpioInput(pin! >>> 0, pull!) ?? NO_BUS,
    gpio_read: (pin) => buses?.gpioRead(pin! >>> 0) ?? NO_BUS,
    gpio_write: (pin, high) => buses?.gpioWrite(pin! >>> 0, high !== 0) ?? NO_BUS,
    gpio_watch: (actor, pin, edge) => buses?.gpioWatch(actor! >>> 0, pin! >>> 0, edge!) ?? NO_BUS,
    gpio_shift: (data, clock, bits, pulses, micros, out) => {
      const value = buses?.gpioShift(data! >>> 0, clock! >>> 0, bits!, pulses!, micros!) ?? NO_BUS;
      if (value < 0) return value;
      new DataView(memory()).setUint32(out! >>> 0, value, true);
      return 0;
    },
    adc_read: (unit, channel, bits, samples, out) => {
      const value = buses?.adcRead(unit! >>> 0, channel! >>> 0, bits!, samples!) ?? NO_BUS;
      if (typeof value === 'number') return value;
      new DataView(memory()).setInt32(out! >>> 0, value.millivolts, true);
      return 0;
    },
    pwm_set: (unit, channel, period, pulse) =>
      buses?.pwmSet(unit! >>> 0, channel! >>> 0, period! >>> 0, pulse! >>> 0) ?? NO_BUS,
    uart_open: (actor, port, config) => {
      const words = new DataView(memory(), config! >>> 0, 24);
      const [baud, dataBits, parity, stopBits, gap, most] = [0, 4, 8, 12, 16, 20].map((at) =>
        words.getUint32(at, true),
      );
      const read = { baud: baud!, dataBits: dataBits!, parity: parity!, stopBits: stopBits!, gap: gap!, most: most! };
      return buses?.uartOpen(actor! >>> 0, port! >>> 0, read) ?? NO_BUS;
    },
    uart_write: (actor, port, data, length) =>
      buses?.uartWrite(actor! >>> 0, port! >>> 0, bytes(data!, length!).slice()) ?? NO_BUS,
    uart_close: (actor, port) => buses?.uartClose(actor! >>> 0, port! >>> 0) ?? NO_BUS,
    datagram_bind: (actor, port) => datagram?.bind(actor! >>> 0, port!) ?? ErrorCode.offline,
    datagram_send: (actor, local, peer, peerLength, data, length) =>
      named(peer!, peerLength!, (name) => {
        return datagram?.send(actor! >>> 0, local !== 0, name, bytes(data!, length!).slice()) ?? ErrorCode.offline;
      }),
    datagram_close: (actor) => datagram?.close(actor! >>> 0) ?? ErrorCode.offline,
    http_get: (actor, url, urlLength, offset, length, tag, tagLength) =>
      named(url!, urlLength!, (address) => {
        const entity = text(tag!, tagLength!);
        return http?.get(actor! >>> 0, address, offset! >>> 0, length! >>> 0, entity) ?? ErrorCode.offline;
      }),
    release: (actor) => {
      buses?.release(actor! >>> 0);
      datagram?.close(actor! >>> 0);
      http?.close(actor! >>> 0);
      return 0;
    },

    // Nothing of the host stands in the kernel's address space: it copies.
    flash_map: () => 0,
    builtin_size: (name, length) => named(name!, length!, (key) => builtin(key)?.length ?? ErrorCode['not-found']),
    builtin_map: () => 0,
    builtin_read: (name, length, out, room) => named(name!, length!, (key) => put(builtin(key), out!, room!)),
  };
}

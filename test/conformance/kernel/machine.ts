/** kernel.wasm on mock ports in Node: the twin of test/unit/kernel/mock_ports.c. */
import { ErrorCode } from '../../../runtime/abi/generated/contract.ts';
import type { Event } from './scenario.ts';

interface Exports {
  memory: WebAssembly.Memory;
  _initialize(): void;
  mote_scratch(len: number): number;
  mote_boot(name: number, nameLen: number, budget: number): number;
  mote_on_radio(frame: number, len: number, rssi: number): number;
  mote_on_mqtt(actor: number, topic: number, topicLen: number, payload: number, len: number): number;
  mote_step(): number;
  mote_next_deadline(): bigint;
  mote_halted(): number;
}

const FLASH = 8192;
const SUPERVISOR = { memory: 16384, stack: 4096, fuel: 2_000_000, mailbox: 8192 };

/** Plays a scenario; returns the lines that play.c prints for it. */
export function play(kernel: WebAssembly.Module, modules: Record<string, Uint8Array>, events: Event[]): string[] {
  const lines: string[] = [];
  let now = 1000;
  const flash = [new Uint8Array(FLASH), new Uint8Array(FLASH)];
  const bytes = (at: number, len: number) => new Uint8Array(exports.memory.buffer, at >>> 0, len >>> 0);
  const text = (at: number, len: number) => Buffer.from(bytes(at, len)).toString('latin1');
  const words = (at: number, values: number[]) => {
    const view = new DataView(exports.memory.buffer, at >>> 0);
    for (const [index, value] of values.entries()) view.setUint32(4 * index, value, true);
    return 0;
  };
  const none = () => 0;
  const port = {
    log: (level: number, who: number, whoLen: number, at: number, len: number) => {
      lines.push(`${level} ${text(who, whoLen)}: ${text(at, len)}`);
    },
    clock_now: () => BigInt(now),
    clock_unix: (out: number) => words(out, [0x05060708, 0x01020304]) + 1,
    random: (out: number, len: number) => {
      bytes(out, len).set(Uint8Array.from({ length: len }, (_, index) => index));
      return 0;
    },
    settings_get: (name: number, len: number, out: number) => {
      const key = text(name, len);
      if (key === 'empty') return 0;
      if (len === 0 || key.startsWith('?')) return ErrorCode['not-found'];
      bytes(out, len).set(bytes(name, len));
      return len;
    },
    radio_send: none,
    mqtt_connected: () => 1,
    mqtt_publish: none,
    mqtt_subscribe: none,
    mqtt_forget: none,
    flash_describe: (region: number, out: number) =>
      region > 1 ? ErrorCode.invalid : words(out, [FLASH, 1024, 4, 0xff]),
    flash_read: (region: number, offset: number, out: number, len: number) => {
      bytes(out, len).set(flash[region]!.subarray(offset, offset + len));
      return 0;
    },
    flash_program: (region: number, offset: number, data: number, len: number) => {
      flash[region]!.set(bytes(data, len), offset);
      return 0;
    },
    flash_erase: (region: number, offset: number, len: number) => {
      flash[region]!.fill(0xff, offset, offset + len);
      return 0;
    },
    // No scenario of this machine reaches a bus: conformance/hosts does.
    ...Object.fromEntries(
      [
        ...['i2c_transfer', 'spi_transfer', 'one_wire_transfer', 'adc_read', 'pwm_set', 'release'],
        ...['gpio_input', 'gpio_read', 'gpio_write', 'gpio_watch', 'gpio_shift'],
        ...['uart_open', 'uart_write', 'uart_close', 'datagram_bind', 'datagram_send', 'datagram_close', 'http_get'],
      ].map((name) => [name, () => ErrorCode['not-found']]),
    ),
    flash_map: none,
    builtin_size: (name: number, len: number) => modules[text(name, len)]?.length ?? ErrorCode['not-found'],
    builtin_map: none,
    builtin_read: (name: number, len: number, out: number) => {
      const module = modules[text(name, len)]!;
      bytes(out, module.length).set(module);
      return module.length;
    },
  };
  const instance = new WebAssembly.Instance(kernel, { port });
  const exports = instance.exports as unknown as Exports;
  exports._initialize();

  const pass = (...parts: Uint8Array[]) => {
    let at = exports.mote_scratch(parts.reduce((sum, part) => sum + part.length, 8)) >>> 0;
    return parts.map((part) => {
      bytes(at, part.length).set(part);
      at += part.length;
      return at - part.length;
    });
  };
  const work = (result: number) => {
    lines.push(`= ${result}`);
    for (let steps = 0; exports.mote_step() !== 0; steps++)
      if (steps > 100_000) throw new Error('the kernel never rests');
  };
  const { memory, stack, fuel, mailbox } = SUPERVISOR;
  const [budget, name] = pass(
    new Uint8Array(Uint32Array.of(memory, stack, fuel, mailbox).buffer),
    Buffer.from('probe'),
  );
  work(exports.mote_boot(name!, 5, budget!));
  for (const event of events) {
    if (event.kind === 'mqtt') {
      const [payload, topic] = pass(event.payload, Buffer.from('t'));
      work(exports.mote_on_mqtt(event.actor, topic!, 1, payload!, event.payload.length));
    } else if (event.kind === 'radio') {
      const [frame] = pass(event.frame);
      work(exports.mote_on_radio(frame!, event.frame.length, event.rssi));
    } else if (event.kind === 'time') {
      now = event.now;
      work(0);
    } else {
      throw new Error(`this machine knows no ${event.kind}`);
    }
  }
  lines.push(`halted ${exports.mote_halted()}, next ${exports.mote_next_deadline()}`);
  return lines;
}

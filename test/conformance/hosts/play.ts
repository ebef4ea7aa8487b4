/** Plays a scenario to any machine, on ports that say what they are told. */
import type { KernelPorts, Machine } from '../../../host-shim/board/kernel.ts';
import type { BusesPort } from '../../../host-shim/board/ports.ts';
import { ErrorCode, LogLevel } from '../../../runtime/abi/generated/contract.ts';
import type { Event } from '../kernel/scenario.ts';

const SUPERVISOR = { memory: 16384, stack: 4096, fuel: 2_000_000, mailbox: 8192 };
const MOST_STEPS = 100_000;
const UNIX = 0x01_8b_cf_e5_68_7b;

/** The lines in which everything that the machine did can be seen. It has its own flash, with the layout of the boards. */
export function playOn(
  make: (ports: KernelPorts) => Machine,
  modules: Record<string, Uint8Array>,
  events: Event[],
): string[] {
  const lines: string[] = [];
  let now = 1000;
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  const machine = make({
    log: (level, actor, text) => lines.push(`${LogLevel[level]} ${actor}: ${text}`),
    now: () => now,
    unix: () => UNIX,
    random: (out) => out.set(out.map((_, index) => index)),
    settings: { get: (name) => (/^(\?|$)/.test(name) ? undefined : Buffer.from(name === 'empty' ? '' : name)) },
    flash: undefined as never,
    builtins: modules,
    radio: {
      send: (frame) => {
        lines.push(`radio ${hex(frame)}`);
        return 0;
      },
      listen: () => () => {},
    },
    mqtt: {
      start: () => {},
      stop: async () => {},
      connected: () => true,
      publish: (topic, payload, qos) => {
        lines.push(`publish ${topic} ${hex(payload)} ${qos}`);
        return topic === 'busy' ? ErrorCode.busy : 0;
      },
      subscribe: (actor, filter) => {
        lines.push(`subscribe ${actor} ${filter}`);
        return 0;
      },
      forget: (actor) => lines.push(`forget ${actor}`),
    },
    buses: talkative(lines),
    datagram: {
      start: () => {},
      stop: () => {},
      bind: (actor, port) => say(lines, `bind ${actor} ${port}`),
      send: (actor, local, peer, bytes) => say(lines, `datagram ${actor} ${local} ${peer} ${hex(bytes)}`),
      close: (actor) => say(lines, `unbind ${actor}`),
    },
    http: {
      start: () => {},
      stop: () => {},
      get: (actor, url, offset, length, tag) => say(lines, `get ${actor} ${url} ${offset} ${length} ${tag}`),
      close: (actor) => void say(lines, `forget the answer to ${actor}`),
    },
  });
  const work = (result: number) => {
    lines.push(`= ${result}`);
    for (let steps = 0; machine.step(); steps++) if (steps > MOST_STEPS) throw new Error('the kernel never rests');
  };
  try {
    work(machine.boot('probe', SUPERVISOR));
    for (const event of events) {
      if (event.kind === 'mqtt') work(machine.onMqtt(event.actor, 't', event.payload));
      else if (event.kind === 'radio') work(machine.onRadio(event.frame, event.rssi));
      else if (event.kind === 'gpio') work(machine.onGpio(event.actor, event.pin, event.high, event.count, event.at));
      else if (event.kind === 'uart') work(machine.onUart(event.actor, event.port, event.bytes, event.faults));
      else if (event.kind === 'datagram') work(machine.onDatagram(event.actor, event.peer, event.local, event.bytes));
      else if (event.kind === 'http') work(machine.onHttp(event.actor, event.head, event.bytes));
      else {
        now = event.now;
        work(0);
      }
    }
    lines.push(`halted ${Number(machine.halted())}, next ${machine.nextDeadline() ?? -1}`);
  } finally {
    machine.stop?.();
  }
  return lines;
}

/** Numbers above this name no bus, pin or port. */
const LAST = 15;

function say(lines: string[], line: string): number {
  lines.push(line);
  return 0;
}

/** Buses that say what they are asked, and answer numbers that tell whence they come. */
function talkative(lines: string[]): BusesPort {
  const asked = (unit: number, line: string) => (unit > LAST ? ErrorCode['not-found'] : say(lines, line));
  const transfer = (unit: number, line: string, out: Uint8Array) => {
    const code = asked(unit, line);
    if (code === 0) out.set(out.map((_, index) => index + unit));
    return code;
  };
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  return {
    i2c: (bus, address, script, out) => {
      if (address === 0x7f) return ErrorCode.nack;
      return transfer(bus, `i2c ${bus} ${address} ${hex(script)}`, out);
    },
    spi: (bus, select, mode, hertz, script, out) =>
      transfer(bus, `spi ${bus} ${select} ${mode} ${hertz} ${hex(script)}`, out),
    oneWire: (bus, script, out) => transfer(bus, `one-wire ${bus} ${hex(script)}`, out),
    gpioInput: (pin, pull) => asked(pin, `input ${pin} ${pull}`),
    gpioRead: (pin) => asked(pin, `read ${pin}`) || pin & 1,
    gpioWrite: (pin, high) => asked(pin, `write ${pin} ${high}`),
    gpioWatch: (actor, pin, edge) => asked(pin, `watch ${actor} ${pin} ${edge}`),
    gpioShift: (data, clock, bits, pulses, micros) =>
      asked(data, `shift ${data} ${clock} ${bits} ${pulses} ${micros}`) || 0xfedc_ba98,
    adcRead: (unit, channel, bits, samples) =>
      asked(unit, `adc ${unit} ${channel} ${bits} ${samples}`) || { millivolts: -1234 },
    pwmSet: (unit, channel, period, pulse) => asked(unit, `pwm ${unit} ${channel} ${period} ${pulse}`),
    uartOpen: (actor, port, config) => asked(port, `open ${actor} ${port} ${Object.values(config)}`),
    uartWrite: (actor, port, bytes) => asked(port, `uart ${actor} ${port} ${hex(bytes)}`),
    uartClose: (actor, port) => asked(port, `close ${actor} ${port}`),
    release: (actor) => lines.push(`release ${actor}`),
    start: () => {},
    stop: () => {},
  };
}

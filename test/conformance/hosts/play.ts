/** Plays a scenario to any machine, on ports that say what they are told. */
import type { KernelPorts, Machine } from '../../../host-shim/board/kernel.ts';
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

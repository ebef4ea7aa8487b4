import { VirtualClock } from '../../host-shim/board/clock.ts';
import type { TraceLine } from '../../host-shim/parts/trace.ts';
import { type Wire, Wiring } from '../../host-shim/parts/wiring.ts';
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';

export const [STOP, WRITE, READ, DELAY, EXCHANGE, SEARCH] = [0, 1, 2, 3, 4, 5] as const;
export const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** Virtual parts on buses without a kernel: what they say to a script, events as text, the trace. */
export function bench(...wires: Wire[]) {
  const clock = new VirtualClock();
  const lines: TraceLine[] = [];
  const wiring = new Wiring({ clock, wires, trace: (line) => lines.push(line) });
  const events: string[] = [];
  wiring.start({
    gpio: (actor, pin, high, count) => events.push(`${clock.now()} ${actor} ${pin} ${Number(high)} ${count}`),
    uart: (actor, port, bytes, faults) => events.push(`${clock.now()} ${actor} ${port} ${hex(bytes)} ${faults}`),
  });
  clock.advance(100);
  /** What comes back, or the error's name. */
  const ask = (call: (script: Uint8Array, out: Uint8Array) => number, script: number[], reads = 0) => {
    const out = new Uint8Array(reads);
    const code = call(Uint8Array.from(script), out);
    clock.advance(wiring.ahead);
    return code < 0 ? Object.entries(ErrorCode).find(([, value]) => value === code)![0] : hex(out);
  };
  const i2c = (address: number, script: number[], reads = 0, bus = 0) =>
    ask((...args) => wiring.i2c(bus, address, ...args), script, reads);
  return { clock, wiring, lines, events, ask, i2c };
}

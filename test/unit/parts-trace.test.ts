/** Transfers recorded as lines of JSON, and a recording in place of a part. */
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../host-shim/board/clock.ts';
import { hx711 } from '../../host-shim/parts/catalog/hx711.ts';
import { loop420 } from '../../host-shim/parts/catalog/loop420.ts';
import { modbusMeter } from '../../host-shim/parts/catalog/modbus.ts';
import { s0 } from '../../host-shim/parts/catalog/s0.ts';
import { tmp117 } from '../../host-shim/parts/catalog/tmp117.ts';
import { Replay, readTrace, replaysOf, type TraceLine, TraceMismatch, traceText } from '../../host-shim/parts/trace.ts';
import { Wiring } from '../../host-shim/parts/wiring.ts';
import { GpioEdge, UartParity } from '../../runtime/abi/generated/contract.ts';
import { bench, DELAY, hex, READ, STOP, WRITE } from './parts-bench.ts';

describe('traces', () => {
  function recorded(): { lines: TraceLine[]; text: string } {
    const { i2c, lines, clock } = bench({ part: tmp117, at: 'i2c0:0x48' });
    i2c(0x48, [WRITE, 1, 15, READ, 2], 2);
    clock.advance(1000);
    i2c(0x48, [WRITE, 1, 1, STOP, READ, 2, DELAY, 0xe8, 0x03], 2);
    i2c(0x49, [READ, 1], 1);
    i2c(0x48, [WRITE, 1, 0, READ, 2], 2);
    return { lines, text: traceText(lines) };
  }

  test('are lines of JSON that read back, from a console too', () => {
    const { lines, text } = recorded();
    expect(
      lines.map(({ bus, address, steps, result, error }) => [bus, address, steps.join(), result ?? error]),
    ).toEqual([
      ['i2c0', 0x48, 'w 0f,r 2', '0117'],
      ['i2c0', 0x48, 'w 01,s,r 2,d 1000', '2220'],
      ['i2c0', 0x49, 'r 1', 'nack'],
      ['i2c0', 0x48, 'w 00,r 2', '0c80'],
    ]);
    expect(readTrace(text)).toEqual(lines);
    const console = text.replaceAll(/^/gm, '[00:00:01.000,000] <inf> bus: ').replace(/$/, '*** Booting ***\n');
    expect(readTrace(console)).toEqual(lines);
  });

  test.each([
    ['{"t":1', 'line 1 of the trace is no JSON'],
    ['x\n{"t":1,"bus":"i2c0","steps":["w 0"],"result":""}', 'line 2 of the trace: steps.0'],
    ['{"t":1,"bus":"can0","steps":[],"result":""}', 'line 1 of the trace: bus'],
    ['{"t":1,"bus":"i2c0","steps":[],"error":"lost"}', 'line 1 of the trace: error'],
    ['{"t":1,"bus":"i2c0","steps":[]}', 'not just one of result, error and event'],
    ['{"t":1,"bus":"i2c0","steps":[],"result":"","error":"nack"}', 'not just one of result, error and event'],
  ])('%s is refused', (text, message) => {
    expect(() => readTrace(text)).toThrow(message);
  });

  test('play the part, exactly or in order, and say what does not fit', () => {
    const lines = recorded().lines.filter(({ address }) => address === 0x48);
    const replayed = (match: 'exact' | 'ordered') => {
      const replay = new Replay(lines, match);
      const wiring = new Wiring({ clock: new VirtualClock(), wires: [{ replay, at: 'i2c0:0x48' }] });
      const read = (script: number[], reads: number) => {
        const out = new Uint8Array(reads);
        expect(wiring.i2c(0, 0x48, Uint8Array.from(script), out)).toBe(0);
        return hex(out);
      };
      return { replay, read };
    };
    const exact = replayed('exact');
    expect(exact.read([WRITE, 1, 15, READ, 2], 2)).toBe('0117');
    expect(() => exact.read([WRITE, 1, 0, READ, 2], 2)).toThrow(TraceMismatch);
    expect(() => exact.read([WRITE, 1, 0, READ, 2], 2)).toThrow(
      /transfer 2 of the trace \(t=\d+\) is w 01, s, r 2, d 1000; asked for: w 00, r 2/,
    );
    expect(exact.replay.left).toBe(2);
    const ordered = replayed('ordered');
    expect(ordered.read([WRITE, 1, 0, READ, 2], 2)).toBe('0c80');
    expect(() => ordered.read([WRITE, 1, 15, READ, 2], 2)).toThrow('the trace ends after 3 transfers');
  });

  test('have what serial ports, pins and converters say, too, and play it as long after what was asked', () => {
    const config = { baud: 19_200, dataBits: 8, parity: UartParity.even, stopBits: 1, gap: 2000, most: 64 };
    const request = Uint8Array.from(Buffer.from('010400000002', 'hex'));
    const crc = Uint8Array.of(...request, 0x71, 0xcb);
    /** The same on a board with parts and on one with their trace: what comes back, and what comes when. */
    function lived(wires: ConstructorParameters<typeof Wiring>[0]['wires']) {
      const clock = new VirtualClock();
      const lines: TraceLine[] = [];
      const said: string[] = [];
      const wiring = new Wiring({ clock, wires, trace: (line) => lines.push(line) });
      wiring.start({
        gpio: (actor, pin, high, count) =>
          said.push(`${clock.now()} pin ${pin} of ${actor} is ${Number(high)}, ${count}`),
        uart: (actor, port, bytes, faults) =>
          said.push(`${clock.now()} uart${port} of ${actor}: ${hex(bytes)} ${faults}`),
      });
      said.push(
        `${wiring.uartOpen(3, 1, config)} ${wiring.gpioInput(9, 1)} ${wiring.gpioWatch(4, 9, GpioEdge.falling)}`,
      );
      clock.advance(500);
      said.push(`${wiring.uartWrite(3, 1, crc)} ${JSON.stringify(wiring.adcRead(0, 3, 12, 4))}`);
      clock.advance(10_000);
      said.push(
        `${wiring.gpioRead(9)} ${wiring.gpioRead(4)} ${wiring.gpioShift(4, 5, 24, 25, 1)} ${wiring.gpioRead(4)}`,
      );
      said.push(`${wiring.adcRead(0, 4, 12, 1)} ${wiring.uartWrite(9, 1, crc)} ${wiring.uartClose(3, 1)}`);
      wiring.release(4);
      clock.advance(10_000);
      return { lines, said };
    }
    const parts = [
      { part: modbusMeter, at: 'uart1' },
      { part: { ...s0, knobs: { power: { ...s0.knobs.power, start: 1200 } } }, at: 'gpio9' },
      { part: hx711, at: 'gpio4:5' },
      { part: loop420, at: 'adc0:3' },
    ];
    const real = lived(parts);
    expect(real.said).toContain('0 {"millivolts":1200}');
    expect(real.said.filter((line) => line.includes('uart1 of 3: 010404'))).toHaveLength(1);
    expect(real.said.filter((line) => line.includes('pin 9 of 4'))).toHaveLength(3);
    const lines = readTrace(traceText(real.lines));
    expect(lines).toEqual(real.lines);
    expect(lived(replaysOf(lines)).said).toEqual(real.said);
    // Another speed is not what was recorded.
    const wiring = new Wiring({ clock: new VirtualClock(), wires: replaysOf(lines) });
    expect(() => wiring.uartOpen(3, 1, { ...config, baud: 9600 })).toThrow(/is o 19200 .*; asked for: o 9600/);
  });
});

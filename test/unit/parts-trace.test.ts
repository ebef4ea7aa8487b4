/** Transfers recorded as lines of JSON, and a recording in place of a part. */
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../host-shim/board/clock.ts';
import { tmp117 } from '../../host-shim/parts/catalog/tmp117.ts';
import { Replay, readTrace, type TraceLine, TraceMismatch, traceText } from '../../host-shim/parts/trace.ts';
import { Wiring } from '../../host-shim/parts/wiring.ts';
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
    ['{"t":1,"bus":"i2c0","steps":[]}', 'not just one of result and error'],
    ['{"t":1,"bus":"i2c0","steps":[],"result":"","error":"nack"}', 'not just one of result and error'],
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
});

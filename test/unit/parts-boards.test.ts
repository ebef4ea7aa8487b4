import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../host-shim/board/clock.ts';
import { describedBoard, replayFile, traceFile, wiringOf } from '../../host-shim/parts/boards.ts';
import { CATALOG } from '../../host-shim/parts/catalog/index.ts';
import type { Wiring } from '../../host-shim/parts/wiring.ts';
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';
import { boardNames } from '../../runtime/boards/description.ts';

describe('the virtual board', () => {
  const board = describedBoard('virtual');
  const wiring = wiringOf(board, { clock: new VirtualClock() });

  test('has a twin of each part, and each part of the catalog once', () => {
    expect([...wiring.parts.keys()]).toEqual(board.parts.map(({ part }) => part));
    const twins = board.parts.map(({ twin }) => twin);
    // Two sizes of one EEPROM: one is enough.
    expect(Object.keys(CATALOG).filter((name) => !twins.includes(name))).toEqual(['at24c02']);
  });

  test('has them where the description says, and nothing elsewhere', () => {
    const temperature = new Uint8Array(2);
    wiring.part('TMP117').turn('temperature', 21);
    wiring.part('TMP117').powerUp();
    for (const { at, part } of board.parts.filter(({ at }) => at?.startsWith('i2c0:')))
      expect(wiring.i2c(0, Number(at!.slice(5)), new Uint8Array(), temperature.subarray(0, 0)), part).not.toBe(
        ErrorCode['not-found'],
      );
    expect(wiring.i2c(0, 0x10, new Uint8Array(), temperature.subarray(0, 0))).toBe(ErrorCode.nack);
    expect(wiring.i2c(1, 0x48, new Uint8Array(), temperature.subarray(0, 0))).toBe(ErrorCode['not-found']);
  });

  test('has the pins of the description', () => {
    const led = board.pins.find(({ name }) => name === 'led')!;
    expect(wiring.gpioWrite(led.gpio, true)).toBe(0);
    expect(wiring.level(led.gpio)).toBe(true);
    expect(wiring.gpioWrite(30, true)).toBe(ErrorCode['not-found']);
  });
});

test.each(boardNames())('%s can be wired', (name) => {
  expect(() => wiringOf(describedBoard(name), { clock: new VirtualClock() })).not.toThrow();
});

test('a trace of a board in a file stands for its parts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mote-trace-'));
  try {
    const file = join(folder, 'trace.jsonl');
    const board = describedBoard('virtual');
    const ask = (wiring: Wiring, clock: VirtualClock) => {
      clock.advance(1000);
      const out = new Uint8Array(2);
      const codes = [wiring.i2c(0, 0x48, Uint8Array.of(1, 1, 0, 2, 2), out), wiring.gpioInput(9, 1)];
      return [...codes, Buffer.from(out).toString('hex'), wiring.adcRead(0, 0, 12, 1)];
    };
    const clock = new VirtualClock();
    const recorded = wiringOf(board, { clock, trace: traceFile(file) });
    recorded.part('TMP117').turn('temperature', 21.5);
    const first = ask(recorded, clock);
    expect(first[2]).toBe('0ac0');
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(3);
    const again = new VirtualClock();
    const replayed = wiringOf(board, { clock: again, replays: await replayFile(file) });
    replayed.part('TMP117').inject({ kind: 'absent' });
    expect(ask(replayed, again)).toEqual(first);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a board that nobody described', () => {
  expect(() => describedBoard('b7')).toThrowError(expect.objectContaining({ key: 'board-unknown' }));
});

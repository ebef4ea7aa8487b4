/** The virtual parts of a described board (runtime/boards), wired as the description says. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BoardDescription, boardNames, loadBoard, parseBoard } from '../../runtime/boards/description.ts';
import { fault } from '../errors.ts';
import { readBounded } from '../files.ts';
import type { BusesPort, ClockPort } from '../board/ports.ts';
import { CATALOG } from './catalog/index.ts';
import { type Wire, Wiring, type WiringOptions } from './wiring.ts';

/** Throws board-unknown. */
export function describedBoard(name: string): BoardDescription {
  const board = loadBoard(name);
  if (!board) throw fault('board-unknown', { name, known: boardNames().join(', ') });
  return board;
}

/** The description in a file. Throws board-invalid and file-*. */
async function readBoard(path: string): Promise<BoardDescription> {
  const text = Buffer.from(await readBounded(path)).toString('utf8');
  try {
    return parseBoard(text);
  } catch (error) {
    throw fault('board-invalid', { path, why: (error as Error).message }, error);
  }
}

/** A described board by its name, or by the file of a description (`*.json`). Throws board-unknown, board-invalid and file-*. */
export const findBoard = async (board: string): Promise<BoardDescription> =>
  board.endsWith('.json') ? readBoard(board) : describedBoard(board);

/** The board that a project's package.json names; undefined where it names none. */
export async function projectBoard(project: string): Promise<string | undefined> {
  const text = await readFile(join(project, 'package.json'), 'utf8').catch(() => '{}');
  const { mote } = JSON.parse(text) as { mote?: { board?: string } };
  return mote?.board?.endsWith('.json') ? join(project, mote.board) : mote?.board;
}

/** The parts that have a virtual twin. Pins without one are there, too, and PWM channels. */
export function wiringOf(
  board: BoardDescription,
  options: Omit<WiringOptions, 'wires'> & { clock: ClockPort },
): Wiring & BusesPort {
  const wires = board.parts.flatMap(({ part, twin, at }): Wire[] => {
    if (twin === undefined || at === undefined) return [];
    const description = CATALOG[twin];
    if (!description) throw new Error(`${board.name}: there is no virtual ${twin}`);
    return [{ part: description, at, name: part }];
  });
  const wiring = new Wiring({ ...options, wires });
  const taken = wires.flatMap(({ at }) => (at.startsWith('gpio') ? (at.match(/\d+/g) ?? []).map(Number) : []));
  for (const { gpio } of board.pins) if (!taken.includes(gpio)) wiring.declare(`gpio${gpio}`);
  for (const { kind, unit, lines } of board.buses) {
    if (kind === 'pwm') for (const line of lines.keys()) wiring.declare(`pwm${unit}:${line}`);
  }
  return wiring;
}

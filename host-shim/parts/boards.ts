/** The virtual parts of a described board (runtime/boards), wired as the description says. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BoardDescription, boardNames, loadBoard, parseBoard } from '../../runtime/boards/description.ts';
import { fault } from '../errors.ts';
import { codeOf, readBounded } from '../files.ts';
import type { BusesPort, ClockPort } from '../board/ports.ts';
import { CATALOG } from './catalog/index.ts';
import { readTrace, replaysOf, type TraceLine, traceText } from './trace.ts';
import { type Recorded, type Wire, Wiring, type WiringOptions } from './wiring.ts';

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

/** The lines of a file, for `recorded` of a wiring; they are there even when this program ends without warning. Throws file-*. */
export function traceFile(path: string): (line: TraceLine) => void {
  const unwritable = (error: unknown) => fault('file-unwritable', { path, why: codeOf(error) ?? String(error) }, error);
  try {
    writeFileSync(path, '');
  } catch (error) {
    throw unwritable(error);
  }
  return (line) => appendFileSync(path, traceText([line]));
}

/** What a trace in a file has in place of parts. Throws trace-invalid and file-*. */
export async function replayFile(path: string): Promise<Recorded[]> {
  const text = Buffer.from(await readBounded(path)).toString('utf8');
  try {
    const replays = replaysOf(readTrace(text));
    if (replays.length === 0) throw new Error('it has no line of one');
    return replays;
  } catch (error) {
    throw fault('trace-invalid', { path, why: (error as Error).message }, error);
  }
}

/** The parts that have a virtual twin. `replays` stand for those at their places. Pins without one are there, too, and PWM channels. */
export function wiringOf(
  board: BoardDescription,
  { replays = [], ...options }: Omit<WiringOptions, 'wires'> & { clock: ClockPort; replays?: readonly Recorded[] },
): Wiring & BusesPort {
  const wires = board.parts.flatMap(({ part, twin, at }): Wire[] => {
    if (twin === undefined || at === undefined) return [];
    const description = CATALOG[twin];
    if (!description) throw new Error(`${board.name}: there is no virtual ${twin}`);
    return [{ part: description, at, name: part }];
  });
  const wiring = new Wiring({ ...options, wires: [...wires, ...replays] });
  const taken = wires.flatMap(({ at }) => (at.startsWith('gpio') ? (at.match(/\d+/g) ?? []).map(Number) : []));
  for (const { gpio } of board.pins) if (!taken.includes(gpio)) wiring.declare(`gpio${gpio}`);
  for (const { kind, unit, lines } of board.buses) {
    if (kind === 'pwm') for (const line of lines.keys()) wiring.declare(`pwm${unit}:${line}`);
  }
  return wiring;
}

/** What the steps of a scenario do to a virtual board. A step that fails says its file and line. */
import { isDeepStrictEqual } from 'node:util';
import type { Fault } from '../parts/part.ts';
import { BoardError, virtualBoard, type VirtualBoard, type VirtualBoardOptions } from './board.ts';
import { durationText, millisecondsOf } from './duration.ts';
import type { Publication } from './publication.ts';
import { PATIENCE, type Scenario, type Step } from './scenario.ts';

/** Runs it on a board of its own. `path`: for messages. Throws a BoardError, and as virtualBoard does. */
export async function runScenario(scenario: Scenario, path: string): Promise<VirtualBoard> {
  const { module, board: named, unix, settings = {}, steps } = scenario;
  const options: VirtualBoardOptions = {
    module,
    board: named,
    unix,
    settings: Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [name, typeof value === 'string' ? value : fromHex(value.hex)]),
    ),
  };
  const board = await virtualBoard(options);
  for (const step of steps) {
    try {
      take(board, step);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new BoardError(`${path}:${step.line}: ${step.name}: ${why}`, { cause: error });
    }
  }
  return board;
}

function take(board: VirtualBoard, step: Step): void {
  switch (step.name) {
    case 'advance':
      board.advance(step.value);
      break;
    case 'set':
      board.part(step.value.part).turn(step.value.knob, step.value.value);
      break;
    case 'inject':
      board.part(step.value.part).inject({ kind: step.value.fault, at: step.value.at } as Fault);
      break;
    case 'heal':
      board.part(step.value.part).heal();
      break;
    case 'drive':
      board.pin(step.value.pin).drive(step.value.high);
      break;
    case 'press':
      board.pin(step.value.pin).press(step.value.for, step.value.active);
      break;
    case 'expect-pin': {
      const { pin, high } = step.value;
      if (board.advance(0).pin(pin).high !== high) throw new BoardError(`it is ${high ? 'low' : 'high'}`);
      break;
    }
    case 'transmit':
      board.transmit(step.value.frame, step.value.rssi);
      break;
    case 'publish': {
      const { topic, text, json, hex } = step.value;
      board.send(topic, hex === undefined ? (text ?? JSON.stringify(json)) : fromHex(hex));
      break;
    }
    case 'online':
      board.online = step.value;
      break;
    case 'wait-log': {
      const { text, within } = typeof step.value === 'string' ? { text: step.value, within: PATIENCE } : step.value;
      const [, pattern] = /^\/(.+)\/$/.exec(text) ?? [];
      board.nextLog(pattern === undefined ? text : new RegExp(pattern, 'u'), within);
      break;
    }
    case 'expect-publish':
      expectPublish(board, step.value);
      break;
    case 'expect-silence': {
      const from = board.publications.length;
      const heard = board.advance(step.value.for).publications.slice(from);
      const wrong = heard.filter(({ topic }) => topic === step.value.topic);
      if (wrong.length > 0) throw new BoardError(`it was published: ${wrong.join('; ')}`);
      break;
    }
  }
}

type Expected = Extract<Step, { name: 'expect-publish' }>['value'];

function expectPublish(board: VirtualBoard, wanted: Expected): void {
  let last: Publication | undefined;
  const fits = (made: Publication) => {
    last = made;
    return mismatch(made, wanted) === undefined;
  };
  try {
    board.nextPublication(wanted.topic, wanted.within, fits);
  } catch (error) {
    if (last === undefined) throw error;
    const time = durationText(millisecondsOf(wanted.within));
    throw new BoardError(`not within ${time}: ${mismatch(last, wanted)}\nlast: ${last}`, { cause: error });
  }
}

/** Why this is not what was wanted, or undefined. */
function mismatch(made: Publication, wanted: Expected): string | undefined {
  const { records, text, json, hex } = wanted;
  if (text !== undefined) return made.text === text ? undefined : `it is '${made.text}', not '${text}'`;
  if (hex !== undefined) {
    const found = Buffer.from(made.payload).toString('hex');
    return found === Buffer.from(fromHex(hex)).toString('hex') ? undefined : `it is ${found}`;
  }
  if (json !== undefined) return isDeepStrictEqual(made.json, json) ? undefined : `it is ${made.text}`;
  for (const { name, value, tolerance = 0, unit } of records ?? []) {
    const found = made.records.find((record) => record.name === name);
    if (!found) return `there is no ${name}`;
    if (unit !== undefined && found.unit !== unit) return `${name} is in ${found.unit}, not ${unit}`;
    if (value === undefined) continue;
    const right =
      typeof value === 'number' && typeof found.value === 'number'
        ? Math.abs(found.value - value) <= tolerance * (1 + 1e-9)
        : found.value === value;
    if (!right) return `${name} is ${found.value}, not ${value}${tolerance ? ` ± ${tolerance}` : ''}`;
  }
  return undefined;
}

const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replace(/\s/g, ''), 'hex'));

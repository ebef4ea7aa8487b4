/** A telegram's explanation as text: a line for each part, long ones on several. */
import { styleText } from 'node:util';
import type { Explanation, Part } from '../host-shim/codec/explain.ts';
import { printable } from './format.ts';

/** Bytes of one line. */
const WIDTH = 8;
const HEAD = ['offset', 'bytes', 'layer', 'field', 'meaning', 'clause'];
const COLOURS: Record<string, Parameters<typeof styleText>[0]> = {
  link: 'blue',
  ell: 'magenta',
  nwl: 'magenta',
  afl: 'magenta',
  tpl: 'cyan',
  apl: 'green',
};

type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/** `colour`: for a terminal. */
export function explanationText({ parts, joined, error, coding }: Explanation, colour = false): string {
  const paint: Paint = (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text);
  const lines = tableOf(parts, paint);
  if (coding) lines.unshift(`chips (${coding}); the frame that they carry:`);
  if (joined) lines.push('', 'the message out of its fragments, decrypted:', ...tableOf(joined, paint));
  if (error)
    lines.push(paint('red', `refused: ${error.message} (${error.code}, layer ${error.layer}, byte ${error.offset})`));
  return lines.join('\n');
}

function tableOf(parts: Part[], paint: Paint): string[] {
  const rows = parts.map((part) => ({ part, cells: cellsOf(part) }));
  const widths = HEAD.map((title, i) =>
    Math.max(title.length, ...rows.flatMap(({ cells }) => cells.map((line) => line[i]!.length))),
  );
  const line = (cells: string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  const shown = rows.flatMap(({ part, cells }) => {
    const style = part.refused ? 'red' : COLOURS[part.layer]!;
    return cells.map((one) => paint(style, line(one)));
  });
  return [paint('bold', line(HEAD)), ...shown];
}

/** The cells of each line of a part. Bytes as received, below them what they decrypt to. */
function cellsOf({ offset, bytes, plain, layer, field, meaning, clause, refused }: Part): string[][] {
  const digits = [...inLines(bytes, ''), ...(plain ? inLines(plain, '→ ') : [])];
  const says = refused ? `${meaning} [${refused}]` : meaning;
  return digits.map((text, i) =>
    i === 0 ? [String(offset), text, layer, field, printable(says), clause] : ['', text, '', '', '', ''],
  );
}

function inLines(digits: string, mark: string): string[] {
  const pairs = digits.match(/../g) ?? [];
  return Array.from(
    { length: Math.ceil(pairs.length / WIDTH) },
    (_, i) => `${i === 0 ? mark : ' '.repeat(mark.length)}${pairs.slice(WIDTH * i, WIDTH * (i + 1)).join(' ')}`,
  );
}

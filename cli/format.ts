/** Text for people. */
import Table from 'cli-table3';

/** Rows in columns, without lines; with a first row of headings when `head` is given. Cells are made printable. */
export function columns(rows: (string | number)[][], head?: string[]): string {
  const bare = ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
    side === 'mid'
      ? ['mid', 'mid-mid', 'left-mid', 'right-mid']
      : [side, `${side}-mid`, `${side}-left`, `${side}-right`],
  );
  const table = new Table({
    chars: { ...Object.fromEntries(bare.map((name) => [name, ''])), middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    ...(head && { head }),
  });
  table.push(...rows.map((row) => row.map((cell) => printable(String(cell)))));
  return table.toString().replace(/[ \t]+$/gm, '');
}

/** 9412 as `9,412 B`. */
export const bytes = (count: number): string => `${count.toLocaleString('en')} B`;

/** Text from a file must not drive the terminal. */
export const printable = (text: string): string =>
  text.replace(/\p{Cc}|\p{Cf}/gu, (c) => `\\x${c.codePointAt(0)!.toString(16).padStart(2, '0')}`);

/** Text for people: columns, and text that cannot drive a terminal. */
import Table from 'cli-table3';

/** Rows in columns, without lines; with a first row of headings when `head` is given. Cells are made printable, line by line. */
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
  table.push(...rows.map((row) => row.map((cell) => String(cell).split('\n').map(printable).join('\n'))));
  return table.toString().replace(/[ \t]+$/gm, '');
}

/** Text from a file must not drive the terminal. */
export const printable = (text: string): string =>
  text.replace(/\p{Cc}|\p{Cf}/gu, (c) => `\\x${c.codePointAt(0)!.toString(16).padStart(2, '0')}`);

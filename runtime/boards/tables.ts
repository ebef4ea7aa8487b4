/** docs/boards.md. */
import { type BoardDescription, usersOf } from './description.ts';

export function boardsDocument(boards: readonly BoardDescription[]): string {
  return `<!-- Generated from runtime/boards/*.json by npm run generate. Do not edit. -->

# Boards

Buses and pins by the names that modules use: \`import { board } from 'motekit/runtime/guest/boards/<name>'\`. What ran on which
hardware is in [hardware.md](hardware.md).

${boards.map(section).join('\n')}`;
}

function section(board: BoardDescription): string {
  const { name, title, soc, flash, ram, radios, zephyr, buses, parts, shared } = board;
  const users = [...usersOf(board)].map(([gpio, uses]) => [
    `${gpio}`,
    uses.join(', '),
    [...notesOf(board, gpio), ...shared.filter((entry) => entry.gpio === gpio).map(({ why }) => `shared: ${why}`)].join(
      '; ',
    ),
  ]);
  return [
    `## ${name}: ${title}\n`,
    `${soc}, ${flash / 1024} KiB of flash, ${ram / 1024} KiB of RAM; radios: ${radios.join(', ') || 'none'}.`,
    zephyr
      ? `Zephyr: \`${zephyr.board}\`, overlay \`zephyr-board/app/boards/${zephyr.overlay}\`.\n`
      : 'Emulated only.\n',
    table(
      ['bus', 'grant', 'use'],
      buses.map(({ kind, name, unit, use }) => [`${kind} ${name}`, `\`${grantOf(kind, unit)}\``, use]),
    ),
    table(['GPIO', 'signal', 'use'], users),
    table(
      ['part', 'at', 'use'],
      parts.map(({ part, at = '', use }) => [part, at && `\`${at}\``, use]),
    ),
  ]
    .filter((text) => text !== '')
    .join('\n');
}

/** What is said of the lines and pins of this GPIO. */
function notesOf({ buses, pins }: BoardDescription, gpio: number): string[] {
  const all = [...buses.flatMap(({ lines }) => lines), ...pins];
  return all.filter((entry) => entry.gpio === gpio).map(({ use }) => use);
}

const grantOf = (kind: string, unit: number) =>
  kind === 'onewire' ? `one-wire:onewire${unit}` : `${kind}:${kind}${unit}`;

function table(head: string[], rows: string[][]): string {
  if (rows.length === 0) return '';
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return `${[line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')}\n`;
}

import { Args } from '@oclif/core';
import type { BoardDescription } from '../../../runtime/boards/description.ts';
import { MoteCommand } from '../../base.ts';

export default class BoardShow extends MoteCommand {
  static override summary = "Show a board's buses, pins and parts.";
  static override examples = [
    { description: 'What is on which pin?', command: '<%= config.bin %> board show a0' },
    {
      description: 'The addresses of the emulated parts',
      command: "<%= config.bin %> board show virtual --json | jq '.parts[] | .part, .at'",
    },
  ];
  static override args = {
    board: Args.string({
      ignoreStdin: true,
      required: true,
      description: 'its name, or the file of a description (*.json)',
    }),
  };

  async run(): Promise<BoardDescription> {
    const { args } = await this.parse(BoardShow);
    const { findBoard } = await import('../../../host-shim/parts/boards.ts');
    const { usersOf } = await import('../../../runtime/boards/description.ts');
    const { columns } = await import('../../format.ts');
    const board = await findBoard(args.board);
    const { title, soc, flash, ram, radios, buses, parts } = board;
    this.log(`${title}\n${soc}, ${flash / 1024} KiB of flash, ${ram / 1024} KiB of RAM; ${radios.join(', ')}\n`);
    const table = (head: string[], rows: string[][]) => rows.length > 0 && this.log(`${columns(rows, head)}\n`);
    table(
      ['bus', 'in code', 'use'],
      buses.map(({ kind, unit, name, use }) => [`${kind}${unit}`, codeOf(kind, name), use]),
    );
    table(
      ['GPIO', 'signal'],
      [...usersOf(board)].map(([gpio, uses]) => [String(gpio), uses.join(', ')]),
    );
    table(
      ['part', 'at', 'use'],
      parts.map(({ part, at = '', use }) => [part, at, use]),
    );
    return board;
  }
}

const codeOf = (kind: string, name: string) => `board.${kind === 'onewire' ? 'oneWire' : kind}.${name}`;

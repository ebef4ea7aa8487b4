import { Args, Flags } from '@oclif/core';
import { MoteCommand } from '../../base.ts';

export default class BoardTypes extends MoteCommand {
  static override summary = "Print a board's constants for modules.";
  static override description = `For mote's own boards they are there already:
import { board } from 'motekit/runtime/guest/boards/<name>'. For a board of your own give the file of its description.`;
  static override examples = [
    { description: 'What is there to import?', command: '<%= config.bin %> board types a0' },
    {
      description: 'For a board of your own',
      command: '<%= config.bin %> board types mine.json --out assembly/board.ts',
    },
  ];
  static override args = {
    board: Args.string({ ignoreStdin: true, required: true, description: 'its name, or the file of a description' }),
  };
  static override flags = { out: Flags.string({ description: 'write them to this file', helpValue: 'FILE' }) };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(BoardTypes);
    const { findBoard } = await import('../../../host-shim/parts/boards.ts');
    const { boardConstants } = await import('../../../runtime/boards/constants.ts');
    const board = await findBoard(args.board);
    const text = boardConstants(board);
    if (flags.out === undefined) this.log(text.trimEnd());
    else {
      const { writeWhole } = await import('../../../host-shim/files.ts');
      await writeWhole(flags.out, text);
      this.note(`wrote ${flags.out}`);
    }
    return { board: board.name, text, ...(flags.out !== undefined && { file: flags.out }) };
  }
}

import { MoteCommand } from '../../base.ts';

export default class BoardList extends MoteCommand {
  static override summary = 'List the boards that mote knows.';
  static override examples = [{ description: 'Names and titles', command: '<%= config.bin %> board list' }];

  async run(): Promise<object> {
    await this.parse(BoardList);
    const { boardNames } = await import('../../../runtime/boards/description.ts');
    const { describedBoard } = await import('../../../host-shim/parts/boards.ts');
    const { columns } = await import('../../format.ts');
    const boards = boardNames().map(describedBoard);
    const rows = boards.map(({ name, soc, title, zephyr }) => [name, soc, zephyr ? 'Zephyr' : 'emulated', title]);
    this.log(columns(rows, ['name', 'chip', 'runs', 'what it is']));
    return boards.map(({ name, title, soc, zephyr }) => ({ name, title, soc, zephyr }));
  }
}

import { Args } from '@oclif/core';
import { ERRORS, fault, findError } from '../../host-shim/errors.ts';
import { MoteCommand } from '../base.ts';

export default class Explain extends MoteCommand {
  static override summary = 'Say what an error code means and what to do.';
  static override description = 'Without a code it lists them all. The same text is in docs/errors.md.';
  static override examples = [
    { description: 'One code', command: '<%= config.bin %> explain MOTE-2003' },
    { description: 'The list', command: '<%= config.bin %> explain' },
  ];
  static override args = { code: Args.string({ ignoreStdin: true, description: 'such as MOTE-2003, or 2003' }) };

  async run(): Promise<object> {
    const { args } = await this.parse(Explain);
    if (args.code === undefined) {
      const { columns } = await import('../format.ts');
      const rows = Object.values(ERRORS);
      this.log(columns(rows.map(({ code, message }) => [code, message])));
      return rows;
    }
    const row = findError(args.code);
    if (row === undefined) throw fault('unknown-code', { what: args.code });
    this.log(`${row.code}: ${row.message}\n\n${row.about}\n\nexit code  ${row.exit}\nnext       ${row.help}`);
    return row;
  }
}

import { Args, Flags } from '@oclif/core';
import type { Size as Measured } from '../../host-shim/size/size.ts';
import { MoteCommand } from '../base.ts';

export default class Size extends MoteCommand {
  static override summary = 'Measure what a module needs against its budgets.';
  static override description =
    `The module is built and started on the kernel with less and less of each budget, until it fails: the least that
works is what it needs. It starts, and takes the radio frames that you give. Where GCC for RISC-V and QEMU are
installed, --rv32 adds the instructions of its start and the heap and C stack that the engine takes for it. A module
that does not run within its own budgets is an error.`;
  static override examples = [
    { description: 'What does it take to start?', command: '<%= config.bin %> size modules/gateway' },
    {
      description: 'And for this telegram, on the board',
      command: '<%= config.bin %> size modules/gateway --frame 1444AE0C7856341201078C2027780B134365877AC5 --rv32',
    },
    { description: 'For a script', command: '<%= config.bin %> size modules/gateway --json | jq .needs' },
  ];
  static override args = {
    module: Args.string({ ignoreStdin: true, required: true, description: "the module's folder" }),
  };
  static override flags = {
    frame: Flags.string({ description: 'a radio frame for it; repeat for more', helpValue: 'HEX', multiple: true }),
    rv32: Flags.boolean({ description: 'numbers of rv32imac under QEMU, too' }),
  };

  async run(): Promise<Measured> {
    const { args, flags } = await this.parse(Size);
    const { buildModule } = await import('../../host-shim/release/module.ts');
    const { bytes, columns } = await import('../format.ts');
    const { measureSize, telegramBytes } = await import('../../host-shim/size/size.ts');
    const frames = (flags.frame ?? []).map(telegramBytes);
    const size = await measureSize(await buildModule(args.module), frames, flags.rv32);
    const rows = size.needs.map(({ what, needs, budget, ok }) => {
      const text = (value: number) => (what === 'fuel' ? value.toLocaleString('en') : bytes(value));
      return [what, text(needs), text(budget), `${((100 * needs) / budget).toFixed(0)} %`, ok ? 'ok' : 'TOO MUCH'];
    });
    this.log(columns(rows, [`${size.name} ${size.version}`, 'needs', 'budget', '', '']));
    if (size.rv32) {
      const { instructions, engine, stack } = size.rv32;
      this.log('');
      this.log(
        columns([
          ['start on rv32', `${instructions.toLocaleString('en')} instructions`],
          ["engine's heap", bytes(engine)],
          ['C stack', bytes(stack)],
        ]),
      );
    } else if (flags.rv32) this.note('rv32 was left out: GCC for RISC-V or QEMU is missing');
    if (!size.ok) this.exit(1);
    return size;
  }
}

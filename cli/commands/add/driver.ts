import { Args, Flags } from '@oclif/core';
import type { NewDriver } from '../../../host-shim/project/driver.ts';
import { type DriverBus, DRIVERS } from '../../../host-shim/project/projects.ts';
import { MoteCommand } from '../../base.ts';

const buses = Object.keys(DRIVERS) as DriverBus[];

export default class AddDriver extends MoteCommand {
  static override summary = 'Write a driver, a virtual part and its tests, which pass as they are.';
  static override description =
    `The part is the data sheet as data: turn what stands there into yours, and the tests tell what
the driver still gets wrong: over the whole range, and with every fault at each transfer. By bus:
${buses.map((bus) => `  ${bus}: ${DRIVERS[bus]}`).join('\n')}`;
  static override examples = [
    { description: 'In a project of "mote init"', command: '<%= config.bin %> add driver tmp119 --bus i2c' },
    { description: 'In another folder', command: '<%= config.bin %> add driver scale --bus gpio --project cellar' },
  ];
  static override args = {
    name: Args.string({ ignoreStdin: true, required: true, description: 'of the part: a-z and 0-9' }),
  };
  static override flags = {
    bus: Flags.string({ required: true, description: 'what the part hangs on', options: buses }),
    project: Flags.string({ description: "the project's folder", default: '.', helpValue: 'FOLDER' }),
  };

  async run(): Promise<NewDriver> {
    const { args, flags } = await this.parse(AddDriver);
    const { addDriver } = await import('../../../host-shim/project/driver.ts');
    const made = await addDriver(flags.project, args.name, flags.bus as DriverBus);
    this.log(made.files.join('\n'));
    this.note(
      `next: mote test ${flags.project} ${args.name}, then use it: import { ${made.className} } from './assembly/${args.name}'`,
    );
    return made;
  }
}

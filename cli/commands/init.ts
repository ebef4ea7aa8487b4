import { Args, Flags } from '@oclif/core';
import type { NewProject } from '../../host-shim/project/init.ts';
import { PROJECTS, type ProjectTemplate } from '../../host-shim/project/projects.ts';
import { MoteCommand } from '../base.ts';

const names = Object.keys(PROJECTS) as ProjectTemplate[];

export default class Init extends MoteCommand {
  static override summary = 'Write a project that builds, tests, runs and pushes as it is.';
  static override description =
    `The folder's name becomes that of the module. Nothing that exists is replaced. Templates:
${names.map((name) => `  ${name}: ${PROJECTS[name]}`).join('\n')}`;
  static override examples = [
    { description: 'The first sensor', command: '<%= config.bin %> init cellar --template sensor' },
    { description: 'An LED on a board that you have', command: '<%= config.bin %> init lamp --board esp32c6_devkitc' },
  ];
  static override args = {
    folder: Args.string({ ignoreStdin: true, required: true, description: 'a new or an empty folder' }),
  };
  static override flags = {
    template: Flags.string({ description: 'what to begin with', options: names, default: 'blinky' }),
    board: Flags.string({
      description: 'whose pins and buses it uses (mote board list)',
      default: 'virtual',
      helpValue: 'NAME',
    }),
  };

  async run(): Promise<NewProject> {
    const { args, flags } = await this.parse(Init);
    const { initProject } = await import('../../host-shim/project/init.ts');
    const template = flags.template as ProjectTemplate;
    const made = await initProject(args.folder, { template, board: flags.board });
    this.log(made.files.map((file) => `${args.folder}/${file}`).join('\n'));
    this.note(`next: cd ${args.folder} && mote test`);
    return made;
  }
}

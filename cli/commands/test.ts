import { Args, Flags } from '@oclif/core';
import { fault } from '../../host-shim/errors.ts';
import { MoteCommand } from '../base.ts';

export default class Test extends MoteCommand {
  static override summary = "Run a module's tests on a virtual board.";
  static override description = `Tests are *.test.ts (import { expect, test, virtualBoard } from 'motekit/testing') and
*.scenario.yaml anywhere in the folder. The module is built first and runs with the grants and budgets of its
module.json, in virtual time: an hour takes as long as its messages. No configuration is needed. Exit code 1 when a test
failed.`;
  static override examples = [
    { description: 'All tests of this folder', command: '<%= config.bin %> test' },
    { description: 'Of another, those with "absent" in the path', command: '<%= config.bin %> test cellar absent' },
    { description: 'Again at each change', command: '<%= config.bin %> test --watch' },
    { description: 'For a script', command: "<%= config.bin %> test --json | jq '.failures'" },
  ];
  static override strict = false;
  static override usage = 'test [FOLDER] [PART-OF-A-PATH...]';
  static override args = {
    folder: Args.string({ ignoreStdin: true, description: "the module's folder", default: '.' }),
    filter: Args.string({ ignoreStdin: true, description: 'only files with this in their path; any number' }),
  };
  static override flags = { watch: Flags.boolean({ description: 'stay, and run again what a change touches' }) };

  async run(): Promise<object | undefined> {
    const { args, argv, flags } = await this.parse(Test);
    const { runTests } = await import('../../host-shim/testing/runner.ts');
    const filters = (argv as string[]).slice(1);
    const silent = this.jsonEnabled();
    const result = await runTests(args.folder, { filters, watch: flags.watch && !silent, silent });
    const { passed, failed } = result;
    this.evidence = result;
    if (failed > 0) throw fault('tests-failed', { failed, total: passed + failed, path: args.folder });
    return result;
  }
}

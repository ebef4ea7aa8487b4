import { Args } from '@oclif/core';
import { fault } from '../../../host-shim/errors.ts';
import { MoteCommand, prose } from '../../base.ts';

export default class SchemaDiff extends MoteCommand {
  static override summary =
    'Tell what changed between two versions of a module, and whether it breaks who relies on it.';
  static override description =
    prose(`What a module sends must not become more than others know: a removed field, another unit, a wider range or a new value breaks
    them. What it takes must not become less than they send. Exit codes: 0 nothing breaks, 1 something does. Whether a release may
    break is another question: its version says so, and mote release asks.`);
  static override examples = [
    {
      description: 'Work in progress against the last release',
      command: '<%= config.bin %> schema diff gateway.oci:1.0.0 modules/gateway',
    },
    {
      description: 'In CI',
      command: '<%= config.bin %> schema diff localhost:5000/gateway:1.0 modules/gateway --json | jq .breaking',
    },
  ];
  static override args = {
    before: Args.string({
      ignoreStdin: true,
      required: true,
      description: "a module's folder, a .tm.json file, a release folder, or host/name:tag",
    }),
    after: Args.string({ ignoreStdin: true, required: true, description: 'the same' }),
  };

  async run(): Promise<object> {
    const { args } = await this.parse(SchemaDiff);
    const { findModel } = await import('../../../host-shim/schema/load.ts');
    const { compareModels } = await import('../../../host-shim/schema/compare.ts');
    const { saysBreaking } = await import('../../../host-shim/schema/policy.ts');
    const { registryLogin } = await import('../../../host-shim/release/release.ts');
    const { columns } = await import('../../format.ts');
    const login = registryLogin();
    const [before, after] = [await findModel(args.before, login), await findModel(args.after, login)];
    const changes = compareModels(before.model, after.model);
    const breaking = changes.some((change) => change.breaking);
    if (changes.length > 0) {
      this.log(columns(changes.map(({ where, what, breaking: breaks }) => [breaks ? 'breaks' : 'fine', where, what])));
    } else this.log('nothing has changed');
    const allowed = !breaking || saysBreaking(before.version, after.version);
    const outcome = { before: before.version, after: after.version, breaking, allowed, changes };
    if (!breaking) return outcome;
    this.evidence = outcome;
    const says = allowed ? 'says so' : 'does not say so';
    const count = changes.filter((change) => change.breaking).length;
    throw fault('schema-breaks', { before: before.version, after: after.version, count, says });
  }
}

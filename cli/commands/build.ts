import { Args, Flags } from '@oclif/core';
import { MoteCommand } from '../base.ts';

export default class Build extends MoteCommand {
  static override summary = 'Compile a module to Wasm and show what it takes.';
  static override description =
    `A module is a folder with module.json (name, version, budgets, grants) and index.ts. The Wasm lands in
build/modules/<name>.wasm. What a device would refuse (a missing export, a call without its grant, static data
beyond the memory budget) is an error here.`;
  static override examples = [
    { description: 'Build the gateway', command: '<%= config.bin %> build modules/gateway' },
    {
      description: 'With function names and a source map, for debugging',
      command: '<%= config.bin %> build modules/gateway --debug',
    },
    {
      description: 'Only the size, for a script',
      command: '<%= config.bin %> build modules/gateway --json | jq .bytes',
    },
  ];
  static override args = {
    module: Args.string({ ignoreStdin: true, required: true, description: "the module's folder" }),
  };
  static override flags = {
    out: Flags.string({ description: 'folder for the Wasm', helpValue: 'FOLDER' }),
    debug: Flags.boolean({ description: 'names, no optimisation, a source map' }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Build);
    const { buildModule, writeModel } = await import('../../host-shim/release/module.ts');
    const { bytes, columns } = await import('../format.ts');
    const begun = performance.now();
    const built = await buildModule(args.module, {
      debug: flags.debug,
      ...(flags.out !== undefined && { out: flags.out }),
    });
    const schema = await writeModel(args.module, built);
    const seconds = (performance.now() - begun) / 1000;
    const { name, version, file, memory, manifest, unusedGrants, cached } = built;
    const { budgets, grants } = manifest;
    this.log(
      columns([
        ['module', `${name} ${version}${cached ? ' (unchanged)' : ''}`],
        ['wasm', `${bytes(built.bytes)}  ${file}`],
        ['memory', `${bytes(memory.staticEnd)} static of ${bytes(memory.limit)}`],
        ['fuel', `${budgets.fuel.toLocaleString('en')} for each message`],
        ['stack', bytes(budgets.stack)],
        ['mailbox', bytes(budgets.mailbox)],
        ['outbox', bytes(budgets.outbox)],
        ['grants', grants.join(', ') || 'none'],
        ['schema', schema ?? 'none: there is no schema.ts'],
      ]),
    );
    if (unusedGrants.length > 0) this.note(`not needed by any import: ${unusedGrants.join(', ')}`);
    this.note(`in ${seconds.toFixed(2)} s`);
    return { name, version, file, bytes: built.bytes, memory, budgets, grants, unusedGrants, schema, cached };
  }
}

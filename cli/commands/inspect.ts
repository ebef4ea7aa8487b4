import { Args } from '@oclif/core';
import type { Inspection } from '../../host-shim/release/inspect.ts';
import { MoteCommand } from '../base.ts';

export default class Inspect extends MoteCommand {
  static override summary = 'Show what is in a bundle or a Wasm file.';
  static override description =
    `Imports, exports, memory, sections and sizes; of a bundle also its manifest, grants and signatures.
Nothing is run and nothing is trusted: whether the signatures hold is what "mote verify" says.`;
  static override examples = [
    { description: 'What does this module call?', command: '<%= config.bin %> inspect build/modules/gateway.wasm' },
    {
      description: 'What may this bundle do?',
      command: '<%= config.bin %> inspect gateway.mote --json | jq .manifest.grants',
    },
  ];
  static override args = {
    file: Args.string({ ignoreStdin: true, required: true, description: 'a bundle or a .wasm file' }),
  };

  async run(): Promise<Inspection> {
    const { args } = await this.parse(Inspect);
    const { readBounded } = await import('../../host-shim/files.ts');
    const { inspect } = await import('../../host-shim/release/inspect.ts');
    const found = inspect(await readBounded(args.file), args.file);
    const { bundleRows, wasmText } = await import('../views.ts');
    const { columns } = await import('../format.ts');
    if (found.kind === 'bundle') this.log(`${columns(bundleRows(found))}\n`);
    if (found.wasm) this.log(wasmText(found.wasm));
    return found;
  }
}

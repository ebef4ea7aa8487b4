import { Args } from '@oclif/core';
import { MoteCommand } from '../../base.ts';

export default class ReleaseShow extends MoteCommand {
  static override summary = 'Show a release in a registry or a folder.';
  static override description = 'Nothing is trusted: whether the signatures hold is what "mote verify" says.';
  static override examples = [
    {
      description: 'What is under this tag?',
      command: '<%= config.bin %> release show localhost:5000/gateway:1.0',
    },
    { description: 'Only the digest', command: '<%= config.bin %> release show gateway.oci --json | jq -r .artifact' },
  ];
  static override args = {
    release: Args.string({ ignoreStdin: true, required: true, description: 'host/name:tag, or a folder' }),
  };

  async run(): Promise<object> {
    const { args } = await this.parse(ReleaseShow);
    const { findRelease, registryLogin } = await import('../../../host-shim/release/release.ts');
    const { inspect } = await import('../../../host-shim/release/inspect.ts');
    const { bundleRows, releaseOutcome } = await import('../../views.ts');
    const { columns } = await import('../../format.ts');
    const found = await findRelease(args.release, registryLogin());
    this.log(columns([['artifact', found.artifact], ...bundleRows(inspect(found.bundle, args.release))]));
    return releaseOutcome(found);
  }
}

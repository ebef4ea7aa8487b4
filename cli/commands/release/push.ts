import { Args } from '@oclif/core';
import { MoteCommand } from '../../base.ts';

export default class ReleasePush extends MoteCommand {
  static override summary = 'Put a release into a registry.';
  static override description =
    `Any registry of the OCI distribution specification will do; where it does not know referrers, they are found by tag.
User and password come from MOTE_REGISTRY_USER and MOTE_REGISTRY_PASSWORD. A registry on this machine is spoken to by
HTTP, every other by HTTPS.`;
  static override examples = [
    {
      description: 'To a registry on this machine',
      command: '<%= config.bin %> release push gateway.oci localhost:5000/gateway:1.0',
    },
  ];
  static override args = {
    release: Args.string({ ignoreStdin: true, required: true, description: 'folder of the release, or folder:tag' }),
    to: Args.string({ ignoreStdin: true, required: true, description: 'host/name:tag' }),
  };

  async run(): Promise<object> {
    const { args } = await this.parse(ReleasePush);
    const { pushRelease, registryLogin } = await import('../../../host-shim/release/release.ts');
    const { artifact, count } = await pushRelease(args.release, args.to, registryLogin());
    this.log(`${args.to} is ${artifact}, with ${count - 1} referrers`);
    return { place: args.to, artifact, artifacts: count };
  }
}

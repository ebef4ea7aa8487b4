import { Args, Flags } from '@oclif/core';
import { MoteCommand } from '../../base.ts';

export default class ReleasePull extends MoteCommand {
  static override summary = 'Get the bundle of a release, ready to be pushed to devices.';
  static override description =
    `The digests are checked on the way. Whether a device would take the bundle is what "mote verify" says: a registry is
not trusted with more than keeping bytes.`;
  static override examples = [
    {
      description: 'From a registry on this machine',
      command: '<%= config.bin %> release pull localhost:5000/gateway:1.0 --out gateway.mote',
    },
    { description: 'From a folder', command: '<%= config.bin %> release pull gateway.oci --out gateway.mote' },
  ];
  static override args = {
    release: Args.string({ ignoreStdin: true, required: true, description: 'host/name:tag, or a folder' }),
  };
  static override flags = {
    out: Flags.string({ required: true, description: 'the bundle file', helpValue: 'FILE' }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(ReleasePull);
    const { findRelease, registryLogin } = await import('../../../host-shim/release/release.ts');
    const { writeWhole } = await import('../../../host-shim/files.ts');
    const { releaseOutcome, releaseRows } = await import('../../views.ts');
    const { columns } = await import('../../format.ts');
    const found = await findRelease(args.release, registryLogin());
    await writeWhole(flags.out, found.bundle);
    this.log(columns([...releaseRows(found), ['bundle', flags.out]]));
    return { ...releaseOutcome(found), file: flags.out };
  }
}

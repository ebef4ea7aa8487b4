import { Args, Flags } from '@oclif/core';
import { MoteCommand } from '../../base.ts';
import { keysFlag, signFlags } from '../../flags.ts';

export default class ReleaseCreate extends MoteCommand {
  static override summary = 'Build, sign and describe a module: a release, as OCI artifacts in a folder.';
  static override description =
    `The folder is in the OCI image layout: the Wasm artifact, and as its referrers the signed envelope and the bill of
materials (CycloneDX), whose digest the signature covers. With --reproducible and --sequence the same sources give the
same bytes anywhere; dates are those of SOURCE_DATE_EPOCH, by default of 1970.`;
  static override examples = [
    {
      description: 'A release of the gateway',
      command: '<%= config.bin %> release create modules/gateway --key release --out gateway.oci',
    },
    {
      description: 'Byte for byte the same on every machine that has the key',
      command:
        '<%= config.bin %> release create modules/gateway --key release --sequence 42 --reproducible --out gateway.oci',
    },
  ];
  static override args = {
    module: Args.string({ ignoreStdin: true, required: true, description: "the module's folder" }),
  };
  static override flags = {
    ...signFlags,
    out: Flags.string({ required: true, description: 'folder for the release', helpValue: 'FOLDER' }),
    keys: keysFlag,
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(ReleaseCreate);
    const { createRelease } = await import('../../../host-shim/release/release.ts');
    const { askPassphrase } = await import('../../passphrase.ts');
    const { releaseOutcome, releaseRows } = await import('../../views.ts');
    const { columns } = await import('../../format.ts');
    const made = await createRelease(args.module, { ...flags, passphrase: askPassphrase });
    this.log(columns([...releaseRows(made), ['folder', `${flags.out}, tag ${made.tag}`]]));
    return { ...releaseOutcome(made), folder: flags.out, tag: made.tag };
  }
}

import { Args } from '@oclif/core';
import { fault } from '../../../host-shim/errors.ts';
import { MoteCommand } from '../../base.ts';

export default class ReleaseSbom extends MoteCommand {
  static override summary = 'Print the bill of materials of a release: CycloneDX, as it was signed.';
  static override description =
    `Its SHA-256 is in the signed manifest and has been compared. Redirect it to a file for a scanner; with --json there is
only a summary.`;
  static override examples = [
    {
      description: 'For a scanner of vulnerabilities',
      command: '<%= config.bin %> release sbom localhost:5000/gateway:1.0 > gateway.cdx.json',
    },
  ];
  static override args = {
    release: Args.string({ ignoreStdin: true, required: true, description: 'host/name:tag, or a folder' }),
  };

  async run(): Promise<object> {
    const { args } = await this.parse(ReleaseSbom);
    const { findRelease, registryLogin } = await import('../../../host-shim/release/release.ts');
    const { readSbom } = await import('../../../host-shim/release/sbom.ts');
    const { sbom, manifest } = await findRelease(args.release, registryLogin());
    if (sbom === null) throw fault('release-missing', { place: args.release, what: 'bill of materials' });
    this.log(Buffer.from(sbom).toString('utf8').trimEnd());
    const { rows } = readSbom(sbom);
    return {
      component: manifest.component,
      version: manifest.version,
      sha256: Buffer.from(manifest.sbom!).toString('hex'),
      contents: rows.map(([type, name]) => ({ type, name })),
    };
  }
}

import { Args, Flags } from '@oclif/core';
import { EXPORT_FORMATS } from '../../../host-shim/release/export-formats.ts';
import { MoteCommand } from '../../base.ts';
import { keysFlag } from '../../flags.ts';

export default class KeysExport extends MoteCommand {
  static override summary = 'Print the public part of a key as other programs take it.';
  static override description =
    `pem: SubjectPublicKeyInfo (RFC 9881 for ML-DSA, RFC 8410 for Ed25519); cose: a COSE_Key (RFC 9052) in hex; raw: the key
itself in hex; thumbprint: what a device's trust slot holds (RFC 9679). The private key is never printed: the backup of a key
is a copy of its file.`;
  static override examples = [
    { description: 'For OpenSSL and others', command: '<%= config.bin %> keys export release > release.pem' },
    {
      description: "For a device's trust slots",
      command: '<%= config.bin %> keys export release --format thumbprint',
    },
  ];
  static override args = { name: Args.string({ ignoreStdin: true, required: true, description: 'name of the key' }) };
  static override flags = {
    format: Flags.option({ description: 'how', options: EXPORT_FORMATS, default: 'pem' as const })(),
    keys: keysFlag,
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(KeysExport);
    const { showKey } = await import('../../../host-shim/release/keystore.ts');
    const { algorithmNamed } = await import('../../../host-shim/release/algorithms.ts');
    const { exportPublic } = await import('../../../host-shim/release/publickey.ts');
    const { name, algorithm, kid, publicKey } = await showKey(flags.keys, args.name);
    const text = exportPublic(algorithmNamed(algorithm)!, Buffer.from(publicKey, 'hex'), kid, flags.format);
    this.log(text);
    return { name, algorithm, format: flags.format, text };
  }
}

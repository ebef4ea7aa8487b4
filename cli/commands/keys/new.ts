import { Args, Flags } from '@oclif/core';
import type { KeyInfo } from '../../../host-shim/release/keystore.ts';
import { MoteCommand } from '../../base.ts';
import { keysFlag } from '../../flags.ts';

export default class KeysNew extends MoteCommand {
  static override summary = 'Make a signing key.';
  static override description =
    `The private key is a 32-byte seed in a file that only you can read; keep a copy in a safe place. A device trusts
the key by its thumbprint (COSE Key Thumbprint, RFC 9679). A key file is never overwritten.`;
  static override examples = [
    { description: 'A key to sign releases with', command: '<%= config.bin %> keys new release' },
    {
      description: 'A classical key for a second signature',
      command: '<%= config.bin %> keys new release-classical --algorithm Ed25519',
    },
  ];
  static override args = {
    name: Args.string({ ignoreStdin: true, required: true, description: 'a-z, 0-9, "-" and "_", at most 32' }),
  };
  static override flags = {
    algorithm: Flags.option({
      description: 'ML-DSA-65 signs modules, ML-DSA-87 is for roots',
      options: ['ML-DSA-65', 'ML-DSA-87', 'Ed25519'] as const,
      default: 'ML-DSA-65' as const,
    })(),
    keys: keysFlag,
  };

  async run(): Promise<KeyInfo> {
    const { args, flags } = await this.parse(KeysNew);
    const { newKey } = await import('../../../host-shim/release/keystore.ts');
    const key = await newKey(flags.keys, args.name, flags.algorithm);
    this.log(`${key.name}  ${key.algorithm}  ${key.kid}`);
    this.note(`written to ${flags.keys}/${key.name}.json; keep a copy of it in a safe place`);
    return key;
  }
}

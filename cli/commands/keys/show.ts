import { Args } from '@oclif/core';
import type { KeyInfo } from '../../../host-shim/release/keystore.ts';
import { MoteCommand } from '../../base.ts';
import { keysFlag } from '../../flags.ts';

export default class KeysShow extends MoteCommand {
  static override summary = 'Show the public part of a signing key.';
  static override description = 'The private key is never printed.';
  static override examples = [
    { description: 'Thumbprint and public key', command: '<%= config.bin %> keys show release' },
    { description: 'Only the thumbprint', command: '<%= config.bin %> keys show release --json | jq -r .kid' },
  ];
  static override args = { name: Args.string({ ignoreStdin: true, required: true, description: 'name of the key' }) };
  static override flags = { keys: keysFlag };

  async run(): Promise<KeyInfo> {
    const { args, flags } = await this.parse(KeysShow);
    const { showKey } = await import('../../../host-shim/release/keystore.ts');
    const key = await showKey(flags.keys, args.name);
    this.log(
      `name        ${key.name}\nalgorithm   ${key.algorithm}\ncreated     ${key.created}\ncustody     ${key.custody}`,
    );
    this.log(`thumbprint  ${key.kid}\npublic key  ${key.publicKey}`);
    return key;
  }
}

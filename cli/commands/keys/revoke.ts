import { Args } from '@oclif/core';
import { MoteCommand } from '../../base.ts';
import { keysFlag, setFlags } from '../../flags.ts';

export default class KeysRevoke extends MoteCommand {
  static override summary = 'Make the next key set, in which a key is revoked.';
  static override description =
    `What the key signed is refused from then on; a module that runs already goes on running. A revoked key never comes back.
Its Ed25519 companion is revoked with it.`;
  static override examples = [
    {
      description: 'A key has been lost',
      command: '<%= config.bin %> keys revoke release --root root-a --root root-b',
    },
  ];
  static override args = {
    key: Args.string({ ignoreStdin: true, required: true, description: 'name of the key, or its thumbprint' }),
  };
  static override flags = { ...setFlags, keys: keysFlag };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(KeysRevoke);
    const { changeKeySet } = await import('../../../host-shim/release/ceremony.ts');
    const { askPassphrase } = await import('../../passphrase.ts');
    const { keySetOutcome, keySetText } = await import('../../views.ts');
    const made = await changeKeySet({ ...flags, revoke: [args.key], passphrase: askPassphrase });
    this.log(keySetText(made));
    return { file: flags.set, ...keySetOutcome(made) };
  }
}

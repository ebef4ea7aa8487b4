import { Flags } from '@oclif/core';
import { MoteCommand } from '../../base.ts';
import { keysFlag, setFlags } from '../../flags.ts';

export default class KeysRotate extends MoteCommand {
  static override summary = 'Make the next key set: who may sign from now on.';
  static override description =
    `The roots of the set in force sign it, as many as its threshold says; "mote keys cosign" adds a root that is elsewhere. The
first set names the roots that devices were given. A name stands for the key and its Ed25519 companion; a thumbprint will
do for a key that is kept elsewhere, or that is to be used one day. "mote push" brings the set to a device.`;
  static override examples = [
    {
      description: 'The first set, of three roots of which two have to sign',
      command:
        '<%= config.bin %> keys rotate --new-root root-a --new-root root-b --new-root root-c --release release --root root-a --root root-b',
    },
    {
      description: 'Another key may sign from now on',
      command: '<%= config.bin %> keys rotate --release next --root root-a --root root-c',
    },
  ];
  static override flags = {
    ...setFlags,
    release: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'key that may sign modules',
      helpValue: 'KEY',
    }),
    rollout: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'key that may sign who gets them when',
      helpValue: 'KEY',
    }),
    least: Flags.integer({ description: 'from which sequence number of a module on', default: 0, min: 0 }),
    'new-root': Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'root of the next set; all of them are to be named',
      helpValue: 'KEY',
    }),
    threshold: Flags.integer({ description: 'how many roots have to sign; of the first set 2', min: 1, max: 4 }),
    keys: keysFlag,
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(KeysRotate);
    const { changeKeySet } = await import('../../../host-shim/release/ceremony.ts');
    const { askPassphrase } = await import('../../passphrase.ts');
    const { keySetOutcome, keySetText } = await import('../../views.ts');
    const made = await changeKeySet({ ...flags, newRoot: flags['new-root'], passphrase: askPassphrase });
    this.log(keySetText(made));
    return { file: flags.set, ...keySetOutcome(made) };
  }
}

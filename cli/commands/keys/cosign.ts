import { MoteCommand } from '../../base.ts';
import { keysFlag, setFlags } from '../../flags.ts';

export default class KeysCosign extends MoteCommand {
  static override summary = 'Sign a key set with one more root.';
  static override description =
    'Roots need not meet: each signs the same file where it is kept. It shows what has been signed.';
  static override examples = [
    { description: 'With a root that is kept here', command: '<%= config.bin %> keys cosign --root root-b' },
  ];
  static override flags = { ...setFlags, keys: keysFlag };

  async run(): Promise<object> {
    const { flags } = await this.parse(KeysCosign);
    const { cosign } = await import('../../../host-shim/release/ceremony.ts');
    const { askPassphrase } = await import('../../passphrase.ts');
    const { keySetOutcome, keySetText } = await import('../../views.ts');
    const made = await cosign({ ...flags, passphrase: askPassphrase });
    this.log(keySetText(made));
    return { file: flags.set, ...keySetOutcome(made) };
  }
}

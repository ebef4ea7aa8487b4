import { Args, Flags } from '@oclif/core';
import { MoteCommand } from '../../base.ts';

export default class WmbusExplain extends MoteCommand {
  static override summary = 'Name every byte of a Wireless M-Bus telegram.';
  static override description =
    `Offset, bytes, layer, field, meaning and clause of the standard; of encrypted bytes also what they decrypt to, when the
key is given. A refused telegram is explained as far as it could be read, and exit code 1 says so. The telegram is hex,
from the L field on, with or without link-layer CRCs, as chips of T or S mode, or a wired long frame. What it completes or
refers to comes with --before: the other fragments of its message, or the full frame of a compact one.`;
  static override examples = [
    {
      description: 'One telegram',
      command: '<%= config.bin %> wmbus explain 1244AE0C7856341201078C2027780B13436587',
    },
    {
      description: 'An encrypted one, to a file',
      command: '<%= config.bin %> wmbus explain --key 0102030405060708090A0B0C0D0E0F11 2E449315… > telegram.txt',
    },
  ];
  static override strict = false;
  static override args = {
    telegram: Args.string({ required: true, ignoreStdin: true, description: 'hex; blanks are fine' }),
  };
  static override flags = {
    key: Flags.string({ description: 'AES-128 key of the meter', helpValue: 'HEX' }),
    before: Flags.string({
      description: 'what was heard before it, in order',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'HEX',
    }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(WmbusExplain);
    const { keyBytes, telegramBytes, WmbusDecoder } = await import('../../../host-shim/codec/wmbus.ts');
    const { explain } = await import('../../../host-shim/codec/explain.ts');
    const { explanationText } = await import('../../explanation.ts');
    const telegram = telegramBytes((argv as string[]).join(''));
    const before = (flags.before ?? []).map(telegramBytes);
    const found = explain(await WmbusDecoder.load(), telegram, keyBytes(flags.key ?? ''), before);
    const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
    if (this.jsonEnabled()) this.logJson(found);
    else this.log(explanationText(found, colour));
    if (!found.ok) this.exit(1);
  }
}

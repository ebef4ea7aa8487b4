import { Args, Flags } from '@oclif/core';
import { MoteCommand } from '../base.ts';
import { keysFlag, signFlags } from '../flags.ts';

export default class Rollout extends MoteCommand {
  static override summary = 'Sign which devices are to have a bundle.';
  static override description =
    `A release key says what may run, a rollout key who is to have it now: two people, two keys, and neither can do the other's
work. Devices whose key set names a rollout key (mote keys rotate --rollout) take a bundle only with such a file. A device takes
no file whose sequence number is below that of the last one that it has acted on: a newer rollout takes back older ones.`;
  static override examples = [
    {
      description: 'Two devices first, until the end of the week',
      command:
        '<%= config.bin %> rollout gateway.mote --devices acme/cellar/gateway/g1 --devices acme/cellar/gateway/g2 --expires 2031-01-05 --key rollout --out wave1.rollout',
    },
    {
      description: 'Then a whole site, and the push',
      command:
        "<%= config.bin %> rollout gateway.mote --devices 'acme/cellar/#' --key rollout --out all.rollout && <%= config.bin %> push gateway.mote --to acme/cellar/gateway/g7 --rollout all.rollout",
    },
  ];
  static override args = {
    bundle: Args.string({ ignoreStdin: true, required: true, multiple: true, description: 'bundle files, at most 4' }),
  };
  static override flags = {
    devices: Flags.string({
      required: true,
      multiple: true,
      multipleNonGreedy: true,
      description: 'MQTT topic filter over base topics: who is to have it; repeat for more',
      helpValue: 'FILTER',
    }),
    key: signFlags.key,
    alone: signFlags.alone,
    sequence: signFlags.sequence,
    expires: signFlags.expires,
    out: Flags.string({ required: true, description: 'the file to push with', helpValue: 'FILE' }),
    keys: keysFlag,
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Rollout);
    const { makeRollout } = await import('../../host-shim/release/rollout.ts');
    const { askPassphrase } = await import('../passphrase.ts');
    const { writeWhole } = await import('../../host-shim/files.ts');
    const made = await makeRollout(args.bundle as string[], { ...flags, passphrase: askPassphrase });
    await writeWhole(flags.out, made.file);
    const { sequence, devices, expiry } = made.rollout;
    this.log(`rollout ${sequence} of ${made.components.join(', ')} to ${devices.join(', ')}  ${flags.out}`);
    return { file: flags.out, sequence, components: made.components, devices, expiry, bytes: made.file.length };
  }
}

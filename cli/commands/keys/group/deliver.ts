import { Args, Flags } from '@oclif/core';
import { MoteCommand } from '../../../base.ts';
import { keysFlag, signFlags } from '../../../flags.ts';

export default class KeysGroupDeliver extends MoteCommand {
  static override summary = "Seal a group's key for one device: a file to push.";
  static override description =
    `The key is sealed for the device's own key (X25519 and ML-KEM-768 together) and signed like a release. Push the file with
mote push, once; releases for the group need nothing more.`;
  static override examples = [
    {
      description: 'For a device whose file is here',
      command:
        '<%= config.bin %> keys group deliver meters --for device.json --key release --out meters.key && <%= config.bin %> push meters.key --to acme/lab/esp32c6/one',
    },
  ];
  static override args = {
    name: Args.string({ ignoreStdin: true, required: true, description: 'the group' }),
  };
  static override flags = {
    for: Flags.string({
      required: true,
      description: "the device's file with its seed, or its public key: 1216 bytes in hexadecimal",
      helpValue: 'FILE',
    }),
    key: signFlags.key,
    alone: signFlags.alone,
    sequence: signFlags.sequence,
    out: Flags.string({ required: true, description: 'the file to push', helpValue: 'FILE' }),
    keys: keysFlag,
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(KeysGroupDeliver);
    const { deliver } = await import('../../../../host-shim/release/deliver.ts');
    const { askPassphrase } = await import('../../../passphrase.ts');
    const { writeWhole } = await import('../../../../host-shim/files.ts');
    const { file, sequence } = await deliver(args.name, { ...flags, passphrase: askPassphrase });
    await writeWhole(flags.out, file);
    this.log(`sealed the key of the group ${args.name}, delivery ${sequence}: ${file.length} B  ${flags.out}`);
    return { file: flags.out, group: args.name, sequence, bytes: file.length };
  }
}

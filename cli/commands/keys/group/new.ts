import { Args } from '@oclif/core';
import { MoteCommand } from '../../../base.ts';
import { keysFlag } from '../../../flags.ts';

export default class KeysGroupNew extends MoteCommand {
  static override summary = 'Make the key of a group of devices, for encrypted releases.';
  static override description =
    `Who has this key can open every release for the group. It is a file that only you can read; devices get it sealed for
each of them (mote keys group deliver). A new key is a new group.`;
  static override examples = [
    { description: 'A group; then "mote sign --encrypt meters"', command: '<%= config.bin %> keys group new meters' },
  ];
  static override args = {
    name: Args.string({ ignoreStdin: true, required: true, description: 'a-z, 0-9 and "-", at most 32' }),
  };
  static override flags = { keys: keysFlag };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(KeysGroupNew);
    const { newGroup } = await import('../../../../host-shim/release/group.ts');
    const made = await newGroup(flags.keys, args.name);
    this.log(`made the key of the group ${made.name}  ${made.file}`);
    return made;
  }
}

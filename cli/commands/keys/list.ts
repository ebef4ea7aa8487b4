import type { KeyInfo } from '../../../host-shim/release/keystore.ts';
import { MoteCommand } from '../../base.ts';
import { keysFlag } from '../../flags.ts';

export default class KeysList extends MoteCommand {
  static override summary = 'List the signing keys.';
  static override examples = [
    { description: 'Names, algorithms and thumbprints', command: '<%= config.bin %> keys list' },
    {
      description: 'Thumbprints for the trust slots of a device',
      command: "<%= config.bin %> keys list --json | jq -r '.[].kid'",
    },
  ];
  static override flags = { keys: keysFlag };

  async run(): Promise<KeyInfo[]> {
    const { flags } = await this.parse(KeysList);
    const { listKeys } = await import('../../../host-shim/release/keystore.ts');
    const { columns } = await import('../../format.ts');
    const keys = await listKeys(flags.keys);
    if (keys.length > 0) {
      const rows = keys.map(({ name, algorithm, kid, created, custody }) => [
        name,
        algorithm,
        created.slice(0, 10),
        custody,
        kid,
      ]);
      this.log(columns(rows, ['name', 'algorithm', 'created', 'custody', 'thumbprint']));
    } else this.note(`no keys in ${flags.keys}; make one: mote keys new <name>`);
    return keys;
  }
}

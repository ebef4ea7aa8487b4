import { DEFAULTS } from '../../../host-shim/defaults.ts';
import { MoteCommand } from '../../base.ts';
import { deviceFlags, withDevice } from '../../device.ts';

export default class DeviceOutbox extends MoteCommand {
  static override summary = 'Show what a device still has to deliver, and what it has lost.';
  static override examples = [
    { description: 'How full it is', command: `<%= config.bin %> device outbox --on ${DEFAULTS.device}` },
    {
      description: 'Only what was dropped, for a monitor',
      command: `<%= config.bin %> device outbox --on ${DEFAULTS.device} --json | jq .dropped`,
    },
  ];
  static override flags = deviceFlags;

  async run(): Promise<object> {
    const { flags } = await this.parse(DeviceOutbox);
    const { getTwin } = await import('../../../host-shim/fleet/twin.ts');
    const { bytes, columns } = await import('../../format.ts');
    const { epoch, outbox, audit, life } = await withDevice(flags, (bus) =>
      getTwin({ bus, thing: flags.on, timeout: flags.timeout * 1000 }),
    );
    const head = Buffer.from(audit.head).toString('hex');
    this.log(
      columns([
        ['waiting', `${outbox.records} records, ${bytes(outbox.bytes)} of ${bytes(outbox.capacity)}`],
        ['acknowledged', `up to ${outbox.acked} of epoch ${epoch}; the next is ${outbox.next}`],
        ['dropped', String(outbox.dropped)],
        ['audit', `${audit.count} entries, head ${head}`],
        [
          'up',
          `${life.uptime} s, boot ${life.boots}, ${life.unix === null ? 'without the time' : new Date(life.unix * 1000).toISOString()}`,
        ],
      ]),
    );
    return { epoch, ...outbox, audit: { count: audit.count, head }, ...life };
  }
}

import { DEFAULTS } from '../../../host-shim/defaults.ts';
import type { Event } from '../../../host-shim/release/device.ts';
import { MoteCommand } from '../../base.ts';
import { deviceFlags } from '../../device.ts';

export default class DeviceHistory extends MoteCommand {
  static override summary = "Show what a device's journal still knows of its updates.";
  static override examples = [
    { description: 'Oldest first', command: `<%= config.bin %> device history --on ${DEFAULTS.device}` },
  ];
  static override flags = deviceFlags;

  async run(): Promise<Event[]> {
    const { flags } = await this.parse(DeviceHistory);
    const { deviceHistory } = await import('../../../host-shim/release/device.ts');
    const { columns } = await import('../../format.ts');
    const events = await deviceHistory({
      device: flags.on,
      broker: flags.broker ?? DEFAULTS.broker,
      timeoutMs: flags.timeout * 1000,
    });
    const rows = events.map(({ number, state, active, offset, reason, transfer }) => [
      String(number),
      state,
      active === 0 ? '-' : String(active),
      state === 'FETCHING' ? String(offset) : '-',
      transfer ?? '-',
      reason ?? '-',
    ]);
    this.log(columns(rows, ['record', 'state', 'slot', 'bytes', 'transfer', 'reason']));
    return events;
  }
}

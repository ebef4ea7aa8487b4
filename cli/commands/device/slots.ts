import { DEFAULTS } from '../../../host-shim/defaults.ts';
import type { Slot } from '../../../host-shim/release/device.ts';
import { MoteCommand } from '../../base.ts';
import { deviceFlags } from '../../device.ts';

export default class DeviceSlots extends MoteCommand {
  static override summary = "Show what lies in a device's slots.";
  static override examples = [
    {
      description: 'What runs, and what ran before',
      command: `<%= config.bin %> device slots --on ${DEFAULTS.device}`,
    },
  ];
  static override flags = deviceFlags;

  async run(): Promise<Slot[]> {
    const { flags } = await this.parse(DeviceSlots);
    const { deviceSlots } = await import('../../../host-shim/release/device.ts');
    const { columns } = await import('../../format.ts');
    const slots = await deviceSlots({
      device: flags.on,
      broker: flags.broker ?? DEFAULTS.broker,
      timeoutMs: flags.timeout * 1000,
    });
    const rows = slots.map(({ slot, role, module }) => [
      String(slot),
      role,
      module ? `${module.component} ${module.version}` : '-',
      module ? String(module.sequence) : '-',
      module?.digest ?? '-',
    ]);
    this.log(columns(rows, ['slot', 'role', 'module', 'sequence', 'digest']));
    return slots;
  }
}

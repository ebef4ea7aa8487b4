import { Flags } from '@oclif/core';
import { DEFAULTS } from '../../../host-shim/defaults.ts';
import { MoteCommand } from '../../base.ts';
import { deviceFlags } from '../../device.ts';

export default class DeviceRollback extends MoteCommand {
  static override summary = 'Make a device run the module before again.';
  static override description =
    `The module before still lies in its slot; the device checks it as it checks an update, and needs no broker for its
trial. Run again, nothing happens: the device runs what you expect.`;
  static override examples = [
    {
      description: 'Its digest is in "mote device slots"',
      command: `<%= config.bin %> device rollback --on ${DEFAULTS.device} --expect 64-HEX-DIGITS`,
    },
  ];
  static override flags = {
    ...deviceFlags,
    timeout: Flags.integer({
      description: 'give up after that many seconds',
      min: 1,
      default: 30,
      helpValue: 'SECONDS',
    }),
    expect: Flags.string({ required: true, description: 'SHA-256 of the module to go back to', helpValue: 'HEX' }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(DeviceRollback);
    const { fault } = await import('../../../host-shim/errors.ts');
    const { rollback } = await import('../../../host-shim/release/device.ts');
    const { on: device, broker = DEFAULTS.broker, expect } = flags;
    if (!/^[0-9a-fA-F]{64}$/.test(expect)) {
      throw fault('usage', { what: `--expect ${expect} is not 64 hex digits`, command: 'mote device rollback' });
    }
    const { sequence, component } = await rollback({ device, broker, expect, timeoutMs: flags.timeout * 1000 });
    this.log(`${device} runs ${component} ${expect.toLowerCase()} (sequence ${sequence})`);
    return { device, running: expect.toLowerCase(), component, sequence };
  }
}

import { Flags } from '@oclif/core';
import { DEFAULTS } from '../../../host-shim/defaults.ts';
import type { Last } from '../../../host-shim/fleet/twin.ts';
import type { Document, Reported } from '../../../host-shim/fleet/wire.ts';
import { MoteCommand, prose } from '../../base.ts';
import { deviceFlags, parseValue, toJson, withDevice } from '../../device.ts';

export default class DeviceTwin extends MoteCommand {
  static override summary = 'Show what a device reports, or set what it shall become.';
  static override description =
    prose(`A change is made over the version that the device has: when somebody else was quicker it is refused (exit code 4),
    and nothing was changed. --set is kept by the broker for a device that is away; --patch follows RFC 7396: null deletes. --last
    shows what the broker keeps of the device's last report, and whether it is connected: also when it is away.`);
  static override examples = [
    { description: 'What it reports', command: `<%= config.bin %> device twin --on ${DEFAULTS.device}` },
    {
      description: 'What it reported last, though it is away',
      command: `<%= config.bin %> device twin --on ${DEFAULTS.device} --last`,
    },
    {
      description: 'Change one value, and wait until a module follows',
      command: `<%= config.bin %> device twin --on ${DEFAULTS.device} --patch '{"interval": 60}' --until applied`,
    },
    {
      description: 'Only if nobody has changed it since',
      command: `<%= config.bin %> device twin --on ${DEFAULTS.device} --set '{"interval": 60}' --expect 7`,
    },
  ];
  static override flags = {
    ...deviceFlags,
    set: Flags.string({ description: 'the whole desired document', helpValue: 'JSON', exclusive: ['patch'] }),
    patch: Flags.string({ description: 'a change to the desired document', helpValue: 'JSON' }),
    last: Flags.boolean({ description: 'do not ask the device', exclusive: ['set', 'patch', 'expect', 'until'] }),
    expect: Flags.integer({ description: 'version that it must have before', min: 0, helpValue: 'VERSION' }),
    until: Flags.string({
      description: 'wait until it is in the journal, or until a module has accepted it',
      options: ['stored', 'applied'],
      default: 'stored',
    }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(DeviceTwin);
    const { getTwin, lastReported, setDesired } = await import('../../../host-shim/fleet/twin.ts');
    if (flags.last)
      return this.#last(await withDevice(flags, (bus) => lastReported({ bus, thing: flags.on })), flags.on);
    const text = flags.set ?? flags.patch;
    const body = text === undefined ? undefined : document(parseValue(text, text));
    const timeout = flags.timeout * 1000;
    const reported = await withDevice(flags, (bus) => {
      if (body === undefined) return getTwin({ bus, thing: flags.on, timeout });
      return setDesired({
        ...{ bus, thing: flags.on, timeout, until: flags.until as 'stored' },
        change: flags.set === undefined ? { patch: body } : { document: body },
        ...(flags.expect !== undefined && { expect: flags.expect }),
      });
    });
    return this.#show(reported);
  }

  async #last({ reported, online }: Last, device: string): Promise<object> {
    const { fault } = await import('../../../host-shim/errors.ts');
    if (!reported && online === null) throw fault('device-unknown', { device });
    this.log(online === null ? 'the broker does not know whether it is connected' : online ? 'online' : 'offline');
    return { online, ...(reported && (await this.#show(reported))) };
  }

  async #show({ version, document: found, stored, applied }: Reported): Promise<object> {
    const { columns } = await import('../../format.ts');
    this.log(
      columns([
        ['desired', stored === 0 ? 'none' : `version ${stored}, ${applied === stored ? 'applied' : 'not applied'}`],
        ['reported', version === 0 ? 'nothing' : `version ${version}`],
      ]),
    );
    if (version > 0) this.log(JSON.stringify(toJson(found), null, 2));
    return { stored, applied, version, reported: toJson(found) };
  }
}

function document(value: unknown): Document {
  // What is no object is refused with the reason of the library.
  return value as Document;
}

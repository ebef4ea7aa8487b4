import { Flags } from '@oclif/core';
import { DEFAULTS } from '../../../host-shim/defaults.ts';
import { EXIT, fault } from '../../../host-shim/errors.ts';
import type { DeviceRecord } from '../../../host-shim/fleet/wire.ts';
import { MoteCommand, prose } from '../../base.ts';
import { deviceFlags, toJson, withDevice } from '../../device.ts';

export default class DeviceLogs extends MoteCommand {
  static override summary = 'Print what a device delivers: records, and what it declares lost.';
  static override description =
    prose(`It listens until Ctrl-C (exit code 130) or for the time given, and leaves the device as it is: what nobody acknowledges comes
    again. With --store it is the receiver: records are appended to a file there, once each, and acknowledged, so that the
    device forgets them. --audit verifies the chain of what such a store holds (exit code 4 when it was changed).`);
  static override examples = [
    { description: 'Look', command: `<%= config.bin %> device logs --on ${DEFAULTS.device}` },
    {
      description: 'Receive for a minute',
      command: `<%= config.bin %> device logs --on ${DEFAULTS.device} --store received --for 60`,
    },
    {
      description: 'Verify the audit',
      command: `<%= config.bin %> device logs --on ${DEFAULTS.device} --store received --audit`,
    },
  ];
  static override flags = {
    on: deviceFlags.on,
    broker: deviceFlags.broker,
    store: Flags.string({ description: 'folder of what was received', helpValue: 'FOLDER' }),
    audit: Flags.boolean({ description: 'verify, receive nothing', dependsOn: ['store'] }),
    for: Flags.integer({ description: 'end after that many seconds', min: 0, helpValue: 'SECONDS' }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(DeviceLogs);
    return flags.audit ? this.#audit(flags.on, flags.store!) : this.#listen(flags);
  }

  async #listen(flags: {
    on: string;
    broker?: string | undefined;
    store?: string | undefined;
    for?: number | undefined;
  }): Promise<object> {
    const { Receiver } = await import('../../../host-shim/fleet/receiver.ts');
    const { FileStore } = await import('../../../host-shim/fleet/file-store.ts');
    const { MemoryStore } = await import('../../../host-shim/fleet/store.ts');
    const { stopSignal } = await import('../../signals.ts');
    const signal = stopSignal(flags.for);
    const store = flags.store === undefined ? new MemoryStore() : await FileStore.open(flags.store);
    const receiver = new Receiver(store, {
      onDelivery: (_, { records, losses, newEpoch, before, cursor }) => {
        if (newEpoch) this.log(`epoch ${cursor.epoch}${before > 0 ? `, ${before} numbers delivered before` : ''}`);
        for (const record of records) this.log(line(record, lines));
        for (const { from, to, declared } of losses) {
          this.log(`${from}${to > from ? ` to ${to}` : ''}  lost${declared ? '' : ', and not declared by the device'}`);
        }
      },
      onRefused: (_, why) => this.note(`refused: ${why}`),
    });
    const lines = await readers();
    const why = await withDevice(flags, async (bus) => {
      const silent = { ...bus, publish: async () => undefined, subscribe: bus.subscribe.bind(bus) };
      const end = await receiver.serve(flags.store === undefined ? silent : bus, flags.on);
      const reason = await signal;
      await end();
      return reason;
    });
    if (store instanceof FileStore) await store.close();
    if (why === 'interrupted') this.exit(EXIT.interrupted);
    return { device: flags.on, ...receiver.counters };
  }

  async #audit(device: string, folder: string): Promise<object> {
    const { readStore } = await import('../../../host-shim/fleet/file-store.ts');
    const { auditOf, describeEntry, verifyAudit } = await import('../../../host-shim/fleet/audit.ts');
    const { entries, bad, missing } = verifyAudit(auditOf(await readStore(folder), device));
    for (const entry of entries) {
      const hole = missing.find(({ to }) => to === entry.index - 1);
      if (hole) this.log(`${hole.from} to ${hole.to}  not here: the device declared telemetry lost`);
      const time = entry.time === null ? '-' : new Date(entry.time * 1000).toISOString();
      this.log(`${entry.index}  ${time}  ${describeEntry(entry)}`);
    }
    const outcome = { device, entries: entries.length, missing, bad };
    this.evidence = outcome;
    if (bad) throw fault('audit-broken', { device, ...bad });
    return outcome;
  }
}

type Readers = Awaited<ReturnType<typeof readers>>;

async function readers() {
  const { readSenml } = await import('../../../host-shim/telemetry/senml.ts');
  const { decodeAuditEntry, CLASSES } = await import('../../../host-shim/fleet/wire.ts');
  const { describeEntry } = await import('../../../host-shim/fleet/audit.ts');
  return { readSenml, decodeAuditEntry, describeEntry, CLASSES };
}

/** A record on one line: SenML and audit entries in words, anything else in hexadecimal. */
function line(
  { seq, class: level, time, payload }: DeviceRecord,
  { readSenml, decodeAuditEntry, describeEntry, CLASSES }: Readers,
): string {
  const text = () => {
    if (level === 3) return describeEntry(decodeAuditEntry(payload).entry);
    return readSenml(payload)
      .map(({ name, unit, value }) => `${name}=${String(toJson(value))}${unit}`)
      .join(' ');
  };
  let content: string;
  try {
    content = text();
  } catch {
    content = Buffer.from(payload).toString('hex');
  }
  const when = time === null ? '-' : new Date(time * 1000).toISOString();
  return `${seq}  ${when}  ${CLASSES[level]}  ${content.replace(/\p{Cc}/gu, '?')}`;
}

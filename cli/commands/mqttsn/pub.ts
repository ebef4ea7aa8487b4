import { Flags } from '@oclif/core';
import type { Qos } from '../../../host-shim/mqttsn/messages.ts';
import { MoteCommand } from '../../base.ts';
import { openClient, snFlags, topicOf } from '../../mqttsn.ts';

export default class MqttsnPub extends MoteCommand {
  static override summary = 'Publish one message over MQTT-SN.';
  static override description =
    `It runs the same Wasm as the device. Exit code 0 when the message is sent (QoS -1 and 0) or acknowledged (QoS 1 and 2), 4
when the gateway refuses, 5 when it is silent.`;
  static override examples = [
    { description: 'With QoS 1', command: '<%= config.bin %> mqttsn pub --topic home/t --message 21.5 --qos 1' },
    {
      description: 'To a predefined topic, without a connection',
      command: '<%= config.bin %> mqttsn pub --predefined 1 --message 21.5 --qos=-1',
    },
  ];
  static override flags = {
    ...snFlags,
    message: Flags.string({ description: 'payload, as UTF-8', required: true, helpValue: 'TEXT' }),
    qos: Flags.string({ description: 'quality of service', options: ['-1', '0', '1', '2'], default: '0' }),
    retain: Flags.boolean({ description: 'the broker keeps it', default: false }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(MqttsnPub);
    const { name, how } = topicOf(flags, 'mote mqttsn pub');
    const qos = Number(flags.qos) as Qos;
    const payload = Buffer.from(flags.message);
    const timeout = flags.timeout * 1000;
    const client = await openClient(flags);
    try {
      if (qos >= 0) await client.connect(timeout);
      await client.publish(name, payload, { ...how, qos, retain: flags.retain, timeout });
    } finally {
      await client.close();
    }
    return { topic: name, ...how, qos, retain: flags.retain, bytes: payload.length };
  }
}

import { Flags } from '@oclif/core';
import { EXIT } from '../../../host-shim/errors.ts';
import type { Publication } from '../../../host-shim/mqttsn/client.ts';
import { MoteCommand } from '../../base.ts';
import { openClient, snFlags, topicOf } from '../../mqttsn.ts';

export default class MqttsnSub extends MoteCommand {
  static override summary = 'Subscribe over MQTT-SN and print what comes.';
  static override description =
    `Each message is a line, its topic and its payload; with --json all of them are one document at the end. It runs the same
Wasm as the device. With --sleep the client sleeps so many seconds at a time, and the gateway keeps its messages. Exit
code 130 after Ctrl-C, 4 when the gateway refuses, 5 when it is silent.`;
  static override examples = [
    { description: 'All below a topic', command: "<%= config.bin %> mqttsn sub --topic 'home/#' --qos 1" },
    { description: 'One message', command: '<%= config.bin %> mqttsn sub --predefined 1 --count 1' },
    { description: 'As a sleeping client', command: '<%= config.bin %> mqttsn sub --topic cmd --qos 1 --sleep 30' },
  ];
  static override flags = {
    ...snFlags,
    qos: Flags.string({ description: 'quality of service', options: ['0', '1', '2'], default: '0' }),
    count: Flags.integer({ description: 'end after that many messages', min: 1, helpValue: 'MESSAGES' }),
    for: Flags.integer({ description: 'end after that many seconds', min: 0, helpValue: 'SECONDS' }),
    sleep: Flags.integer({ description: 'sleep between messages', min: 1, max: 65_535, helpValue: 'SECONDS' }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(MqttsnSub);
    const { name, how } = topicOf(flags, 'mote mqttsn sub');
    const { stopSignal } = await import('../../signals.ts');
    const signal = stopSignal();
    const messages: object[] = [];
    const timeout = flags.timeout * 1000;
    let enough = () => {};
    const counted = new Promise<'counted'>((resolve) => {
      enough = () => resolve('counted');
    });
    // The socket keeps the process, the timer does not: --count may come first.
    const elapsed = new Promise<'elapsed'>((resolve) => {
      if (flags.for !== undefined) setTimeout(() => resolve('elapsed'), flags.for * 1000).unref();
    });
    const onMessage = ({ topic, topicId, payload, qos, retain }: Publication) => {
      if (flags.count !== undefined && messages.length >= flags.count) return;
      const text = Buffer.from(payload).toString('utf8');
      messages.push({ topic: topic ?? topicId, payload: text, qos, retain });
      this.log(`${topic ?? topicId} ${text}`);
      if (messages.length === flags.count) enough();
    };
    const client = await openClient(flags, { onMessage });
    let why: 'interrupted' | 'elapsed' | 'counted';
    try {
      await client.connect(timeout);
      const granted = await client.subscribe(name, Number(flags.qos) as 0 | 1 | 2, { ...how, timeout });
      this.note(`subscribed with QoS ${granted}`);
      if (flags.sleep !== undefined) await client.sleep(flags.sleep, timeout);
      why = await Promise.race([signal, elapsed, counted]);
    } finally {
      await client.close();
    }
    if (why === 'interrupted') this.exit(EXIT.interrupted);
    return { messages };
  }
}

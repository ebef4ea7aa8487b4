import { Flags } from '@oclif/core';
import { DEFAULTS } from '../../../host-shim/defaults.ts';
import { EXIT } from '../../../host-shim/errors.ts';
import { MoteCommand } from '../../base.ts';
import { brokerFlag } from '../../flags.ts';

export default class GatewayMqttSn extends MoteCommand {
  static override summary = 'Run a gateway from MQTT-SN (UDP) to an MQTT broker.';
  static override description =
    `It stays up until Ctrl-C (exit code 130) or for the time given. Transparent, each client has a connection of its own and
the broker keeps its session: a message is acknowledged to the broker when the device has it, and to the device when the
broker has it. Aggregating, all share one connection and the gateway keeps what they subscribed to, in memory. UDP is not
encrypted: there is no DTLS.`;
  static override examples = [
    { description: 'For this machine, to a broker on it', command: '<%= config.bin %> gateway mqtt-sn' },
    {
      description: 'For the network, with predefined topics',
      command:
        '<%= config.bin %> gateway mqtt-sn --host 0.0.0.0 --broker mqtt://broker.example:1883 --predefined 1=alarm --predefined dev1/2=dev1/cmd',
    },
  ];
  static override flags = {
    broker: brokerFlag,
    host: Flags.string({ description: 'interface to listen on', default: '127.0.0.1' }),
    port: Flags.integer({ description: 'UDP port, 0 for any', default: 10_000, min: 0, max: 65_535 }),
    mode: Flags.string({
      description: 'a broker connection for each client, or one for all',
      options: ['transparent', 'aggregating'],
      default: 'transparent',
    }),
    predefined: Flags.string({
      description: 'a predefined topic, of one client or of all; repeat for more',
      helpValue: '[CLIENT/]ID=TOPIC',
      multiple: true,
      default: [],
    }),
    'gw-id': Flags.integer({ description: 'id of this gateway', default: 1, min: 0, max: 255 }),
    for: Flags.integer({ description: 'end after that many seconds', min: 0, helpValue: 'SECONDS' }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(GatewayMqttSn);
    const { startGateway } = await import('../../../host-shim/mqttsn/gateway.ts');
    const { parsePredefined } = await import('../../../host-shim/mqttsn/topic-ids.ts');
    const { stopSignal } = await import('../../signals.ts');
    const broker = flags.broker ?? DEFAULTS.broker;
    const gateway = await startGateway({
      broker: { url: broker },
      mode: flags.mode as 'transparent' | 'aggregating',
      host: flags.host,
      port: flags.port,
      gwId: flags['gw-id'],
      predefined: parsePredefined(flags.predefined),
      note: (text) => this.note(text),
    });
    this.note(`${flags.mode} gateway on ${gateway.host}:${gateway.port} to ${broker}`);
    const why = await stopSignal(flags.for);
    const stats = gateway.stats();
    await gateway.stop();
    if (why === 'interrupted') this.exit(EXIT.interrupted);
    return { host: gateway.host, port: gateway.port, broker, ...stats };
  }
}

/** A gateway before a broker, and clients of both kinds. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { type Broker, startBroker } from '../../host-shim/board/broker.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../../host-shim/mqttsn/gateway.ts';
import { openUdpClient, type UdpClient, type UdpClientOptions } from '../../host-shim/mqttsn/udp-client.ts';
import type { Publication } from '../../host-shim/mqttsn/client.ts';

/** mosquitto lives in /usr/sbin, which is not everybody's PATH. */
const MOSQUITTO = ['mosquitto', '/usr/sbin/mosquitto'].find((file) => !spawnSync(file, ['-h']).error);
/** For a test's name: empty, or what is missing. */
export const noMosquitto = MOSQUITTO ? '' : ' (SKIPPED: mosquitto is not installed: apt-get install mosquitto)';

const NATS = ['nats-server', '/usr/sbin/nats-server'].find((file) => !spawnSync(file, ['-v']).error);
export const noNats = NATS ? '' : ' (SKIPPED: nats-server is not installed: apt-get install nats-server)';

export type BrokerKind = 'aedes' | 'mosquitto' | 'nats';

export async function startAnyBroker(kind: BrokerKind): Promise<Pick<Broker, 'url' | 'port' | 'stop'>> {
  if (kind === 'aedes') return startBroker();
  const [port, other] = [await freePort(), await freePort()];
  if (kind === 'mosquitto') {
    const conf = `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`;
    return startServer(MOSQUITTO!, conf, port);
  }
  const conf = (folder: string) =>
    `server_name: lab\nhost: 127.0.0.1\nport: ${other}\njetstream { store_dir: "${folder}/js" }\nmqtt { host: 127.0.0.1, port: ${port} }\n`;
  return startServer(NATS!, conf, port);
}

async function startServer(command: string, conf: string | ((folder: string) => string), port: number) {
  const folder = mkdtempSync(join(tmpdir(), 'mqttsn-broker-'));
  writeFileSync(join(folder, 'conf'), typeof conf === 'string' ? conf : conf(folder));
  const child = spawn(command, ['-c', join(folder, 'conf')], { stdio: 'ignore' });
  const url = `mqtt://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    try {
      await (await mqtt.connectAsync(url, { reconnectPeriod: 0, protocolVersion: 4 })).endAsync();
      break;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const stop = async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill();
    await gone;
    rmSync(folder, { recursive: true, force: true });
  };
  return { url, port, stop };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export interface Received {
  topic: string;
  text: string;
  qos: number;
  retain: boolean;
}

/** Everything under way, and how to end it. */
export class Bench {
  readonly broker: Pick<Broker, 'url' | 'stop'>;
  readonly notes: string[] = [];
  gateway!: Gateway;
  readonly #ends: (() => Promise<unknown>)[] = [];

  readonly kind: BrokerKind;

  constructor(kind: BrokerKind, broker: Pick<Broker, 'url' | 'stop'>) {
    this.kind = kind;
    this.broker = broker;
  }

  static async start(kind: BrokerKind, options: Partial<GatewayOptions> = {}): Promise<Bench> {
    const bench = new Bench(kind, await startAnyBroker(kind));
    await bench.startGateway(options);
    return bench;
  }

  async startGateway(options: Partial<GatewayOptions> = {}): Promise<void> {
    this.gateway = await startGateway({
      broker: { url: this.broker.url },
      port: 0,
      times: { retry: 200, retries: 4, wait: 1_000 },
      note: (text) => this.notes.push(text),
      ...options,
    });
  }

  /** Our Wasm on a socket. */
  async client(
    clientId: string,
    options: Partial<UdpClientOptions> = {},
  ): Promise<UdpClient & { inbox: Publication[] }> {
    const inbox: Publication[] = [];
    const client = await openUdpClient({
      host: '127.0.0.1',
      port: this.gateway.port,
      clientId,
      onMessage: (message) => inbox.push(message),
      ...options,
      settings: { retry: 400, retryMax: 2_000, ...options.settings },
    });
    this.#ends.push(() => client.close(500).catch(() => undefined));
    return Object.assign(client, { inbox });
  }

  /** An ordinary MQTT client that has subscribed. */
  async mqtt(...filters: string[]): Promise<mqtt.MqttClient & { inbox: Received[] }> {
    const client = await mqtt.connectAsync(this.broker.url, {
      clientId: `peer-${Math.random().toString(36).slice(2)}`,
    });
    const inbox: Received[] = [];
    client.on('message', (topic, payload, { qos, retain }) => {
      inbox.push({ topic, text: payload.toString(), qos, retain });
    });
    for (const filter of filters) await client.subscribeAsync(filter, { qos: this.kind === 'nats' ? 1 : 2 });
    this.#ends.push(() => client.endAsync(true));
    return Object.assign(client, { inbox });
  }

  async stop(): Promise<void> {
    for (const end of this.#ends) await end();
    await this.gateway.stop();
    await this.broker.stop();
  }
}

/** Waits until `what` holds, for at most `ms`. */
export async function until(what: () => boolean, ms = 5_000): Promise<void> {
  for (const end = Date.now() + ms; !what(); await new Promise((resolve) => setTimeout(resolve, 10))) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
  }
}

export const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));
export const texts = (inbox: Publication[]): string[] => inbox.map(({ payload }) => Buffer.from(payload).toString());

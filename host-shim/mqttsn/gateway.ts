/**
 * A gateway from MQTT-SN 1.2 over UDP to an MQTT broker. Transparent, it acknowledges to the broker only what the device has
 * acknowledged, and to the device only what the broker has: a gateway that stops loses nothing of a session that is kept.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { validTopic } from '../board/topics.ts';
import { fault } from '../errors.ts';
import { codeOf } from '../files.ts';
import { type BrokerOptions, type BrokerSide, brokerSide } from './broker-link.ts';
import { type Codec, loadCodec } from './codec.ts';
import type { DownlinkTimes } from './downlink.ts';
import { FrameRefused, type Message } from './messages.ts';
import { Session } from './session.ts';
import { type PredefinedTopics, TopicIds } from './topic-ids.ts';

export interface GatewayOptions {
  broker: BrokerOptions;
  mode?: 'transparent' | 'aggregating';
  /** The interface to listen on; without it only this machine reaches the gateway. */
  host?: string;
  /** UDP; 0 takes any that is free. */
  port?: number;
  gwId?: number;
  predefined?: PredefinedTopics;
  times?: Partial<DownlinkTimes>;
  /** Clients at a time; more are told to wait. */
  maxClients?: number;
  /** Sends ADVERTISE to this address, every so many seconds. */
  advertise?: { address: string; port: number; seconds: number };
  /** Lines for people. */
  note?: (text: string) => void;
}

export interface GatewayStats {
  clients: number;
  received: number;
  sent: number;
  /** Frames that the codec refused, by its word. */
  refused: Record<string, number>;
}

export interface Gateway {
  readonly host: string;
  readonly port: number;
  stats(): GatewayStats;
  stop(): Promise<void>;
}

const TIMES: DownlinkTimes = { retry: 5_000, retries: 4, wait: 60_000 };
const MAX_CLIENTS = 1_000;

/** Throws port-in-use, broker-url. It does not wait for the broker: clients are refused until it is there. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { broker, mode = 'transparent', host = '127.0.0.1', port = 10_000, gwId = 1 } = options;
  const codec = await loadCodec();
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const side = brokerSide(broker, mode, `mote-gateway-${gwId}`);
  const gateway = new UdpGateway(socket, codec, side, { ...options, gwId });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, host, resolve);
    });
  } catch (error) {
    await side.stop();
    if (codeOf(error) === 'EADDRINUSE') throw fault('port-in-use', { port }, error);
    throw error;
  }
  // A datagram that nobody takes comes back as an error of the socket: it concerns one client, which its silence will show.
  socket.on('error', () => undefined);
  const address: AddressInfo = socket.address();
  gateway.start();
  return {
    host: address.address,
    port: address.port,
    stats: () => gateway.stats(),
    stop: () => gateway.stop(),
  };
}

/** Where a client is: a UDP address, and behind a forwarder its node id. */
interface Peer {
  key: string;
  address: string;
  port: number;
  node: Uint8Array | undefined;
}

class UdpGateway {
  readonly #socket: Socket;
  readonly #codec: Codec;
  readonly #broker: BrokerSide;
  readonly #options: GatewayOptions & { gwId: number };
  readonly #anybody: TopicIds;
  readonly #byPeer = new Map<string, Session>();
  readonly #byClient = new Map<string, { session: Session; key: string }>();
  readonly #refused = new Map<string, number>();
  #received = 0;
  #sent = 0;
  #advertising: NodeJS.Timeout | undefined;
  #stopped = false;
  #closed = false;

  constructor(socket: Socket, codec: Codec, broker: BrokerSide, options: GatewayOptions & { gwId: number }) {
    this.#socket = socket;
    this.#codec = codec;
    this.#broker = broker;
    this.#options = options;
    this.#anybody = new TopicIds(options.predefined ?? {}, undefined);
    socket.on('message', (datagram, from) => this.#datagram(datagram, from));
  }

  start(): void {
    const { advertise, gwId } = this.#options;
    if (!advertise) return;
    const { address, port, seconds } = advertise;
    this.#socket.setBroadcast(true);
    const peer: Peer = { key: '', address, port, node: undefined };
    const send = () => this.#send(peer, { type: 'ADVERTISE', gwId, duration: seconds });
    this.#advertising = setInterval(send, seconds * 1000);
    send();
  }

  stats(): GatewayStats {
    const [received, sent] = [this.#received, this.#sent];
    return { clients: this.#byClient.size, received, sent, refused: Object.fromEntries(this.#refused) };
  }

  /** Clients are told, so that they look for another gateway; their wills are not published. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#advertising);
    const peers = [...this.#byPeer.values()];
    for (const [key] of this.#byPeer) this.#send(parsePeer(key), { type: 'DISCONNECT' });
    await Promise.all(peers.map((session) => session.replace()));
    await this.#broker.stop();
    this.#closed = true;
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #datagram(datagram: Uint8Array, { address, port }: RemoteInfo): void {
    this.#received++;
    if (this.#stopped) return;
    try {
      let message = this.#codec.decode(datagram, 'gateway');
      let peer: Peer = { key: `${address} ${port}`, address, port, node: undefined };
      if (message.type === 'ENCAPSULATED') {
        peer = { ...peer, key: `${peer.key} ${Buffer.from(message.data!).toString('hex')}`, node: message.data! };
        message = this.#codec.decode(message.inner!, 'gateway');
      }
      this.#message(message, peer);
    } catch (error) {
      if (!(error instanceof FrameRefused)) throw error;
      this.#refused.set(error.refusal, (this.#refused.get(error.refusal) ?? 0) + 1);
    }
  }

  #message(message: Message, peer: Peer): void {
    const session = this.#byPeer.get(peer.key);
    if (message.type === 'SEARCHGW') return void this.#send(peer, { type: 'GWINFO', gwId: this.#options.gwId });
    if (message.type === 'ADVERTISE' || message.type === 'GWINFO' || message.type === 'ENCAPSULATED') return;
    if (message.type === 'PUBLISH' && message.qos === -1) return void this.#publishOnce(message);
    if (message.type === 'CONNECT') {
      const clientId = Buffer.from(message.data!).toString('utf8');
      if (session?.clientId !== clientId || !session.resumes(message)) {
        return void this.#connect(message, clientId, peer);
      }
    }
    // Who is not known is told so, and connects again: that is what a changed address needs.
    if (!session) return void this.#send(peer, { type: 'DISCONNECT' });
    void session.handle(message);
  }

  async #connect(message: Message, clientId: string, peer: Peer): Promise<void> {
    const before = [this.#byPeer.get(peer.key), this.#byClient.get(clientId)?.session];
    if (this.#byClient.size >= (this.#options.maxClients ?? MAX_CLIENTS) && !this.#byClient.has(clientId)) {
      return this.#send(peer, { type: 'CONNACK', returnCode: 1 });
    }
    const ending = before.map((session) => session?.replace());
    const session = new Session({
      clientId,
      broker: this.#broker,
      predefined: this.#options.predefined ?? {},
      times: { ...TIMES, ...this.#options.times },
      send: (out) => this.#send(peer, out),
      ended: () => this.#ended(session, peer.key),
      note: this.#options.note ?? (() => {}),
    });
    this.#byPeer.set(peer.key, session);
    this.#byClient.set(clientId, { session, key: peer.key });
    await Promise.all(ending);
    if (!this.#stopped) await session.handle(message);
  }

  #ended(session: Session, key: string): void {
    if (this.#byPeer.get(key) === session) this.#byPeer.delete(key);
    if (this.#byClient.get(session.clientId)?.session === session) this.#byClient.delete(session.clientId);
  }

  /** QoS -1 (6.8). */
  #publishOnce({ topicIdType = 'short', topicId = 0, retain = false, data }: Message): void {
    const topic = this.#anybody.name({ topicIdType, topicId });
    if (topic !== undefined && validTopic(topic)) this.#broker.publishOnce({ topic, payload: data!, retain });
  }

  #send({ address, port, node }: Peer, message: Message): void {
    let frame: Uint8Array;
    try {
      frame = this.#codec.encode(message);
      if (node) frame = this.#codec.encode({ type: 'ENCAPSULATED', radius: 0, data: node, inner: frame });
    } catch (error) {
      if (!(error instanceof FrameRefused)) throw error;
      this.#options.note?.(`cannot send ${message.type} to ${address}: ${error.refusal}`);
      return;
    }
    // What was asked of the broker may be answered after the end.
    if (this.#closed) return;
    this.#sent++;
    this.#socket.send(frame, port, address, () => undefined);
  }
}

function parsePeer(key: string): Peer {
  const [address = '', port = '0', node] = key.split(' ');
  return { key, address, port: Number(port), node: node === undefined ? undefined : Buffer.from(node, 'hex') };
}

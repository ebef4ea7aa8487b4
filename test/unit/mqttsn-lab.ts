/** A client and a scripted gateway in virtual time. */
import { type ClientEvent, type ClientOptions, loadClient, type SnClient } from '../../host-shim/mqttsn/client.ts';
import { type Codec, loadCodec } from '../../host-shim/mqttsn/codec.ts';
import type { Message } from '../../host-shim/mqttsn/messages.ts';

export const GATEWAY = Uint8Array.of(10, 0, 0, 1, 0x27, 0x10);
export const OTHER = Uint8Array.of(10, 0, 0, 2, 0x27, 0x10);
export const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));
export const string = (value: Uint8Array | undefined): string => Buffer.from(value ?? []).toString();

export interface Sent extends Message {
  at: number;
  to: Uint8Array | undefined;
  frame: Uint8Array;
}

let codec: Codec | undefined;

export class Lab {
  /** Begins just before the clock wraps, so that every test crosses that point. */
  now = 2 ** 32 - 40_000;
  readonly sent: Sent[] = [];
  readonly events: (ClientEvent | string)[] = [];
  /** Answers of the gateway to what the client sends; none: silence. */
  gateway: ((message: Sent) => Message | Message[] | undefined) | undefined;
  readonly client: SnClient;
  readonly codec: Codec;

  constructor(client: SnClient, with_: Codec) {
    this.client = client;
    this.codec = with_;
  }

  /** Takes the frames out, lets the gateway answer, and returns what was sent. */
  drain(): Sent[] {
    const fresh: Sent[] = [];
    for (let frames = this.client.frames(this.now); frames.length; frames = this.client.frames(this.now)) {
      for (const { frame, to } of frames) {
        const message: Sent = { ...this.codec.decode(frame, 'gateway'), at: this.now, to, frame };
        fresh.push(message);
        this.sent.push(message);
        const answers = this.gateway?.(message);
        for (const answer of answers ? [answers].flat() : []) this.hear(answer, to);
      }
    }
    return fresh;
  }

  /** A frame of the gateway arrives. */
  hear(message: Message | Uint8Array, from: Uint8Array = GATEWAY): ClientEvent | string | undefined {
    const frame = message instanceof Uint8Array ? message : this.codec.encode(message);
    const event = this.client.receive(frame, from, this.now);
    if (event) this.events.push(event);
    return event;
  }

  /** Hears and returns what the client answers. */
  ask(message: Message, from = GATEWAY): Sent[] {
    this.hear(message, from);
    return this.drain();
  }

  /** Lets time pass, with a tick at each deadline. */
  pass(milliseconds: number): Sent[] {
    const from = this.sent.length;
    const end = this.now + milliseconds;
    this.drain();
    for (let steps = 0; ; steps++) {
      if (steps > 100_000) throw new Error('the client does not come to rest');
      const wait = this.client.deadline(this.now);
      if (this.now + wait > end) break;
      this.now += wait;
      const event = this.client.tick(this.now);
      if (event) this.events.push(event);
      this.drain();
    }
    this.now = end;
    return this.sent.slice(from);
  }

  get types(): string[] {
    return this.sent.map(({ type }) => type);
  }

  /** Events as words: type, and the code when it is not 0. */
  get words(): string[] {
    return this.events.map((event) =>
      typeof event === 'string' ? event : event.code ? `${event.type} ${event.code}` : event.type,
    );
  }

  forget(): void {
    this.sent.length = 0;
    this.events.length = 0;
  }
}

/** `gateway: false`: none is configured. */
export async function lab(options: Partial<ClientOptions> & { gateway?: boolean } = {}): Promise<Lab> {
  codec ??= await loadCodec();
  const { gateway = true, ...rest } = options;
  const client = await loadClient({ clientId: 'dev1', seed: 7, ...rest });
  if (gateway) client.addGateway(1, GATEWAY);
  return new Lab(client, codec);
}

/** Connected, with nothing sent yet. */
export async function connectedLab(options: Parameters<typeof lab>[0] = {}): Promise<Lab> {
  const made = await lab(options);
  made.client.connect(made.now);
  made.drain();
  made.hear({ type: 'CONNACK', returnCode: 0 });
  made.forget();
  return made;
}

/** A gateway that accepts everything; topic ids count from 100. */
export function kindGateway(): (message: Sent) => Message | Message[] | undefined {
  const ids = new Map<string, number>();
  const idOf = (name: string) => ids.get(name) ?? ids.set(name, 100 + ids.size).get(name)!;
  return (message) => {
    const { msgId = 0, topicId = 0 } = message;
    switch (message.type) {
      case 'CONNECT':
        return { type: 'CONNACK', returnCode: 0 };
      case 'REGISTER':
        return { type: 'REGACK', topicId: idOf(string(message.data)), msgId, returnCode: 0 };
      case 'PUBLISH':
        if (message.qos === 1) return { type: 'PUBACK', topicId, msgId, returnCode: 0 };
        return message.qos === 2 ? { type: 'PUBREC', msgId } : undefined;
      case 'PUBREL':
        return { type: 'PUBCOMP', msgId };
      case 'SUBSCRIBE': {
        const wild = /[+#]/.test(string(message.data));
        const id = message.topicIdType !== 'normal' ? topicId : wild ? 0 : idOf(string(message.data));
        return { type: 'SUBACK', qos: message.qos!, topicId: id, msgId, returnCode: 0 };
      }
      case 'UNSUBSCRIBE':
        return { type: 'UNSUBACK', msgId };
      case 'PINGREQ':
        return { type: 'PINGRESP' };
      case 'DISCONNECT':
        return { type: 'DISCONNECT' };
      case 'WILLTOPICUPD':
        return { type: 'WILLTOPICRESP', returnCode: 0 };
      case 'WILLMSGUPD':
        return { type: 'WILLMSGRESP', returnCode: 0 };
      default:
        return undefined;
    }
  };
}

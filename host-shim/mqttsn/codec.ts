/** Frames to messages and back: the module's codec as WebAssembly, so that host and device read the same. */
import { FrameRefused, MESSAGES, type Message, type Qos, type ReturnCode, type TopicIdType } from './messages.ts';
import { mqttSnModule } from './wasm.ts';

/** Who reads a frame: it decides which messages are in place. */
export type Reader = 'client' | 'gateway' | 'anyone';

export interface Codec {
  /** Throws FrameRefused, also for more octets than `room`. */
  decode(frame: Uint8Array, reader?: Reader): Message;
  /** Throws FrameRefused for a message that `decode` would refuse. */
  encode(message: Message): Uint8Array;
  /** Octets of the longest datagram. */
  readonly room: number;
  readonly memory: WebAssembly.Memory;
}

/** Field numbers of modules/mqtt-sn/assembly/tables.ts and codec.ts. */
export const FIELD = {
  flags: 1,
  protocolId: 2,
  gwId: 3,
  radius: 4,
  returnCode: 5,
  duration: 6,
  topicId: 7,
  msgId: 8,
  data: 9,
  dataLength: 10,
  empty: 11,
  quirk: 12,
  inner: 13,
  innerLength: 14,
} as const;

export const FLAG = { dup: 0x80, retain: 0x10, will: 0x08, cleanSession: 0x04 } as const;
const TYPES: readonly (TopicIdType | undefined)[] = ['normal', 'predefined', 'short'];
const READERS = { client: 1, gateway: 2, anyone: 3 } as const;
const ENCAPSULATED = MESSAGES.length - 1;

/** Which of the optional members a message of this type has; the decoder fills no others. */
const SHAPES: Partial<Record<number, readonly (keyof Message)[]>> = Object.fromEntries(
  (
    [
      ['ADVERTISE', 'gwId duration'],
      ['SEARCHGW', 'radius'],
      ['GWINFO', 'gwId data'],
      ['CONNECT', 'cleanSession will protocolId duration data'],
      ['CONNACK', 'returnCode'],
      ['WILLTOPIC', 'qos retain data'],
      ['WILLMSG', 'data'],
      ['REGISTER', 'topicId msgId data'],
      ['REGACK', 'topicId msgId returnCode'],
      ['PUBLISH', 'dup qos retain topicIdType topicId msgId data'],
      ['PUBACK', 'topicId msgId returnCode'],
      ['PUBCOMP', 'msgId'],
      ['PUBREC', 'msgId'],
      ['PUBREL', 'msgId'],
      ['SUBSCRIBE', 'dup qos topicIdType msgId topicId data'],
      ['SUBACK', 'qos topicId msgId returnCode'],
      ['UNSUBSCRIBE', 'topicIdType msgId topicId data'],
      ['UNSUBACK', 'msgId'],
      ['PINGREQ', 'data'],
      ['DISCONNECT', 'duration'],
      ['WILLTOPICUPD', 'qos retain data'],
      ['WILLTOPICRESP', 'returnCode'],
      ['WILLMSGUPD', 'data'],
      ['WILLMSGRESP', 'returnCode'],
      ['ENCAPSULATED', 'radius data inner'],
    ] as const
  ).map(([name, members]) => [MESSAGES.indexOf(name), members.split(' ') as (keyof Message)[]]),
);

interface Exports {
  memory: WebAssembly.Memory;
  frame(): number;
  room(): number;
  fields(): number;
  clear(): void;
  decode(frame: number, length: number, toward: number): number;
  encode(message: number, to: number, room: number): number;
}

export async function loadCodec(): Promise<Codec> {
  const wasm = (await WebAssembly.instantiate(await mqttSnModule('codec'), {})).exports as unknown as Exports;
  const [frameAt, room] = [wasm.frame(), wasm.room()];
  const bytes = new Uint8Array(wasm.memory.buffer);
  const fields = new Uint32Array(wasm.memory.buffer, wasm.fields(), 16);
  const copy = (at: number, length: number) => bytes.slice(at, at + length);

  function read(message: number): Message {
    const out: Message = { type: MESSAGES[message]! };
    const flags = fields[FIELD.flags]!;
    const bit = (mask: number) => (flags & mask) !== 0;
    const type = TYPES[flags & 3]!;
    for (const member of SHAPES[message] ?? []) {
      if (member === 'dup' || member === 'retain' || member === 'will' || member === 'cleanSession')
        out[member] = bit(FLAG[member]);
      else if (member === 'qos') out.qos = qosOf(flags);
      else if (member === 'topicIdType') out.topicIdType = type;
      else if (member === 'data') {
        const named = message === MESSAGES.indexOf('SUBSCRIBE') || message === MESSAGES.indexOf('UNSUBSCRIBE');
        if (!fields[FIELD.empty] && !(named && type !== 'normal'))
          out.data = copy(fields[FIELD.data]!, fields[FIELD.dataLength]!);
      } else if (member === 'inner') out.inner = copy(fields[FIELD.inner]!, fields[FIELD.innerLength]!);
      else if (member === 'duration') {
        if (!fields[FIELD.empty]) out.duration = fields[FIELD.duration]!;
      } else if (member === 'returnCode') out.returnCode = fields[FIELD.returnCode] as ReturnCode;
      else if (member === 'topicId') {
        const named = type === 'normal' && 'topicIdType' in out && message !== MESSAGES.indexOf('PUBLISH');
        if (!named) out.topicId = fields[FIELD.topicId]!;
      } else if (member === 'protocolId' || member === 'gwId' || member === 'radius' || member === 'msgId')
        out[member] = fields[FIELD[member]]!;
    }
    if (fields[FIELD.quirk]) out.quirk = true;
    return out;
  }

  return {
    room,
    memory: wasm.memory,
    decode(frame, reader = 'anyone') {
      if (frame.length > room) throw new FrameRefused(-15);
      bytes.set(frame, frameAt);
      const message = wasm.decode(frameAt, frame.length, READERS[reader]);
      if (message < 0) throw new FrameRefused(message);
      return read(message);
    },
    encode(message) {
      const { data, inner = new Uint8Array(0) } = message;
      if ((data?.length ?? 0) + inner.length > room) throw new FrameRefused(-15);
      wasm.clear();
      fields[FIELD.flags] = flagsOf(message);
      fields[FIELD.protocolId] = message.protocolId ?? 1;
      for (const name of ['gwId', 'radius', 'returnCode', 'duration', 'topicId', 'msgId'] as const)
        fields[FIELD[name]] = message[name] ?? 0;
      fields[FIELD.empty] = Number(message.type === 'DISCONNECT' ? message.duration === undefined : !data);
      if (data) {
        bytes.set(data, frameAt + room);
        fields[FIELD.data] = frameAt + room;
        fields[FIELD.dataLength] = data.length;
      }
      const length = wasm.encode(MESSAGES.indexOf(message.type), frameAt, room);
      if (length < 0) throw new FrameRefused(length);
      if (message.type !== MESSAGES[ENCAPSULATED]) return copy(frameAt, length);
      const frame = new Uint8Array(length + inner.length);
      frame.set(copy(frameAt, length));
      frame.set(inner, length);
      return frame;
    },
  };
}

export function qosOf(flags: number): Qos {
  const qos = (flags >> 5) & 3;
  return qos === 3 ? -1 : (qos as Qos);
}

function flagsOf({ dup, qos = 0, retain, will, cleanSession, topicIdType = 'normal' }: Message): number {
  const bits = { dup, retain, will, cleanSession };
  let flags = ((qos & 3) << 5) | TYPES.indexOf(topicIdType);
  for (const name of Object.keys(FLAG) as (keyof typeof FLAG)[]) if (bits[name]) flags |= FLAG[name];
  return flags;
}

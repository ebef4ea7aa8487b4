/** The shared golden frames of MQTT-SN 1.2 as messages. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Message, MessageName, Qos, ReturnCode, TopicIdType } from '../../host-shim/mqttsn/messages.ts';
import { shortTopic } from '../../host-shim/mqttsn/messages.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const file = join(root, '..', 'shared', 'vectors', 'mqtt-sn', 'golden.json');
/** For a test's name: empty, or what is missing. */
export const missing = existsSync(file) ? '' : ' (SKIPPED: ../shared/vectors/mqtt-sn is not there)';

export interface Golden {
  name: string;
  frame: Uint8Array;
  message: Message;
  /** The encoder writes the shorter form. */
  decodeOnly: boolean;
  tsharkAgrees: boolean;
}

type Fields = Record<string, number | string>;
interface File {
  positive: { name: string; dir: string; fields: Fields; hex: string; oracles: { tsharkAgrees?: boolean } }[];
  negative: { name: string; hex: string }[];
}

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const text = (value: unknown) => new Uint8Array(Buffer.from(String(value), 'utf8'));

export function golden(): { positive: Golden[]; negative: { name: string; frame: Uint8Array }[] } {
  const { positive, negative } = JSON.parse(readFileSync(file, 'utf8')) as File;
  return {
    positive: positive.map(({ name, fields, hex, oracles }) => ({
      name,
      frame: bytes(hex),
      message: messageOf(fields, bytes(hex)),
      decodeOnly: fields.decodeOnly === 1,
      tsharkAgrees: oracles.tsharkAgrees === true,
    })),
    negative: negative.map(({ name, hex }) => ({ name, frame: bytes(hex) })),
  };
}

const PLAIN = ['gwId', 'radius', 'duration', 'topicId', 'msgId'] as const;
const TYPES: TopicIdType[] = ['normal', 'predefined', 'short'];

function messageOf(fields: Fields, frame: Uint8Array): Message {
  const message: Message = { type: (fields.type === 'ENCAPS' ? 'ENCAPSULATED' : fields.type) as MessageName };
  for (const name of PLAIN) if (name in fields) message[name] = Number(fields[name]);
  for (const name of ['dup', 'retain', 'will'] as const) if (name in fields) message[name] = fields[name] === 1;
  if ('clean' in fields) Object.assign(message, { cleanSession: fields.clean === 1, protocolId: 1 });
  if ('qos' in fields) message.qos = fields.qos as Qos;
  if ('rc' in fields) message.returnCode = fields.rc as ReturnCode;
  if ('topicIdType' in fields) message.topicIdType = TYPES[Number(fields.topicIdType)]!;
  if ('short' in fields) message.topicId = shortTopic(String(fields.short));
  for (const name of ['clientId', 'topic', 'msg', 'data']) if (name in fields) message.data = text(fields[name]);
  for (const name of ['gwAdd', 'node']) if (name in fields) message.data = bytes(String(fields[name]));
  // The file names the inner message only; what is after Length octets is the inner frame.
  if ('inner' in fields) message.inner = frame.slice(frame[0]!);
  if (fields.empty === 1) Object.assign(message, { qos: 0, retain: false });
  return message;
}

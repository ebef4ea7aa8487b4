/** The messages of MQTT-SN 1.2 as objects, in the specification's words, and the names of refusals. */

/** By their number in modules/mqtt-sn/assembly/protocol.ts; null is reserved. */
export const MESSAGES = [
  'ADVERTISE',
  'SEARCHGW',
  'GWINFO',
  null,
  'CONNECT',
  'CONNACK',
  'WILLTOPICREQ',
  'WILLTOPIC',
  'WILLMSGREQ',
  'WILLMSG',
  'REGISTER',
  'REGACK',
  'PUBLISH',
  'PUBACK',
  'PUBCOMP',
  'PUBREC',
  'PUBREL',
  null,
  'SUBSCRIBE',
  'SUBACK',
  'UNSUBSCRIBE',
  'UNSUBACK',
  'PINGREQ',
  'PINGRESP',
  'DISCONNECT',
  null,
  'WILLTOPICUPD',
  'WILLTOPICRESP',
  'WILLMSGUPD',
  'WILLMSGRESP',
  'ENCAPSULATED',
] as const;

export type MessageName = NonNullable<(typeof MESSAGES)[number]>;

/** What a refusal's number (negative) means; protocol.ts and events.ts of the module tell more. */
export const REFUSALS: Readonly<Record<number, string>> = {
  [-1]: 'E_SHORT',
  [-2]: 'E_LENGTH',
  [-3]: 'E_TYPE',
  [-4]: 'E_BODY_SHORT',
  [-5]: 'E_BODY_LONG',
  [-6]: 'E_TOPIC_ID_TYPE',
  [-7]: 'E_QOS',
  [-8]: 'E_PROTOCOL_ID',
  [-9]: 'E_CLIENT_ID',
  [-10]: 'E_RETURN_CODE',
  [-11]: 'E_TOPIC_ID',
  [-12]: 'E_MSG_ID',
  [-13]: 'E_DIRECTION',
  [-14]: 'E_INNER',
  [-15]: 'E_ROOM',
  [-16]: 'E_STRANGER',
  [-17]: 'E_STATE',
  [-18]: 'E_STRAY',
  [-19]: 'E_BUSY',
  [-20]: 'E_TOPIC',
  [-21]: 'E_CROWDED',
  [-22]: 'E_255',
  [-23]: 'E_NO_GATEWAY',
  [-24]: 'E_ARGUMENT',
  [-25]: 'E_NAME',
};

export type Qos = -1 | 0 | 1 | 2;
export type TopicIdType = 'normal' | 'predefined' | 'short';
/** 5.3.10 */
export const RETURN_CODES = ['accepted', 'congestion', 'invalid topic id', 'not supported'] as const;
export type ReturnCode = 0 | 1 | 2 | 3;

/** One message. Only the fields of its type mean anything; the encoder takes 0, false or nothing for those left out. */
export interface Message {
  type: MessageName;
  dup?: boolean;
  qos?: Qos;
  retain?: boolean;
  will?: boolean;
  cleanSession?: boolean;
  topicIdType?: TopicIdType;
  protocolId?: number;
  gwId?: number;
  /** Of SEARCHGW, or Ctrl of an encapsulation. */
  radius?: number;
  returnCode?: ReturnCode;
  duration?: number;
  /** Also a short topic name: its two octets, big endian. */
  topicId?: number;
  msgId?: number;
  /** Data, TopicName, WillTopic, WillMsg, ClientId, GwAdd or Wireless Node Id: what ends the message. */
  data?: Uint8Array;
  /** The frame inside an encapsulation. */
  inner?: Uint8Array;
  /** A frame of 257 octets with a Length of 255, as one gateway sends it. */
  quirk?: boolean;
}

/** A frame or message that the codec refuses. `refusal` is E_… as a word, `code` its number. */
export class FrameRefused extends Error {
  readonly code: number;
  readonly refusal: string;

  constructor(code: number) {
    const refusal = REFUSALS[code] ?? `E_${code}`;
    super(`refused: ${refusal}`);
    this.name = 'FrameRefused';
    this.code = code;
    this.refusal = refusal;
  }
}

/** A short topic name (two octets) as its id, and back. */
export const shortTopic = (name: string): number => Buffer.from(name, 'latin1').readUInt16BE(0);
export const shortTopicName = (id: number): string => String.fromCharCode(id >> 8, id & 0xff);

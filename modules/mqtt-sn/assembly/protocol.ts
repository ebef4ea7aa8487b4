// The words of MQTT-SN 1.2 (14 November 2013): chapter 5 as constants, and the codes of what is refused.

// 5.2.1 MsgType. These are the messages of the state machine; what stands on the wire is the version's table (tables.ts).
export const ADVERTISE: u32 = 0x00; // 5.4.1
export const SEARCHGW: u32 = 0x01; // 5.4.2
export const GWINFO: u32 = 0x02; // 5.4.3
export const CONNECT: u32 = 0x04; // 5.4.4
export const CONNACK: u32 = 0x05; // 5.4.5
export const WILLTOPICREQ: u32 = 0x06; // 5.4.6
export const WILLTOPIC: u32 = 0x07; // 5.4.7
export const WILLMSGREQ: u32 = 0x08; // 5.4.8
export const WILLMSG: u32 = 0x09; // 5.4.9
export const REGISTER: u32 = 0x0a; // 5.4.10
export const REGACK: u32 = 0x0b; // 5.4.11
export const PUBLISH: u32 = 0x0c; // 5.4.12
export const PUBACK: u32 = 0x0d; // 5.4.13
export const PUBCOMP: u32 = 0x0e; // 5.4.14, with PUBREC and PUBREL
export const PUBREC: u32 = 0x0f;
export const PUBREL: u32 = 0x10;
export const SUBSCRIBE: u32 = 0x12; // 5.4.15
export const SUBACK: u32 = 0x13; // 5.4.16
export const UNSUBSCRIBE: u32 = 0x14; // 5.4.17
export const UNSUBACK: u32 = 0x15; // 5.4.18
export const PINGREQ: u32 = 0x16; // 5.4.19
export const PINGRESP: u32 = 0x17; // 5.4.20
export const DISCONNECT: u32 = 0x18; // 5.4.21
export const WILLTOPICUPD: u32 = 0x1a; // 5.4.22
export const WILLTOPICRESP: u32 = 0x1b; // 5.4.24
export const WILLMSGUPD: u32 = 0x1c; // 5.4.23
export const WILLMSGRESP: u32 = 0x1d; // 5.4.25
export const ENCAPSULATED: u32 = 0x1e; // 5.5, 0xfe on the wire

// 5.3.4 Flags
export const DUP: u32 = 0x80;
export const QOS: u32 = 0x60;
export const QOS_1: u32 = 0x20;
export const QOS_2: u32 = 0x40;
/** QoS -1. */
export const QOS_M1: u32 = 0x60;
export const RETAIN: u32 = 0x10;
export const WILL: u32 = 0x08;
export const CLEAN_SESSION: u32 = 0x04;
export const TOPIC_ID_TYPE: u32 = 0x03;
export const NORMAL: u32 = 0;
export const PREDEFINED: u32 = 1;
export const SHORT: u32 = 2;

// 5.3.10 ReturnCode
export const ACCEPTED: u32 = 0;
export const CONGESTION: u32 = 1;
export const INVALID_TOPIC_ID: u32 = 2;
export const NOT_SUPPORTED: u32 = 3;

/** Whom a message may go to. */
export const TO_CLIENT: u32 = 1;
export const TO_GATEWAY: u32 = 2;

// Why a frame is refused. Results of decode and encode are these, negative.
/** Fewer octets than a header. */
export const E_SHORT: i32 = -1;
/** 5.2: Length is not the datagram's. */
export const E_LENGTH: i32 = -2;
/** 5.2.2: a reserved MsgType. */
export const E_TYPE: i32 = -3;
/** The body ends within a field. */
export const E_BODY_SHORT: i32 = -4;
/** Octets are left after the last field. */
export const E_BODY_LONG: i32 = -5;
/** 5.3.4: TopicIdType 0b11 is reserved. */
export const E_TOPIC_ID_TYPE: i32 = -6;
/** 5.3.4: QoS -1 where there is none, or with a normal topic id. */
export const E_QOS: i32 = -7;
/** 5.3.8: ProtocolId is not 1. */
export const E_PROTOCOL_ID: i32 = -8;
/** 5.3.1: ClientId has 1 to 23 octets. */
export const E_CLIENT_ID: i32 = -9;
/** 5.3.10: a reserved ReturnCode. */
export const E_RETURN_CODE: i32 = -10;
/** 5.3.11: TopicId 0x0000 and 0xFFFF are reserved. */
export const E_TOPIC_ID: i32 = -11;
/** 5.4.12: MsgId 0 with QoS 1 or 2. */
export const E_MSG_ID: i32 = -12;
/** A message for clients sent to a gateway, or the reverse. */
export const E_DIRECTION: i32 = -13;
/** 5.5: no whole frame follows the encapsulation's header. */
export const E_INNER: i32 = -14;
/** The frame does not fit in the buffer. */
export const E_ROOM: i32 = -15;
/** U+0000 in a ClientId, TopicName or WillTopic, which no MQTT broker accepts (after those of events.ts). */
export const E_NAME: i32 = -25;

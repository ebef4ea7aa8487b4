// The messages of each protocol version as data: what stands on the wire and which fields follow in which order.

/** Fields of one octet, then of two; then those that take the rest of the body, of which a message has one at most. */
export const FLAGS: u32 = 1; // 5.3.4
export const PROTOCOL_ID: u32 = 2; // 5.3.8
export const GW_ID: u32 = 3; // 5.3.6
/** Also Ctrl of an encapsulation (5.5), whose two lowest bits are the radius. */
export const RADIUS: u32 = 4; // 5.3.9
export const RETURN_CODE: u32 = 5; // 5.3.10
export const DURATION: u32 = 6; // 5.3.3
export const TOPIC_ID: u32 = 7; // 5.3.11, also a short topic name
export const MSG_ID: u32 = 8; // 5.3.7
/** No octets or more: Data, WillMsg, GwAdd. */
export const DATA: u32 = 9;
/** One octet or more: GwAdd, Wireless Node Id. */
export const OCTETS: u32 = 10;
/** One octet or more, as UTF-8: TopicName, WillTopic. */
export const NAME: u32 = 11;
export const CLIENT_ID: u32 = 12; // 5.3.1
/** TopicName, or TopicId, as TopicIdType says. */
export const TOPIC: u32 = 13;
/** The message may end here. */
export const MAYBE: u32 = 14;

export const LAST_OF_ONE: u32 = RETURN_CODE;
export const LAST_OF_TWO: u32 = MSG_ID;

// A row: up to five fields of 4 bits, whom it may go to, the bits of Flags that mean something. 0: reserved.
const CLIENT: u32 = 1 << 20;
const GATEWAY: u32 = 2 << 20;
const BOTH: u32 = 3 << 20;
const MASK: u32 = 24;

export const ROWS: u32 = 31;
/** Octets of MsgType at the start of a table; the rows follow. */
export const HEAD: usize = 32;

const ACK: u32 = TOPIC_ID | (MSG_ID << 4) | (RETURN_CODE << 8) | BOTH;
const WILL_TOPIC: u32 = MAYBE | (FLAGS << 4) | (NAME << 8) | GATEWAY | (0x70 << MASK);

/** MQTT-SN 1.2, table 3. Unused bits of Flags are cleared, not refused: gateways send what they find in memory. */
export const V1_2 = memory.data<u32>([
  // MsgType, little-endian in each word
  0x03020100,
  0x07060504,
  0x0b0a0908,
  0x0f0e0d0c,
  0x13121110,
  0x17161514,
  0x1b1a1918,
  0x00fe1d1c,
  GW_ID | (DURATION << 4) | CLIENT,
  RADIUS | BOTH,
  GW_ID | (MAYBE << 4) | (OCTETS << 8) | BOTH,
  0,
  FLAGS | (PROTOCOL_ID << 4) | (DURATION << 8) | (CLIENT_ID << 12) | GATEWAY | (0x0c << MASK),
  RETURN_CODE | CLIENT,
  CLIENT,
  WILL_TOPIC,
  CLIENT,
  DATA | GATEWAY,
  TOPIC_ID | (MSG_ID << 4) | (NAME << 8) | BOTH,
  ACK,
  FLAGS | (TOPIC_ID << 4) | (MSG_ID << 8) | (DATA << 12) | BOTH | (0xf3 << MASK),
  ACK,
  MSG_ID | BOTH,
  MSG_ID | BOTH,
  MSG_ID | BOTH,
  0,
  FLAGS | (MSG_ID << 4) | (TOPIC << 8) | GATEWAY | (0xe3 << MASK),
  FLAGS | (TOPIC_ID << 4) | (MSG_ID << 8) | (RETURN_CODE << 12) | CLIENT | (0x60 << MASK),
  FLAGS | (MSG_ID << 4) | (TOPIC << 8) | GATEWAY | (0x03 << MASK),
  MSG_ID | CLIENT,
  MAYBE | (CLIENT_ID << 4) | BOTH,
  BOTH,
  MAYBE | (DURATION << 4) | BOTH,
  0,
  WILL_TOPIC,
  RETURN_CODE | CLIENT,
  DATA | GATEWAY,
  RETURN_CODE | CLIENT,
  RADIUS | (OCTETS << 4) | BOTH,
]);

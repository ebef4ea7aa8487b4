// Who we are, our will, and through which forwarder we speak: what the owner sets once.
import { CLIENT_ID_MAX } from './codec';
import { NODE_ID, WILL_ROOM } from './config';
import { E_ARGUMENT } from './events';
import { QOS, QOS_M1, RETAIN } from './protocol';

export const CLIENT_ID = memory.data(24);
export let clientIdLength: u32 = 0;

export const NODE = memory.data(NODE_ID);
/** 0: no forwarder. */
export let nodeLength: u32 = 0;

/** Will topic, and the message behind it. */
export const WILL_DATA = memory.data(WILL_ROOM);
/** 0: no will. */
export let willTopicLength: u32 = 0;
export let willMessageLength: u32 = 0;
export let willFlags: u32 = 0;

/** 1 to 23 octets. Identifiers of one length protect from gateways that compare prefixes. */
export function identify(id: usize, length: u32): i32 {
  if (length - 1 >= CLIENT_ID_MAX) return E_ARGUMENT;
  memory.copy(CLIENT_ID, id, length);
  clientIdLength = length;
  return 0;
}

/** Frames travel through a forwarder, with this Wireless Node Id (5.5) of at most 8 octets; none: directly. */
export function encapsulate(node: usize, length: u32): i32 {
  if (length > NODE_ID) return E_ARGUMENT;
  memory.copy(NODE, node, length);
  nodeLength = length;
  return 0;
}

export function storeWill(flags: u32, topic: usize, topicLength: u32, message: usize, messageLength: u32): i32 {
  if (topicLength > WILL_ROOM || messageLength > WILL_ROOM - topicLength) return E_ARGUMENT;
  if ((flags & QOS) == QOS_M1) return E_ARGUMENT;
  memory.copy(WILL_DATA, topic, topicLength);
  memory.copy(WILL_DATA + topicLength, message, messageLength);
  willTopicLength = topicLength;
  willMessageLength = messageLength;
  willFlags = flags & (QOS | RETAIN);
  return 0;
}

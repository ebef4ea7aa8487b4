/**
 * A client of MQTT-SN 1.2 without input or output: the owner hands in datagrams, times and wishes, and takes frames out.
 *
 * Wishes are states (connected, asleep, subscribed), so they hold across lost gateways; the machine works towards them with
 * one request outstanding. After every call: keep `idLimit()` when it is not negative, send the frames of `transmit()` until
 * it returns 0, and call `tick` when `deadline()` milliseconds have passed. What an event tells stays until the next call.
 * Nothing is allocated; every table is fixed (config.ts). `now` is a clock in milliseconds that may wrap.
 */
import { AVOID_255, FRAME, NODE_ID, setting } from './config';
import { E_255, E_ARGUMENT, E_BUSY, E_NO_GATEWAY, E_TOPIC } from './events';
import { addressLengthOf, addressOf, current, haveGateway, isGateway, learn, untilExpiry } from './gateways';
import { clientIdLength, storeWill } from './identity';
import { encodeOnce, outputPending, room, toAll } from './output';
import {
  E_QOS,
  E_ROOM,
  NORMAL,
  PREDEFINED,
  QOS,
  QOS_M1,
  REGISTER,
  RETAIN,
  SHORT,
  SUBSCRIBE,
  UNSUBSCRIBE,
} from './protocol';
import { PUB_NONE, publication, pubTopic, setPublication } from './publication';
import { ACTIVE, ASLEEP, OFF, proceed, request, requestTopic, state, wakeNow, want, willChanged } from './session';
import { untilFirst } from './time';
import {
  addTopic,
  FOREIGN,
  idOf,
  isTopic,
  nameLengthOf,
  removeForeign,
  removeTopic,
  setQos,
  SUBSCRIBE_DUE,
  typeOf,
  UNSUBSCRIBE_DUE,
  unmark,
  WANTED,
  mark,
} from './topics';

export { clearFields, FIELDS } from './codec';
export { set } from './config';
export { EVENT } from './events';
export { encapsulate, identify } from './identity';
export { idLimit, startIds } from './ids';
export { INPUT, receive, SENDER } from './input';
export { output, transmit } from './output';
export { idle, state, tick } from './session';
export { setSeed } from './time';
export { nameLengthOf, nameOf } from './topics';

/** With the header of its longest message, and of an encapsulation, a name fits in a frame. */
const NAME_MAX: u32 = FRAME - 9 - 3 - NODE_ID;

/** A gateway at a fixed address of 1 to 18 octets; several are tried in turn. */
export function addGateway(gwId: u32, address: usize, length: u32): i32 {
  return learn(gwId & 0xff, address, length, true, 0, 0, false) < 0 ? E_ARGUMENT : 0;
}

/**
 * A topic for the calls below. NORMAL: `name`, which may be a filter with wildcards. SHORT: a name of two octets. PREDEFINED:
 * `id`, and `name` for gateways that do not know the id, or nothing. Returns the handle; E_ROOM when the table is full.
 */
export function topic(type: u32, id: u32, name: usize, length: u32): i32 {
  if (type > SHORT || length > NAME_MAX) return E_ARGUMENT;
  if (type == SHORT ? length != 2 : type == NORMAL && !length) return E_ARGUMENT;
  if (type == PREDEFINED && ((id + 1) & 0xffff) < 2) return E_ARGUMENT;
  let handle = addTopic(type, id, name, length);
  if (handle < 0) {
    // What the gateway has put into the table makes room: it registers again what it still needs.
    removeForeign();
    handle = addTopic(type, id, name, length);
  }
  return handle < 0 ? E_ROOM : handle;
}

/** Gives the place in the table back. Not while a request or a publication needs it. */
export function forget(handle: u32): i32 {
  if (!isTopic(handle)) return E_TOPIC;
  if (inUse(handle)) return E_BUSY;
  removeTopic(handle);
  return 0;
}

export function connect(now: u32): i32 {
  if (!clientIdLength) return E_ARGUMENT;
  want(ACTIVE, 0);
  proceed(now);
  return 0;
}

/** When what is under way is done. */
export function disconnect(now: u32): i32 {
  want(OFF, 0);
  proceed(now);
  return 0;
}

/**
 * Sleep (6.14) when what is under way is done, waking by itself to fetch what the gateway keeps. A later publication or
 * subscription interrupts sleep. 1 to 65535 seconds.
 */
export function sleep(seconds: u32, now: u32): i32 {
  if (seconds - 1 >= 0xffff || !clientIdLength) return E_ARGUMENT;
  want(ASLEEP, seconds);
  proceed(now);
  return 0;
}

/** Fetch what the gateway keeps now. */
export function wake(now: u32): i32 {
  wakeNow();
  proceed(now);
  return 0;
}

/** The will: QoS and RETAIN of `flags`, topic and message. An empty topic: no will. Connected, the gateway is told. */
export function will(
  flags: u32,
  topicName: usize,
  topicLength: u32,
  message: usize,
  messageLength: u32,
  now: u32,
): i32 {
  const fault = storeWill(flags, topicName, topicLength, message, messageLength);
  if (fault) return fault;
  willChanged();
  proceed(now);
  return 0;
}

/**
 * Publishes `length` octets. `flags`: QoS and RETAIN as in 5.3.4. QoS -1 goes out at once, without a session; the others one
 * at a time, E_BUSY meanwhile. Topics are registered as needed.
 */
export function publish(handle: u32, flags: u32, data: usize, length: u32, now: u32): i32 {
  if (!isTopic(handle)) return E_TOPIC;
  if (length > room() - 9) return E_ROOM;
  if (length == 248 && setting(AVOID_255)) return E_255;
  if ((flags & QOS) == QOS_M1) {
    if (typeOf(handle) == NORMAL) return E_QOS;
    if (outputPending()) return E_BUSY;
    if (!haveGateway()) return E_NO_GATEWAY;
    const octets = encodeOnce((flags & (QOS | RETAIN)) | typeOf(handle), idOf(handle), data, length);
    return octets < 0 ? octets : 0;
  }
  if (publication != PUB_NONE) return E_BUSY;
  unmark(handle, FOREIGN);
  setPublication(handle, flags, data, length);
  proceed(now);
  return 0;
}

/** `qos`: 0 to 2. */
export function subscribe(handle: u32, qos: u32, now: u32): i32 {
  if (!isTopic(handle)) return E_TOPIC;
  if (qos > 2) return E_ARGUMENT;
  setQos(handle, qos);
  unmark(handle, UNSUBSCRIBE_DUE);
  mark(handle, WANTED | SUBSCRIBE_DUE);
  proceed(now);
  return 0;
}

export function unsubscribe(handle: u32, now: u32): i32 {
  if (!isTopic(handle)) return E_TOPIC;
  setQos(handle, 0);
  unmark(handle, WANTED | SUBSCRIBE_DUE);
  mark(handle, UNSUBSCRIBE_DUE);
  proceed(now);
  return 0;
}

/** Milliseconds until `tick` has something to do; 0xffffffff: nothing. */
export function deadline(now: u32): u32 {
  return min(untilFirst(now), untilExpiry(now, state != OFF));
}

/** Where the frame of the last `transmit` goes. */
export function destination(): usize {
  return addressOf(current);
}

/** 0: to everybody in reach. */
export function destinationLength(): u32 {
  return toAll || !isGateway(current) ? 0 : addressLengthOf(current);
}

function inUse(handle: u32): bool {
  if (publication != PUB_NONE && pubTopic == handle) return true;
  return requestTopic == handle && (request == SUBSCRIBE || request == UNSUBSCRIBE || request == REGISTER);
}

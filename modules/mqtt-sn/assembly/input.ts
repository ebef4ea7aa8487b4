// Frames in. Each is bounded by the codec, checked against what is expected, and answered with at most one frame.
import { DATA_LENGTH, decode, EMPTY, field, INNER, INNER_LENGTH } from './codec';
import { ADDRESS, DISCOVER, FRAME, setting, T_GWINFO, T_WAIT } from './config';
import {
  DROPPED,
  E_BUSY,
  E_CROWDED,
  E_STATE,
  E_STRANGER,
  E_STRAY,
  E_TOPIC,
  GATEWAY_FOUND,
  MESSAGE,
  NOTHING,
  PUBLISHED,
  REJECTED,
  REPEATED,
  SUBSCRIBED,
  SUBSCRIBE_REJECTED,
  tell,
  UNSUBSCRIBED,
  WILL_UPDATED,
} from './events';
import { current, isAddressOf, learn } from './gateways';
import { NODE, nodeLength } from './identity';
import { CROWDED, DUPLICATE, receiveQos2, release } from './inbound';
import { answer, replyPending } from './output';
import {
  ACCEPTED,
  ADVERTISE,
  CONGESTION,
  CONNACK,
  DISCONNECT,
  E_INNER,
  E_ROOM,
  E_TOPIC_ID,
  ENCAPSULATED,
  GWINFO,
  INVALID_TOPIC_ID,
  NORMAL,
  PINGREQ,
  PINGRESP,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  QOS,
  QOS_1,
  QOS_2,
  QOS_M1,
  REGACK,
  REGISTER,
  SEARCHGW,
  SUBACK,
  SUBSCRIBE,
  TO_CLIENT,
  TOPIC_ID_TYPE,
  UNSUBACK,
  UNSUBSCRIBE,
  WILLMSG,
  WILLMSGREQ,
  WILLMSGRESP,
  WILLMSGUPD,
  WILLTOPIC,
  WILLTOPICREQ,
  WILLTOPICRESP,
  WILLTOPICUPD,
} from './protocol';
import { endPublication, mayRetry, publicationQos, pubTopic, received } from './publication';
import {
  answered,
  ASLEEP,
  AWAKE,
  connected,
  CONNECTING,
  disconnected,
  heardGateway,
  hold,
  neighbourAnswered,
  neighbourAsked,
  OFF,
  proceed,
  request,
  requestId,
  requestTopic,
  searched,
  searching,
  sleepOn,
  state,
  willRequested,
} from './session';
import { arm, HOLD } from './time';
import { DATA, DURATION, FLAGS, GW_ID, MSG_ID, RETURN_CODE, TOPIC_ID } from './tables';
import {
  addTopic,
  assignId,
  BY_NAME,
  findId,
  findName,
  FOREIGN,
  ID_CONFIRMED,
  ID_KNOWN,
  mark,
  nameLengthOf,
  SUBSCRIBE_DUE,
  typeOf,
  unmark,
  UNSUBSCRIBE_DUE,
  WANTED,
} from './topics';

/** Where the owner puts a datagram, and before it the sender's address. */
export const SENDER = memory.data(ADDRESS);
export const INPUT = memory.data(FRAME);

/** A datagram of `length` octets from an address of `addressLength` octets has come. Returns an event or a refusal. */
export function receive(length: u32, addressLength: u32, now: u32): i32 {
  if (length > FRAME || addressLength > ADDRESS) return E_ROOM;
  if (replyPending()) return E_BUSY;
  let message = decode(INPUT, length, TO_CLIENT);
  if (message < 0) return message;
  if (message <= <i32>GWINFO) return neighbour(message, addressLength, now);
  if (!isAddressOf(current, SENDER, addressLength)) return E_STRANGER;
  if (message == ENCAPSULATED) {
    if (field(DATA_LENGTH) != nodeLength || memory.compare(field(DATA), NODE, nodeLength) != 0) return E_STRANGER;
    message = decode(field(INNER), field(INNER_LENGTH), TO_CLIENT);
    if (message < 0) return message;
    if (message == ENCAPSULATED) return E_INNER;
  } else if (nodeLength) return E_STRANGER;
  if (state == OFF) return E_STATE;
  heardGateway(now);
  const event = state == CONNECTING ? join(message, now) : talk(message, now);
  proceed(now);
  return event;
}

/** ADVERTISE, SEARCHGW and GWINFO (6.1) come from anybody. */
function neighbour(message: u32, addressLength: u32, now: u32): i32 {
  if (!setting(DISCOVER)) return E_STATE;
  if (message == SEARCHGW) {
    if (searching()) searched();
    neighbourAsked(now, setting(T_GWINFO));
    proceed(now);
    return NOTHING;
  }
  let address: usize = SENDER;
  let length = addressLength;
  let lifetime: u32 = 0;
  if (message == ADVERTISE) {
    // N_ADV is 3: two advertisements may be missed.
    lifetime = field(DURATION) * 3_000;
    if (!lifetime) return E_STATE;
  } else {
    neighbourAnswered();
    if (!field(EMPTY)) {
      address = field(DATA);
      length = field(DATA_LENGTH);
    }
  }
  const silent = state == OFF || state == CONNECTING;
  const index = learn(field(GW_ID), address, length, false, lifetime, now, !silent);
  if (index < 0) return E_CROWDED;
  proceed(now);
  return tell(GATEWAY_FOUND, -1, field(GW_ID));
}

/** While CONNECT is outstanding (6.2, 6.3). */
function join(message: u32, now: u32): i32 {
  if (message == CONNACK) return connected(field(RETURN_CODE), now);
  if (message == DISCONNECT) return disconnected(now);
  if (message == WILLTOPICREQ) answer(WILLTOPIC, 0, 0, 0);
  else if (message == WILLMSGREQ) answer(WILLMSG, 0, 0, 0);
  else return E_STATE;
  willRequested(now);
  return NOTHING;
}

function talk(message: u32, now: u32): i32 {
  const id = field(MSG_ID);
  const code = field(RETURN_CODE);
  switch (message) {
    case PUBLISH:
      return publishReceived();
    case PUBREL:
      release(id);
      answer(PUBCOMP, 0, id, 0);
      return NOTHING;
    case REGISTER:
      return registerReceived();
    case PINGREQ:
      answer(PINGRESP, 0, 0, 0);
      return NOTHING;
    case DISCONNECT:
      // The acknowledgement of a DISCONNECT that we have repeated.
      if (state == ASLEEP && request != DISCONNECT) return E_STRAY;
      return disconnected(now);
    case PUBACK:
      return published(id, code, now);
    case PUBREC:
      // A repeated PUBREC gets its PUBREL even when all is done.
      if (received(id)) answered();
      else answer(PUBREL, 0, id, 0);
      return NOTHING;
    case PUBCOMP:
      if (!expected(PUBREL, id)) return E_STRAY;
      answered();
      endPublication();
      return tell(PUBLISHED, pubTopic, 0);
    case REGACK:
      if (!expected(REGISTER, id)) return E_STRAY;
      if (code == CONGESTION) return hold(now);
      if (code == ACCEPTED && isReserved(field(TOPIC_ID))) return E_TOPIC_ID;
      answered();
      if (code != ACCEPTED) return giveUp(code);
      assignId(requestTopic, field(TOPIC_ID));
      return NOTHING;
    case SUBACK:
      if (!expected(SUBSCRIBE, id)) return E_STRAY;
      if (code == CONGESTION) return hold(now);
      answered();
      return subscribed(code);
    case UNSUBACK:
      if (!expected(UNSUBSCRIBE, id)) return E_STRAY;
      answered();
      unmark(requestTopic, UNSUBSCRIBE_DUE);
      return tell(UNSUBSCRIBED, requestTopic, 0);
    case PINGRESP:
      if (request != PINGREQ) return E_STRAY;
      if (state == AWAKE) return sleepOn(now);
      answered();
      return NOTHING;
    case WILLTOPICRESP:
    case WILLMSGRESP:
      if (request != (message == WILLTOPICRESP ? WILLTOPICUPD : WILLMSGUPD)) return E_STRAY;
      answered();
      return tell(WILL_UPDATED, -1, code);
    default:
      return E_STATE;
  }
}

/** The answer to our request: by type and MsgId alone, gateways fill in the rest as they like. */
function expected(message: u32, id: u32): bool {
  return request == message && requestId == id;
}

function isReserved(topicId: u32): bool {
  return topicId == 0 || topicId == 0xffff;
}

function publishReceived(): i32 {
  const flags = field(FLAGS);
  const qos = flags & QOS;
  const type = flags & TOPIC_ID_TYPE;
  const topicId = field(TOPIC_ID);
  const id = field(MSG_ID);
  const handle = findId(type, topicId);
  if (handle < 0 && type <= 1) {
    answer(PUBACK, topicId, qos == QOS_1 || qos == QOS_2 ? id : 0, INVALID_TOPIC_ID);
    return E_TOPIC;
  }
  if (qos == QOS_1) answer(PUBACK, topicId, id, ACCEPTED);
  else if (qos == QOS_2) {
    const seen = receiveQos2();
    if (seen == CROWDED) {
      answer(PUBACK, topicId, id, CONGESTION);
      return E_CROWDED;
    }
    answer(PUBREC, 0, id, 0);
    if (seen == DUPLICATE) return tell(REPEATED, handle, 0);
  }
  return tell(MESSAGE, handle, 0);
}

function registerReceived(): i32 {
  const topicId = field(TOPIC_ID);
  const id = field(MSG_ID);
  if (isReserved(topicId)) {
    answer(REGACK, topicId, id, INVALID_TOPIC_ID);
    return E_TOPIC_ID;
  }
  const name: usize = field(DATA);
  const length = field(DATA_LENGTH);
  let handle = findName(name, length);
  if (handle < 0) {
    handle = addTopic(NORMAL, 0, name, length);
    if (handle < 0) {
      answer(REGACK, topicId, id, CONGESTION);
      return E_CROWDED;
    }
    mark(handle, FOREIGN);
  }
  assignId(handle, topicId);
  answer(REGACK, topicId, id, ACCEPTED);
  return NOTHING;
}

/** PUBACK: the end of QoS 1, or a refusal of any QoS. */
function published(id: u32, code: u32, now: u32): i32 {
  const qos = publicationQos();
  if (!expected(PUBLISH, id) || (qos != QOS_1 && code == ACCEPTED)) {
    if (id || code == ACCEPTED) return E_STRAY;
    // 6.5: a QoS 0 publication that has gone already.
    const topicId = field(TOPIC_ID);
    const handle = findId(NORMAL, topicId);
    if (code == INVALID_TOPIC_ID && handle >= 0) unmark(handle, ID_KNOWN | ID_CONFIRMED);
    if (code == CONGESTION) arm(HOLD, now + setting(T_WAIT));
    return tell(DROPPED, handle, code);
  }
  if (code == CONGESTION) return hold(now);
  answered();
  if (code == INVALID_TOPIC_ID && mayRetry() && useName(pubTopic)) return NOTHING;
  if (code != ACCEPTED) return giveUp(code);
  endPublication();
  return tell(PUBLISHED, pubTopic, 0);
}

/** The gateway refuses to take the publication's topic. */
function giveUp(code: u32): i32 {
  endPublication();
  return tell(REJECTED, pubTopic, code);
}

/** The gateway does not know the id: register the name. False: there is none. */
function useName(handle: u32): bool {
  if (!nameLengthOf(handle)) return false;
  unmark(handle, ID_KNOWN | ID_CONFIRMED);
  if (typeOf(handle) != NORMAL) mark(handle, BY_NAME);
  return true;
}

function subscribed(code: u32): i32 {
  if (code == INVALID_TOPIC_ID && typeOf(requestTopic) != NORMAL && useName(requestTopic)) return NOTHING;
  unmark(requestTopic, SUBSCRIBE_DUE);
  if (code != ACCEPTED) {
    unmark(requestTopic, WANTED);
    return tell(SUBSCRIBE_REJECTED, requestTopic, code);
  }
  // 0 for a filter with wildcards, and from gateways that do not tell.
  if (typeOf(requestTopic) == NORMAL && !isReserved(field(TOPIC_ID))) assignId(requestTopic, field(TOPIC_ID));
  return tell(SUBSCRIBED, requestTopic, (field(FLAGS) & QOS) >> 5);
}

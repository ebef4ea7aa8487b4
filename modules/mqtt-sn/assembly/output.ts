// Frames out. What is to be sent is a flag until `transmit` builds the frame, so there is no queue and one buffer is enough:
// a repetition is encoded anew from the same state, and is the same octets but for DUP.
import { clearFields, DATA_LENGTH, EMPTY, encode, setField } from './codec';
import { BROADCAST_RADIUS, FRAME, KEEP_ALIVE, NODE_ID, setting } from './config';
import { addressLengthOf, addressOf, current, gwIdOf } from './gateways';
import {
  CLIENT_ID,
  clientIdLength,
  NODE,
  nodeLength,
  WILL_DATA,
  willFlags,
  willMessageLength,
  willTopicLength,
} from './identity';
import {
  CLEAN_SESSION,
  CONNECT,
  DISCONNECT,
  DUP,
  ENCAPSULATED,
  GWINFO,
  NORMAL,
  PINGREQ,
  PUBLISH,
  REGISTER,
  SEARCHGW,
  SUBSCRIBE,
  UNSUBSCRIBE,
  WILL,
  WILLMSG,
  WILLMSGUPD,
  WILLTOPIC,
  WILLTOPICUPD,
} from './protocol';
import { PAYLOAD, payloadLength, publicationFlags } from './publication';
import {
  ASLEEP,
  answerDue,
  attempts,
  AWAKE,
  cleanSession,
  neighbourAnswered,
  NONE,
  proceed,
  request,
  requestDue,
  requestId,
  requestSent,
  requestTopic,
  searchDue,
  searched,
  sentToGateway,
  sleepDuration,
  state,
  wanted,
  withWill,
} from './session';
import { DATA, DURATION, FLAGS, GW_ID, MSG_ID, PROTOCOL_ID, RADIUS, RETURN_CODE, TOPIC_ID } from './tables';
import { idOf, nameLengthOf, nameOf, qosOf, typeOf } from './topics';

/** Room for the header of an encapsulation before the frame. */
const HEADER: usize = 3 + NODE_ID;
const BUFFER = memory.data(HEADER + FRAME);
const BODY: usize = BUFFER + HEADER;

/** Where the frame of the last `transmit` is. */
export let output: usize = BODY;
/** Whether it goes to everybody in reach, not to the gateway. */
export let toAll: bool = false;

/** A frame of QoS -1 that is ready. */
let ready: u32 = 0;

let reply: u32 = NONE;
let replyId: u32 = 0;
let replyTopic: u32 = 0;
let replyCode: u32 = 0;

export function replyPending(): bool {
  return reply != NONE;
}

export function answer(message: u32, topicId: u32, msgId: u32, code: u32): void {
  reply = message;
  replyTopic = topicId;
  replyId = msgId;
  replyCode = code;
}

export function outputPending(): bool {
  return ready != 0 || replyPending() || searchDue || answerDue || (requestDue && request != NONE);
}

/** Builds the next frame and returns its octets, 0 when there is none. */
export function transmit(now: u32): u32 {
  toAll = false;
  let length: i32 = ready;
  ready = 0;
  if (!length) {
    clearFields();
    if (replyPending()) {
      length = encodeReply();
      reply = NONE;
    } else if (searchDue || answerDue) {
      toAll = true;
      output = BODY;
      return searchDue ? encodeSearch(now) : encodeAnswer();
    } else if (requestDue) {
      length = encodeRequest();
      requestSent(now);
    }
  }
  if (length <= 0) return 0;
  sentToGateway(now);
  return wrap(length);
}

/** PUBLISH of QoS -1 (6.8): outside of any session. */
export function encodeOnce(flags: u32, topicId: u32, data: usize, length: u32): i32 {
  clearFields();
  setField(FLAGS, flags);
  setField(TOPIC_ID, topicId);
  setData(data, length);
  const octets = encode(PUBLISH, BODY, room());
  if (octets > 0) ready = octets;
  return octets;
}

/** Octets that a frame may have. */
export function room(): u32 {
  return nodeLength ? FRAME - 3 - nodeLength : FRAME;
}

function wrap(length: u32): u32 {
  output = BODY;
  if (!nodeLength) return length;
  clearFields();
  setField(RADIUS, setting(BROADCAST_RADIUS) & 3);
  setData(NODE, nodeLength);
  output = BODY - 3 - nodeLength;
  return encode(ENCAPSULATED, output, HEADER) + length;
}

function encodeReply(): i32 {
  setField(TOPIC_ID, replyTopic);
  setField(MSG_ID, replyId);
  setField(RETURN_CODE, replyCode);
  if (reply == WILLTOPIC) setWillTopic();
  else if (reply == WILLMSG) setData(WILL_DATA + willTopicLength, willMessageLength);
  else setField(EMPTY, 1);
  return encode(reply, BODY, room());
}

function encodeSearch(now: u32): u32 {
  searched();
  proceed(now);
  setField(RADIUS, setting(BROADCAST_RADIUS));
  return encode(SEARCHGW, BODY, FRAME);
}

function encodeAnswer(): u32 {
  neighbourAnswered();
  setField(GW_ID, gwIdOf(current));
  setData(addressOf(current), addressLengthOf(current));
  return encode(GWINFO, BODY, FRAME);
}

function encodeRequest(): i32 {
  setField(MSG_ID, requestId);
  if (request == CONNECT) {
    setField(FLAGS, (withWill() ? WILL : 0) | (cleanSession ? CLEAN_SESSION : 0));
    setField(PROTOCOL_ID, 1);
    setField(DURATION, setting(KEEP_ALIVE) & 0xffff);
    setData(CLIENT_ID, clientIdLength);
  } else if (request == PUBLISH) {
    setField(FLAGS, publicationFlags() | typeOf(requestTopic));
    setField(TOPIC_ID, idOf(requestTopic));
    setData(PAYLOAD, payloadLength);
  } else if (request == REGISTER) setData(nameOf(requestTopic), nameLengthOf(requestTopic));
  else if (request == SUBSCRIBE || request == UNSUBSCRIBE) {
    const type = typeOf(requestTopic);
    setField(FLAGS, (attempts ? DUP : 0) | (qosOf(requestTopic) << 5) | type);
    if (type == NORMAL) setData(nameOf(requestTopic), nameLengthOf(requestTopic));
    else setField(TOPIC_ID, idOf(requestTopic));
  } else if (request == PINGREQ) {
    if (state == AWAKE) setData(CLIENT_ID, clientIdLength);
    else setField(EMPTY, 1);
  } else if (request == DISCONNECT) {
    if (wanted == ASLEEP) setField(DURATION, sleepDuration);
    else setField(EMPTY, 1);
  } else if (request == WILLTOPICUPD) setWillTopic();
  else if (request == WILLMSGUPD) setData(WILL_DATA + willTopicLength, willMessageLength);
  return encode(request, BODY, room());
}

function setWillTopic(): void {
  setField(FLAGS, willFlags);
  setField(EMPTY, u32(!willTopicLength));
  setData(WILL_DATA, willTopicLength);
}

function setData(data: usize, length: u32): void {
  setField(DATA, <u32>data);
  setField(DATA_LENGTH, length);
}

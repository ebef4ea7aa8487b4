// The session: what is wanted, what the gateway has granted, and the one request that is outstanding (one for each direction;
// the gateway's are answered at once in input.ts). After every step `proceed` asks what is missing and begins it.
import { CLEAN, DISCOVER, KEEP_ALIVE, N_RETRY, setting, T_RETRY, T_RETRY_MAX, T_SEARCHGW, T_WAIT } from './config';
import { CONGESTED, CONNECTED, DISCONNECTED, FELL_ASLEEP, LOST, NOTHING, REFUSED, tell } from './events';
import { countGateways, current, expire, haveGateway, tryNext } from './gateways';
import { willTopicLength } from './identity';
import { newId } from './ids';
import { forgetQos2 } from './inbound';
import {
  CONGESTION,
  CONNECT,
  DISCONNECT,
  PINGREQ,
  PUBLISH,
  PUBREL,
  REGISTER,
  SUBSCRIBE,
  UNSUBSCRIBE,
  WILLMSGUPD,
  WILLTOPICUPD,
} from './protocol';
import {
  PUB_NONE,
  PUB_RELEASE,
  publication,
  publicationId,
  publicationInterrupted,
  publicationOrphaned,
  publicationQos,
  publicationSent,
  pubTopic,
  endPublication,
} from './publication';
import {
  ANSWER,
  arm,
  disarm,
  elapsed,
  HOLD,
  past,
  PAUSE,
  PING,
  randomDelay,
  RETRY,
  running,
  SEARCH,
  WAKE,
} from './time';
import {
  BY_NAME,
  canPublish,
  findMarked,
  flagsOf,
  ID_CONFIRMED,
  ID_KNOWN,
  removeForeign,
  SUBSCRIBE_DUE,
  UNSUBSCRIBE_DUE,
  unmarkAll,
} from './topics';

// Figure 4 of chapter 6.14, with the state "lost" as OFF while something else is wanted.
export const OFF: u32 = 0;
export const CONNECTING: u32 = 1;
export const ACTIVE: u32 = 2;
export const ASLEEP: u32 = 3;
export const AWAKE: u32 = 4;

export let state: u32 = OFF;
/** OFF, ACTIVE or ASLEEP. */
export let wanted: u32 = OFF;

/** No request. */
export const NONE: u32 = 0xff;
/** The message that waits for its acknowledgement. */
export let request: u32 = NONE;
export let requestId: u32 = 0;
export let requestTopic: u32 = 0;
/** The request is to be sent. */
export let requestDue: bool = false;
export let attempts: u32 = 0;

export let cleanSession: bool = false;
/** Seconds of sleep to ask for. */
export let sleepDuration: u32 = 0;
/** SEARCHGW is to be sent. */
export let searchDue: bool = false;
/** GWINFO is to be sent to another client. */
export let answerDue: bool = false;

const NO_GATEWAY: u32 = 0xff;
/** The gateway that keeps our session. */
let sessionGateway: u32 = NO_GATEWAY;
/** Losses since a gateway was last of use. */
let failures: u32 = 0;
/** Gateways that asked for patience, one after the other. */
let congested: u32 = 0;
let searches: u32 = 0;
let wakeDue: bool = false;
/** The session did not come back: the next wake begins with CONNECT. */
let rejoin: bool = false;
let pingDue: bool = false;
/** Frames since waking; a gateway that never ends with PINGRESP does not keep us awake for ever. */
let heardAwake: u32 = 0;
const PATIENCE: u32 = 1_000;
let lastSent: u32 = 0;
let lastHeard: u32 = 0;

/** The will is to be updated at the gateway. */
let willTopicDue: bool = false;
let willMessageDue: bool = false;
/** WILLTOPICs that the gateway answered with DISCONNECT; after two the connection is made without a will. */
let willFailures: u32 = 0;
let willAsked: bool = false;

export function want(what: u32, seconds: u32): void {
  wanted = what;
  sleepDuration = seconds;
  if (what != OFF || state == ACTIVE || state == ASLEEP || state == AWAKE) return;
  endRequest();
  state = OFF;
  disarm(PAUSE);
  disarm(SEARCH);
}

/** Ask for buffered messages now. */
export function wakeNow(): void {
  if (state == ASLEEP) wakeDue = true;
}

export function willChanged(): void {
  willFailures = 0;
  if (state == OFF || state == CONNECTING) return;
  willTopicDue = true;
  willMessageDue = willTopicLength != 0;
}

export function withWill(): bool {
  return willTopicLength != 0 && willFailures < 2;
}

/** WILLTOPICREQ or WILLMSGREQ has come. */
export function willRequested(now: u32): void {
  willAsked = true;
  heardProgress(now);
}

export function idle(): bool {
  return publication == PUB_NONE && request == NONE && findMarked(SUBSCRIBE_DUE | UNSUBSCRIBE_DUE) < 0;
}

/** Begins what is missing, unless a request is outstanding. */
export function proceed(now: u32): void {
  if (request != NONE) return;
  lookAround(now);
  const next = missing();
  if (next == NONE) return;
  request = next;
  attempts = 0;
  requestDue = true;
  if (next == CONNECT) {
    cleanSession = setting(CLEAN) != 0 && sessionGateway != current;
    willAsked = false;
    state = CONNECTING;
  } else if (next == PINGREQ) {
    pingDue = false;
    wakeDue = false;
    heardAwake = 0;
    if (state == ASLEEP) state = AWAKE;
  } else if (next == PUBLISH || next == PUBREL) requestId = publicationId();
  else if (next == REGISTER || next == SUBSCRIBE || next == UNSUBSCRIBE) requestId = newId();
  arm(RETRY, now + backoff(0));
}

function missing(): u32 {
  if (state == OFF) return wanted == OFF || running(PAUSE) || !haveGateway() ? NONE : CONNECT;
  if (state == ASLEEP) {
    if (wanted == OFF) return DISCONNECT;
    if (wakeDue) return rejoin ? CONNECT : PINGREQ;
    return wanted == ACTIVE || (!rejoin && work() != NONE) ? CONNECT : NONE;
  }
  if (state != ACTIVE) return NONE;
  const next = work();
  if (next != NONE) return next;
  if (wanted != ACTIVE) return DISCONNECT;
  return pingDue ? PINGREQ : NONE;
}

function work(): u32 {
  if (publication == PUB_RELEASE) return PUBREL;
  if (willTopicDue) return WILLTOPICUPD;
  if (willMessageDue) return WILLMSGUPD;
  if (running(HOLD)) return NONE;
  const due = findMarked(SUBSCRIBE_DUE | UNSUBSCRIBE_DUE);
  if (due >= 0) {
    requestTopic = due;
    return flagsOf(due) & SUBSCRIBE_DUE ? SUBSCRIBE : UNSUBSCRIBE;
  }
  if (publication == PUB_NONE) return NONE;
  requestTopic = pubTopic;
  return canPublish(pubTopic) ? PUBLISH : REGISTER;
}

/** The request has gone out; QoS 0 waits for nothing. */
export function requestSent(now: u32): void {
  requestDue = false;
  if (request != PUBLISH) return;
  publicationSent();
  if (publicationQos()) return;
  endPublication();
  endRequest();
  proceed(now);
}

export function sentToGateway(now: u32): void {
  lastSent = now;
}

export function heardGateway(now: u32): void {
  lastHeard = now;
  // 7.2: an awake client restarts its timer with everything that comes.
  if (state == AWAKE && heardAwake < PATIENCE) {
    heardAwake++;
    heardProgress(now);
  }
}

function heardProgress(now: u32): void {
  attempts = 0;
  arm(RETRY, now + backoff(0));
}

/** The outstanding request has been answered. */
export function answered(): void {
  if (request == WILLTOPICUPD) willTopicDue = false;
  else if (request == WILLMSGUPD) willMessageDue = false;
  endRequest();
  failures = 0;
}

function endRequest(): void {
  request = NONE;
  requestDue = false;
  disarm(RETRY);
}

/** The gateway asked for patience in answer to the request: it is repeated after T_WAIT. */
export function hold(now: u32): i32 {
  endRequest();
  arm(HOLD, now + setting(T_WAIT));
  return tell(CONGESTED, -1, CONGESTION);
}

/** CONNACK. */
export function connected(code: u32, now: u32): i32 {
  endRequest();
  if (code) {
    state = OFF;
    let pause = setting(T_WAIT);
    if (code != CONGESTION) pause = backoff(failures++);
    else if (++congested < countGateways()) pause = randomDelay(setting(T_RETRY) >> 2);
    else congested = 0;
    tryNext();
    arm(PAUSE, now + pause);
    return tell(REFUSED, -1, code);
  }
  state = ACTIVE;
  congested = 0;
  rejoin = false;
  willTopicDue = false;
  willMessageDue = false;
  // 1.2 has no "session present": subscriptions are asked for again, and ids to send with are registered again.
  if (sessionGateway != current || cleanSession) {
    sessionGateway = current;
    removeForeign();
    unmarkAll(ID_KNOWN | ID_CONFIRMED | BY_NAME, true);
    forgetQos2();
    publicationOrphaned();
  } else unmarkAll(ID_CONFIRMED, true);
  if (keepAlive()) arm(PING, now + keepAlive());
  return tell(CONNECTED, -1, 0);
}

/** DISCONNECT from the gateway: our acknowledgement, or the end. */
export function disconnected(now: u32): i32 {
  if (request == DISCONNECT) return left(now);
  if (state == CONNECTING && willAsked) willFailures++;
  return lost(now, 1);
}

/** PINGRESP to an awake client: nothing more is buffered. */
export function sleepOn(now: u32): i32 {
  answered();
  return fallAsleep(now);
}

export function tick(now: u32): i32 {
  let event = NOTHING;
  expire(now, state != OFF);
  if (elapsed(RETRY, now)) event = repeat(now);
  if (elapsed(PING, now) && state == ACTIVE) keepWarm(now);
  if (elapsed(WAKE, now)) wakeDue = true;
  if (elapsed(SEARCH, now)) searchDue = true;
  if (elapsed(ANSWER, now)) answerDue = true;
  elapsed(HOLD, now);
  elapsed(PAUSE, now);
  proceed(now);
  return event;
}

function repeat(now: u32): i32 {
  if (++attempts <= setting(N_RETRY)) {
    requestDue = true;
    arm(RETRY, now + backoff(attempts));
    return NOTHING;
  }
  if (request == DISCONNECT) return left(now);
  return lost(now, 0);
}

/** DISCONNECT was acknowledged, or nobody answers any more. */
function left(now: u32): i32 {
  endRequest();
  if (wanted == ASLEEP) return fallAsleep(now);
  disarm(PING);
  if (wanted == OFF) sessionGateway = NO_GATEWAY;
  state = OFF;
  return tell(DISCONNECTED, -1, 0);
}

function fallAsleep(now: u32): i32 {
  state = ASLEEP;
  wakeDue = false;
  disarm(PING);
  // An eighth earlier than promised, so that repetitions still find the session there.
  arm(WAKE, now + sleepDuration * 875);
  return tell(FELL_ASLEEP, -1, 0);
}

/** The gateway is gone or has forgotten us. `code`: 0 silence, 1 DISCONNECT. */
function lost(now: u32, code: u32): i32 {
  const joining = state == CONNECTING;
  endRequest();
  disarm(PING);
  publicationInterrupted();
  if (wanted == OFF) {
    state = OFF;
    return tell(DISCONNECTED, -1, 0);
  }
  // Silence: another gateway first, then the old one. DISCONNECT: this one is there, and may know us by the same name.
  if (!code || failures) tryNext();
  failures++;
  if (joining && !code && wanted == ASLEEP) {
    // Nobody is there: the battery comes first.
    fallAsleep(now);
    rejoin = true;
  } else {
    state = OFF;
    arm(PAUSE, now + (failures < 2 ? randomDelay(setting(T_RETRY) >> 2) : backoff(failures - 2)));
  }
  return tell(LOST, -1, code);
}

/** Doubles from T_RETRY to T_RETRY_MAX, below half the keep alive, with up to a quarter at random. */
function backoff(times: u32): u32 {
  const base = setting(T_RETRY);
  let most = setting(T_RETRY_MAX);
  if (setting(KEEP_ALIVE)) most = min(most, setting(KEEP_ALIVE) * 500);
  const delay = min(base << min(times, 6), max(base, most));
  return delay + randomDelay(delay >> 2);
}

/** Milliseconds after which we or the gateway should have been heard. */
function keepAlive(): u32 {
  return setting(KEEP_ALIVE) * 875;
}

function keepWarm(now: u32): void {
  const oldest = past(lastHeard, lastSent) ? lastHeard : lastSent;
  const at = oldest + keepAlive();
  if (past(at, now)) {
    pingDue = true;
    arm(PING, now + keepAlive());
  } else arm(PING, at);
}

// Discovery (6.1)

function lookAround(now: u32): void {
  const lonely = setting(DISCOVER) && wanted != OFF && state == OFF && (!haveGateway() || failures > countGateways());
  if (!lonely) {
    disarm(SEARCH);
    searchDue = false;
    searches = 0;
  } else if (!running(SEARCH) && !searchDue) {
    const delay = setting(T_SEARCHGW);
    arm(
      SEARCH,
      now + (searches ? min(delay << min(searches, 6), max(delay, setting(T_RETRY_MAX))) : 0) + randomDelay(delay),
    );
  }
}

/** SEARCHGW has gone out, from us or from somebody near: the next one waits twice as long. */
export function searched(): void {
  searchDue = false;
  disarm(SEARCH);
  searches++;
}

export function searching(): bool {
  return searchDue || running(SEARCH);
}

/** Another client asks; somebody answers. */
export function neighbourAsked(now: u32, delay: u32): void {
  if (state == ACTIVE && !running(ANSWER)) arm(ANSWER, now + randomDelay(delay));
}

export function neighbourAnswered(): void {
  answerDue = false;
  disarm(ANSWER);
}

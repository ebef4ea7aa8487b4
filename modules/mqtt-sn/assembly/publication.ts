// The one publication of QoS 0, 1 or 2 that is on its way out (6.5, 6.12). It stays through repetitions, congestion and
// reconnections until the gateway has acknowledged or refused it.
import { FRAME } from './config';
import { newId } from './ids';
import { DUP, QOS, QOS_2, RETAIN } from './protocol';

export const PUB_NONE: u32 = 0;
/** PUBLISH is to be sent or to be acknowledged. */
export const PUB_WAITING: u32 = 1;
/** PUBREC has come: PUBREL is to be sent or to be acknowledged. */
export const PUB_RELEASE: u32 = 2;

/** Refusals of the topic id after which it is the gateway's last word. */
const PATIENCE: u32 = 3;
/** Connections in which PUBREL stayed unanswered before the publication is sent again. */
const RELEASES: u32 = 2;

export const PAYLOAD = memory.data(FRAME);
export let payloadLength: u32 = 0;
export let publication: u32 = PUB_NONE;
export let pubTopic: u32 = 0;
let flags: u32 = 0;
let id: u32 = 0;
let sent: bool = false;
let refusals: u32 = 0;
let releases: u32 = 0;

export function setPublication(topic: u32, withFlags: u32, data: usize, length: u32): void {
  memory.copy(PAYLOAD, data, length);
  payloadLength = length;
  publication = PUB_WAITING;
  pubTopic = topic;
  flags = withFlags & (QOS | RETAIN);
  id = 0;
  sent = false;
  refusals = 0;
  releases = 0;
}

export function publicationFlags(): u32 {
  return sent && flags & QOS ? flags | DUP : flags;
}

export function publicationQos(): u32 {
  return flags & QOS;
}

/** 0 for QoS 0. */
export function publicationId(): u32 {
  if (!id && flags & QOS) id = newId();
  return id;
}

/** From now on it is a repetition. */
export function publicationSent(): void {
  sent = true;
}

/** PUBREC: true when it is the answer that is waited for. */
export function received(msgId: u32): bool {
  if (publication != PUB_WAITING || !sent || flags != ((flags & RETAIN) | QOS_2) || msgId != id) return false;
  publication = PUB_RELEASE;
  return true;
}

export function endPublication(): void {
  publication = PUB_NONE;
}

/** The topic id was refused: true when it may be tried again, as something that the gateway has not taken. */
export function mayRetry(): bool {
  sent = false;
  return ++refusals < PATIENCE;
}

/** The connection ended. A released publication whose PUBREL nobody answers begins anew: better twice than never. */
export function publicationInterrupted(): void {
  if (publication == PUB_RELEASE && ++releases >= RELEASES) publication = PUB_WAITING;
}

/** A session that knows nothing of us: what an older one had received is not to be counted on. */
export function publicationOrphaned(): void {
  if (publication == PUB_RELEASE) publication = PUB_WAITING;
  sent = false;
}

// The letters between other modules and the actor of index.ts. Topics and filters are below the device's base topic.

/** To the actor. */
export const enum Verb {
  /** 1 QoS (0, 1), 2 token, 3 length of the topic, then topic and payload. Answered with an outcome for the token. */
  PUBLISH = 1,
  /** A filter: what matches it comes as messages. Of a module that has gone nothing is kept. */
  WATCH = 2,
}

/** From the actor. */
export const enum Answer {
  /** 1 token, 2 Outcome. */
  OUTCOME = 0x81,
  /** 1 length of the topic, then topic and payload. */
  MESSAGE = 0x82,
}

export const enum Outcome {
  /** Acknowledged by the gateway, which has had the broker's acknowledgement (QoS 1); sent (QoS 0). */
  DONE = 0,
  /** Refused for good. */
  REFUSED = 1,
  /** Another publication is under way: again later. */
  BUSY = 2,
  /** No gateway answers now: again later. */
  OFFLINE = 3,
  /** Malformed, or longer than a datagram. */
  INVALID = 4,
}

/** Filters of all modules. */
export const MAX_WATCHERS: i32 = 8;

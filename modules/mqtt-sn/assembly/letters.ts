// The letters between other modules and the actor of index.ts. Topics and filters are below the device's base topic.

/** To the actor. */
export const enum Verb {
  /** 1 QoS as the contract's mqtt has it (0, 1, 2: retained), 2 token, 3 length of the topic, then topic and payload. Answered with an outcome for the token. */
  PUBLISH = 1,
  /** A filter: what matches it comes as messages, and STATE now and when it changes. Again, it only asks for STATE. */
  WATCH = 2,
}

/** From the actor. */
export const enum Answer {
  /** 1 token, 2 Outcome. */
  OUTCOME = 0x81,
  /** 1 length of the topic, then topic and payload. */
  MESSAGE = 0x82,
  /** 1 whether there is a gateway that answers. */
  STATE = 0x83,
}

export const enum Outcome {
  /** Acknowledged by the gateway, which has had the broker's acknowledgement (QoS 1); sent (QoS 0). */
  DONE = 0,
  /** Refused for good. */
  REFUSED = 1,
  /** Too many are under way: again later. */
  BUSY = 2,
  /** No gateway answers now: again later. */
  OFFLINE = 3,
  /** Malformed, or longer than a datagram. */
  INVALID = 4,
}

/** Filters of all modules. */
export const MAX_WATCHERS: i32 = 8;

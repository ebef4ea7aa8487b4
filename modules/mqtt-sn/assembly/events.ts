// What the client tells its owner: the result of receive and tick.

export const NOTHING: i32 = 0;
export const CONNECTED: i32 = 1;
/** CONNACK refused; the code is its ReturnCode. The client goes on trying. */
export const REFUSED: i32 = 2;
/** The gateway is silent (code 0) or has sent DISCONNECT (code 1). The client goes on trying. */
export const LOST: i32 = 3;
export const DISCONNECTED: i32 = 4;
/** A publication: FLAGS, TOPIC_ID, DATA; the topic's handle, or -1 for a short name that nobody added. */
export const MESSAGE: i32 = 5;
/** The publication of `publish` has been acknowledged. */
export const PUBLISHED: i32 = 6;
/** The gateway refused it for good; the code is the ReturnCode. */
export const REJECTED: i32 = 7;
/** The code is the QoS granted. */
export const SUBSCRIBED: i32 = 8;
export const SUBSCRIBE_REJECTED: i32 = 9;
export const UNSUBSCRIBED: i32 = 10;
/** Asleep; the radio may be off until the next deadline. */
export const FELL_ASLEEP: i32 = 11;
export const GATEWAY_FOUND: i32 = 12;
/** WILLTOPICRESP or WILLMSGRESP; the code is its ReturnCode. */
export const WILL_UPDATED: i32 = 13;
/** The gateway asked for patience: nothing is sent for T_WAIT, nothing is lost. */
export const CONGESTED: i32 = 14;
/** A QoS 2 publication came again and was acknowledged again. */
export const REPEATED: i32 = 15;
/** A QoS 0 publication was refused by the gateway; the code is the ReturnCode. */
export const DROPPED: i32 = 16;

// More refusals, after those of protocol.ts.
/** Not from our gateway, or not through our forwarder. */
export const E_STRANGER: i32 = -16;
/** The message has no place in this state. */
export const E_STATE: i32 = -17;
/** An acknowledgement of nothing outstanding. */
export const E_STRAY: i32 = -18;
/** Take the frames of `transmit` first; or a publication is still on its way. */
export const E_BUSY: i32 = -19;
/** There is no such topic. */
export const E_TOPIC: i32 = -20;
/** A table is full; the gateway has been told so. */
export const E_CROWDED: i32 = -21;
/** The frame would have 255 octets: see AVOID_255. */
export const E_255: i32 = -22;
export const E_NO_GATEWAY: i32 = -23;
/** An argument is out of its range. */
export const E_ARGUMENT: i32 = -24;

/** The topic's handle, then the code, of the last event. */
export const EVENT = memory.data(8, 4);

export function tell(event: i32, handle: i32, code: u32): i32 {
  store<i32>(EVENT, handle);
  store<u32>(EVENT, code, 4);
  return event;
}

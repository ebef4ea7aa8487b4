// Sizes, fixed when the module is built; asc's `--use MQTT_SN_TOPICS=32` sets another. The defaults stay below 4 KB.

/** Topics known at a time: own, subscribed, and registered by the gateway. */
export const TOPICS: u32 = isDefined(MQTT_SN_TOPICS) ? MQTT_SN_TOPICS : 16;
/** Octets for all their names. */
export const NAMES: u32 = isDefined(MQTT_SN_NAMES) ? MQTT_SN_NAMES : 1024;
/** Identifiers of received QoS 2 publications that are remembered. */
export const QOS2_IDS: u32 = isDefined(MQTT_SN_QOS2_IDS) ? MQTT_SN_QOS2_IDS : 16;
/** Octets of the longest datagram, in and out. */
export const FRAME: u32 = isDefined(MQTT_SN_FRAME) ? MQTT_SN_FRAME : 512;
/** Octets of will topic and will message together. */
export const WILL_ROOM: u32 = isDefined(MQTT_SN_WILL) ? MQTT_SN_WILL : 128;
export const GATEWAYS: u32 = isDefined(MQTT_SN_GATEWAYS) ? MQTT_SN_GATEWAYS : 4;
/** Octets of a network address: IPv6 and a port. */
export const ADDRESS: u32 = 18;
/** Octets of a Wireless Node Id (5.5). */
export const NODE_ID: u32 = 8;

// What the owner may set before and while the client runs, as words.
export const SETTINGS = memory.data<u32>([60, 5_000, 60_000, 4, 310_000, 5_000, 5_000, 1, 1, 0, 1]);
/** Seconds; 0: none. */
export const KEEP_ALIVE: u32 = 0;
/** Milliseconds before the first repetition; it doubles up to T_RETRY_MAX. 7.2 asks for 10 to 15 s. */
export const T_RETRY: u32 = 1;
export const T_RETRY_MAX: u32 = 2;
/** Repetitions before the gateway counts as lost. */
export const N_RETRY: u32 = 3;
/** Milliseconds to leave a congested gateway alone. */
export const T_WAIT: u32 = 4;
/** Longest random delay before SEARCHGW, in milliseconds. */
export const T_SEARCHGW: u32 = 5;
/** Longest random delay before GWINFO, in milliseconds. */
export const T_GWINFO: u32 = 6;
/** Broadcast radius, 0: the whole network. */
export const BROADCAST_RADIUS: u32 = 7;
/** 1: the first CONNECT to a gateway asks for a clean session. */
export const CLEAN: u32 = 8;
/** 1: learn gateways from ADVERTISE and GWINFO, look for them, answer others. */
export const DISCOVER: u32 = 9;
/** 1: never send a frame of 255 octets, which one widespread gateway passes on damaged. */
export const AVOID_255: u32 = 10;
const SETTINGS_COUNT: u32 = 11;

export function setting(index: u32): u32 {
  return load<u32>(SETTINGS + (index << 2));
}

export function set(index: u32, value: u32): void {
  if (index < SETTINGS_COUNT) store<u32>(SETTINGS + (index << 2), value);
}

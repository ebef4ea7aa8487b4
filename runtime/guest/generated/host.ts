// Generated from runtime/abi/mote.wit by `npm run generate`. Do not edit.

/** Why a call was not carried out; 0: it was. The same numbers as MOTE_ERR_* in C. */
export const enum ErrorCode {
  None = 0,
  Denied = -1,
  Invalid = -2,
  NotFound = -3,
  TooBig = -4,
  Busy = -5,
  Io = -6,
  Offline = -7,
}

export const enum Capability {
  Settings = 0,
  RadioReceive = 1,
  RadioSend = 2,
  MqttPublish = 3,
  MqttSubscribe = 4,
  Flash = 5,
  Actors = 6,
  Mail = 7,
}

export const enum LogLevel {
  Debug = 0,
  Info = 1,
  Warn = 2,
  Error = 3,
}

export const RADIO_FRAME_AT_BYTES: usize = 0;
export const RADIO_FRAME_AT_RSSI: usize = 8;
export const RADIO_FRAME_SIZE: usize = 12;

export const enum MqttQos {
  AtMostOnce = 0,
  AtLeastOnce = 1,
}

export const MQTT_PUBLICATION_AT_TOPIC: usize = 0;
export const MQTT_PUBLICATION_AT_PAYLOAD: usize = 8;
export const MQTT_PUBLICATION_SIZE: usize = 16;

export const enum FlashRegion {
  Journal = 0,
  Slots = 1,
}

export const FLASH_GEOMETRY_AT_SIZE: usize = 0;
export const FLASH_GEOMETRY_AT_SECTOR: usize = 4;
export const FLASH_GEOMETRY_AT_ALIGN: usize = 8;
export const FLASH_GEOMETRY_AT_ERASED: usize = 12;
export const FLASH_GEOMETRY_SIZE: usize = 16;

export const MAIL_LETTER_AT_SENDER: usize = 0;
export const MAIL_LETTER_AT_PAYLOAD: usize = 4;
export const MAIL_LETTER_SIZE: usize = 12;

export const ACTORS_GRANT_AT_CAPABILITY: usize = 0;
export const ACTORS_GRANT_AT_SCOPE: usize = 4;
export const ACTORS_GRANT_SIZE: usize = 12;

export const ACTORS_BUDGET_AT_MEMORY: usize = 0;
export const ACTORS_BUDGET_AT_STACK: usize = 4;
export const ACTORS_BUDGET_AT_FUEL: usize = 8;
export const ACTORS_BUDGET_AT_MAILBOX: usize = 12;
export const ACTORS_BUDGET_SIZE: usize = 16;

export const ACTORS_EXTENT_AT_REGION: usize = 0;
export const ACTORS_EXTENT_AT_OFFSET: usize = 4;
export const ACTORS_EXTENT_AT_LEN: usize = 8;
export const ACTORS_EXTENT_SIZE: usize = 12;

export const enum ActorsSource {
  Builtin = 0,
  Flash = 1,
}

export const enum ActorsState {
  Starting = 0,
  Running = 1,
  Dead = 2,
}

export const ACTORS_STATS_AT_STATE: usize = 0;
export const ACTORS_STATS_AT_HANDLED: usize = 4;
export const ACTORS_STATS_AT_DENIED: usize = 8;
export const ACTORS_STATS_AT_DROPPED: usize = 12;
export const ACTORS_STATS_AT_FUEL_PEAK: usize = 16;
export const ACTORS_STATS_AT_MEMORY: usize = 20;
export const ACTORS_STATS_SIZE: usize = 24;

export const ACTORS_EXIT_AT_ACTOR: usize = 0;
export const ACTORS_EXIT_AT_REASON: usize = 4;
export const ACTORS_EXIT_SIZE: usize = 12;

export const ACTORS_VITALS_AT_ACTOR: usize = 0;
export const ACTORS_VITALS_AT_HEALTHY: usize = 4;
export const ACTORS_VITALS_SIZE: usize = 8;

export const enum ActorMessage {
  Tick = 0,
  Timer = 1,
  Radio = 2,
  Mqtt = 3,
  Mail = 4,
  Started = 5,
  Exited = 6,
  Health = 7,
}

/** At most 256 bytes are kept. */
// @ts-ignore: decorator
@external("log", "write")
export declare function log_write(level: u32, textPtr: usize, textLen: usize): void;

/** Milliseconds since the board started; never goes back. */
// @ts-ignore: decorator
@external("clock", "now")
export declare function clock_now(): u64;

/** Milliseconds since 1970-01-01T00:00:00Z; none while the board does not know the time. */
// @ts-ignore: decorator
@external("clock", "unix")
export declare function clock_unix(ret: usize): void;
export const CLOCK_UNIX_RET_SIZE: usize = 16;
export const CLOCK_UNIX_RET_PAYLOAD: usize = 8;

/** Deliver `timer(id)` once, `delay` milliseconds from now (at most 2^31 - 1). Replaces a timer of the same id. */
// @ts-ignore: decorator
@external("timer", "set")
export declare function timer_set(id: u32, delay: u32, ret: usize): void;
export const TIMER_SET_RET_SIZE: usize = 2;
export const TIMER_SET_RET_PAYLOAD: usize = 1;

/** Nothing happens when there is none. */
// @ts-ignore: decorator
@external("timer", "cancel")
export declare function timer_cancel(id: u32): void;

/** `len` random bytes, 1 to 256. */
// @ts-ignore: decorator
@external("random", "get")
export declare function random_get(len: u32, ret: usize): void;
export const RANDOM_GET_RET_SIZE: usize = 12;
export const RANDOM_GET_RET_PAYLOAD: usize = 4;

/** The value stored under `name`, at most 256 bytes. */
// @ts-ignore: decorator
@external("settings", "get")
export declare function settings_get(namePtr: usize, nameLen: usize, ret: usize): void;
export const SETTINGS_GET_RET_SIZE: usize = 12;
export const SETTINGS_GET_RET_PAYLOAD: usize = 4;

/** At most 290 bytes. */
// @ts-ignore: decorator
@external("radio", "send")
export declare function radio_send(bytesPtr: usize, bytesLen: usize, ret: usize): void;
export const RADIO_SEND_RET_SIZE: usize = 2;
export const RADIO_SEND_RET_PAYLOAD: usize = 1;

// @ts-ignore: decorator
@external("mqtt", "connected")
export declare function mqtt_connected(): u32;

// @ts-ignore: decorator
@external("mqtt", "publish")
export declare function mqtt_publish(topicPtr: usize, topicLen: usize, payloadPtr: usize, payloadLen: usize, qos: u32, ret: usize): void;
export const MQTT_PUBLISH_RET_SIZE: usize = 2;
export const MQTT_PUBLISH_RET_PAYLOAD: usize = 1;

/** Publications that match `filter` come as `mqtt` messages, across reconnections. */
// @ts-ignore: decorator
@external("mqtt", "subscribe")
export declare function mqtt_subscribe(filterPtr: usize, filterLen: usize, ret: usize): void;
export const MQTT_SUBSCRIBE_RET_SIZE: usize = 2;
export const MQTT_SUBSCRIBE_RET_PAYLOAD: usize = 1;

// @ts-ignore: decorator
@external("flash", "describe")
export declare function flash_describe(region: u32, ret: usize): void;
export const FLASH_DESCRIBE_RET_SIZE: usize = 20;
export const FLASH_DESCRIBE_RET_PAYLOAD: usize = 4;

/** 1 to 4096 bytes. */
// @ts-ignore: decorator
@external("flash", "read")
export declare function flash_read(region: u32, offset: u32, len: u32, ret: usize): void;
export const FLASH_READ_RET_SIZE: usize = 12;
export const FLASH_READ_RET_PAYLOAD: usize = 4;

/** `offset` and the length are multiples of `align`. */
// @ts-ignore: decorator
@external("flash", "program")
export declare function flash_program(region: u32, offset: u32, dataPtr: usize, dataLen: usize, ret: usize): void;
export const FLASH_PROGRAM_RET_SIZE: usize = 2;
export const FLASH_PROGRAM_RET_PAYLOAD: usize = 1;

/** `offset` and `len` are multiples of `sector`. */
// @ts-ignore: decorator
@external("flash", "erase")
export declare function flash_erase(region: u32, offset: u32, len: u32, ret: usize): void;
export const FLASH_ERASE_RET_SIZE: usize = 2;
export const FLASH_ERASE_RET_PAYLOAD: usize = 1;

// @ts-ignore: decorator
@external("mail", "send")
export declare function mail_send(to: u32, payloadPtr: usize, payloadLen: usize, ret: usize): void;
export const MAIL_SEND_RET_SIZE: usize = 2;
export const MAIL_SEND_RET_PAYLOAD: usize = 1;

/** Answer the letter being handled; needs no grant. */
// @ts-ignore: decorator
@external("mail", "reply")
export declare function mail_reply(payloadPtr: usize, payloadLen: usize, ret: usize): void;
export const MAIL_REPLY_RET_SIZE: usize = 2;
export const MAIL_REPLY_RET_PAYLOAD: usize = 1;

/** The module starts in its own turn; `started` or `exited` then comes to the caller. */
// @ts-ignore: decorator
@external("actors", "spawn")
export declare function actors_spawn(namePtr: usize, nameLen: usize, source: u32, source1: u32, source2: u32, source3: u32, budgetMemory: u32, budgetStack: u32, budgetFuel: u32, budgetMailbox: u32, grantsPtr: usize, grantsLen: usize, ret: usize): void;
export const ACTORS_SPAWN_RET_SIZE: usize = 8;
export const ACTORS_SPAWN_RET_PAYLOAD: usize = 4;

/** Call the module's `stop`, then forget it. No `exited` follows. */
// @ts-ignore: decorator
@external("actors", "stop")
export declare function actors_stop(actor: u32, ret: usize): void;
export const ACTORS_STOP_RET_SIZE: usize = 2;
export const ACTORS_STOP_RET_PAYLOAD: usize = 1;

/** Deliver `tick`: a module answers by handling it. */
// @ts-ignore: decorator
@external("actors", "tick")
export declare function actors_tick(actor: u32, ret: usize): void;
export const ACTORS_TICK_RET_SIZE: usize = 2;
export const ACTORS_TICK_RET_PAYLOAD: usize = 1;

/** Call the module's `health`; the answer comes to the caller as `health`. */
// @ts-ignore: decorator
@external("actors", "check")
export declare function actors_check(actor: u32, ret: usize): void;
export const ACTORS_CHECK_RET_SIZE: usize = 2;
export const ACTORS_CHECK_RET_PAYLOAD: usize = 1;

// @ts-ignore: decorator
@external("actors", "inspect")
export declare function actors_inspect(actor: u32, ret: usize): void;
export const ACTORS_INSPECT_RET_SIZE: usize = 28;
export const ACTORS_INSPECT_RET_PAYLOAD: usize = 4;

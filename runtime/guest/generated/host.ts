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
  Nack = -8,
  Timeout = -9,
  Arbitration = -10,
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
  I2c = 8,
  Spi = 9,
  Gpio = 10,
  Adc = 11,
  Pwm = 12,
  Uart = 13,
  OneWire = 14,
  Datagram = 15,
  Data = 16,
  Http = 17,
}

export const enum Step {
  Stop = 0,
  Write = 1,
  Read = 2,
  Delay = 3,
  Exchange = 4,
  Search = 5,
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
  Retained = 2,
}

export const MQTT_PUBLICATION_AT_TOPIC: usize = 0;
export const MQTT_PUBLICATION_AT_PAYLOAD: usize = 8;
export const MQTT_PUBLICATION_SIZE: usize = 16;

export const enum FlashRegion {
  Journal = 0,
  Slots = 1,
  Delivery = 2,
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

export const enum SpiMode {
  Mode0 = 0,
  Mode1 = 1,
  Mode2 = 2,
  Mode3 = 3,
}

export const enum GpioPull {
  None = 0,
  Up = 1,
  Down = 2,
}

export const enum GpioEdge {
  None = 0,
  Rising = 1,
  Falling = 2,
  Both = 3,
}

export const GPIO_CHANGE_AT_PIN: usize = 0;
export const GPIO_CHANGE_AT_HIGH: usize = 4;
export const GPIO_CHANGE_AT_COUNT: usize = 8;
export const GPIO_CHANGE_AT_AT: usize = 12;
export const GPIO_CHANGE_SIZE: usize = 16;

export const enum UartParity {
  None = 0,
  Even = 1,
  Odd = 2,
}

export const UART_CONFIG_AT_BAUD: usize = 0;
export const UART_CONFIG_AT_DATA_BITS: usize = 4;
export const UART_CONFIG_AT_PARITY: usize = 5;
export const UART_CONFIG_AT_STOP_BITS: usize = 6;
export const UART_CONFIG_AT_GAP: usize = 8;
export const UART_CONFIG_AT_MOST: usize = 12;
export const UART_CONFIG_SIZE: usize = 16;

export const UART_CHUNK_AT_PORT: usize = 0;
export const UART_CHUNK_AT_BYTES: usize = 4;
export const UART_CHUNK_AT_FAULTS: usize = 12;
export const UART_CHUNK_SIZE: usize = 16;

export const DATAGRAM_PACKET_AT_PEER: usize = 0;
export const DATAGRAM_PACKET_AT_BYTES: usize = 8;
export const DATAGRAM_PACKET_SIZE: usize = 16;

export const HTTP_ANSWER_AT_HEAD: usize = 0;
export const HTTP_ANSWER_AT_BYTES: usize = 8;
export const HTTP_ANSWER_SIZE: usize = 16;

export const enum ActorMessage {
  Tick = 0,
  Timer = 1,
  Radio = 2,
  Mqtt = 3,
  Mail = 4,
  Started = 5,
  Exited = 6,
  Health = 7,
  Gpio = 8,
  Uart = 9,
  Datagram = 10,
  Http = 11,
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

/**
 * Deliver `timer(id)` every `period` milliseconds (1 to 2^31 - 1), the first time one period from now, without drift.
 * Periods that pass while the module is busy are left out, not made up for.
 */
// @ts-ignore: decorator
@external("timer", "every")
export declare function timer_every(id: u32, period: u32, ret: usize): void;
export const TIMER_EVERY_RET_SIZE: usize = 2;
export const TIMER_EVERY_RET_PAYLOAD: usize = 1;

/** Deliver `timer(id)` once, when `clock.now` is `time`; at once when that has passed. */
// @ts-ignore: decorator
@external("timer", "at")
export declare function timer_at(id: u32, time: u64, ret: usize): void;
export const TIMER_AT_RET_SIZE: usize = 2;
export const TIMER_AT_RET_PAYLOAD: usize = 1;

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

/** To the running module of this name. Returns its actor, by which its letters are known. */
// @ts-ignore: decorator
@external("mail", "post")
export declare function mail_post(namePtr: usize, nameLen: usize, payloadPtr: usize, payloadLen: usize, ret: usize): void;
export const MAIL_POST_RET_SIZE: usize = 8;
export const MAIL_POST_RET_PAYLOAD: usize = 4;

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

/**
 * Let modules read these bytes under this name (interface data), instead of what they read under it before; no bytes
 * take it away. At most 5 names. The caller has verified them.
 */
// @ts-ignore: decorator
@external("actors", "share")
export declare function actors_share(namePtr: usize, nameLen: usize, extentRegion: u32, extentOffset: u32, extentLen: usize, ret: usize): void;
export const ACTORS_SHARE_RET_SIZE: usize = 2;
export const ACTORS_SHARE_RET_PAYLOAD: usize = 1;

/**
 * From the supervisor: let the verified module in these bytes be the supervisor, with every grant. All modules are forgotten
 * first, as by a reset. When it ends, or has not called `feed` within `patience` milliseconds, the supervisor that is
 * part of the firmware starts in its place.
 */
// @ts-ignore: decorator
@external("actors", "handover")
export declare function actors_handover(extentRegion: u32, extentOffset: u32, extentLen: usize, budgetMemory: u32, budgetStack: u32, budgetFuel: u32, budgetMailbox: u32, patience: u32, ret: usize): void;
export const ACTORS_HANDOVER_RET_SIZE: usize = 2;
export const ACTORS_HANDOVER_RET_PAYLOAD: usize = 1;

/** From such a supervisor: all is well for another `patience` milliseconds. `not-found` for any other module. */
// @ts-ignore: decorator
@external("actors", "feed")
export declare function actors_feed(patience: u32, ret: usize): void;
export const ACTORS_FEED_RET_SIZE: usize = 2;
export const ACTORS_FEED_RET_PAYLOAD: usize = 1;

/**
 * One transaction: steps `write`, `read`, `stop`, `delay`. A START and the address stand before each write and read,
 * repeated without a STOP when the step before it did not end in one. `address`: 7 bits, or 0xa000 + 10 bits.
 * An empty script asks whether the part answers.
 */
// @ts-ignore: decorator
@external("i2c", "transfer")
export declare function i2c_transfer(bus: u32, address: u32, scriptPtr: usize, scriptLen: usize, ret: usize): void;
export const I2C_TRANSFER_RET_SIZE: usize = 12;
export const I2C_TRANSFER_RET_PAYLOAD: usize = 4;

/**
 * Steps `write`, `read` (zeros are sent), `exchange`, `delay`, `stop`. The part is selected from the first step to the
 * end, and deselected by `stop`. `hertz` is the highest clock; the board may be slower.
 */
// @ts-ignore: decorator
@external("spi", "transfer")
export declare function spi_transfer(bus: u32, select: u32, mode: u32, hertz: u32, scriptPtr: usize, scriptLen: usize, ret: usize): void;
export const SPI_TRANSFER_RET_SIZE: usize = 12;
export const SPI_TRANSFER_RET_PAYLOAD: usize = 4;

/** Make the pin an input. */
// @ts-ignore: decorator
@external("gpio", "input")
export declare function gpio_input(pin: u32, pull: u32, ret: usize): void;
export const GPIO_INPUT_RET_SIZE: usize = 2;
export const GPIO_INPUT_RET_PAYLOAD: usize = 1;

/** The pin's level. It must have been made an input. */
// @ts-ignore: decorator
@external("gpio", "read")
export declare function gpio_read(pin: u32, ret: usize): void;
export const GPIO_READ_RET_SIZE: usize = 2;
export const GPIO_READ_RET_PAYLOAD: usize = 1;

/** From now on these edges come as `gpio` messages, until `none`. One module watches a pin: `busy` for another. */
// @ts-ignore: decorator
@external("gpio", "watch")
export declare function gpio_watch(pin: u32, edge: u32, ret: usize): void;
export const GPIO_WATCH_RET_SIZE: usize = 2;
export const GPIO_WATCH_RET_PAYLOAD: usize = 1;

/** Make the pin an output of this level. */
// @ts-ignore: decorator
@external("gpio", "write")
export declare function gpio_write(pin: u32, high: u32, ret: usize): void;
export const GPIO_WRITE_RET_SIZE: usize = 2;
export const GPIO_WRITE_RET_PAYLOAD: usize = 1;

/**
 * Clock bits in: `pulses` pulses on `clock` (1 to 64), high and low for `micros` (1 to 50) each; `data` is sampled
 * before the falling edge of the first `bits` (0 to 32), most significant first. Needs `{clock}:out` as well.
 */
// @ts-ignore: decorator
@external("gpio", "shift")
export declare function gpio_shift(data: u32, clock: u32, bits: u32, pulses: u32, micros: u32, ret: usize): void;
export const GPIO_SHIFT_RET_SIZE: usize = 8;
export const GPIO_SHIFT_RET_PAYLOAD: usize = 4;

/** Millivolts, the mean of `samples` (1 to 256) at a resolution of `bits` (1 to 24; 0: the converter's best). */
// @ts-ignore: decorator
@external("adc", "read")
export declare function adc_read(unit: u32, channel: u32, bits: u32, samples: u32, ret: usize): void;
export const ADC_READ_RET_SIZE: usize = 8;
export const ADC_READ_RET_PAYLOAD: usize = 4;

/** Nanoseconds; `pulse` 0 is always low, `pulse` equal to `period` always high. */
// @ts-ignore: decorator
@external("pwm", "set")
export declare function pwm_set(unit: u32, channel: u32, period: u32, pulse: u32, ret: usize): void;
export const PWM_SET_RET_SIZE: usize = 2;
export const PWM_SET_RET_PAYLOAD: usize = 1;

/** One module has a port: `busy` for another. Again, it changes the configuration and drops what was received. */
// @ts-ignore: decorator
@external("uart", "open")
export declare function uart_open(port: u32, configBaud: u32, configDataBits: u32, configParity: u32, configStopBits: u32, configGap: u32, configMost: u32, ret: usize): void;
export const UART_OPEN_RET_SIZE: usize = 2;
export const UART_OPEN_RET_PAYLOAD: usize = 1;

/** 1 to 256 bytes, sent behind each other; `busy` while 256 wait. */
// @ts-ignore: decorator
@external("uart", "write")
export declare function uart_write(port: u32, bytesPtr: usize, bytesLen: usize, ret: usize): void;
export const UART_WRITE_RET_SIZE: usize = 2;
export const UART_WRITE_RET_PAYLOAD: usize = 1;

// @ts-ignore: decorator
@external("uart", "close")
export declare function uart_close(port: u32, ret: usize): void;
export const UART_CLOSE_RET_SIZE: usize = 2;
export const UART_CLOSE_RET_PAYLOAD: usize = 1;

/** Steps `stop` (reset and presence), `write`, `read`, `search`, `delay`. */
// @ts-ignore: decorator
@external("one_wire", "transfer")
export declare function one_wire_transfer(bus: u32, scriptPtr: usize, scriptLen: usize, ret: usize): void;
export const ONE_WIRE_TRANSFER_RET_SIZE: usize = 12;
export const ONE_WIRE_TRANSFER_RET_PAYLOAD: usize = 4;

/**
 * Receive on this port (0: any free one) as `datagram` messages, from peers that a grant names. Instead of the socket
 * that the module may have. `send` without `bind` binds port 0.
 */
// @ts-ignore: decorator
@external("datagram", "bind")
export declare function datagram_bind(port: u32, ret: usize): void;
export const DATAGRAM_BIND_RET_SIZE: usize = 2;
export const DATAGRAM_BIND_RET_PAYLOAD: usize = 1;

/** At most 1200 bytes. That it was sent says nothing about its arrival. */
// @ts-ignore: decorator
@external("datagram", "send")
export declare function datagram_send(peerPtr: usize, peerLen: usize, bytesPtr: usize, bytesLen: usize, ret: usize): void;
export const DATAGRAM_SEND_RET_SIZE: usize = 2;
export const DATAGRAM_SEND_RET_PAYLOAD: usize = 1;

/** Give the socket back. */
// @ts-ignore: decorator
@external("datagram", "close")
export declare function datagram_close(ret: usize): void;
export const DATAGRAM_CLOSE_RET_SIZE: usize = 2;
export const DATAGRAM_CLOSE_RET_PAYLOAD: usize = 1;

/** How many there are under this name. */
// @ts-ignore: decorator
@external("data", "size")
export declare function data_size(namePtr: usize, nameLen: usize, ret: usize): void;
export const DATA_SIZE_RET_SIZE: usize = 8;
export const DATA_SIZE_RET_PAYLOAD: usize = 4;

/** 1 to 4096 bytes. */
// @ts-ignore: decorator
@external("data", "read")
export declare function data_read(namePtr: usize, nameLen: usize, offset: u32, len: u32, ret: usize): void;
export const DATA_READ_RET_SIZE: usize = 12;
export const DATA_READ_RET_PAYLOAD: usize = 4;

/**
 * Ask for `len` bytes (1 to 4096) from `offset` on, of the file that has this strong entity tag (If-Range; empty: of any).
 * `url`: at most 128 bytes; `tag`: at most 64. The answer comes as an `http` message; `busy` while one is due.
 */
// @ts-ignore: decorator
@external("http", "get")
export declare function http_get(urlPtr: usize, urlLen: usize, offset: u32, len: u32, tagPtr: usize, tagLen: usize, ret: usize): void;
export const HTTP_GET_RET_SIZE: usize = 2;
export const HTTP_GET_RET_PAYLOAD: usize = 1;

/** What a board offers to a module: runtime/abi/mote.wit with AssemblyScript's types. answer.ts says how calls fail. */
import { bytesAnswer, done, RET, succeeded } from './answer';
import { Bytes } from './bytes';
import {
  CLOCK_UNIX_RET_PAYLOAD,
  clock_now,
  clock_unix,
  DATA_SIZE_RET_PAYLOAD,
  data_read,
  data_size,
  ErrorCode,
  FLASH_DESCRIBE_RET_PAYLOAD,
  FLASH_GEOMETRY_AT_ALIGN,
  FLASH_GEOMETRY_AT_ERASED,
  FLASH_GEOMETRY_AT_SECTOR,
  FLASH_GEOMETRY_AT_SIZE,
  FlashRegion,
  flash_describe,
  flash_erase,
  flash_program,
  flash_read,
  LogLevel,
  log_write,
  MqttQos,
  mqtt_connected,
  mqtt_publish,
  mqtt_subscribe,
  radio_send,
  random_get,
  settings_get,
  timer_at,
  timer_cancel,
  timer_every,
  timer_set,
} from './generated/host';

/** Lines for the board's log; 256 bytes of each are kept. */
export namespace log {
  export function debug(text: string): void {
    write(LogLevel.Debug, Bytes.utf8(text));
  }

  export function info(text: string): void {
    write(LogLevel.Info, Bytes.utf8(text));
  }

  export function warn(text: string): void {
    write(LogLevel.Warn, Bytes.utf8(text));
  }

  export function error(text: string): void {
    write(LogLevel.Error, Bytes.utf8(text));
  }

  /** Text that is UTF-8 already. */
  export function write(level: LogLevel, text: Bytes): void {
    log_write(level, text.ptr, text.length);
  }
}

export namespace clock {
  /** Milliseconds since the board started; never goes back. */
  export function now(): u64 {
    return clock_now();
  }

  /** Milliseconds since 1970-01-01T00:00:00Z; 0 while the board does not know. */
  export function unix(): u64 {
    clock_unix(RET);
    return load<u8>(RET) ? load<u64>(RET + CLOCK_UNIX_RET_PAYLOAD) : 0;
  }
}

export namespace timer {
  /** `onTimer(id)` once, `delay` milliseconds from now. Replaces a timer of the same id. */
  export function set(id: u32, delay: u32): ErrorCode {
    timer_set(id, delay, RET);
    return done();
  }

  /** `onTimer(id)` every `period` milliseconds, without drift; what passes while the module is busy is left out. */
  export function every(id: u32, period: u32): ErrorCode {
    timer_every(id, period, RET);
    return done();
  }

  /** `onTimer(id)` once, when `clock.now()` is `time`. */
  export function at(id: u32, time: u64): ErrorCode {
    timer_at(id, time, RET);
    return done();
  }

  export function cancel(id: u32): void {
    timer_cancel(id);
  }
}

export namespace random {
  /** `length` random bytes, 1 to 256. */
  export function get(length: i32): Bytes | null {
    random_get(length, RET);
    return bytesAnswer();
  }
}

/** What the owner provisioned on this device. */
export namespace settings {
  /** Grant: `settings`, scope: the name. */
  export function get(name: string): Bytes | null {
    return find(Bytes.utf8(name));
  }

  /** The same with a name that is UTF-8 already. */
  export function find(name: Bytes): Bytes | null {
    settings_get(name.ptr, name.length, RET);
    return bytesAnswer();
  }
}

/** Frames come to `onRadio` with the grant `radio-receive`. */
export namespace radio {
  /** At most 290 bytes. Grant: `radio-send`. */
  export function send(frame: Bytes): ErrorCode {
    radio_send(frame.ptr, frame.length, RET);
    return done();
  }
}

/** Topics are relative to the device's base topic, which the board prepends. */
export namespace mqtt {
  export function connected(): bool {
    return mqtt_connected() != 0;
  }

  /** Grant: `mqtt-publish`, scope: the topic. */
  export function publish(topic: string, payload: Bytes, qos: MqttQos = MqttQos.AtLeastOnce): ErrorCode {
    return publishTo(Bytes.utf8(topic), payload, qos);
  }

  /** The same with a topic that is UTF-8 already. */
  export function publishTo(topic: Bytes, payload: Bytes, qos: MqttQos = MqttQos.AtLeastOnce): ErrorCode {
    mqtt_publish(topic.ptr, topic.length, payload.ptr, payload.length, qos, RET);
    return done();
  }

  /** Matching publications come to `onMqtt`, across reconnections. Grant: `mqtt-subscribe`, scope: the filter. */
  export function subscribe(filter: string): ErrorCode {
    return subscribeTo(Bytes.utf8(filter));
  }

  /** The same with a filter that is UTF-8 already. */
  export function subscribeTo(filter: Bytes): ErrorCode {
    mqtt_subscribe(filter.ptr, filter.length, RET);
    return done();
  }
}

/** Bytes; `align` is the smallest programmable unit, `erased` the value of a byte after `erase`. */
export class Geometry {
  size: u32 = 0;
  sector: u32 = 0;
  align: u32 = 0;
  erased: u8 = 0;
}

/** Regions of NOR flash: `program` only clears what `erase` set. Grant: `flash`, scope: the region's name. */
export namespace flash {
  export function describe(region: FlashRegion): Geometry | null {
    flash_describe(region, RET);
    if (!succeeded(FLASH_DESCRIBE_RET_PAYLOAD)) return null;
    const from = RET + FLASH_DESCRIBE_RET_PAYLOAD;
    const made = new Geometry();
    made.size = load<u32>(from + FLASH_GEOMETRY_AT_SIZE);
    made.sector = load<u32>(from + FLASH_GEOMETRY_AT_SECTOR);
    made.align = load<u32>(from + FLASH_GEOMETRY_AT_ALIGN);
    made.erased = load<u8>(from + FLASH_GEOMETRY_AT_ERASED);
    return made;
  }

  /** 1 to 4096 bytes. */
  export function read(region: FlashRegion, offset: u32, length: u32): Bytes | null {
    flash_read(region, offset, length, RET);
    return bytesAnswer();
  }

  /** `offset` and the length are multiples of `align`. */
  export function program(region: FlashRegion, offset: u32, data: Bytes): ErrorCode {
    flash_program(region, offset, data.ptr, data.length, RET);
    return done();
  }

  /** `offset` and `length` are multiples of `sector`. */
  export function erase(region: FlashRegion, offset: u32, length: u32): ErrorCode {
    flash_erase(region, offset, length, RET);
    return done();
  }
}

/** Verified bytes of the device's owner that are no module. Grant: `data`, scope: the component's name. */
export namespace data {
  /** How many there are; 0: none under this name. */
  export function size(name: string): u32 {
    const text = Bytes.utf8(name);
    data_size(text.ptr, text.length, RET);
    return succeeded(DATA_SIZE_RET_PAYLOAD) ? load<u32>(RET + DATA_SIZE_RET_PAYLOAD) : 0;
  }

  /** 1 to 4096 bytes. */
  export function read(name: string, offset: u32, length: u32): Bytes | null {
    const text = Bytes.utf8(name);
    data_read(text.ptr, text.length, offset, length, RET);
    return bytesAnswer();
  }
}

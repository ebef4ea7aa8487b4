// How messages leave the device and come to it: by MQTT, and where that is away by modules/mqtt-sn, when the supervisor has
// started it. Topics are the same on both.
import { Bytes, ErrorCode, MqttQos, errorCode, mail, mqtt, timer } from 'motekit/runtime/guest';
import { Answer, Verb } from '../../mqtt-sn/assembly/letters';
import { OFFLINE_MS } from './bounds';

/** Bytes of the longest message: one record of 2048 bytes, or 16 items of 1024 bytes together. */
export const MESSAGE_ROOM: u32 = 2304;
/** What a datagram of the contract holds (1200), less the longest header of a PUBLISH (MQTT-SN 1.2, 5.4.12). */
const DATAGRAM_ROOM: u32 = 1191;
/** The timer of `watch`. */
export const ROAD_TIMER: u32 = 4;
/** Between two looks at whether it is still the same actor, ms. */
const WATCH_MS: u32 = 60_000;
const LENGTH_AT: i32 = 3;

export class Road {
  /** The actor of modules/mqtt-sn; 0: none that we know. */
  private network: u32 = 0;
  /** It has a gateway. */
  private online: bool = false;

  open(): void {
    mqtt.subscribeTo(Bytes.ascii('ack'));
    mqtt.subscribeTo(Bytes.ascii('cmd'));
    mqtt.subscribeTo(Bytes.ascii('desired'));
    mqtt.subscribeTo(Bytes.ascii('get'));
  }

  connected(): bool {
    if (mqtt.connected()) return true;
    if (!this.network) this.watch();
    return this.online;
  }

  /** Bytes of a message that can be sent now. */
  get most(): u32 {
    return this.online && !mqtt.connected() ? DATAGRAM_ROOM : MESSAGE_ROOM;
  }

  publish(topic: string, payload: Bytes, qos: MqttQos = MqttQos.AtLeastOnce): ErrorCode {
    const name = Bytes.ascii(topic);
    if (!this.online || mqtt.connected()) return mqtt.publishTo(name, payload, qos);
    const letter = Bytes.alloc(LENGTH_AT + 1 + name.length + payload.length);
    letter.set(0, <u8>Verb.PUBLISH);
    letter.set(1, <u8>qos);
    letter.set(2, 0);
    letter.set(LENGTH_AT, <u8>name.length);
    memory.copy(letter.ptr + LENGTH_AT + 1, name.ptr, name.length);
    memory.copy(letter.ptr + LENGTH_AT + 1 + name.length, payload.ptr, payload.length);
    return this.post(letter);
  }

  /** Asks for what comes for us. Again and again: an actor that was started anew knows nobody. */
  watch(): void {
    const all = this.follow('ack') && this.follow('cmd') && this.follow('desired') && this.follow('get');
    if (this.network) timer.set(ROAD_TIMER, all ? WATCH_MS : OFFLINE_MS);
  }

  /** Whether a letter is the network's. */
  isFrom(sender: u32): bool {
    return sender == this.network;
  }

  /** True: it came back. */
  onState(letter: Bytes): bool {
    const before = this.online;
    this.online = letter.length > 1 && letter.get(1) != 0;
    return this.online && !before;
  }

  private follow(filter: string): bool {
    const name = Bytes.ascii(filter);
    const letter = Bytes.alloc(1 + name.length);
    letter.set(0, <u8>Verb.WATCH);
    memory.copy(letter.ptr + 1, name.ptr, name.length);
    return this.post(letter) == ErrorCode.None;
  }

  private post(letter: Bytes): ErrorCode {
    const actor = mail.post(Bytes.ascii('mqtt-sn'), letter);
    if (!actor) {
      const error = errorCode();
      if (error == ErrorCode.NotFound) {
        this.network = 0;
        this.online = false;
      }
      return error;
    }
    this.network = actor;
    return ErrorCode.None;
  }
}

/** Whether this letter of the network's has a message, and not a word about it. */
export function isMessage(letter: Bytes): bool {
  return letter.length >= 2 && letter.get(0) == <u8>Answer.MESSAGE && letter.length >= 2 + <i32>letter.get(1);
}

export function isState(letter: Bytes): bool {
  return letter.length >= 2 && letter.get(0) == <u8>Answer.STATE;
}

export const road: Road = new Road();

import {
  Bytes,
  ErrorCode,
  clock,
  datagram,
  log,
  mail,
  Module,
  random,
  run,
  settings,
  timer,
} from 'motekit/runtime/guest';
import { Sha256 } from '../lib/assembly/sha256';
import * as sn from './assembly/client';
import { DATA_LENGTH, field } from './assembly/codec';
import { AVOID_255, CLEAN, DISCOVER, FRAME } from './assembly/config';
import { CONNECTED, DISCONNECTED, LOST, MESSAGE, PUBLISHED, REJECTED } from './assembly/events';
import { Answer, MAX_WATCHERS, Outcome, Verb } from './assembly/letters';
import { E_ROOM, NORMAL, QOS_1, RETAIN } from './assembly/protocol';
import * as queue from './assembly/queue';
import { ACTIVE } from './assembly/session';
import { DATA } from './assembly/tables';

const DEADLINE: u32 = 1;
/** The client's word for the one gateway of the settings: the address itself is the datagrams'. */
const ADDRESS = memory.data<u8>([1]);
const STRANGER = memory.data<u8>([2]);
const CLIENT_ID_LENGTH: i32 = 20;
/** Below the base topic, as the board's own MQTT has it: retained, by the will when the connection ends. */
const STATE_TOPIC: string = 'state';
const ONLINE: string = 'online';
const OFFLINE: string = 'offline';
const NOBODY: u32 = 0;

/**
 * MQTT-SN on the device: the client of assembly/ on the contract's datagrams, for modules that send it letters (letters.ts).
 * The gateway is the setting `mqtt-sn/gateway`, `host:port`.
 */
class MqttSn extends Module {
  private gateway: Bytes = new Bytes(0, 0);
  private base: Bytes = new Bytes(0, 0);
  private name: StaticArray<u8> = new StaticArray<u8>(256);
  private sum: StaticArray<u8> = new StaticArray<u8>(32);
  /** A publication is under way. */
  private busy: bool = false;
  /** Who waits for its outcome; 0: nobody. */
  private publisher: u32 = NOBODY;
  private token: u8 = 0;
  private watchers: StaticArray<u32> = new StaticArray<u32>(MAX_WATCHERS);
  private filters: StaticArray<i32> = new StaticArray<i32>(MAX_WATCHERS);
  private count: i32 = 0;

  override onStart(): void {
    const gateway = settings.get('mqtt-sn/gateway');
    const base = settings.get('device/base');
    const seed = random.get(4);
    if (gateway == null || base == null || seed == null || base.length > 200) {
      return log.error('no gateway in the settings: mqtt-sn/gateway');
    }
    this.gateway = gateway;
    this.base = base;
    const id = this.clientId();
    sn.identify(id.ptr, id.length);
    sn.addGateway(1, ADDRESS, 1);
    sn.setSeed(load<u32>(seed.ptr));
    // Without a place to keep them, MsgIds begin anywhere: that one is used twice across a restart is unlikely.
    sn.startIds(load<u16>(seed.ptr));
    sn.set(CLEAN, 0);
    sn.set(DISCOVER, 0);
    // The gateways that pass a frame of 255 octets on damaged do so to clients: to the broker it is whole.
    sn.set(AVOID_255, 0);
    const will = this.path(Bytes.utf8(STATE_TOPIC));
    const offline = Bytes.utf8(OFFLINE);
    sn.will(QOS_1 | RETAIN, changetype<usize>(this.name), will, offline.ptr, offline.length, now());
    sn.connect(now());
    this.proceed();
  }

  override onTimer(_id: u32): void {
    this.tell(sn.tick(now()));
    this.proceed();
  }

  override onDatagram(peer: Bytes, bytes: Bytes): void {
    if (<u32>bytes.length > FRAME) return;
    memory.copy(sn.INPUT, bytes.ptr, bytes.length);
    const known = peer.length == this.gateway.length && memory.compare(peer.ptr, this.gateway.ptr, peer.length) == 0;
    memory.copy(sn.SENDER, known ? ADDRESS : STRANGER, 1);
    this.tell(sn.receive(bytes.length, 1, now()));
    this.proceed();
  }

  override onMail(sender: u32, letter: Bytes): void {
    if (letter.length == 0) return;
    const verb = letter.get(0);
    if (verb == <u8>Verb.PUBLISH && letter.length >= 4) this.accept(sender, letter);
    else if (verb == <u8>Verb.WATCH) this.watch(sender, letter.slice(1));
    this.proceed();
  }

  override isHealthy(): bool {
    return this.base.length > 0;
  }

  private accept(sender: u32, letter: Bytes): void {
    if (sn.state != ACTIVE) this.answer(sender, letter.get(2), Outcome.OFFLINE);
    else if (!this.busy) this.publish(sender, letter);
    else if (!queue.put(sender, letter)) this.answer(sender, letter.get(2), Outcome.BUSY);
  }

  private publish(sender: u32, letter: Bytes): void {
    const token = letter.get(2);
    const length = <i32>letter.get(3);
    const handle = length == 0 || letter.length < 4 + length ? -1 : this.topic(letter.slice(4, 4 + length));
    if (handle < 0) return this.answer(sender, token, handle == E_ROOM ? Outcome.BUSY : Outcome.INVALID);
    const payload = letter.slice(4 + length);
    const flags: u32 = letter.get(1) == 0 ? 0 : letter.get(1) == 2 ? QOS_1 | RETAIN : QOS_1;
    if (sn.publish(handle, flags, payload.ptr, payload.length, now()))
      return this.answer(sender, token, Outcome.INVALID);
    this.busy = true;
    this.publisher = sender;
    this.token = token;
  }

  private watch(sender: u32, filter: Bytes): void {
    const handle = filter.length == 0 ? -1 : this.topic(filter);
    for (let i = 0; i < this.count; i++) {
      if (this.watchers[i] != sender || this.filters[i] != handle) continue;
      this.sayState(sender);
      return;
    }
    if (this.count == MAX_WATCHERS) this.forgetGone();
    if (this.count == MAX_WATCHERS || handle < 0 || sn.subscribe(handle, 1, now())) {
      return log.warn('a filter that is not watched');
    }
    this.watchers[this.count] = sender;
    this.filters[this.count] = handle;
    this.count++;
    this.sayState(sender);
  }

  /** A module that was started again has another number. */
  private forgetGone(): void {
    for (let i = this.count - 1; i >= 0; i--) {
      if (this.sayState(this.watchers[i])) continue;
      this.count--;
      this.watchers[i] = this.watchers[this.count];
      this.filters[i] = this.filters[this.count];
    }
  }

  /** What the client says. */
  private tell(event: i32): void {
    if (event == CONNECTED) {
      log.info('connected to the gateway');
      this.sayOnline();
      this.sayStates();
    } else if (event == LOST || event == DISCONNECTED) {
      log.warn('lost the gateway');
      this.sayStates();
    } else if ((event == PUBLISHED || event == REJECTED) && this.busy) {
      this.done(event == PUBLISHED ? Outcome.DONE : Outcome.REFUSED);
    } else if (event == MESSAGE) this.deliver(load<i32>(sn.EVENT));
  }

  /** To each that watches: a wildcard is not compared here, the gateway has done that; its names begin with the base. */
  private deliver(handle: i32): void {
    if (handle < 0) return;
    const skip = this.base.length + 1;
    const length = <i32>sn.nameLengthOf(handle) - skip;
    if (length <= 0 || length > 255) return;
    const payload = <i32>field(DATA_LENGTH);
    const letter = Bytes.alloc(2 + length + payload);
    letter.set(0, <u8>Answer.MESSAGE);
    letter.set(1, <u8>length);
    memory.copy(letter.ptr + 2, sn.nameOf(handle) + skip, length);
    memory.copy(letter.ptr + 2 + length, field(DATA), payload);
    for (let i = 0; i < this.count; i++) {
      if (this.filters[i] == handle || this.isWildcard(this.filters[i])) mail.send(this.watchers[i], letter);
    }
  }

  private isWildcard(handle: i32): bool {
    const last = load<u8>(sn.nameOf(handle) + sn.nameLengthOf(handle) - 1);
    return last == 0x23 || last == 0x2b;
  }

  private done(outcome: Outcome): void {
    const to = this.publisher;
    this.busy = false;
    this.publisher = NOBODY;
    if (to) this.answer(to, this.token, outcome);
  }

  /** Once for each connection, before what modules say. */
  private sayOnline(): void {
    const topic = Bytes.utf8(STATE_TOPIC);
    const word = Bytes.utf8(ONLINE);
    const letter = Bytes.alloc(4 + topic.length + word.length);
    letter.set(1, 2);
    letter.set(3, <u8>topic.length);
    memory.copy(letter.ptr + 4, topic.ptr, topic.length);
    memory.copy(letter.ptr + 4 + topic.length, word.ptr, word.length);
    this.accept(NOBODY, letter);
  }

  private sayStates(): void {
    for (let i = 0; i < this.count; i++) {
      let first = true;
      for (let k = 0; k < i; k++) if (this.watchers[k] == this.watchers[i]) first = false;
      if (first) this.sayState(this.watchers[i]);
    }
  }

  /** False: it has gone. */
  private sayState(to: u32): bool {
    const letter = Bytes.alloc(2);
    letter.set(0, <u8>Answer.STATE);
    letter.set(1, sn.state == ACTIVE ? 1 : 0);
    return mail.send(to, letter) != ErrorCode.NotFound;
  }

  private answer(to: u32, token: u8, outcome: Outcome): void {
    if (!to) return;
    const letter = Bytes.alloc(3);
    letter.set(0, <u8>Answer.OUTCOME);
    letter.set(1, token);
    letter.set(2, <u8>outcome);
    mail.send(to, letter);
  }

  /** Frames out, then the timer: after every call of the client. */
  private proceed(): void {
    if (!this.base.length) return;
    this.transmit();
    // QoS 0 has no acknowledgement: it is gone.
    if (this.busy && sn.idle()) this.done(Outcome.DONE);
    while (!this.busy && sn.state == ACTIVE) {
      const next = queue.take();
      if (next === null) break;
      this.publish(queue.sender, next);
      this.transmit();
    }
    const wait = sn.deadline(now());
    if (wait == u32.MAX_VALUE) timer.cancel(DEADLINE);
    else timer.set(DEADLINE, max<u32>(1, min<u32>(wait, i32.MAX_VALUE)));
  }

  private transmit(): void {
    sn.idLimit();
    for (let length = sn.transmit(now()); length; length = sn.transmit(now())) {
      datagram.sendTo(this.gateway, new Bytes(sn.output, length));
    }
  }

  /** Of a name below the base topic. */
  private topic(name: Bytes): i32 {
    const length = this.path(name);
    return length ? sn.topic(NORMAL, 0, changetype<usize>(this.name), length) : -1;
  }

  /** Writes the whole topic to `name`; its length, 0: too long. */
  private path(name: Bytes): u32 {
    const at = changetype<usize>(this.name);
    const base = this.base.length;
    const length = base + 1 + name.length;
    if (length > this.name.length) return 0;
    memory.copy(at, this.base.ptr, base);
    store<u8>(at + base, 0x2f);
    memory.copy(at + base + 1, name.ptr, name.length);
    return length;
  }

  /** `mote` and 16 hex digits of the base topic's SHA-256: of one length, for a gateway that compares prefixes. */
  private clientId(): Bytes {
    const sum = changetype<usize>(this.sum);
    const hash = new Sha256();
    hash.updateRaw(this.base.ptr, this.base.length);
    hash.digestRaw(sum);
    const id = Bytes.alloc(CLIENT_ID_LENGTH);
    memory.copy(id.ptr, Bytes.utf8('mote').ptr, 4);
    for (let i = 0; i < 16; i++) {
      const nibble = (load<u8>(sum + (i >> 1)) >> (i & 1 ? 0 : 4)) & 15;
      id.set(4 + i, nibble < 10 ? 0x30 + nibble : 0x57 + nibble);
    }
    return id;
  }
}

function now(): u32 {
  return <u32>clock.now();
}

run(new MqttSn());

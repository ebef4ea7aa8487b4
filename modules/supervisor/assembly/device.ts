import { Bytes, LogLevel, actors, log, mqtt, settings } from 'motekit/runtime/guest';
import { CborWriter } from '../../lib/assembly/cbor';
import { tellAudit } from './audit';
import { Component, Components } from './component';
import { Journal } from './journal';
import { PLACES_MAX } from './letters';
import { REASONS, Reason } from './reason';
import { Record, State } from './record';
import { REPORT_COMPONENT, REPORT_MAX, writeReport } from './report';
import { RunListener } from './runner';
import { Slots } from './slots';
import { View } from './view';
import { wordAt } from './words';

/** A supervisor that says nothing for so long is given up. */
export const PATIENCE_MS: u32 = 60_000;
const WRITE_TRIES: i32 = 3;
const DETAIL: usize = memory.data(64, 8);
const DETAIL_MAX: u32 = 64;

/** What is durable of the device and what all parts of the supervisor know of it; what it says to the outside. */
export class Device {
  readonly journal: Journal = new Journal();
  /** The state: what the next record will say. */
  readonly now: Record = this.journal.now;
  readonly slots: Slots = new Slots();
  readonly components: Components = new Components();
  /** The envelope being checked. */
  offered: u64 = 0;
  /** FETCHING: the offset wanted next. */
  next: u32 = 0;
  /** This supervisor was updated: it stands in for the firmware's. */
  successor: bool = false;
  /** The modules of TRIAL have been entered in this life of the device. */
  trying: bool = false;
  private detail: View = new View();

  /** Finds out where the device was. False: flash cannot be read. */
  open(listener: RunListener): bool {
    const now = this.now;
    if (!this.journal.open()) return false;
    if (now.seq == 0) {
      now.count = placesOf();
      now.state = <u8>State.IDLE;
    }
    if (!this.slots.open(now.count)) return false;
    for (let i: u32 = 0; i < now.count; i++) this.components.add(now.placeAt(i), this.slots, listener);
    this.successor = actors.feed(PATIENCE_MS) == 0;
    return true;
  }

  get state(): State {
    return <State>this.now.state;
  }

  /** The component of the last transfer. */
  get focus(): Component {
    return this.components.at(this.now.place);
  }

  /** The component that is a supervisor. */
  get own(): Component | null {
    for (let i: u32 = 0; i < this.components.count; i++) {
      const component = this.components.at(i);
      if (component.place.supervisor) return component;
    }
    return null;
  }

  /** A supervisor is among the candidates. */
  get hasHeir(): bool {
    const own = this.own;
    return own !== null && own.place.candidate != 0;
  }

  /** Makes the state durable, before what belongs to it is done. A write that fails is made again, in another place. */
  enter(state: State): bool {
    this.now.state = <u8>state;
    let tries = 0;
    while (!this.journal.append()) if (++tries == WRITE_TRIES) return false;
    if (state == State.CONFIRMED || state == State.REVERTED) tellAudit(this.now);
    return true;
  }

  /** Forgets the candidates, and with them the set. */
  dropAll(): void {
    this.now.members = 0;
    this.now.set = 0;
    for (let i: u32 = 0; i < this.components.count; i++) this.components.at(i).drop();
  }

  /** More on the reason of the next report. */
  takeDetail(ptr: usize, len: u32): void {
    this.detail.set(DETAIL, min(len, DETAIL_MAX));
    memory.copy(DETAIL, ptr, this.detail.len);
  }

  report(): void {
    const now = this.now;
    this.publish(this.state, now.transfer, <Reason>now.reason, this.next, this.focus);
  }

  publish(state: State, transfer: u64, reason: Reason, next: u32, component: Component): void {
    const room = REPORT_MAX + REPORT_COMPONENT * this.components.count;
    const start = heap.alloc(room);
    const out = new CborWriter(start, start + room);
    writeReport(out, state, transfer, next, reason, this.detail, component.running, this.components);
    mqtt.publishTo(Bytes.ascii('ota-state'), new Bytes(start, out.length));
  }
}

/** There is one. */
export const device: Device = new Device();

function placesOf(): u8 {
  const own = settings.find(Bytes.ascii('device/places'));
  return own === null || own.length != 1 ? 1 : max<u8>(1, min<u8>(own.get(0), <u8>PLACES_MAX));
}

export function warn(what: string, reason: Reason): void {
  const start = heap.alloc(64);
  const out = new CborWriter(start, start + 64);
  const word = wordAt(REASONS, reason);
  out.ascii(what);
  out.bytes(word.ptr, word.len);
  log.write(LogLevel.Warn, new Bytes(start, out.length));
}

import { Identity } from './identity';
import { PLACES_MAX } from './letters';
import { PLACE_STAGED, Place } from './record';
import { RunListener, Runner } from './runner';
import { Slots } from './slots';

export const enum Status {
  /** To be started, when there is something. */
  DOWN,
  /** It runs, or is there to be read. */
  UP,
  /** It fell, and starts again after a while. */
  RESTING,
  /** Neither it nor the one before verifies. */
  LOST,
  /** Its candidate is on trial. */
  TRIAL,
}

/** How far the bytes of a candidate are known to be good, in this life of the device. */
export const enum Checked {
  NOT,
  /** What arrived is as signed, and has to become the module. */
  ARRIVED,
  /** It has. */
  UNPACKED,
  /** The module is as signed. */
  SIGNED,
  /** And all that it needs is there. */
  COMPLETE,
}

/** A component of the device: what is durable of it, and how it is doing. */
export class Component {
  status: Status = Status.DOWN;
  checked: Checked = Checked.NOT;
  readonly running: Identity = new Identity();
  /** Of the candidate. */
  readonly tried: Identity = new Identity();
  readonly runner: Runner;

  constructor(
    readonly index: u32,
    readonly place: Place,
    slots: Slots,
    listener: RunListener,
  ) {
    this.runner = new Runner(index, slots, listener);
  }

  /** Forgets the candidate. What was never confirmed leaves its place. */
  drop(): void {
    this.place.candidate = 0;
    this.place.flags &= ~PLACE_STAGED;
    this.tried.known = false;
    this.checked = Checked.NOT;
    if (this.place.active == 0) this.place.id = 0;
  }
}

/** The components of the device. */
export class Components {
  count: u32 = 0;
  private all: StaticArray<Component> = new StaticArray<Component>(PLACES_MAX);

  add(place: Place, slots: Slots, listener: RunListener): void {
    unchecked((this.all[this.count] = new Component(this.count, place, slots, listener)));
    this.count++;
  }

  at(index: u32): Component {
    return unchecked(this.all[index]);
  }
}

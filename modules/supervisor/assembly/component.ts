import { Identity } from './identity';
import { Place } from './record';
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
  /** As signed. */
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
    this.place.staged = false;
    this.tried.known = false;
    this.checked = Checked.NOT;
    if (this.place.active == 0) this.place.id = 0;
  }
}

/** A pin of a virtual board, from outside: an LED is looked at, a button is pressed. */
import type { Wiring } from '../parts/wiring.ts';
import type { Duration } from './duration.ts';

/** A level that the module gave to a pin. */
export interface PinChange {
  /** Milliseconds since power-on. */
  time: number;
  high: boolean;
}

export class Pin {
  readonly gpio: number;
  /** What the module made of it, oldest first: changes only. */
  readonly changes: PinChange[] = [];
  readonly #wiring: Wiring;
  readonly #advance: (time: Duration) => void;
  readonly #changed: () => void;

  constructor(gpio: number, wiring: Wiring, advance: (time: Duration) => void, changed: () => void) {
    this.gpio = gpio;
    this.#wiring = wiring;
    this.#advance = advance;
    this.#changed = changed;
  }

  get high(): boolean {
    return this.#wiring.level(this.gpio);
  }

  /** Drive it from outside, as a switch would. Throws a RangeError when the board has no such pin. */
  drive(high: boolean): void {
    this.#advance(0); // a module that has not begun does not watch
    this.#changed();
    this.#wiring.drive(this.gpio, high);
  }

  /** A button that connects the pin to ground (`active` true: to the supply) for so long, then lets go. */
  press(duration: Duration = '100ms', active = false): void {
    this.drive(active);
    this.#advance(duration);
    this.#wiring.drive(this.gpio, !active);
  }
}

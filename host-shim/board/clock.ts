/** Time: the machine's, or one that a test moves. */
import type { ClockPort } from './ports.ts';

/** setTimeout's bound; a later alarm is reached in several sleeps. */
const LONGEST_SLEEP = 0x7fffffff;
/** Tasks and alarms of one instant of virtual time: far more than any number of boards needs. */
const MOST_TURNS = 1_000_000;

/** The machine's clock, counted from its construction. */
export class RealClock implements ClockPort {
  readonly #start = performance.now();

  now(): number {
    return Math.floor(performance.now() - this.#start);
  }

  unix(): number | undefined {
    return Date.now();
  }

  at(time: number, wake: () => void): () => void {
    let timer: NodeJS.Timeout;
    const sleep = () => {
      const left = time - this.now();
      if (left <= 0) wake();
      else timer = setTimeout(sleep, Math.min(left, LONGEST_SLEEP));
    };
    timer = setTimeout(sleep, Math.max(0, Math.min(time - this.now(), LONGEST_SLEEP)));
    return () => clearTimeout(timer);
  }

  soon(task: () => void): void {
    setImmediate(task);
  }
}

/**
 * A clock that stands still until `advance()`: the same calls give the same run.
 * Boards that share one live in the same time.
 */
export class VirtualClock implements ClockPort {
  #now = 0;
  #unix: number | undefined;
  #tasks: (() => void)[] = [];
  #alarms = new Set<{ time: number; wake: () => void }>();

  /** `unix`: the wall clock at time 0, in milliseconds since 1970; without it the boards do not know the time. */
  constructor(unix?: number) {
    this.#unix = unix;
  }

  now(): number {
    return this.#now;
  }

  unix(): number | undefined {
    return this.#unix === undefined ? undefined : this.#unix + this.#now;
  }

  at(time: number, wake: () => void): () => void {
    const alarm = { time, wake };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  soon(task: () => void): void {
    this.#tasks.push(task);
  }

  /**
   * Let `milliseconds` pass: every task and alarm due until then runs, in order of time, before this returns.
   * With `until`, it ends as soon as that holds after one of them. Returns whether it holds.
   * Throws what they throw, and a RangeError when they keep each other busy without time passing.
   */
  advance(milliseconds: number, until: () => boolean = () => false): boolean {
    const end = this.#now + milliseconds;
    for (let turns = 0; !until(); turns++) {
      if (turns > MOST_TURNS)
        throw new RangeError(`more than ${MOST_TURNS} tasks at ${this.#now} ms: time stands still`);
      const task = this.#tasks.shift();
      if (task) {
        task();
        continue;
      }
      const next = this.#nextAlarm();
      if (!next || next.time > end) {
        this.#now = end;
        return until();
      }
      this.#alarms.delete(next);
      if (next.time > this.#now) turns = 0;
      this.#now = Math.max(this.#now, next.time);
      next.wake();
    }
    return true;
  }

  #nextAlarm() {
    let first: { time: number; wake: () => void } | undefined;
    for (const alarm of this.#alarms) if (!first || alarm.time < first.time) first = alarm;
    return first;
  }
}

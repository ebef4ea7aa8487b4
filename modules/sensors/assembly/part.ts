// One configured part: its driver's calls in order, with timers between them, its filters, and what happens when it fails.
//
// open (and, where asked for, selftest), then start and read at each period. After a fault: an event, then open again, after a pause that doubles up to five
// minutes. Other parts know nothing of it.
import { clock, ErrorCode, timer } from 'motekit/runtime/guest';
import { checkConfig } from './bus';
import { Config } from './config';
import { BAD_CONFIG, Driver, Fault, NOT_READY } from './driver';
import { Chain } from './chain';
import { Records } from './records';
import { publishFault, publishReading, publishRecovery } from './report';

const OPENING: u32 = 0;
const IDLE: u32 = 1;
const MEASURING: u32 = 2;
const TESTING: u32 = 3;

const FIRST_PAUSE: u32 = 1000;
const LONGEST_PAUSE: u32 = 300000;
/**
 * A part that is late (its oscillator, a bus that was held), which some tell by not acknowledging, is asked so often again, each
 * time after so many ms.
 */
const MAX_LATE: u32 = 3;
const LATE: u32 = 20;
/** The clock counts whole milliseconds, and what starts a conversion takes its time on the bus. */
const TICK: u32 = 2;
/** Calls that one step of a part may ask for: what asks for more never becomes ready. */
const MAX_CALLS: u32 = 64;

/** Keys of every part: `name`, `every` (ms, 60000), `selftest` (1: after each opening), and those of its filters (chain.ts). */
export class Part {
  readonly name: string;
  readonly records: Records = new Records();
  failures: u32 = 0;
  private fault: Fault = 0;
  private state: u32 = OPENING;
  private calls: u32 = 0;
  private late: u32 = 0;
  private every: u32;
  private tests: bool;
  private next: u64 = 0;
  private filters: Chain | null = null;

  /** `id` is the timer's, too. Allocates. */
  constructor(
    readonly id: u32,
    readonly driver: Driver,
    readonly config: Config,
  ) {
    const name = config.find('name');
    this.name = name === null ? config.driver.toString() : name.toString();
    this.every = config.number('every', 60000, 10, i32.MAX_VALUE);
    this.tests = config.number('selftest', 0, 0, 1) != 0;
    this.filters = Chain.of(config);
  }

  /** Does what is due, and sets the timer for what comes next. */
  step(): void {
    for (;;) {
      const answer = this.call();
      if ((answer == NOT_READY || answer == ErrorCode.Nack) && this.state == MEASURING && this.late < MAX_LATE) {
        this.late++;
        timer.set(this.id, LATE);
        return;
      }
      if (answer < 0) return this.failed(answer);
      // A start that takes its time is done all the same: what comes after it is a read.
      if (this.state == IDLE) this.state = MEASURING;
      else if (answer == 0 && this.state == MEASURING) return this.done();
      if (answer > 0) {
        if (++this.calls > MAX_CALLS) return this.failed(NOT_READY);
        timer.set(this.id, answer + TICK);
        return;
      }
      this.calls = 0;
      this.late = 0;
      if (this.state == OPENING) {
        // Now it is known which keys the driver has.
        if (checkConfig(this.config)) return this.failed(BAD_CONFIG);
        this.next = clock.now();
        this.state = this.tests ? TESTING : IDLE;
      } else if (this.state == TESTING) this.state = IDLE;
    }
  }

  /** Bytes from a serial port. */
  onBytes(port: u32, at: usize, length: i32): void {
    if (this.driver.onBytes(port, at, length) && this.state == MEASURING) this.step();
  }

  private call(): i32 {
    if (this.state == OPENING) return this.driver.open(this.config);
    if (this.state == MEASURING) return this.driver.read(this.records);
    if (this.state == TESTING) return this.driver.selftest();
    this.records.clear();
    return this.driver.start();
  }

  private done(): void {
    if (this.failures) publishRecovery(this);
    this.failures = 0;
    this.calls = 0;
    this.late = 0;
    this.fault = 0;
    this.publish();
    this.state = IDLE;
    // Periods that passed meanwhile are left out.
    const now = clock.now();
    this.next += this.every;
    if (this.next <= now) this.next = now + 1;
    timer.set(this.id, <u32>(this.next - now));
  }

  private failed(fault: Fault): void {
    if (this.state == MEASURING) this.publish();
    this.failures++;
    if (fault != this.fault) publishFault(this, fault);
    this.fault = fault;
    this.calls = 0;
    this.late = 0;
    this.state = OPENING;
    if (this.filters !== null) this.filters!.reset();
    const pause = min(LONGEST_PAUSE, FIRST_PAUSE << min<u32>(this.failures - 1, 16));
    timer.set(this.id, pause);
  }

  private publish(): void {
    const records = this.records;
    const all: u32 = (1 << records.count) - 1;
    const chosen = this.filters === null ? all : this.filters!.apply(records);
    if (chosen) publishReading(this, chosen);
    records.clear();
  }
}

// The rules at work: readings and time go in, what they say comes out of `say`. No clock, no bus, no memory but the rules'.
// What a rule says is told when the message is through, once: a letter full of readings makes at most one word a rule.
import { equal } from '../../lib/assembly/bytes';
import { readRules, refuse } from './document';
import {
  AGGREGATE,
  CHANGE,
  COUNT,
  LEAST,
  MAX_RULES,
  MEAN,
  MOST,
  NO_PIN,
  Rule,
  SCHEDULE,
  SLICES,
  THRESHOLD,
} from './rule';

const NEVER: u64 = u64.MAX_VALUE;
/** Milliseconds. A schedule whose minute passed while the device was off, or did not know the time, is left out. */
const MINUTE: u64 = 60000;
/** 1970-01-01 was a Thursday; Monday is 0. */
const FIRST_DAY: u64 = 3;

export abstract class Engine {
  private rules: StaticArray<Rule> = made();
  /** Where a document is read, so that one that is refused leaves everything as it was. */
  private candidates: StaticArray<Rule> = made();
  count: u32 = 0;

  /** A rule has something to say: `active` begins or ends (threshold), or is true (the others); `value` in 10^-6. */
  protected abstract say(rule: Rule, active: bool, value: i64): void;

  /** Sets an output; false: it may not, or there is none. */
  protected abstract set(pin: u32, high: bool): bool;

  /**
   * Takes the rules of a document. False: it is refused whole (`refusal` says why). A rule that did not change goes on; an output
   * that a rule no longer sets becomes low, and one that a new rule will set is low from now on.
   */
  take(at: usize, length: u32): bool {
    const count = readRules(at, length, this.candidates);
    if (count < 0) return false;
    for (let i = 0; i < count; i++) {
      const candidate = this.candidates[i];
      if (candidate.pin == NO_PIN || setter(this.rules, this.count, candidate.pin) !== null) continue;
      if (!this.set(candidate.pin, false)) {
        refuse(candidate, 'set', 'no output that this module was granted');
        return false;
      }
    }
    for (let i = 0; i < count; i++) {
      const candidate = this.candidates[i];
      for (let j: u32 = 0; j < this.count; j++) {
        if (this.rules[j].digest == candidate.digest) {
          candidate.remember(this.rules[j]);
          break;
        }
      }
    }
    const old = this.rules;
    this.rules = this.candidates;
    this.candidates = old;
    for (let i: u32 = 0; i < this.count; i++) {
      const pin = old[i].pin;
      if (pin == NO_PIN) continue;
      const now = setter(this.rules, count, pin);
      if (now === null || !now.active) this.set(pin, false);
    }
    this.count = count;
    return true;
  }

  /** Tells what there is to tell: after the last reading of a message. A threshold that went and came back is silent. */
  flush(): void {
    for (let i: u32 = 0; i < this.count; i++) {
      const rule = this.rules[i];
      if (!rule.pending) continue;
      rule.pending = false;
      if (rule.kind != THRESHOLD) this.say(rule, true, rule.pendingValue);
      else if (rule.active != rule.toldActive) {
        rule.toldActive = rule.active;
        if (rule.pin != NO_PIN) this.set(rule.pin, rule.active);
        this.say(rule, rule.active, rule.pendingValue);
      }
    }
  }

  /** A reading by its SenML name, in 10^-6 of its unit, at `now` in ms. */
  reading(name: usize, length: u32, value: i64, now: u64): void {
    for (let i: u32 = 0; i < this.count; i++) {
      const rule = this.rules[i];
      if (rule.readingLength != length || !equal(changetype<usize>(rule.reading), name, length)) continue;
      if (rule.kind == THRESHOLD) this.threshold(rule, value, now);
      else if (rule.kind == CHANGE) this.change(rule, value, now);
      else this.aggregate(rule, value, now);
    }
  }

  /** Does what is due at `now`; `unix` in ms, 0 while unknown. Returns when to call again, at the latest. */
  tick(now: u64, unix: u64): u64 {
    let next = NEVER;
    for (let i: u32 = 0; i < this.count; i++) {
      const rule = this.rules[i];
      let due = NEVER;
      if (rule.kind == THRESHOLD) {
        this.held(rule, now);
        if (rule.since && !rule.active) due = rule.since + rule.hold;
      } else if (rule.kind == AGGREGATE) {
        if (rule.count && now - rule.since >= rule.span) this.tell(rule);
        if (rule.count) due = rule.since + rule.span;
      } else if (rule.kind == SCHEDULE && unix) due = now + this.schedule(rule, unix);
      next = min(next, due);
    }
    this.flush();
    return next;
  }

  private threshold(rule: Rule, value: i64, now: u64): void {
    rule.value = value;
    if (rule.active) {
      if ((value - rule.clear) * rule.side <= 0) {
        rule.active = false;
        rule.since = 0;
        pend(rule, value);
      }
      return;
    }
    if ((value - rule.limit) * rule.side <= 0) {
      rule.since = 0;
      return;
    }
    // 0 means: not beyond.
    if (!rule.since) rule.since = max<u64>(now, 1);
    this.held(rule, now);
  }

  /** Beyond the limit for long enough? */
  private held(rule: Rule, now: u64): void {
    if (rule.active || !rule.since || now - rule.since < rule.hold) return;
    rule.active = true;
    pend(rule, rule.value);
  }

  /** The lowest and highest values of the slices of the time: a change is a distance from one of them. */
  private change(rule: Rule, value: i64, now: u64): void {
    const width = max<u64>(1, rule.span / SLICES);
    if (!rule.count || now - rule.since >= rule.span + width) {
      for (let i: u32 = 0; i < SLICES; i++) put(rule, i, value, value);
      rule.count = 1;
      rule.slice = 0;
      rule.since = now;
      rule.value = value;
      return;
    }
    for (; now - rule.since >= width; rule.since += width) {
      rule.slice = (rule.slice + 1) % SLICES;
      put(rule, rule.slice, rule.value, rule.value);
    }
    rule.value = value;
    let least = value;
    let most = value;
    for (let i: u32 = 0; i < SLICES; i++) {
      least = min(least, unchecked(rule.lows[i]));
      most = max(most, unchecked(rule.highs[i]));
    }
    const slice = rule.slice;
    put(rule, slice, min(value, unchecked(rule.lows[slice])), max(value, unchecked(rule.highs[slice])));
    const moved = value - least > most - value ? value - least : value - most;
    if (abs(moved) < rule.limit) return;
    pend(rule, moved);
    // Once for each change: from here on.
    rule.count = 0;
  }

  private aggregate(rule: Rule, value: i64, now: u64): void {
    if (rule.count && now - rule.since >= rule.span) this.tell(rule);
    if (!rule.count) {
      rule.since = now;
      rule.sum = 0;
      rule.least = value;
      rule.most = value;
    }
    rule.count++;
    // A sum beyond 64 bits stays at its end.
    const sum = rule.sum + value;
    rule.sum = (sum ^ rule.sum) & (sum ^ value) & i64.MIN_VALUE ? (value < 0 ? i64.MIN_VALUE : i64.MAX_VALUE) : sum;
    rule.least = min(rule.least, value);
    rule.most = max(rule.most, value);
  }

  private tell(rule: Rule): void {
    let value = rule.sum;
    if (rule.function == MEAN) value = rule.sum / rule.count;
    else if (rule.function == LEAST) value = rule.least;
    else if (rule.function == MOST) value = rule.most;
    else if (rule.function == COUNT) value = <i64>rule.count * 1000000;
    rule.count = 0;
    pend(rule, value);
  }

  /** Milliseconds to its next time. */
  private schedule(rule: Rule, unix: u64): u64 {
    const minute = unix / MINUTE;
    const day = minute / 1440;
    const now = <u32>(minute % 1440);
    if (now == rule.minute && rule.told != minute && (rule.days >> <u32>((day + FIRST_DAY) % 7)) & 1) {
      rule.told = minute;
      pend(rule, 0);
    }
    const ahead = <u64>((rule.minute + 1440 - now) % 1440);
    return (ahead ? ahead : 1440) * MINUTE - (unix % MINUTE);
  }
}

/** The rule that sets this output. */
function setter(rules: StaticArray<Rule>, count: u32, pin: u32): Rule | null {
  for (let i: u32 = 0; i < count; i++) if (rules[i].pin == pin) return rules[i];
  return null;
}

function pend(rule: Rule, value: i64): void {
  rule.pending = true;
  rule.pendingValue = value;
}

function put(rule: Rule, slice: u32, low: i64, high: i64): void {
  unchecked((rule.lows[slice] = low));
  unchecked((rule.highs[slice] = high));
}

function made(): StaticArray<Rule> {
  const rules = new StaticArray<Rule>(<i32>MAX_RULES);
  for (let i = 0; i < <i32>MAX_RULES; i++) rules[i] = new Rule();
  return rules;
}

/**
 * What every driver must do, made from its part's description: read back what the knobs say over the whole range and at
 * every boundary, and with each fault say so, never a wrong value, and go on when it is over.
 */
import type { Description } from '../description.ts';
import type { Fault, Part } from '../part.ts';
import { compileHarness, type DriverSource } from './harness.ts';
import { DriverSession, type Outcome } from './session.ts';

/** Where a knob appears in a reading. */
export interface Read {
  quantity: string;
  channel?: string;
  /** What the reading may differ, in its own unit: half a step of the part, and what the driver rounds. */
  tolerance: number | ((knob: number) => number);
  /** The reading's value for a knob; the same number by default. */
  value?: (knob: number) => number;
  /** Where the driver gives values; a knob beyond it must give a fault or a value at the bound. The knob's range by default. */
  range?: [min: number, max: number];
  /** More knob values to try: boundaries inside the range. */
  boundaries?: number[];
}

export type FaultKind = Fault['kind'];

export interface DriverOptions extends DriverSource {
  /** The driver's line: `tmp117 bus=0 address=0x48`. */
  config: string;
  /** Where the part is: `i2c0:0x48`. */
  at: string;
  /** By knob. */
  reads: Record<string, Read>;
  /** Values of each knob between its ends: 50 by default. */
  points?: number;
  /** Names of the faults that a driver may answer; an empty list: any. */
  expect?: Partial<Record<FaultKind, string[]>>;
  /** Faults that the part cannot have or its driver cannot see, each with the reason. */
  skip?: Partial<Record<FaultKind | 'noise' | 'late', string>>;
  /** Before each reading: to let time pass, or turn other knobs. */
  before?: (session: DriverSession, part: Part) => void;
}

export interface Case {
  name: string;
  /** Why it is left out. */
  skipped?: string;
  run: () => Promise<void>;
}

/** A driver broke a promise. */
export class DriverFailure extends Error {
  override readonly name = 'DriverFailure';
}

/** The cases; each throws a DriverFailure that names the value or fault it met. `close` ends what they share. */
export function driverCases(
  description: Description,
  options: DriverOptions,
): { cases: Case[]; close(): Promise<void> } {
  let opened: Promise<DriverSession> | undefined;
  const lab = async (): Promise<Lab> => {
    opened ??= compileHarness(options).then((module) =>
      DriverSession.open({
        module,
        config: options.config,
        wires: [{ part: description, at: options.at, name: PART }],
      }),
    );
    const session = await opened;
    return new Lab(session, session.wiring.part(PART), options);
  };
  const { expect = {}, skip = {} } = options;
  const cases: Case[] = [];
  const add = (name: string, kind: FaultKind | 'noise' | 'late' | null, run: (lab: Lab) => void) => {
    const skipped = kind === null ? undefined : skip[kind];
    cases.push({ name, ...(skipped && { skipped }), run: async () => run(await lab()) });
  };

  for (const [knob, read] of Object.entries(options.reads))
    add(
      `reads ${read.quantity}${read.channel ? ` ${read.channel}` : ''} back over its range and at each boundary`,
      null,
      (l) => l.range(knob, read),
    );
  if (Object.values(description.knobs).some(({ noise }) => noise))
    add('reads within the noise', 'noise', (l) => l.noise());
  const wanted = (kind: FaultKind) => expect[kind] ?? defaultNames(description, kind);
  for (const kind of WHOLE_FAULTS)
    if (applies(description, kind)) add(`${FAULT_TITLES[kind]}`, kind, (l) => l.whole(kind, wanted(kind)));
  for (const kind of TRANSFER_FAULTS)
    if (applies(description, kind)) add(`${FAULT_TITLES[kind]}`, kind, (l) => l.each(kind, wanted(kind)));
  add('garbage on the wire: a fault, or a value that the part can have', 'garbage', (l) => l.garbage());
  if (description.startMicros > 0) add('the part is powered after the board', 'late', (l) => l.late());
  return { cases, close: async () => (await opened)?.close() };
}

const PART = 'part';
const SEEDS = 40;
const WHOLE_FAULTS = ['absent', 'stuck', 'crc', 'identity'] as const;
const TRANSFER_FAULTS = ['nack', 'stretch', 'arbitration', 'reset'] as const;
const FAULT_TITLES: Record<FaultKind, string> = {
  absent: 'the part is not there',
  stuck: 'the bus is stuck',
  crc: 'a wrong check sum',
  identity: 'another part at its address',
  garbage: 'garbage',
  nack: 'no acknowledgement, at each transfer',
  stretch: 'the clock is held, at each transfer',
  arbitration: 'arbitration lost, at each transfer',
  reset: 'the power fails for a moment, before each transfer',
};

function applies(part: Description, kind: FaultKind): boolean {
  switch (kind) {
    case 'crc':
      return part.kind === 'one-wire' || part.kind === 'uart' || (part.kind === 'commands' && part.crc !== undefined);
    case 'identity':
      return (
        part.kind === 'one-wire' ||
        (part.kind === 'registers' && Object.values(part.registers).some(({ identity }) => identity)) ||
        (part.kind === 'commands' && Object.values(part.commands).some(({ identity }) => identity))
      );
    case 'stretch':
    case 'arbitration':
      return part.bus === 'i2c';
    case 'nack':
      return part.bus === 'i2c' || part.bus === 'one-wire' || part.bus === 'uart';
    case 'stuck':
    case 'absent':
      return part.kind !== 'adc' && part.kind !== 'pulse';
    case 'reset':
      return part.bus === 'i2c' || part.bus === 'one-wire' || part.bus === 'spi';
    case 'garbage':
      return part.kind !== 'adc' && part.kind !== 'pulse';
  }
}

function defaultNames({ bus }: Description, kind: FaultKind): string[] {
  if (bus !== 'i2c' && bus !== 'one-wire')
    return kind === 'crc' ? ['bad-checksum'] : kind === 'identity' ? ['wrong-part'] : [];
  switch (kind) {
    case 'absent':
    case 'nack':
      return ['nack'];
    case 'stuck':
      return ['busy', 'timeout'];
    case 'stretch':
      return ['timeout'];
    case 'arbitration':
      return ['arbitration'];
    case 'crc':
      return ['bad-checksum'];
    case 'identity':
      return ['wrong-part'];
    default:
      return [];
  }
}

/** One session, one part, and what is expected of them. */
class Lab {
  constructor(session: DriverSession, part: Part, options: DriverOptions) {
    this.session = session;
    this.part = part;
    this.options = options;
  }
  readonly session: DriverSession;
  readonly part: Part;
  readonly options: DriverOptions;

  range(knob: string, read: Read): void {
    this.#recover('before the range');
    const { min, max } = this.part.description.knobs[knob]!;
    const [low, high] = read.range ?? [min, max];
    for (const value of valuesOf(min, max, low, high, this.options.points ?? 50, read.boundaries ?? [])) {
      this.part.turn(knob, value);
      let outcome = this.#reading();
      if (value < low || value > high) {
        // Beyond what the driver gives: a fault, or the bound.
        if (outcome.code < 0) {
          outcome = this.session.finish('open');
          continue;
        }
        this.#compare(knob, read, Math.min(Math.max(value, low), high), outcome);
        continue;
      }
      if (outcome.code < 0) throw new DriverFailure(`${knob} = ${value}: ${outcome.fault}`);
      this.#compare(knob, read, value, outcome);
    }
    this.#calm();
  }

  noise(): void {
    this.#recover('before the noise');
    this.part.noise = true;
    try {
      for (let n = 0; n < 20; n++) this.#right(this.#reading(), 'with noise', true);
    } finally {
      this.part.noise = false;
    }
  }

  whole(kind: 'absent' | 'stuck' | 'crc' | 'identity', names: string[]): void {
    this.#recover(`before ${kind}`);
    this.part.inject({ kind });
    this.#faulty(this.#fresh(), names, kind);
    this.#faulty(this.#fresh(), names, `${kind}, again`);
    this.part.heal();
    this.#recover(`after ${kind}`);
    if (kind === 'identity') return;
    // While it runs, too.
    this.part.inject({ kind });
    const outcome = this.#reading();
    this.#faulty(outcome, names, `${kind} while it runs`);
    this.part.heal();
    this.#recover(`after ${kind} while it ran`);
  }

  each(kind: 'nack' | 'stretch' | 'arbitration' | 'reset', names: string[]): void {
    this.#recover(`before ${kind}`);
    const before = this.part.transfers;
    this.#right(this.#fresh(), 'without a fault');
    const transfers = this.part.transfers - before;
    if (transfers === 0) throw new DriverFailure('a reading makes no transfer');
    let seen = 0;
    for (let at = 0; at < transfers; at++) {
      this.part.inject({ kind, at });
      const outcome = this.#fresh();
      if (outcome.code < 0) {
        this.#faulty(outcome, names, `${kind} at transfer ${at}`);
        seen++;
      } else this.#right(outcome, `${kind} at transfer ${at}`);
      this.part.heal();
      this.#recover(`after ${kind} at transfer ${at}`);
    }
    if (seen === 0 && kind !== 'reset') throw new DriverFailure(`no ${kind} was noticed, at ${transfers} transfers`);
  }

  garbage(): void {
    for (let seed = 0; seed < SEEDS; seed++) {
      this.part.inject({ kind: 'garbage', seed });
      const outcome = this.#fresh();
      if (outcome.code >= 0)
        for (const { quantity, value } of outcome.records)
          if (!Number.isFinite(value)) throw new DriverFailure(`garbage is read as ${quantity} = ${value}`);
      this.part.heal();
    }
    this.#recover('after garbage');
  }

  late(): void {
    const { startMicros } = this.part.description;
    this.part.powerUp(this.session.wiring.time() + 50_000);
    this.#faulty(this.#fresh(), [], 'a part without power');
    this.session.clock.advance(50 + Math.ceil(startMicros / 1000) + 1);
    this.#right(this.#fresh(), 'as soon as it has started');
  }

  #fresh(): Outcome {
    const opened = this.session.finish('open');
    return opened.code < 0 ? opened : this.#reading();
  }

  #reading(): Outcome {
    this.options.before?.(this.session, this.part);
    return this.session.reading();
  }

  /** The part as new, its knobs at their start: the driver opens it and reads right. */
  #recover(when: string): void {
    this.#calm();
    this.part.heal().powerUp();
    this.session.clock.advance(Math.ceil(this.part.description.startMicros / 1000) + 1);
    this.#right(this.#fresh(), when);
  }

  #calm(): void {
    for (const [knob, { start }] of Object.entries(this.part.description.knobs)) this.part.turn(knob, start);
  }

  #faulty(outcome: Outcome, names: string[], when: string): void {
    if (outcome.code >= 0) throw new DriverFailure(`${when}: the driver reads ${JSON.stringify(outcome.records)}`);
    if (names.length > 0 && !names.includes(outcome.fault))
      throw new DriverFailure(`${when}: '${outcome.fault}', not ${names.join(' or ')}`);
  }

  /** The values of knobs that stand at their start. */
  #right(outcome: Outcome, when: string, noisy = false): void {
    if (outcome.code < 0) throw new DriverFailure(`${when}: ${outcome.fault}`);
    for (const [knob, read] of Object.entries(this.options.reads)) {
      const { start, noise = 0 } = this.part.description.knobs[knob]!;
      this.#compare(knob, read, start, outcome, when, noisy ? noise : 0);
    }
  }

  #compare(knob: string, read: Read, value: number, outcome: Outcome, when = '', noise = 0): void {
    const { quantity, channel = '', tolerance, value: expected = (number: number) => number } = read;
    const found = outcome.records.find((record) => record.quantity === quantity && record.channel === channel);
    if (!found)
      throw new DriverFailure(`${when} there is no ${quantity} ${channel} in ${JSON.stringify(outcome.records)}`);
    const right = expected(value);
    const spread =
      noise && Math.max(Math.abs(expected(value + noise) - right), Math.abs(expected(value - noise) - right));
    const allowed = (typeof tolerance === 'number' ? tolerance : tolerance(value)) + spread;
    if (!(Math.abs(found.value - right) <= allowed * (1 + 1e-9)))
      throw new DriverFailure(
        `${when} ${knob} = ${value}: ${quantity} is ${found.value}, not ${right} ± ${allowed}`.trim(),
      );
  }
}

/** The ends of both ranges and just inside and outside of them, zero and its neighbours, and points between. */
function valuesOf(min: number, max: number, low: number, high: number, points: number, more: number[]): number[] {
  const step = (max - min) / 1e6;
  const edges = [min, max, low, high].flatMap((edge) => [edge - step, edge, edge + step]);
  const between = Array.from({ length: points }, (_, n) => low + ((high - low) * (n + 0.5)) / points);
  const values = [...edges, 0, -step, step, ...more, ...between];
  return [...new Set(values)].filter((value) => value >= min && value <= max).sort((a, b) => a - b);
}

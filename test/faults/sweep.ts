/**
 * Power cuts before, within and after every flash operation of a scenario, and cuts in the recovery from each of them.
 *
 * A device that is off is its flash image and nothing else, so a recovery from an image that was seen before has the
 * same outcome: it is counted each time and played once.
 */
import type { FlashOperation, PowerCut, Region } from '../../host-shim/board/flash.ts';
import type { Geometry } from './geometries.ts';
import { hash, Rig, type Subject } from './rig.ts';
import { runningOf, type Scenario } from './scenarios.ts';

type Tear = PowerCut['tear'];

interface Cut {
  name: string;
  tear: Tear;
}

const part =
  (share: (length: number) => number): Tear =>
  (before, after) => {
    const torn = before.slice();
    torn.set(after.subarray(0, share(after.length)));
    return torn;
  };
const lastHalf: Tear = (before, after) => {
  const torn = after.slice();
  torn.set(before.subarray(0, before.length >> 1));
  return torn;
};
/** Each bit is the old or the new one. The same for the same operation. */
const randomBits =
  (seed: number): Tear =>
  (before, after) => {
    let state = (seed * 2654435761 + after.length) >>> 0 || 1;
    return after.map((byte, i) => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      const mask = state & 0xff;
      return (byte & mask) | (before[i]! & ~mask);
    });
  };

/** The ways in which an operation can be cut. */
function cutsOf(kind: FlashOperation['kind'], seed: number): Cut[] {
  const before = { name: 'before', tear: part(() => 0) };
  const after = { name: 'after', tear: part((length) => length) };
  const random = { name: 'random bits of', tear: randomBits(seed) };
  if (kind === 'erase') {
    return [
      before,
      { name: 'in the first half of', tear: part((length) => length >> 1) },
      { name: 'in the last half of', tear: lastHalf },
      random,
      after,
    ];
  }
  return [
    before,
    { name: 'one byte into', tear: part(() => 1) },
    { name: 'half of', tear: part((length) => length >> 1) },
    { name: 'all but one byte of', tear: part((length) => length - 1) },
    random,
    after,
  ];
}

export interface Count {
  cuts: number;
  pairs: number;
  /** Most flash operations of one run. */
  operations: number;
  /** What went wrong, in words. */
  bad: string[];
}

export interface SweepOptions {
  /** Cut the recovery, too. */
  pairs?: boolean;
  /** Only every n-th cut. */
  every?: number;
  /** Ends with the first one that goes wrong. */
  first?: boolean;
}

export function sweep(subject: Subject, geometry: Geometry, scenario: Scenario, options: SweepOptions = {}): Count {
  const { pairs = false, every = 1, first = false } = options;
  const count: Count = { cuts: 0, pairs: 0, operations: 0, bad: [] };
  const { places = 1, settle = 15_000 } = scenario;
  const layout = geometry.layoutFor(places);
  const place = `${scenario.name} on ${geometry.name}`;
  const base = new Rig({ subject, layout, places });
  base.boot();
  base.after(100);
  scenario.prepare(base);
  const start = base.image();

  /** The images that each cut of a run from this one leaves. */
  const trace = (image: Uint8Array, recovering: boolean, chosen: (n: number) => boolean = () => true) => {
    const rig = new Rig({ subject, layout, places, image: image.slice() });
    const tracer = new Tracer(rig, image, layout, recovering ? 1000 : 0, chosen, () => confirmedBy(rig));
    if (rig.boot()) rig.after(recovering ? settle : 100);
    if (rig.on) scenario.act(rig);
    tracer.end();
    return { rig, tracer };
  };

  /** What is wrong with a device that wakes up with this image; null: nothing. */
  const verdicts = new Map<string, string | null>();
  const outcome = (image: Uint8Array, confirmed: boolean): string | null => {
    const key = `${hash(image)}${confirmed}`;
    let verdict = verdicts.get(key);
    if (verdict === undefined) {
      verdict = judge(image, confirmed);
      verdicts.set(key, verdict);
    }
    return verdict;
  };
  const judge = (image: Uint8Array, confirmed: boolean): string | null => {
    const rig = new Rig({ subject, layout, places, image: image.slice() });
    // Without a broker no trial is passed: what was reported as confirmed has to be so without another one.
    rig.online = !confirmed;
    rig.boot();
    rig.after(settle);
    rig.online = true;
    const woken = rig.state();
    if (!woken) return 'it does not answer';
    const running = runningOf(woken);
    const may = confirmed ? [scenario.must] : scenario.may;
    if (!may.includes(running)) return `it runs ${running}${confirmed ? ', after it had reported success' : ''}`;
    const report = scenario.act(rig);
    if (report?.state !== scenario.state) return `done again it ends ${report?.state} (${report?.reason})`;
    if (rig.strangers > 0) return 'it ran bytes that nobody signed';
    if (runningOf(report) !== scenario.must) return `done again it runs ${runningOf(report)}`;
    rig.boot();
    rig.after(settle);
    if (runningOf(rig.state()) !== scenario.must) return 'done again and reset it runs another module';
    return null;
  };
  /** What a run says about itself, without its future. */
  const confirmedBy = (rig: Rig) =>
    rig.reports.some((report) => report.state === 'CONFIRMED' && runningOf(report) === scenario.must) &&
    scenario.state === 'CONFIRMED' &&
    !scenario.may.slice(0, 1).includes(scenario.must);

  const seen = new Map<string, CutImage[]>();
  const { rig, tracer } = trace(start, false, (n) => n % every === 0);
  count.operations = tracer.operations;
  const clean = outcome(rig.image(), false);
  if (clean) count.bad.push(`${place}, not cut: ${clean}`);
  if (rig.strangers > 0) count.bad.push(`${place}: it ran bytes that nobody signed`);

  for (const { where, image, confirmed } of tracer.images) {
    if (first && count.bad.length > 0) break;
    count.cuts++;
    const verdict = outcome(image, confirmed);
    if (verdict) count.bad.push(`${place}, cut ${where}: ${verdict}`);
    if (!pairs) continue;
    for (const second of recoveries(image)) {
      count.pairs++;
      const worse = outcome(second.image, confirmed || second.confirmed);
      if (worse) count.bad.push(`${place}, cut ${where}, then ${second.where} of the recovery: ${worse}`);
    }
  }
  return count;

  /** All images that a cut in the recovery from this one leaves. */
  function recoveries(image: Uint8Array): CutImage[] {
    const key = hash(image);
    let known = seen.get(key);
    if (!known) {
      known = trace(image, true).tracer.images;
      seen.set(key, known);
    }
    return known;
  }
}

interface CutImage {
  /** How and where it was cut. */
  where: string;
  image: Uint8Array;
  /** Success had been reported before. */
  confirmed: boolean;
}

/**
 * Follows a run and makes the image that each cut of each of its operations leaves. Up to a cut a run is the run without
 * it, so one run has them all.
 */
class Tracer {
  readonly images: CutImage[] = [];
  operations = 0;
  readonly #rig: Rig;
  /** The flash before the operation under way. */
  readonly #mirror: Uint8Array;
  readonly #layout: readonly Region[];
  readonly #seed: number;
  readonly #chosen: (n: number) => boolean;
  #count = 0;
  #open: { operation: FlashOperation; confirmed: boolean } | undefined;

  constructor(
    rig: Rig,
    image: Uint8Array,
    layout: readonly Region[],
    seed: number,
    chosen: (n: number) => boolean,
    confirmed: () => boolean,
  ) {
    this.#rig = rig;
    this.#mirror = image.slice();
    this.#layout = layout;
    this.#seed = seed;
    this.#chosen = chosen;
    rig.flash.onOperation = (operation) => {
      if (operation.kind === 'read') return;
      this.#close();
      this.#open = { operation, confirmed: confirmed() };
    };
  }

  end(): void {
    this.#close();
    this.#rig.flash.onOperation = undefined;
  }

  /** The operation has been carried out: what it made of the cells is known now. */
  #close(): void {
    if (!this.#open) return;
    const { operation, confirmed } = this.#open;
    this.#open = undefined;
    const { kind, region, offset, length } = operation;
    const index = this.#layout.findIndex(({ name }) => name === region);
    const at = this.#layout.slice(0, index).reduce((sum, { size }) => sum + size, offset);
    const before = this.#mirror.slice(at, at + length);
    const after = new Uint8Array(length);
    this.#rig.flash.read(index, offset, after);
    this.operations++;
    for (const cut of cutsOf(kind, this.operations - 1 + this.#seed)) {
      if (!this.#chosen(this.#count++)) continue;
      const image = this.#mirror.slice();
      image.set(cut.tear(before, after), at);
      this.images.push({ where: `${cut.name} operation ${this.operations} (${kind})`, image, confirmed });
    }
    this.#mirror.set(after, at);
  }
}

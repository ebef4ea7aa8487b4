/** A journal that rots, and one that cannot be written. */
import type { FlashPort } from '../../host-shim/board/ports.ts';
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';
import type { Geometry } from './geometries.ts';
import { Rig, type Subject } from './rig.ts';
import { runningOf, type Scenario } from './scenarios.ts';

export interface Failure {
  region: 'journal' | 'slots';
  /** From 0 to 1. */
  rate: number;
  seeds: number;
}

export interface DecayCount {
  runs: number;
  bad: string[];
}

/**
 * After each record that the scenario writes: every bit of it flipped, and the device switched on again.
 * It must run what it may, and the scenario done again must end as always.
 */
export function flips(subject: Subject, geometry: Geometry, scenario: Scenario, every = 1): DecayCount {
  const count: DecayCount = { runs: 0, bad: [] };
  const { places = 1 } = scenario;
  const layout = geometry.layoutFor(places);
  const rig = new Rig({ subject, layout, places });
  rig.boot();
  rig.after(100);
  scenario.prepare(rig);
  const images: { image: Uint8Array; offset: number; length: number; confirmed: boolean }[] = [];
  let last: { offset: number; length: number } | undefined;
  const confirmed = () => rig.reports.some((report) => runningOf(report) === scenario.must);
  rig.flash.onOperation = ({ kind, region, offset, length }) => {
    if (kind === 'read') return;
    if (last) images.push({ image: rig.image(), ...last, confirmed: confirmed() });
    last = region === 'journal' && kind === 'program' ? { offset, length } : undefined;
  };
  scenario.act(rig);
  if (last) images.push({ image: rig.image(), ...last, confirmed: confirmed() });
  for (const [n, { image, offset, length }] of images.entries()) {
    for (let bit = 0; bit < length * 8; bit += every) {
      const rotten = image.slice();
      rotten[offset + (bit >> 3)]! ^= 1 << (bit & 7);
      count.runs++;
      const wrong = wake(subject, geometry, scenario, rotten);
      if (wrong) count.bad.push(`${scenario.name} on ${geometry.name}, record ${n + 1}, bit ${bit}: ${wrong}`);
    }
  }
  return count;
}

/** Every write to this region fails with this probability: half of those undone, half of them done all the same. */
export function failing(
  subject: Subject,
  geometry: Geometry,
  scenario: Scenario,
  { region: failed, rate, seeds }: Failure,
): DecayCount {
  const count: DecayCount = { runs: 0, bad: [] };
  const { places = 1, settle = 15_000 } = scenario;
  const layout = geometry.layoutFor(places);
  const base = new Rig({ subject, layout, places });
  base.boot();
  base.after(100);
  scenario.prepare(base);
  const start = base.image();
  for (let seed = 1; seed <= seeds; seed++) {
    const place = `${scenario.name} on ${geometry.name}, writes to ${failed} failing at ${rate}, run ${seed}`;
    let state = seed * 2654435761;
    const random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const rig = new Rig({ subject, layout, places, image: start.slice() });
    rig.between = (flash): FlashPort => ({
      describe: (region) => flash.describe(region),
      read: (region, offset, out) => flash.read(region, offset, out),
      program: (region, offset, data) => {
        if (layout[region]?.name !== failed || random() >= rate) return flash.program(region, offset, data);
        if (random() < 0.5) flash.program(region, offset, data);
        return ErrorCode.io;
      },
      erase: (region, offset, length) => {
        if (layout[region]?.name !== failed || random() >= rate) return flash.erase(region, offset, length);
        if (random() < 0.5) flash.erase(region, offset, length);
        return ErrorCode.io;
      },
    });
    rig.boot();
    rig.after(settle);
    scenario.act(rig);
    count.runs++;
    if (rig.strangers > 0) count.bad.push(`${place}: it ran bytes that nobody signed`);
    const now = rig.state();
    if (!now || !scenario.may.includes(runningOf(now))) count.bad.push(`${place}: it runs ${runningOf(now)}`);
    const wrong = wake(subject, geometry, scenario, rig.image());
    if (wrong) count.bad.push(`${place}, then on again: ${wrong}`);
  }
  return count;
}

/** What is wrong with a device that wakes up with this image; null: nothing. */
function wake(subject: Subject, geometry: Geometry, scenario: Scenario, image: Uint8Array): string | null {
  const { places = 1, settle = 15_000 } = scenario;
  const rig = new Rig({ subject, layout: geometry.layoutFor(places), places, image });
  rig.boot();
  rig.after(settle);
  const running = runningOf(rig.state());
  if (!scenario.may.includes(running)) return `it runs ${running}`;
  const report = scenario.act(rig);
  if (rig.strangers > 0) return 'it ran bytes that nobody signed';
  if (report?.state !== scenario.state) return `done again it ends ${report?.state} (${report?.reason})`;
  if (runningOf(report) !== scenario.must) return `done again it runs ${runningOf(report)}`;
  return null;
}

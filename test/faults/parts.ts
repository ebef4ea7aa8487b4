/** The work of the proof in pieces that may be played in any order, by as many threads as there are. */
import { ATTACKS } from './checks.ts';
import { failing, flips } from './decay.ts';
import { BASES, fuzz } from './fuzz.ts';
import { GEOMETRIES, SMALLEST, USUAL } from './geometries.ts';
import { hunt } from './hunt.ts';
import type { Subject } from './rig.ts';
import { scenarios } from './scenarios.ts';
import { sweep } from './sweep.ts';

/** Kinds of faults, and what of them is counted: a row each, in this order. */
export const UNITS = {
  cuts: 'cuts',
  pairs: 'pairs',
  geometries: 'geometries',
  'flipped bits of journal records': 'flips',
  'runs with journal writes that fail': 'runs',
  'runs with slot writes that fail': 'runs',
  attacks: 'attacks',
  'malformed offers': 'offers',
  mutants: 'mutants',
} as const;
export type Kind = keyof typeof UNITS;

/** `bad`: what went wrong, in words. */
export type Counts = Partial<Record<Kind, { value: number; bad: string[] }>>;

export interface Piece {
  name: string;
  play(subject: Subject, say: (text: string) => void): Counts | Promise<Counts>;
}

/** Geometries of one layout: they share what is signed. */
const BLOCK = 12;
/** Runs of each scenario with writes that fail. */
const SEEDS = { journal: 7, slots: 5 };

/** Those that take longest come first. `all`: everything; otherwise the share of every build. */
export function pieces(all: boolean): Piece[] {
  return [
    { name: 'mutants', play: async (_, say) => ({ mutants: await hunt(say) }) },
    ...pairs(all, true),
    ...malformed(all ? 85_000 : 8_500),
    ...geometries(all),
    ...decay(all),
    ...pairs(all, false),
    ...usual(all),
    { name: 'attacks', play: (subject) => ({ attacks: { value: ATTACKS.length, bad: attacks(subject) } }) },
  ];
}

/** Every cut on the smallest flash, and pairs of cuts. */
function pairs(all: boolean, wanted: boolean): Piece[] {
  return scenarios(SMALLEST)
    .filter((scenario) => (all || scenario.pairs) === wanted)
    .map((scenario) => ({
      name: `cuts: ${scenario.name}`,
      play(subject) {
        const { cuts, pairs, bad } = sweep(subject, SMALLEST, scenario, { pairs: wanted });
        return { cuts: { value: cuts, bad }, pairs: { value: pairs, bad: [] } };
      },
    }));
}

function usual(all: boolean): Piece[] {
  return scenarios(USUAL).map((scenario) => ({
    name: `cuts on ${USUAL.name}: ${scenario.name}`,
    play(subject) {
      const { cuts, bad } = sweep(subject, USUAL, scenario, { every: all ? 1 : 5 });
      return { cuts: { value: cuts, bad } };
    },
  }));
}

/** Each geometry, with all scenarios or one. */
function geometries(all: boolean): Piece[] {
  const blocks = Array.from({ length: GEOMETRIES.length / BLOCK }, (_, i) => i * BLOCK);
  return blocks.map((from) => ({
    name: `cuts on ${GEOMETRIES[from]!.name} and the like`,
    play(subject) {
      const cuts = { value: 0, bad: [] as string[] };
      for (let n = from; n < from + BLOCK; n++) {
        const geometry = GEOMETRIES[n]!;
        const many = scenarios(geometry);
        for (const [m, scenario] of many.entries()) {
          if (!all && (n + m) % many.length !== 0) continue;
          const count = sweep(subject, geometry, scenario, { every: all ? 1 : 7 });
          cuts.value += count.cuts;
          cuts.bad.push(...count.bad);
        }
      }
      return { cuts, geometries: { value: BLOCK, bad: [] } };
    },
  }));
}

/** Journals that rot, and writes that fail. */
function decay(all: boolean): Piece[] {
  return scenarios(SMALLEST).map((rotting, m) => ({
    name: `decay: ${rotting.name}`,
    play(subject) {
      const { runs, bad } = flips(subject, SMALLEST, rotting, all ? 1 : 29);
      const broken = { journal: { value: 0, bad: [] as string[] }, slots: { value: 0, bad: [] as string[] } };
      for (const geometry of [SMALLEST, USUAL]) {
        const scenario = geometry === SMALLEST ? rotting : scenarios(geometry)[m]!;
        for (const region of ['journal', 'slots'] as const) {
          for (const rate of [0.5, 1]) {
            const count = failing(subject, geometry, scenario, { region, rate, seeds: all ? 200 : SEEDS[region] });
            broken[region].value += count.runs;
            broken[region].bad.push(...count.bad);
          }
        }
      }
      return {
        'flipped bits of journal records': { value: runs, bad },
        'runs with journal writes that fail': broken.journal,
        'runs with slot writes that fail': broken.slots,
      };
    },
  }));
}

function malformed(rounds: number): Piece[] {
  return (Object.keys(BASES) as (keyof typeof BASES)[]).map((base, n) => ({
    name: `malformed offers: ${base}`,
    play(subject, say) {
      const { offers, bad, reasons } = fuzz(subject, rounds, n + 1, base);
      const counted = Object.entries(reasons).map(([reason, count]) => `${reason} ${count}`);
      say(`  malformed (${base}): ${counted.join(', ')}`);
      return { 'malformed offers': { value: offers, bad } };
    },
  }));
}

function attacks(subject: Subject): string[] {
  return ATTACKS.flatMap(({ name, run }) => {
    try {
      run(subject);
      return [];
    } catch (error) {
      return [`${name}: ${(error as Error).message.replaceAll(/\s+/g, ' ')}`];
    }
  });
}

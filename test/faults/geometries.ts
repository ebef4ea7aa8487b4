/** Flash parts that the supervisor must work on. */
import type { Region } from '../../host-shim/board/flash.ts';

export interface Geometry {
  name: string;
  /** For so many components. */
  layoutFor(places: number): readonly Region[];
  /** For one. */
  layout: readonly Region[];
  /** Bytes of a module that fits into a slot three times. */
  half: number;
  /** Bytes of a module that takes more than two sectors where that is not too many. */
  module: number;
}

const KIB = 1024;
/** Where an envelope stands: whole sectors, at least 8 KiB (modules/supervisor/assembly/slots.ts). */
const ENVELOPE_ROOM = 8 * KIB;
/** A sealed group key and what stands before it; there are two places for it, and two for key sets, a sector each. */
const GROUP_ROOM = 32 + 1168;

interface Layout {
  name: string;
  /** Sector of journal and slots, bytes. */
  journal: number;
  slots: number;
  journalSectors?: number;
  /** Bytes that do not make a whole sector of a slot. */
  odd?: boolean;
}

/** The smallest first: its journal turns over within every update. */
const LAYOUTS: readonly Layout[] = [
  { name: 'journal 2 x 256, sectors of 256', journal: 256, slots: 256 },
  { name: 'journal 2 x 128, sectors of 512', journal: 128, slots: 512 },
  { name: 'journal 2 x 512, sectors of 512', journal: 512, slots: 512 },
  { name: 'journal 2 x 1024, sectors of 1024', journal: KIB, slots: KIB },
  { name: 'journal 2 x 256, sectors of 2048', journal: 256, slots: 2 * KIB },
  { name: 'journal 2 x 2048, sectors of 2048', journal: 2 * KIB, slots: 2 * KIB },
  { name: 'journal 2 x 4096, sectors of 4096 (ESP32-C6)', journal: 4 * KIB, slots: 4 * KIB },
  { name: 'journal 3 x 4096, sectors of 4096', journal: 4 * KIB, slots: 4 * KIB, journalSectors: 3 },
  { name: 'journal 2 x 256, sectors of 4096, one over', journal: 256, slots: 4 * KIB, odd: true },
  { name: 'journal 2 x 8192, sectors of 8192', journal: 8 * KIB, slots: 8 * KIB },
  { name: 'journal 2 x 512, sectors of 16384', journal: 512, slots: 16 * KIB },
  { name: 'journal 2 x 4096, sectors of 65536', journal: 4 * KIB, slots: 64 * KIB },
];
const ALIGNMENTS = [1, 2, 4, 8, 16, 32];
const ERASED = [0xff, 0x00];

function geometry(layout: Layout, align: number, erased: number): Geometry {
  const { journal, slots, journalSectors = 2, odd = false, name } = layout;
  const header = Math.ceil(ENVELOPE_ROOM / slots) * slots;
  const sectors = 3;
  const beside = 2 * (slots + Math.ceil(GROUP_ROOM / slots) * slots);
  const layoutFor = (places: number): readonly Region[] => {
    const size = 2 * places * (header + sectors * slots) + beside + (odd ? slots : 0);
    return [
      { name: 'journal', size: journalSectors * journal, sector: journal, align, erased },
      { name: 'slots', size, sector: slots, align, erased },
    ];
  };
  return {
    name: `${name}, units of ${align}, erased ${erased.toString(16).padStart(2, '0')}`,
    layoutFor,
    layout: layoutFor(1),
    half: Math.min(slots - 100, 5000),
    module: Math.min(Math.floor(2.4 * slots), sectors * slots, 10_000) + 3,
  };
}

/** 12 layouts x 6 write alignments x 2 erased values. */
export const GEOMETRIES: readonly Geometry[] = LAYOUTS.flatMap((layout) =>
  ALIGNMENTS.flatMap((align) => ERASED.map((erased) => geometry(layout, align, erased))),
);
export const SMALLEST: Geometry = GEOMETRIES[0]!;
export const USUAL: Geometry = geometry(LAYOUTS[6]!, 4, 0xff);

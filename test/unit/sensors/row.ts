import type { Description } from '../../../host-shim/parts/description.ts';

/** A driver's row in the table of its tests. */
export interface Row {
  /** First word of the configuration. */
  driver: string;
  /** The rest of it; `every` is added. */
  keys: string;
  part: Description;
  at: string;
  /** Milliseconds between readings. */
  every: number;
  measures: Measure[];
  /** More settings below `sensors/`. */
  settings?: Record<string, string>;
  /** Bus calls of one reading. */
  calls: number;
  /** What each kind of fault is called; undefined: it cannot happen to this part. */
  faults: { absent?: string; elsewhere?: string; identity?: string; crc?: string; stuck?: string; nack?: string };
  /** Faults that parts of this bus can have and that this driver cannot tell, each with the reason. */
  exempt?: Partial<Record<keyof Row['faults'], string>>;
  /** Another address (or bus) that the part does not have. */
  elsewhere?: string;
  /** Knobs beyond these must not give a reading: knob, value, fault. */
  refused?: [string, number, string][];
}

export interface Measure {
  record: string;
  unit: string;
  knob: string;
  /** Where the property is tested: the part's own range unless this is narrower. */
  low?: number;
  high?: number;
  /** The record is the knob times this, */
  scale?: number;
  /** within this: half a step of the part, and of the record. */
  within: number;
}

/** Lengths of virtual time as people write them: milliseconds, or `250ms`, `60s`, `1.5min`, `2h`, `1d`. */

export type Duration = number | string;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };
/** A year of virtual time: more is a slip of the pen. */
const LONGEST = 366 * UNITS.d!;

export const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|min|h|d)$/;

/** Whole milliseconds. Throws a RangeError that shows what can be written. */
export function millisecondsOf(duration: Duration): number {
  const [, number, unit] = typeof duration === 'string' ? (DURATION.exec(duration.trim()) ?? []) : ['', duration, 'ms'];
  const milliseconds = number === undefined ? Number.NaN : Math.round(Number(number) * UNITS[unit!]!);
  if (milliseconds >= 0 && milliseconds <= LONGEST) return milliseconds;
  throw new RangeError(`'${duration}' is no length of time: write milliseconds, or 250ms, 60s, 1.5min, 2h, 1d`);
}

/** For people. */
export function durationText(milliseconds: number): string {
  return milliseconds >= 1000 ? `${milliseconds / 1000} s` : `${milliseconds} ms`;
}

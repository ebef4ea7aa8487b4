// CPU time of candidates in one process, in turn, so that a busy machine slows all of them alike; and rows of results.

export interface Row {
  name: string;
  value: number;
  unit: string;
  peer?: string;
  /** How many times faster than the peer. */
  ratio?: number;
  /** The least ratio, or the greatest value. */
  goal?: number;
  ok: boolean;
}

/** A row of operations per second against a peer's, from milliseconds. */
export function speed(name: string, ms: number, peerMs: number, peer: string, goal?: number): Row {
  return compared(name, 1000 / ms, peerMs / ms, peer, goal);
}

/** A row of operations per second with a ratio that was measured by itself. */
export function compared(name: string, perSecond: number, ratio: number, peer: string, goal?: number): Row {
  return {
    name,
    value: perSecond,
    unit: 'op/s',
    peer,
    ratio,
    ...(goal === undefined ? {} : { goal }),
    ok: goal === undefined || ratio >= goal,
  };
}

/** A row of a size that must not grow beyond its goal. */
export function size(name: string, value: number, goal?: number): Row {
  return {
    name,
    value,
    unit: 'bytes',
    ...(goal === undefined ? {} : { goal }),
    ok: goal === undefined || value <= goal,
  };
}

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
export const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;

/**
 * Milliseconds of CPU time for a call of each candidate, in each of `rounds` rounds of at least about `slice` ms. A round
 * has every candidate's turn, so a round's ratios were measured under one load. The clock costs microseconds: it is read
 * around as many calls as fill a slice.
 */
export function measureRounds<K extends string>(
  candidates: Record<K, () => void>,
  { rounds = 9, slice = 20, warm = 20 } = {},
): Record<K, number>[] {
  const entries = Object.entries(candidates) as [K, () => void][];
  const time = (run: () => void, calls: number) => {
    const start = cpu();
    for (let i = 0; i < calls; i++) run();
    return cpu() - start;
  };
  for (const [, run] of entries) for (const start = cpu(); cpu() - start < warm; ) run();
  const calls = new Map<K, number>();
  for (const [name, run] of entries) {
    let n = 1;
    while (time(run, n) < slice) n *= 2;
    calls.set(name, n);
  }
  return Array.from({ length: rounds }, () => {
    const turn = entries.map(([name, run]) => [name, time(run, calls.get(name)!) / calls.get(name)!]);
    return Object.fromEntries(turn) as Record<K, number>;
  });
}

/** Medians of `measureRounds`. */
export function measure<K extends string>(
  candidates: Record<K, () => void>,
  options?: Parameters<typeof measureRounds>[1],
): Record<K, number> {
  const rounds = measureRounds(candidates, options);
  const names = Object.keys(candidates) as K[];
  return Object.fromEntries(names.map((name) => [name, median(rounds.map((round) => round[name]))])) as Record<
    K,
    number
  >;
}

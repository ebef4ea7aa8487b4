// CPU time of candidates in one process, in turn, so that a busy machine slows all of them alike.

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
  const ratio = peerMs / ms;
  return {
    name,
    value: 1000 / ms,
    unit: 'op/s',
    peer,
    ratio,
    ...(goal === undefined ? {} : { goal }),
    ok: goal === undefined || ratio >= goal,
  };
}

/** A row of a size that must not grow beyond its goal. */
export function size(name: string, value: number, goal: number): Row {
  return { name, value, unit: 'bytes', goal, ok: value <= goal };
}

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;

/** Milliseconds of CPU time for a call of each candidate: medians of `rounds` rounds of at least `slice` ms. */
export function measure<K extends string>(
  candidates: Record<K, () => void>,
  { rounds = 9, slice = 20 } = {},
): Record<K, number> {
  const entries = Object.entries(candidates) as [K, () => void][];
  const times = new Map<K, number[]>(entries.map(([name]) => [name, []]));
  for (const [, run] of entries) for (const start = cpu(); cpu() - start < slice; ) run();
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of entries) {
      const start = cpu();
      let calls = 0;
      do {
        run();
        calls++;
      } while (cpu() - start < slice);
      times.get(name)!.push((cpu() - start) / calls);
    }
  }
  return Object.fromEntries(entries.map(([name]) => [name, median(times.get(name)!)])) as Record<K, number>;
}

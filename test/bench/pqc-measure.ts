// CPU time of candidates in one process, in turn, so that a busy machine slows all of them alike.

export interface Row {
  name: string;
  value: number;
  unit: string;
  /** What `ratio` compares with; null for an absolute value. */
  peer: string | null;
  /** How many times faster than the peer; for sizes, value over goal. */
  ratio: number | null;
  goal?: number;
  ok: boolean;
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

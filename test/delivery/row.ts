/** One line of the result: what was measured, and what it had to be. */
export interface Row {
  name: string;
  value: number;
  unit: string;
  goal?: string;
  ok: boolean;
  /** What went wrong, in words: the first few. */
  bad?: string[];
}

/** A row whose value has to be 0. */
export function none(name: string, value: number, unit: string, bad: string[] = []): Row {
  return {
    name,
    value,
    unit,
    goal: '0',
    ok: value === 0 && bad.length === 0,
    ...(bad.length > 0 && { bad: bad.slice(0, 5) }),
  };
}

export function atMost(name: string, value: number, goal: number, unit: string): Row {
  return { name, value: Math.round(value * 1000) / 1000, unit, goal: `<= ${goal}`, ok: value <= goal };
}

export function atLeast(name: string, value: number, goal: number, unit: string): Row {
  return { name, value, unit, goal: `>= ${goal}`, ok: value >= goal };
}

/** One line of the result: what was measured, and what it had to be. */
export interface Row {
  name: string;
  value: number;
  unit: string;
  goal?: string;
  ok: boolean;
  /** What went wrong, in words: the first few. */
  bad?: string[];
  /** Of several runs the worst counts, else their sum. */
  worst?: boolean;
}

/** Two runs of the same. */
export function together(a: Row, b: Row): Row {
  const bad = [...(a.bad ?? []), ...(b.bad ?? [])].slice(0, 5);
  const value = a.worst ? Math.max(a.value, b.value) : a.value + b.value;
  return { ...a, value, ok: a.ok && b.ok, ...(bad.length > 0 && { bad }) };
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

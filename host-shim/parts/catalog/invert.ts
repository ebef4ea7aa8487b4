/** The raw number from low to high (whole) whose value comes nearest to the target, of a function that only rises or only falls. */
export function invert(target: number, low: number, high: number, value: (raw: number) => number): number {
  const rising = value(high) > value(low);
  let [from, to] = [low, high];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (value(middle) < target === rising) from = middle + 1;
    else to = middle;
  }
  const before = Math.max(low, from - 1);
  return Math.abs(value(before) - target) < Math.abs(value(from) - target) ? before : from;
}

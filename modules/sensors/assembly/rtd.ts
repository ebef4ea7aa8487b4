// Platinum resistance thermometers: IEC 60751, in integers.

/** m°C: -200 to 850 °C, and what a step of a converter goes beyond. */
const LOWEST: i64 = -200100;
const HIGHEST: i64 = 850100;

/**
 * Callendar–Van Dusen (IEC 60751:2008 clause 4.2), `t` in m°C from -200 to 850 °C: R(t) / R(0) in 10^-12.
 * A = 3.9083 × 10^-3, B = -5.775 × 10^-7, C = -4.183 × 10^-12, which is 0 from 0 °C on.
 */
export function ratioAt(t: i64): i64 {
  const square = (5775 * t * t) / 10000;
  const fourth = t < 0 ? (4183 * (t - 100000) * ((t * t * t) / 10000000)) / 100000000 : 0;
  return 1000000000000 + 3908300 * t - square - fourth;
}

/** The temperature in m°C to the nearest of a ratio in 10^-12; i64.MIN_VALUE beyond -200 … 850 °C. */
export function temperatureOf(ratio: i64): i64 {
  if (ratio < ratioAt(LOWEST) || ratio > ratioAt(HIGHEST)) return i64.MIN_VALUE;
  // The ratio grows with the temperature: the highest one that does not exceed it.
  let low = LOWEST;
  let high = HIGHEST;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ratioAt(middle) <= ratio) low = middle;
    else high = middle - 1;
  }
  return low < HIGHEST && ratioAt(low + 1) - ratio < ratio - ratioAt(low) ? low + 1 : low;
}

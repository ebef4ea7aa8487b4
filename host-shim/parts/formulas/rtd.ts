/** Ohms of a platinum resistor of 100 ohms at t °C (IEC 60751:2008, clause 4.2), in floating point. */
export function resistanceOf(t: number): number {
  return 100 * (1 + 3.9083e-3 * t - 5.775e-7 * t ** 2 - (t < 0 ? 4.183e-12 * (t - 100) * t ** 3 : 0));
}

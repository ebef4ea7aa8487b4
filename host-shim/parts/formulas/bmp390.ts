/**
 * What Bosch BMP390 (BST-BMP390-DS002) makes of its raw numbers, in floating point (sections 8.4 to 8.6). Drivers have the
 * integers of Bosch's sensor API.
 */

/** Trimming coefficients as parts have them (section 8.4). */
export const T = [27620, 19059, -7] as const;
export const P = [-1133, -1924, 35, 0, 25032, 30283, -13, -10, 16414, 24, -60] as const;

/** °C of 24 bits. */
export function temperatureOf(raw: number): number {
  const d = raw - T[0] * 2 ** 8;
  return d * (T[1] / 2 ** 30) + d * d * (T[2] / 2 ** 48);
}

/** Pa of 24 bits, at t °C. */
export function pressureOf(raw: number, t: number): number {
  const [P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11] = P;
  const offset = P5 * 8 + (P6 / 2 ** 6) * t + (P7 / 2 ** 8) * t ** 2 + (P8 / 2 ** 15) * t ** 3;
  const gain =
    (P1 - 2 ** 14) / 2 ** 20 + ((P2 - 2 ** 14) / 2 ** 29) * t + (P3 / 2 ** 32) * t ** 2 + (P4 / 2 ** 37) * t ** 3;
  return offset + raw * gain + raw ** 2 * (P9 / 2 ** 48 + (P10 / 2 ** 48) * t) + raw ** 3 * (P11 / 2 ** 65);
}

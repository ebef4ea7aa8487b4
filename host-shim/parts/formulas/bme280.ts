/**
 * What Bosch BME280 (BST-BME280-DS002) makes of its raw numbers, in floating point (appendix 8.1). Drivers have the integers
 * of section 4.2.3, and trimming from the part: the two know nothing of each other.
 */

/** Trimming parameters (table 16): T and P of the worked example of BMP280's data sheet (section 3.12), H as parts have them. */
export const T = [27504, 26435, -1000] as const;
export const P = [36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000] as const;
export const H = [75, 370, 0, 313, 50, 30] as const;

/** t_fine of 20 bits: 1/5120 °C. */
export function fineOf(raw: number): number {
  const first = (raw / 16384 - T[0] / 1024) * T[1];
  return first + (raw / 131072 - T[0] / 8192) ** 2 * T[2];
}

/** Pa of 20 bits. */
export function pressureOf(raw: number, fine: number): number {
  const [P1, P2, P3, P4, P5, P6, P7, P8, P9] = P;
  const t = fine / 2 - 64000;
  const offset = (((t * t * P6) / 32768 + t * P5 * 2) / 4 + P4 * 65536) / 4096;
  const slope = (1 + ((P3 * t * t) / 524288 + P2 * t) / 524288 / 32768) * P1;
  const p = ((1048576 - raw - offset) * 6250) / slope;
  return p + ((P9 * p * p) / 2147483648 + (p * P8) / 32768 + P7) / 16;
}

/** %RH of 16 bits. */
export function humidityOf(raw: number, fine: number): number {
  const [H1, H2, H3, H4, H5, H6] = H;
  const t = fine - 76800;
  const gain = (H2 / 65536) * (1 + (H6 / 67108864) * t * (1 + (H3 / 67108864) * t));
  const h = (raw - (H4 * 64 + (H5 / 16384) * t)) * gain;
  return h * (1 - (H1 * h) / 524288);
}

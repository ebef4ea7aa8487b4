// Parts of modules/ml-dsa behind flat exports, for tests that try every input.
import { inverseNTT, NTT } from '../../../modules/ml-dsa/assembly/ntt';
import { select } from '../../../modules/ml-dsa/assembly/params';
import { Rounding, UseHint } from '../../../modules/ml-dsa/assembly/rounding';
import { Power2Round } from '../../../modules/ml-dsa/assembly/secret';
import { Zq } from '../../../modules/ml-dsa/assembly/zq';

export { select };

const F: usize = memory.data(1024, 16);
const G: usize = memory.data(1024, 16);
const HIGH: usize = memory.data(8192, 16);

export function polynomial(): usize {
  return F;
}
export function ntt(): void {
  NTT(F);
}
export function inverse(): void {
  inverseNTT(F);
}
/** High bits of 1024 values from `r` on, as i32. */
export function highBits(r: i32, wide: i32): usize {
  for (let i = 0; i < 1024; i++) {
    store<i32>(HIGH + 4 * i, wide ? Rounding.highBits32(r + i) : Rounding.highBits88(r + i));
  }
  return HIGH;
}
/** UseHint(1, r) of 1024 values from `r` on. */
export function hinted(r: i32): usize {
  for (let i = 0; i < 1024; i++) store<i32>(HIGH + 4 * i, UseHint(r + i));
  return HIGH;
}
/** Power2Round of the polynomial: r1 in its place; the address of r0. */
export function power2Round(): usize {
  Power2Round(F, G);
  return G;
}
export function canonical(a: i32): i32 {
  return Zq.canonical(a);
}

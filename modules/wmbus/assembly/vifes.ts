// VIFs and combinable VIFEs in the runs of tables/vif.txt and tables/vife.txt.
import { VIFE_RUNS, VIFES } from './generated/tables';

// What a VIF says, as `findVif` found it.
export let vifQuantity: u32 = 0;
export let vifUnit: u32 = 0;
export let vifExponent: i32 = 0;
export let vifType: u32 = 0;

/** Looks up a code of seven bits in the table that begins at `run` in VIFS. */
export function findVif(run: usize, code: u32): void {
  while (code >= <u32>load<u8>(run)) {
    code -= load<u8>(run);
    run += 5;
  }
  const step: u32 = load<u8>(run, 2) >> 4;
  vifQuantity = load<u8>(run, 1);
  vifType = load<u8>(run, 2) & 15;
  vifUnit = <u32>load<u8>(run, 3) + (step == 2 ? code : 0);
  vifExponent = <i32>load<i8>(run, 4) + (step == 1 ? code : 0);
}

/** Codes of bytes that follow 7Ch begin here. */
export const SECOND: u32 = 128;

let run: usize = VIFES;
let nth: u32 = 0;

/** Looks up a VIFE without its extension bit, or SECOND + one that follows 7Ch; then the functions below tell of it. */
export function findVife(code: u32): void {
  let low: u32 = 0;
  let high: u32 = VIFE_RUNS;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (<u32>load<u8>(VIFES + 4 * middle) <= code) low = middle;
    else high = middle;
  }
  run = VIFES + 4 * low;
  nth = code - load<u8>(run);
}

/** Number of the name, 0: none. */
export function vifeName(): u32 {
  return <u32>load<u8>(run, 1) + (load<u8>(run, 2) >> 4 == 1 ? nth : 0);
}

export function vifeEffect(): u32 {
  return load<u8>(run, 2) & 15;
}

export function vifeArgument(): i32 {
  return <i32>load<i8>(run, 3) + (load<u8>(run, 2) >> 4 == 2 ? nth : 0);
}

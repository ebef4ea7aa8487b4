// What the VIFEs of a record say beside the value: named modifiers of tables/vife.txt.
import { findVife, SECOND, vifeName } from './vifes';

const found = memory.data(10);

/** Where the VIFE 7Fh stands in the VIB that was looked at last, behind which all is the manufacturer's; 0: nowhere. */
export let ownVifes: usize = 0;

/** Finds the modifiers of a VIB of `length` bytes; `modifier(i)` then answers each as an index into MODIFIER_NAMES. */
export function modifiers(vib: usize, length: u32): u32 {
  ownVifes = 0;
  if (length == 0) return 0;
  const end = vib + length;
  const vif: u32 = load<u8>(vib++);
  if ((vif & 0x7f) == 0x7f) return 0;
  if ((vif & 0x7f) == 0x7c) vib += 1 + <usize>load<u8>(vib);
  // The second level of the main extension is no place of VIFEs.
  else if (vif == 0xfd || vif == 0xfb || vif == 0xef) vib += vif == 0xfd && load<u8>(vib) == 0xfd ? 2 : 1;
  let n: u32 = 0;
  while (vib < end) {
    let code: u32 = load<u8>(vib++) & 0x7f;
    if (code == 0x7f) {
      ownVifes = vib - 1;
      break;
    }
    if (code == 0x7c) {
      if (vib == end) break;
      code = SECOND + (<u32>load<u8>(vib++) & 0x7f);
    }
    findVife(code);
    const name = vifeName();
    if (name) store<u8>(found + n++, name);
  }
  return n;
}

export function modifier(i: u32): u32 {
  return load<u8>(found + i);
}

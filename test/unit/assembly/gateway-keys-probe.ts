// The gateway's keys as plain exports: the address of a meter goes in at `input`.
import { keyOf } from '../../../modules/gateway/assembly/keys';

const INPUT: usize = memory.data(8, 8);

export function input(): usize {
  return INPUT;
}
export function key(attempt: u32): usize {
  return keyOf(INPUT, attempt);
}

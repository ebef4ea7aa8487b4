// The decoder with neither manufacturers' layouts nor encoders: what its size is.
import { decodeStandard } from '../../../modules/wmbus/assembly/core';
import { RECORDS, telegram } from '../../../modules/wmbus/assembly/telegram';

const KEY: usize = memory.data(16);

function keyOf(_address: usize, attempt: u32): usize {
  return attempt ? 0 : KEY;
}

export function key(): usize {
  return KEY;
}

export function decode(frame: usize, len: u32): bool {
  return decodeStandard(frame, len, keyOf);
}

export function error(): u32 {
  return telegram.error;
}

export function records(): usize {
  return RECORDS;
}

export function count(): u32 {
  return telegram.records;
}

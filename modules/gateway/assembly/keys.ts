import { Bytes, settings } from 'motekit/runtime/guest';
import { Writer } from '../../lib/assembly/bytes';
import { keyInTable } from '../../wmbus/assembly/keys';
import { writeId, writeManufacturer } from '../../wmbus/assembly/names';

const KEY_SIZE: i32 = 16;
const NAME_MAX: u32 = 24;

/**
 * The keys that the device holds for a meter, one for each attempt: first its own (`wmbus/KAM-12345678`), then those of
 * the table by address pattern (`wmbus/keys`: rows as modules/wmbus/assembly/keys.ts has them), then the one for all
 * (`wmbus/default`). Returns the address of 16 bytes, or 0.
 */
export function keyOf(address: usize, attempt: u32): usize {
  const own = keyNamed(nameOf(address));
  if (own && attempt-- == 0) return own;
  const table = settings.get('wmbus/keys');
  if (table !== null) {
    for (let row: u32 = 0; ; row++) {
      const key = keyInTable(table.ptr, table.length, address, row);
      if (key == 0) break;
      if (attempt-- == 0) return key;
    }
  }
  return attempt == 0 ? keyNamed('wmbus/default') : 0;
}

function keyNamed(name: string): usize {
  const key = settings.get(name);
  return key === null || key.length != KEY_SIZE ? 0 : key.ptr;
}

function nameOf(address: usize): string {
  const start = heap.alloc(NAME_MAX);
  const name = new Writer(start, start + NAME_MAX);
  name.ascii('wmbus/');
  writeManufacturer(name, load<u16>(address));
  name.u8(0x2d); // '-'
  writeId(name, address + 2);
  return new Bytes(start, name.length).toString();
}

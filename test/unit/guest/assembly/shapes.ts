// Imports, exports and static data of several shapes, for the reader of Wasm headers.
declare function away(a: i32, b: f32, c: f64): i64;

const DATA = memory.data<u8>([1, 2, 3, 4, 5, 6, 7, 8]);
const ROOM = memory.data(100);

export function nothing(): void {
  store<u8>(ROOM, load<u8>(ROOM + 99));
}

export function mixed(a: u32, b: i64): f64 {
  return <f64>away(load<u8>(DATA + a), 1, <f64>b);
}

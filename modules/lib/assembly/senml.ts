// SenML packs in CBOR (RFC 8428): an array of maps with the integer labels of section 6, in deterministic key order.
import { CborWriter } from './cbor';

// Labels, RFC 8428 table 4. Negative keys sort behind the others: -1 is 0x20.
export const BASE_VERSION: i64 = -1;
export const BASE_NAME: i64 = -2;
export const BASE_TIME: i64 = -3;
export const NAME: i64 = 0;
export const UNIT: i64 = 1;
export const VALUE: i64 = 2;
export const STRING_VALUE: i64 = 3;
export const BOOLEAN_VALUE: i64 = 4;
export const TIME: i64 = 6;
export const DATA_VALUE: i64 = 8;

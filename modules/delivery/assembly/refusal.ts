import { Bytes, clock } from 'motekit/runtime/guest';
import { CborWriter } from '../../lib/assembly/cbor';
import { Bucket } from './bucket';
import { road } from './road';

/** Why something from the broker is not done (docs/delivery.md). */
export const enum Refusal {
  NONE = 0,
  MALFORMED = 1,
  ID = 2,
  NAME = 3,
  TOO_BIG = 4,
  NO_EXPIRY = 5,
  EXPIRY_AHEAD = 6,
  CLASS = 7,
  RANGE = 8,
  FLASH = 9,
}

const BUCKET: Bucket = new Bucket(4, 1);

/** Says on `refused` what became of a message on `topic`. At most one a second: whoever floods is not answered. */
export function refuse(topic: string, code: Refusal): void {
  if (!BUCKET.take(clock.now())) return;
  const at = __alloc(32);
  const w = new CborWriter(at, at + 32);
  w.map(2);
  w.uint(1);
  w.literal(topic);
  w.uint(2);
  w.uint(code);
  road.publish('refused', new Bytes(at, w.length));
}

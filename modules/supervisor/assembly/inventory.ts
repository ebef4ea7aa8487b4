import { CborWriter } from '../../lib/assembly/cbor';
import { Manifest } from './manifest';
import { Record } from './record';

/** Longest entry of a slot. */
export const SLOT_INFO_MAX: u32 = 160;

/** One slot as docs/update-protocol.md has it: what it is for, and whose module is in it; null: no envelope. */
export function writeSlot(out: CborWriter, slot: u8, now: Record, manifest: Manifest | null): void {
  out.array(3);
  out.uint(slot);
  out.literal(
    slot == now.active ? 'active' : slot == now.candidate ? 'candidate' : slot == now.previous ? 'previous' : 'free',
  );
  if (manifest === null) return out.nothing();
  out.array(5);
  out.text(manifest.component.ptr, manifest.component.len);
  out.text(manifest.version.ptr, manifest.version.len);
  out.uint(manifest.sequence);
  out.byteString(manifest.digest.ptr, 32);
  out.uint(manifest.size);
}

import { Bytes } from 'motekit/runtime/guest';
import { credentials } from './credentials';
import { device } from './device';
import { download } from './download';
import { Ask } from './letters';
import { TRANSFER_SIZE } from './record';
import { wayBack } from './return';
import { rollout } from './rollout';
import { SEALED_SIZE } from './slots';
import { updater } from './updater';

const UINT: u32 = 0;
const BYTES: u32 = 2;
const TEXT: u32 = 3;
const ARRAY: u32 = 4;

/**
 * The frame of a message: an array of numbers and byte strings in deterministic CBOR (RFC 8949 section 4.2.1), all that
 * the resident part of the device reads. What is not that has `failed`.
 */
class Frame {
  failed: bool = false;
  /** Where the byte string read last begins. */
  data: usize = 0;
  private end: usize;

  constructor(
    private at: usize,
    len: u32,
  ) {
    this.end = at + len;
  }

  get isEnd(): bool {
    return this.at == this.end && !this.failed;
  }

  /** The argument of a head of this major type; at most 2^32 - 1. */
  head(major: u32): u32 {
    const first: u32 = this.at < this.end ? load<u8>(this.at++) : 0xff;
    const info = first & 31;
    if (first >> 5 != major || info > 26) return this.fail();
    if (info < 24) return info;
    const size: usize = 1 << (info - 24);
    if (size > this.end - this.at) return this.fail();
    let value: u32 = 0;
    for (let i: usize = 0; i < size; i++) value = (value << 8) | load<u8>(this.at++);
    // Shortest: 24 does not fit into the head, 256 not into a byte, 65536 not into two.
    return value >= (size == 1 ? 24 : size == 2 ? 0x100 : 0x10000) ? value : this.fail();
  }

  /** Its length. */
  bytes(major: u32 = BYTES): u32 {
    const len = this.head(major);
    if (<usize>len > this.end - this.at) return this.fail();
    this.data = this.at;
    this.at += len;
    return len;
  }

  private fail(): u32 {
    this.failed = true;
    this.at = this.end;
    return 0;
  }
}

/** Hands a message of the topic `ota` (docs/update-protocol.md) to the part that it concerns. What is not one is passed over. */
export function onMessage(payload: Bytes): void {
  const frame = new Frame(payload.ptr, payload.length);
  const items = frame.head(ARRAY);
  const kind = frame.head(UINT);
  if (items == 1) {
    if (!frame.isEnd) return;
    if (kind == 3) device.report();
    if (kind == 6) updater.tell(Ask.SLOTS);
    if (kind == 7) updater.tell(Ask.HISTORY);
    return;
  }
  let len = frame.bytes();
  if (items == 2) {
    if (frame.isEnd && kind == 5 && len == 32) wayBack.onRollback(frame.data);
    return;
  }
  if (len != TRANSFER_SIZE) return;
  const transfer = load<u64>(frame.data);
  const offset = kind == 2 ? frame.head(UINT) : 0;
  len = frame.bytes();
  const first = frame.data;
  if (kind == 8 && items == 4) {
    const sealed = frame.bytes() == SEALED_SIZE;
    if (frame.isEnd && sealed) credentials.onGroup(transfer, first, len, frame.data);
    return;
  }
  if (kind == 10 && items == 5) {
    const urlLen = frame.bytes(TEXT);
    const url = frame.data;
    const at = frame.head(UINT);
    if (frame.isEnd && urlLen > 0) download.onOffer(transfer, first, len, url, urlLen, at);
    return;
  }
  if (!frame.isEnd) return;
  if (kind == 2 && items == 4) download.onChunk(transfer, offset, first, len);
  if (items != 3) return;
  if (kind == 1) download.onOffer(transfer, first, len);
  if (kind == 4) credentials.onKeys(transfer, first, len);
  if (kind == 9) rollout.onRollout(transfer, first, len);
}

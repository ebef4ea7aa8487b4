import { Bytes } from 'motekit/runtime/guest';
import { CborReader } from '../../lib/assembly/cbor';
import { Ask } from './letters';
import { TRANSFER_SIZE } from './record';
import { Updater } from './updater';

/** Hands a message of the topic `ota` (docs/update-protocol.md) to the updater. What is not one is passed over. */
export function onMessage(updater: Updater, payload: Bytes): void {
  const cbor = new CborReader(payload.ptr, payload.length);
  if (!cbor.check(1)) return;
  const items = cbor.array();
  const kind = cbor.uint();
  if (cbor.error) return;
  if (kind == 3 && items == 1) return updater.report();
  if (kind == 6 && items == 1) return updater.tell(Ask.SLOTS);
  if (kind == 7 && items == 1) return updater.tell(Ask.HISTORY);
  if (kind == 5 && items == 2) {
    if (cbor.byteString() == 32) updater.onRollback(cbor.data);
    return;
  }
  if (cbor.byteString() != TRANSFER_SIZE || cbor.error) return;
  const transfer = load<u64>(cbor.data);
  if ((kind == 1 || kind == 4) && items == 3) {
    const len = cbor.byteString();
    if (cbor.error) return;
    if (kind == 1) updater.onOffer(transfer, cbor.data, len);
    else updater.onKeys(transfer, cbor.data, len);
  } else if (kind == 2 && items == 4) {
    const offset = cbor.uint();
    const len = cbor.byteString();
    if (!cbor.error) updater.onChunk(transfer, offset, cbor.data, len);
  }
}

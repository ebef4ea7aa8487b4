// Where everything stands in the telegram that was decoded last: for those who explain it byte by byte.
import { Writer } from '../../lib/assembly/bytes';
import { fingerprint } from './fingerprint';
import { applicationEnd, applicationStart } from './layers';
import { DATA, DATA_LENGTH, DIB_LENGTH, HEAD, VIB_LENGTH } from './records';
import { MESSAGE, OK, RECORD, RECORDS, telegram } from './telegram';

/**
 * Appends, numbers high byte first, in 16 bits: the telegram's fingerprint (32 bits, 0 when it was refused); where the
 * application's data begin and end; 1 when the message was put together out of fragments, else 0 (8 bits); how many
 * records there are; of each where its DIF and its data stand, and how many bytes DIB, VIB and data have, one byte each;
 * then the telegram without link-layer CRCs, decrypted as far as it was. Places count in that; from 256 on they are in the
 * full frame of a compact one, which is not here. Of a refused telegram the records that were read before. A message out of
 * fragments stands behind the link layer of the last of them.
 */
export function writePlaces(w: Writer): void {
  const count = max(telegram.records, telegram.readBefore);
  w.u32be(telegram.error == OK ? fingerprint() : 0);
  w.u16be(applicationStart);
  w.u16be(applicationEnd);
  w.u8(telegram.joined ? 1 : 0);
  w.u16be(count);
  for (let i: u32 = 0; i < count; i++) {
    const r = RECORDS + i * RECORD;
    w.u16be(load<u16>(r, HEAD));
    w.u16be(load<u16>(r, DATA));
    w.bytes(r + DIB_LENGTH, 3);
  }
  w.bytes(MESSAGE, telegram.length);
}

import { Bytes, FlashRegion, Module, mail, run } from 'motekit/runtime/guest';
import { REQUEST_BYTES, Request, Verdict } from './assembly/letter';
import { unpack } from './assembly/unpack';
import { Storage } from '../supervisor/assembly/storage';

/** Unpacks what came packed over the air, in flash (assembly/letter.ts). */
class Unpacker extends Module {
  private storage: Storage = new Storage(FlashRegion.Slots);
  private reply: Bytes = Bytes.alloc(1);

  override onMail(_sender: u32, payload: Bytes): void {
    let verdict = Verdict.Malformed;
    if (payload.length == REQUEST_BYTES) {
      verdict = this.storage.open() ? unpack(this.storage, new Request(payload.ptr)) : Verdict.Flash;
    }
    this.reply.set(0, <u8>verdict);
    mail.reply(this.reply);
  }
}

run(new Unpacker());

import { Bytes, Module, mail, run } from 'motekit/runtime/guest';
import { answer } from './assembly/letter';

/** Checks signatures for other modules: a request by letter, one byte as the reply (assembly/letter.ts). */
class Verifier extends Module {
  private reply: Bytes = Bytes.alloc(1);

  override onMail(_sender: u32, payload: Bytes): void {
    this.reply.set(0, <u8>answer(payload.ptr, payload.length));
    mail.reply(this.reply);
  }
}

run(new Verifier());

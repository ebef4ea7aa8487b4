import { Bytes, Module, mail, run, settings } from 'motekit/runtime/guest';
import { ANSWER_BYTES, answer, Verdict } from './assembly/letter';
import { X_WING_SEED } from './assembly/x-wing';

/** Opens the group key with the device's own key, and answers with the content key of one release (assembly/letter.ts). */
class Unwrapper extends Module {
  private reply: Bytes = Bytes.alloc(ANSWER_BYTES);

  override onMail(_sender: u32, payload: Bytes): void {
    const seed = settings.get('unwrap-seed');
    let verdict = Verdict.NoKey;
    if (seed && seed.length == X_WING_SEED) {
      verdict = answer(seed.ptr, payload.ptr, payload.length, this.reply.ptr);
      memory.fill(seed.ptr, 0, seed.length);
    }
    this.reply.set(0, <u8>verdict);
    mail.reply(verdict == Verdict.Opened ? this.reply : this.reply.slice(0, 1));
    memory.fill(this.reply.ptr, 0, ANSWER_BYTES);
  }
}

run(new Unwrapper());

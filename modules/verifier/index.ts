import { Bytes, Module, run } from 'motekit/runtime/guest';
import { Judge } from './assembly/judge';

/** Reads and judges the bytes of strangers for the supervisor, which loads it for one question at a time. */
class Verifier extends Module {
  private judge: Judge = new Judge();

  override onMail(_sender: u32, payload: Bytes): void {
    this.judge.onRequest(payload.ptr, payload.length);
  }
}

run(new Verifier());

import { Bytes, FlashRegion, Module, mail, run } from 'motekit/runtime/guest';
import { Aes256GcmDecryption, GCM_IV_BYTES, GCM_KEY_BYTES, GCM_TAG_BYTES } from '../lib/assembly/gcm';
import { Storage } from '../supervisor/assembly/storage';

/** The letter, little endian: where in `slots` the module goes, its bytes, where the ciphertext is, its bytes; key, IV. */
const KEY_AT: usize = 24;
const LETTER_BYTES: i32 = 24 + GCM_KEY_BYTES + GCM_IV_BYTES;
/** Bytes of one turn. */
const STEP: u32 = 2048;
const TAG: usize = memory.data(16, 8);

const enum Answer {
  DONE = 0,
  /** The tag is another one: the key, the ciphertext or the tag is. */
  BAD_PAYLOAD = 1,
  FLASH = 2,
  /** There is more to do: any letter goes on with it. */
  MORE = 3,
}

/**
 * Decrypts a module in flash (AES-256-GCM) for the supervisor. Twice over the ciphertext: nothing is decrypted before the
 * tag has been checked (../lib/assembly/gcm.ts). What it made counts for nothing before its digest has been.
 */
class Decrypter extends Module {
  private gcm: Aes256GcmDecryption = new Aes256GcmDecryption();
  private storage: Storage = new Storage(FlashRegion.Slots);
  private reply: Bytes = Bytes.alloc(1);
  private to: u32 = 0;
  private from: u32 = 0;
  private size: u32 = 0;
  private done: u32 = 0;
  private busy: bool = false;
  private verified: bool = false;

  override onMail(_sender: u32, payload: Bytes): void {
    if (payload.length == LETTER_BYTES) this.begin(payload.ptr);
    const answer = this.busy ? this.step() : Answer.BAD_PAYLOAD;
    if (answer != Answer.MORE) {
      this.gcm.wipe();
      this.busy = false;
    }
    this.reply.set(0, <u8>answer);
    mail.reply(this.reply);
  }

  private begin(letter: usize): void {
    this.to = load<u32>(letter);
    this.size = load<u32>(letter, 4);
    this.from = load<u32>(letter, 8);
    this.done = 0;
    this.verified = false;
    const key = letter + KEY_AT;
    this.gcm.begin(key, key + GCM_KEY_BYTES);
    memory.fill(key, 0, GCM_KEY_BYTES + GCM_IV_BYTES);
    this.busy = this.storage.open() && load<u32>(letter, 12) == this.size + GCM_TAG_BYTES;
  }

  private step(): Answer {
    const len = min(STEP, this.size - this.done);
    if (len == 0) return this.verified ? Answer.DONE : this.verify();
    const bytes = this.storage.view(this.from + this.done, len);
    if (!bytes) return Answer.FLASH;
    if (this.verified) {
      this.gcm.decrypt(bytes, len);
      if (!this.storage.program(this.to + this.done, bytes, len)) return Answer.FLASH;
    } else this.gcm.authenticate(bytes, len);
    this.done += len;
    return Answer.MORE;
  }

  private verify(): Answer {
    if (!this.storage.read(this.from + this.size, TAG, GCM_TAG_BYTES)) return Answer.FLASH;
    if (!this.gcm.verify(TAG)) return Answer.BAD_PAYLOAD;
    this.verified = true;
    this.done = 0;
    return Answer.MORE;
  }
}

run(new Decrypter());

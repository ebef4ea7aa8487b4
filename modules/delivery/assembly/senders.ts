// Whose records are whose, so that a chatty module pushes out its own when the outbox is full. A module is known by its actor,
// whose number is the same after a reset when the same modules start; its last four bits lie in flash with each record.
import { ErrorCode, mail } from 'motekit/runtime/guest';
import { Answer, letter } from './letters';
import { CLASSES, SENDERS } from './state';

const KEYS: u32 = 16;
/** Of a record's sub: class and place. */
export const SHARE_MASK: u32 = CLASSES * SENDERS - 1;

export class Senders {
  /** The key of the module that has a place, plus 1; 0: nobody. */
  private keys: StaticArray<u32> = new StaticArray<u32>(SENDERS);
  /** 0: it has not published since the reset. */
  private actors: StaticArray<u32> = new StaticArray<u32>(SENDERS);
  /** For whom no place was found. */
  private refused: u32 = 0;

  /** What a record of this class says of where it comes from: class, place, key. */
  subOf(actor: u32, cls: u32): u32 {
    const key = actor % KEYS;
    return cls | (this.placeOf(actor, key) << 2) | (key << 4);
  }

  /** A module's record that was found at the start, in the order of the log. */
  restore(sub: u32): void {
    unchecked((this.keys[(sub >> 2) % SENDERS] = (sub >> 4) + 1));
  }

  private placeOf(actor: u32, key: u32): u32 {
    for (let i: u32 = 0; i < SENDERS; i++) if (unchecked(this.keys[i]) == key + 1) return this.give(i, actor, key);
    for (let i: u32 = 0; i < SENDERS; i++) if (!unchecked(this.keys[i])) return this.give(i, actor, key);
    // More modules than places share them.
    if (actor == this.refused) return actor % SENDERS;
    for (let i: u32 = 0; i < SENDERS; i++) if (hasGone(unchecked(this.actors[i]))) return this.give(i, actor, key);
    this.refused = actor;
    return actor % SENDERS;
  }

  private give(place: u32, actor: u32, key: u32): u32 {
    unchecked((this.keys[place] = key + 1));
    unchecked((this.actors[place] = actor));
    return place;
  }
}

function hasGone(actor: u32): bool {
  return !actor || mail.send(actor, letter(Answer.PROBE, 1)) == ErrorCode.NotFound;
}

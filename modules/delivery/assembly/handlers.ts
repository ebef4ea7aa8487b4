// Which module handles which commands.
import { equal } from '../../lib/assembly/bytes';
import { HANDLERS } from './bounds';
import { isName } from './request';

/** 0 actor, 4 length, 8 name. */
const ENTRY: u32 = 40;
const NAMES: usize = memory.data(16 * 40, 4);

export class Handlers {
  private count: u32 = 0;

  /** The commands of this name are this module's from now on. False: it is no name, or there is no room. */
  add(actor: u32, name: usize, length: u32): bool {
    if (!isName(name, length)) return false;
    let entry = this.entryOf(name, length);
    if (!entry) {
      entry = this.vacant(actor);
      if (!entry) return false;
      store<u32>(entry, length, 4);
      memory.copy(entry + 8, name, length);
    }
    store<u32>(entry, actor);
    return true;
  }

  private entryOf(name: usize, length: u32): usize {
    for (let i: u32 = 0; i < this.count; i++) {
      const entry = NAMES + ENTRY * i;
      if (load<u32>(entry, 4) == length && equal(entry + 8, name, length)) return entry;
    }
    return 0;
  }

  /** The actor; 0: nobody. */
  of(name: usize, length: u32): u32 {
    const entry = this.entryOf(name, length);
    return entry ? load<u32>(entry) : 0;
  }

  /** A module is no more: its names are nobody's. */
  gone(actor: u32): void {
    for (let i: u32 = 0; i < this.count; i++) {
      const entry = NAMES + ENTRY * i;
      if (load<u32>(entry) == actor) store<u32>(entry, 0);
    }
  }

  /** Room for a name: with none, that of the module that came first, unless it is this one. */
  private vacant(actor: u32): usize {
    if (this.count < HANDLERS) return NAMES + ENTRY * this.count++;
    let first = NAMES;
    for (let i: u32 = 1; i < HANDLERS; i++) {
      const entry = NAMES + ENTRY * i;
      if (load<u32>(entry) < load<u32>(first)) first = entry;
    }
    return load<u32>(first) < actor ? first : 0;
  }
}

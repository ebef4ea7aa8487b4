import { CAPABILITIES, REFUSED_GRANTS } from 'motekit/runtime/guest/generated/grants';
import { CborReader } from '../../lib/assembly/cbor';
import { Reason } from '../../supervisor/assembly/reason';
import { View } from '../../supervisor/assembly/view';

const GRANTS_MAX: u32 = 16;
const GRANT_TEXT_MAX: u32 = 64;
const UNKNOWN: i32 = -1;
const BLANK: u32 = 0x20;
const STAR: u32 = 0x2a;
const COLON: u32 = 0x3a;

/** The grants of a manifest. The scopes point into it. */
export class Grants {
  count: u32 = 0;
  private capabilities: StaticArray<u8> = new StaticArray<u8>(GRANTS_MAX);
  private scopes: StaticArray<View> = new StaticArray<View>(GRANTS_MAX);

  constructor() {
    for (let i: u32 = 0; i < GRANTS_MAX; i++) this.scopes[i] = new View();
  }

  read(cbor: CborReader): Reason {
    this.count = 0;
    const count = cbor.array();
    if (cbor.error) return Reason.MALFORMED;
    if (count > GRANTS_MAX) return Reason.TOO_BIG;
    for (let i: u32 = 0; i < count; i++) {
      const len = cbor.text();
      if (cbor.error || len == 0 || len > GRANT_TEXT_MAX) return Reason.MALFORMED;
      const text = cbor.data;
      let name: u32 = 0;
      while (name < len && load<u8>(text + name) != COLON) name++;
      const capability = capabilityOf(text, name);
      const scope = this.scopes[i];
      const from = min(name + 1, len);
      scope.set(text + from, len - from);
      if (capability == UNKNOWN || isRefused(text, name, scope)) return Reason.BAD_GRANT;
      this.capabilities[i] = <u8>capability;
      this.count++;
    }
    return Reason.NONE;
  }

  /** Each as its capability, the length of its scope and the scope. Returns how many bytes that is. */
  write(to: usize): u32 {
    const start = to;
    for (let i: u32 = 0; i < this.count; i++) {
      const scope = this.scopes[i];
      store<u8>(to, this.capabilities[i]);
      store<u8>(to, <u8>scope.len, 1);
      memory.copy(to + 2, scope.ptr, scope.len);
      to += 2 + scope.len;
    }
    return <u32>(to - start);
  }
}

function capabilityOf(name: usize, len: u32): i32 {
  let number: i32 = 0;
  for (let at: u32 = 0; at < <u32>CAPABILITIES.length; number++) {
    const end = wordEnd(CAPABILITIES, at);
    if (end - at == len && stands(CAPABILITIES, at, name, len)) return number;
    at = end + 1;
  }
  return UNKNOWN;
}

/** Whether the contract has this grant for no application module (`@refused` in runtime/abi/mote.wit). */
function isRefused(name: usize, len: u32, scope: View): bool {
  for (let at: u32 = 0; at < <u32>REFUSED_GRANTS.length; ) {
    const end = wordEnd(REFUSED_GRANTS, at);
    const from = at + len + 1;
    if (from <= end && charAt(REFUSED_GRANTS, from - 1) == COLON && stands(REFUSED_GRANTS, at, name, len)) {
      const open = charAt(REFUSED_GRANTS, end - 1) == STAR;
      const size = end - from - (open ? 1 : 0);
      if ((scope.len == size || (open && scope.len > size)) && stands(REFUSED_GRANTS, from, scope.ptr, size))
        return true;
    }
    at = end + 1;
  }
  return false;
}

function wordEnd(words: string, at: u32): u32 {
  while (at < <u32>words.length && charAt(words, at) != BLANK) at++;
  return at;
}

/** Whether these bytes are the characters from `at` on. */
function stands(words: string, at: u32, bytes: usize, len: u32): bool {
  for (let i: u32 = 0; i < len; i++) if (charAt(words, at + i) != <u32>load<u8>(bytes + i)) return false;
  return true;
}

function charAt(words: string, at: u32): u32 {
  return load<u16>(changetype<usize>(words) + (at << 1));
}

// Walks the code of a Wasm module, far enough to name each instruction's opcode.

export interface FunctionCode {
  name: string;
  /** Opcodes in order; those behind a prefix byte as prefix * 65536 + number. */
  opcodes: number[];
}

class Reader {
  at = 0;
  private readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
  get left(): boolean {
    return this.at < this.bytes.length;
  }
  u8(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new Error('the module ends early');
    return byte;
  }
  leb(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.u8();
      value += (byte & 127) * 2 ** shift;
      if (!(byte & 128)) return value;
    }
  }
  take(length: number): Uint8Array {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
  text(): string {
    return new TextDecoder().decode(this.take(this.leb()));
  }
}

/** Skips the immediates of `opcode`; throws on one that it does not know, so that nothing passes unseen. */
function skipImmediates(r: Reader, opcode: number): void {
  const lebs = (n: number) => {
    for (let i = 0; i < n; i++) r.leb();
  };
  if (opcode === 0x02 || opcode === 0x03 || opcode === 0x04) lebs(1);
  else if (opcode === 0x0c || opcode === 0x0d || opcode === 0x10) lebs(1);
  else if (opcode === 0x0e) lebs(r.leb() + 1);
  else if (opcode === 0x11) lebs(2);
  else if (opcode >= 0x20 && opcode <= 0x26) lebs(1);
  else if (opcode >= 0x28 && opcode <= 0x3e) lebs(2);
  else if (opcode === 0x3f || opcode === 0x40) lebs(1);
  else if (opcode === 0x41 || opcode === 0x42) lebs(1);
  else if (opcode === 0x43) r.take(4);
  else if (opcode === 0x44) r.take(8);
  else if ([0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b].includes(opcode)) return;
  else if (opcode >= 0x45 && opcode <= 0xc4) return;
  else throw new Error(`unknown opcode 0x${opcode.toString(16)}`);
}

function skipVector(r: Reader, number: number): void {
  if (number <= 11) {
    r.leb();
    r.leb();
  } else if (number === 12 || number === 13) r.take(16);
  else if (number >= 21 && number <= 34) r.take(1);
  else if (number >= 84 && number <= 93) {
    r.leb();
    r.leb();
    if (number <= 91) r.take(1);
  } else if (number > 275) throw new Error(`unknown vector opcode ${number}`);
}

function skipMisc(r: Reader, number: number): void {
  if (number <= 7) return; // saturating truncations
  if (number === 8 || number === 10) {
    r.leb();
    r.leb();
  } else if (number === 9 || number === 11) r.leb();
  else throw new Error(`unknown opcode 0xfc ${number}`);
}

/** Every function of the module with its name (from the name section) and opcodes. */
export function functionsOf(wasm: Uint8Array): FunctionCode[] {
  const r = new Reader(wasm);
  r.take(8);
  let bodies: Uint8Array[] = [];
  const names = new Map<number, string>();
  while (r.left) {
    const id = r.u8();
    const section = new Reader(r.take(r.leb()));
    if (id === 2 && section.leb() > 0) throw new Error('these modules import nothing');
    if (id === 10) bodies = Array.from({ length: section.leb() }, () => section.take(section.leb()));
    if (id === 0 && section.text() === 'name') {
      while (section.left) {
        const kind = section.u8();
        const sub = new Reader(section.take(section.leb()));
        if (kind !== 1) continue;
        for (let n = sub.leb(); n > 0; n--) names.set(sub.leb(), sub.text());
      }
    }
  }
  return bodies.map((body, i) => ({ name: names.get(i) ?? `function ${i}`, opcodes: opcodesOf(body) }));
}

function opcodesOf(body: Uint8Array): number[] {
  const r = new Reader(body);
  for (let groups = r.leb(); groups > 0; groups--) {
    r.leb();
    r.u8();
  }
  const opcodes: number[] = [];
  while (r.left) {
    const opcode = r.u8();
    if (opcode === 0xfc || opcode === 0xfd) {
      const number = r.leb();
      if (opcode === 0xfd) skipVector(r, number);
      else skipMisc(r, number);
      opcodes.push(opcode * 65536 + number);
    } else {
      skipImmediates(r, opcode);
      opcodes.push(opcode);
    }
  }
  return opcodes;
}

/** div_s, div_u, rem_s, rem_u of i32 and i64. */
export const isDivision = (opcode: number): boolean =>
  (opcode >= 0x6d && opcode <= 0x70) || (opcode >= 0x7f && opcode <= 0x82);
/** select; an engine may make it a branch. Vectors' bitselect is arithmetic. */
export const isSelect = (opcode: number): boolean => opcode === 0x1b || opcode === 0x1c;

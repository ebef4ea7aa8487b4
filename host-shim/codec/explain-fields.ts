/** Bytes of a telegram, and who owns each of them. Runs in a browser, too. */

export interface Answer {
  ok: boolean;
  error?: { code: string; layer: string; offset: number; message: string };
  link?: Record<string, string | number>;
  meter?: Record<string, string | number | string[]> | null;
  security?: { mode: number; ell: number; encrypted: boolean; payload: string; authenticated: boolean };
  records: JsonRecord[];
}

export interface JsonRecord {
  dib: string;
  vib: string;
  function: string;
  storage: number;
  tariff: number;
  subunit: number;
  quantity: string;
  unit: string;
  value: number | string | null;
  raw: string;
  derived?: boolean;
  modifiers?: string[];
  flags?: string[];
  name?: string;
}

/** Where a record stands: its DIF, its data, and the bytes of DIB, VIB and data. */
export interface Place {
  head: number;
  data: number;
  dib: number;
  vib: number;
  length: number;
}

/** As modules/wmbus/assembly/places.ts writes them. */
export interface Places {
  start: number;
  end: number;
  /** `message` was put together out of fragments, behind the link layer of the last one. */
  joined: boolean;
  records: Place[];
  message: Uint8Array;
}

export interface Field {
  layer: string;
  field: string;
  meaning: string;
  clause: string;
}

/** Who owns each byte of the telegram. A byte has one owner: the first that claims it. */
export class Fields {
  readonly message: Uint8Array;
  readonly #owners: (Field | undefined)[];
  /** What nobody claims. */
  readonly rest: Field = { layer: 'apl', field: 'not read', meaning: '', clause: '' };
  /** Up to here the layers have been walked. */
  pos = 0;

  constructor(message: Uint8Array) {
    this.message = message;
    this.#owners = new Array(message.length);
  }

  at(i: number): Field {
    return this.#owners[i] ?? this.rest;
  }

  isFree(i: number): boolean {
    return i < this.message.length && this.#owners[i] === undefined;
  }

  claim(from: number, length: number, layer: string, field: string, meaning: string, clause: string): void {
    const owner = { layer, field, meaning, clause };
    for (let i = from; i < from + length; i++) if (this.isFree(i)) this.#owners[i] = owner;
  }

  /** The next `length` bytes. */
  next(length: number, layer: string, field: string, meaning: string, clause: string): void {
    this.claim(this.pos, length, layer, field, meaning, clause);
    this.pos += length;
  }

  byte(at = this.pos): number {
    return this.message[at] ?? 0;
  }

  word(at = this.pos): number {
    return this.byte(at) | (this.byte(at + 1) << 8);
  }

  long(at = this.pos): number {
    return this.word(at) + this.word(at + 2) * 65_536;
  }

  get left(): number {
    return this.message.length - this.pos;
  }
}

export const h = (n: number, digits = 2): string => `${n.toString(16).toUpperCase().padStart(digits, '0')}h`;

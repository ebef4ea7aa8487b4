/** The fields of each layer of a telegram, in words, with the clause that lays them down. Runs in a browser, too. */
import type { Answer, Places } from './explain.ts';

export interface JsonRecord {
  dib: string;
  vib: string;
  function: string;
  storage: number;
  tariff: number;
  subunit: number;
  quantity: string;
  unit: string;
  value: unknown;
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

  get left(): number {
    return this.message.length - this.pos;
  }
}

const h = (n: number, digits = 2): string => `${n.toString(16).toUpperCase().padStart(digits, '0')}h`;
const letters = (n: number): string => String.fromCharCode(...[10, 5, 0].map((shift) => 64 + ((n >> shift) & 31)));

/** Manufacturer and identification as they are printed. */
function address(
  f: Fields,
  order: 'link' | 'transport',
  layer: string,
  clause: string,
  about: Record<string, unknown>,
): void {
  const maker = (): void => f.next(2, layer, 'manufacturer', letters(f.word()), 'EN 62056-21');
  const id = (): void => {
    const digits = [3, 2, 1, 0].map((i) => h(f.byte(f.pos + i)).slice(0, 2)).join('');
    f.next(4, layer, 'identification', digits, clause);
  };
  for (const one of order === 'link' ? [maker, id] : [id, maker]) one();
  f.next(1, layer, 'version', String(f.byte()), clause);
  const medium = about.type === f.byte() && about.medium ? ` ${about.medium}` : '';
  f.next(1, layer, 'device type', `${h(f.byte())}${medium}`, 'EN 13757-7, table 13');
}

/** From the link layer to where the application's data begin. */
export function upperLayers(f: Fields, answer: Answer, places: Places): void {
  const wired = answer.link?.format === 'wired';
  const link = wired ? 'EN 13757-2' : 'EN 13757-4, 12';
  f.next(1, 'link', 'L', `${f.byte()} bytes follow${answer.link?.format === 'A' ? ', CRCs not counted' : ''}`, link);
  f.next(1, 'link', 'C', String(answer.link?.message || h(f.byte())), 'EN 13757-4, table 26');
  if (wired) f.next(1, 'link', 'A', `address ${f.byte()}`, link);
  else address(f, 'link', 'link', link, answer.meter ?? {});
  while (f.left > 0) {
    const ci = f.byte();
    if (ci >= 0x8c && ci <= 0x8f) extendedLink(f, ci, answer);
    else if (ci === 0x86 && places.start > f.pos) return;
    else if (ci === 0x81) {
      f.next(1, 'nwl', 'CI', '81h, network layer', 'EN 13757-7, table 2');
      f.next(1, 'nwl', 'control', 'of the network layer', 'EN 13757-5');
    } else if (ci === 0x90) authentication(f);
    else {
      transport(f, ci, answer, places);
      return;
    }
  }
}

function extendedLink(f: Fields, ci: number, answer: Answer): void {
  const clause = 'EN 13757-4, 13.2';
  f.next(1, 'ell', 'CI', `${h(ci)}, extended link layer ${['I', 'II', 'III', 'IV'][ci - 0x8c]}`, clause);
  const cc = f.byte();
  const names = [
    'bidirectional',
    'fast response',
    'synchronous',
    'hopped',
    'high priority',
    'accessible',
    'repeat access',
  ];
  const set = names.filter((_, bit) => cc & (0x80 >> bit));
  f.next(1, 'ell', 'CC', set.join(', ') || 'no bits set', clause);
  f.next(1, 'ell', 'access number', String(f.byte()), clause);
  if (ci >= 0x8e) address(f, 'link', 'ell', clause, {});
  if (!(ci & 1)) return;
  const session = f.byte(f.pos + 3) >> 5;
  f.next(
    4,
    'ell',
    'session number',
    session === 1 ? 'AES-128-CTR' : session === 0 ? 'no encryption' : `encryption ${session}`,
    'EN 13757-4, 13.3',
  );
  const sound = answer.error?.layer === 'ell' ? '' : ', correct';
  f.next(2, 'ell', 'payload CRC', `over what follows${sound}`, clause);
}

const MACS: Record<number, number> = { 3: 2, 4: 4, 5: 8, 6: 12, 7: 16 };

function authentication(f: Fields): void {
  const clause = 'EN 13757-7, 6';
  f.next(1, 'afl', 'CI', '90h, authentication and fragmentation layer', clause);
  const end = f.pos + 1 + f.byte();
  f.next(1, 'afl', 'AFLL', `${f.byte()} bytes follow`, clause);
  const fcl = f.word();
  const more = fcl & 0x4000 ? ', more follow' : '';
  f.next(2, 'afl', 'fragmentation control', `fragment ${fcl & 255}${more}`, clause);
  let mac = 0;
  if (fcl & 0x2000) {
    const type = f.byte() & 15;
    mac = MACS[type] ?? 0;
    f.next(
      1,
      'afl',
      'message control',
      `authentication type ${type}${mac ? `, AES-CMAC of ${mac} bytes` : ''}`,
      clause,
    );
  }
  if (fcl & 0x0200) f.next(2, 'afl', 'key information', h(f.word(), 4), clause);
  if (fcl & 0x0800) {
    f.next(4, 'afl', 'message counter', String(f.word() + f.word(f.pos + 2) * 65536), clause);
  }
  if (fcl & 0x0400) f.next(mac, 'afl', 'MAC', 'message authentication code', clause);
  if (fcl & 0x1000) f.next(2, 'afl', 'message length', String(f.word()), clause);
  if (f.pos < end) f.next(end - f.pos, 'afl', 'not read', '', clause);
  f.pos = end;
}

const CI: Record<number, [string, number]> = {
  114: ['response', 12],
  115: ['response, compact frame', 12],
  107: ['format frame', 12],
  111: ['application error', 12],
  117: ['alarm', 12],
  128: ['transport layer alone', 12],
  139: ['transport layer alone', 12],
  122: ['response', 4],
  123: ['response, compact frame', 4],
  106: ['format frame', 4],
  110: ['application error', 4],
  116: ['alarm', 4],
  138: ['transport layer alone', 4],
  120: ['response', 0],
  121: ['response, compact frame', 0],
  105: ['format frame', 0],
  112: ['application error', 0],
  113: ['alarm', 0],
};
const HEADERS: Record<number, string> = { 12: 'long header', 4: 'short header', 0: 'no header' };
/** EN 13757-7, table 19. */
const MODES: Record<number, string> = {
  0: 'none',
  2: 'DES-CBC',
  3: 'DES-CBC',
  4: 'AES-128-CBC',
  5: 'AES-128-CBC',
  7: 'AES-128-CBC with a derived key',
  8: 'AES-128-CTR with CMAC',
  9: 'AES-128-GCM',
  10: 'AES-128-CCM',
  13: 'TLS',
};

function transport(f: Fields, ci: number, { error, meter, security, link }: Answer, places: Places): void {
  const clause = 'EN 13757-7, 7';
  if (ci >= 0xa0 && ci <= 0xb7) {
    f.next(1, 'tpl', 'CI', `${h(ci)}, the manufacturer's own`, 'EN 13757-7, table 2');
    return;
  }
  if (link?.format === 'wired' && (ci === 0x73 || ci === 0x77) && f.left === 17) {
    f.next(1, 'tpl', 'CI', `${h(ci)}, response, fixed data structure`, 'EN 13757-3:2004, 6.2');
    return;
  }
  const [name, header] = CI[ci] ?? ['no reading', 0];
  f.next(1, 'tpl', 'CI', `${h(ci)}, ${name}${CI[ci] ? `, ${HEADERS[header]}` : ''}`, 'EN 13757-7, table 2');
  if (header === 0) return;
  if (header === 12) address(f, 'transport', 'tpl', clause, meter ?? {});
  f.next(1, 'tpl', 'access number', String(f.byte()), clause);
  const conditions = (meter?.conditions as string[] | undefined)?.join(', ');
  f.next(1, 'tpl', 'status', f.byte() === 0 ? 'no error' : (conditions ?? h(f.byte())), 'EN 13757-7, 7.5.6');
  const cf = f.word();
  const mode = (cf >> 8) & 31;
  const blocks = mode && mode !== 2 ? `, ${(cf >> 4) & 15} blocks` : '';
  const how = mode === 0 ? 'no encryption' : `security mode ${mode} (${MODES[mode] ?? "the manufacturer's"})${blocks}`;
  f.next(2, 'tpl', 'configuration', `${how}${mode ? `, payload ${security?.payload}` : ''}`, 'EN 13757-7, 7.6');
  // Where the application begins is the decoder's to say; what lies before it belongs to the configuration field.
  const known = !error || error.layer === 'apl';
  const extension = known ? places.start - f.pos : mode === 7 ? 1 : 0;
  if (extension > 0 && extension <= 20)
    f.next(extension, 'tpl', 'configuration extension', 'key and its derivation', 'EN 13757-7, 7.6.6');
}

/** The application's data: records, the manufacturer's payload, compact frames, or what could not be read. */
export function application(f: Fields, answer: Answer, places: Places, records: JsonRecord[]): void {
  const { error } = answer;
  const from = f.pos;
  if (error && error.layer !== 'apl') {
    const secret = ['no-key', 'wrong-key', 'mac', 'security-mode'].includes(error.code);
    if (secret) f.next(f.left, 'apl', 'encrypted', `${error.message}`, '');
    return;
  }
  if (f.left <= 0) return;
  const ci = Number.parseInt(String(answer.link?.ci ?? '0'), 16);
  if (answer.link?.format !== 'wired' && [0x73, 0x79, 0x7b].includes(ci)) compact(f, places, records);
  else if ([0x69, 0x6a, 0x6b].includes(ci)) formatFrame(f);
  else if (error?.code === 'meter')
    f.next(f.left, 'apl', 'application error', 'what the meter reports', 'EN 13757-3, 10');

  places.records.forEach((place, i) => {
    if (!records[i]?.derived) record(f, place, records[i]);
  });
  places.records.forEach((place, i) => {
    if (records[i]?.derived) unfolded(f, place, records[i]!);
  });
  rest(f, from, ci, answer);
}

const CODINGS = ['no data', '8 bits', '16 bits', '24 bits', '32 bits', '32 bits real', '48 bits', '64 bits'].concat(
  ['selection for readout', '2 digits BCD', '4 digits BCD', '6 digits BCD', '8 digits BCD', 'variable length'],
  ['12 digits BCD', 'special function'],
);
const FUNCTIONS = ['instantaneous', 'maximum', 'minimum', 'error'];

function record(f: Fields, { head, data, dib, vib, length }: Place, one?: JsonRecord): void {
  if (head >= 256) return;
  if (dib) {
    const dif = f.byte(head);
    const storage = dif & 0x40 ? ', storage 1' : '';
    f.claim(head, 1, 'apl', 'DIF', `${CODINGS[dif & 15]}, ${FUNCTIONS[(dif >> 4) & 3]}${storage}`, 'EN 13757-3, 6.3');
    for (let i = 1; i < dib; i++) {
      const dife = f.byte(head + i);
      const says = `storage bits ${dife & 15}, tariff bits ${(dife >> 4) & 3}, subunit bit ${(dife >> 6) & 1}`;
      f.claim(head + i, 1, 'apl', 'DIFE', says, 'EN 13757-3, 6.3');
    }
    const at = head + dib;
    const vif = f.byte(at);
    const first = (vif & 0x7f) === 0x7c ? 2 + f.byte(at + 1) : [0xfd, 0xfb, 0xef].includes(vif) ? 2 : 1;
    const unit = one?.unit && one.unit !== one.quantity ? `, ${one.unit}` : '';
    const table = vif === 0xfd || vif === 0xfb ? `EN 13757-3, table ${vif === 0xfd ? 12 : 14}` : 'EN 13757-3, table 10';
    f.claim(at, Math.min(first, vib), 'apl', 'VIF', `${one?.name ?? one?.quantity ?? ''}${unit}`, table);
    const more = one?.modifiers?.join(', ') || ((vif & 0x7f) === 0x7f ? "the manufacturer's" : 'changes the scale');
    f.claim(at + first, vib - first, 'apl', 'VIFE', more, 'EN 13757-3, table 15');
  }
  f.claim(data, inner(f, data, length, one), 'apl', 'data', one ? reading(one) : '', 'EN 13757-3, table 4');
}

/** A profile's or a manufacturer's record keeps its LVAR byte; what is in it is named by what was unfolded out of it. */
function inner(f: Fields, data: number, length: number, one?: JsonRecord): number {
  const opened = one && (one.modifiers?.some((name) => name.startsWith('profile')) || one.vib.endsWith('FF5F'));
  if (!opened) return length;
  f.claim(data, 1, 'apl', 'LVAR', `${length - 1} bytes follow`, 'EN 13757-3, table 5');
  return 0;
}

function unfolded(f: Fields, { data, length }: Place, one: JsonRecord): void {
  for (let i = data; i < data + length; i++) if (!f.isFree(i)) return;
  f.claim(data, length, 'apl', 'value', reading(one), "unfolded; the manufacturer's layout, or EN 13757-3, annex F");
}

function compact(f: Fields, { records: places }: Places, records: JsonRecord[]): void {
  const clause = 'EN 13757-3, annex G';
  f.next(2, 'apl', 'format signature', h(f.word(), 4), clause);
  f.next(2, 'apl', 'full-frame CRC', h(f.word(), 4), clause);
  places.forEach(({ length }, i) => {
    const one = records[i];
    if (one && !one.derived) f.next(length, 'apl', 'data', reading(one), `${clause}: ${one.dib} ${one.vib}`);
  });
}

function formatFrame(f: Fields): void {
  const clause = 'EN 13757-3, annex G';
  f.next(1, 'apl', 'length', String(f.byte()), clause);
  f.next(2, 'apl', 'format signature', h(f.word(), 4), clause);
  f.next(f.left, 'apl', 'format', 'DIF and VIF bytes of the full frame', clause);
}

/** What nothing has claimed: filler, the manufacturer's data, or nothing that was read. */
function rest(f: Fields, from: number, ci: number, { ok, records, link }: Answer): void {
  const own = ci >= 0xa0 && ci <= 0xb7;
  let specific = own;
  for (let i = from; i < f.message.length; i++) {
    if (!f.isFree(i)) continue;
    const byte = f.byte(i);
    let end = i + 1;
    while (f.isFree(end) && (specific || (f.byte(end) === 0x2f) === (byte === 0x2f))) end++;
    if (!specific && byte === 0x2f) f.claim(i, end - i, 'apl', 'filler', 'idle', 'EN 13757-3, table 6');
    else if (!specific && ok && (byte === 0x0f || byte === 0x1f)) {
      const more = byte === 0x1f ? '; further telegrams follow' : '';
      f.claim(i, 1, 'apl', 'DIF', `the manufacturer's data follow${more}`, 'EN 13757-3, 6.3.3');
      specific = true;
    } else if (specific || ok) {
      const fixed = link?.format === 'wired' && !specific && records.length > 0;
      const field = fixed ? 'header' : 'manufacturer';
      f.claim(
        i,
        end - i,
        'apl',
        field,
        fixed ? 'of the fixed data structure' : "the manufacturer's own, not known",
        '',
      );
    }
  }
}

/** A record as a phrase. */
function reading({
  quantity,
  name,
  value,
  unit,
  function: f,
  storage,
  tariff,
  subunit,
  modifiers,
  flags,
}: JsonRecord): string {
  const shown =
    value === null ? 'no value' : `${value}${unit && !['date', 'datetime'].includes(unit) ? ` ${unit}` : ''}`;
  const where = [
    f === 'instantaneous' ? '' : f,
    storage ? `storage ${storage}` : '',
    tariff ? `tariff ${tariff}` : '',
    subunit ? `subunit ${subunit}` : '',
    ...(modifiers ?? []),
  ].filter(Boolean);
  const set = flags?.length ? ` (${flags.join(', ')})` : '';
  return `${name ?? quantity} = ${shown}${set}${where.length ? `; ${where.join(', ')}` : ''}`;
}

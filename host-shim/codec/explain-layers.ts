/** The fields of each layer up to the application, in words, with the clause that lays them down. Runs in a browser, too. */
import { type Answer, type Fields, h, type Places } from './explain-fields.ts';

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

/** The link layer, which stands before everything. */
export function linkLayer(f: Fields, answer: Answer): void {
  const wired = answer.link?.format === 'wired';
  const clause = wired ? 'EN 13757-2' : 'EN 13757-4, 12';
  f.next(1, 'link', 'L', `${f.byte()} bytes follow${answer.link?.format === 'A' ? ', CRCs not counted' : ''}`, clause);
  f.next(1, 'link', 'C', String(answer.link?.message || h(f.byte())), 'EN 13757-4, table 26');
  if (wired) f.next(1, 'link', 'A', `address ${f.byte()}`, clause);
  else address(f, 'link', 'link', clause, answer.meter ?? {});
}

/** From behind the link layer to where the application's data begin; false where none follow. */
export function upperLayers(f: Fields, answer: Answer, places: Places): boolean {
  while (f.left > 0) {
    const ci = f.byte();
    if (ci >= 0x8c && ci <= 0x8f) {
      if (!extendedLink(f, ci, answer, places.joined)) return false;
    } else if (ci === 0x86 && places.start > f.pos) return true;
    else if (ci === 0x81) {
      f.next(1, 'nwl', 'CI', '81h, network layer', 'EN 13757-7, table 2');
      f.next(1, 'nwl', 'control', 'of the network layer', 'EN 13757-5');
    } else if (ci === 0x90) {
      if (!authentication(f)) return false;
    } else {
      transport(f, ci, answer, places);
      return true;
    }
  }
  return true;
}

/** False where what follows is encrypted, and stayed so. */
function extendedLink(f: Fields, ci: number, { error }: Answer, joined: boolean): boolean {
  const clause = 'EN 13757-4, 13.2';
  f.next(1, 'ell', 'CI', `${h(ci)}, extended link layer ${['I', 'II', 'III', 'IV'][ci - 0x8c]}`, clause);
  const cc = f.byte();
  const set = CC.filter((_, bit) => cc & (0x80 >> bit));
  f.next(1, 'ell', 'CC', set.join(', ') || 'no bits set', clause);
  f.next(1, 'ell', 'access number', String(f.byte()), clause);
  if (ci >= 0x8e) address(f, 'link', 'ell', clause, {});
  if (!(ci & 1)) return true;
  const session = f.byte(f.pos + 3) >> 5;
  const how = ['no encryption', 'AES-128-CTR'][session] ?? `encryption ${session}`;
  f.next(4, 'ell', 'session number', how, 'EN 13757-4, 13.3');
  const refused = error?.layer === 'ell';
  f.next(2, 'ell', 'payload CRC', `over what follows${refused ? '' : ', correct'}`, clause);
  if (session === 0 || !(refused || joined)) return true;
  f.next(f.left, 'ell', 'encrypted', refused ? error.message : 'a fragment of the message', 'EN 13757-4, 13.3');
  return false;
}

/** Bits of the communication control field, the highest first. */
const CC = ['bidirectional', 'fast response', 'synchronous', 'hopped', 'high priority', 'accessible', 'repeat access'];

const MACS: Record<number, number> = { 3: 2, 4: 4, 5: 8, 6: 12, 7: 16 };

/** False where a piece of a message follows, which is none by itself. */
function authentication(f: Fields): boolean {
  const clause = 'EN 13757-7, 6';
  f.next(1, 'afl', 'CI', '90h, authentication and fragmentation layer', clause);
  const end = f.pos + 1 + f.byte();
  f.next(1, 'afl', 'AFLL', `${f.byte()} bytes follow`, clause);
  const fcl = f.word();
  const more = (fcl & 0x4000) !== 0;
  const isPiece = more || (fcl & 255) > 1;
  const which = isPiece ? `fragment ${fcl & 255}, ${more ? 'more follow' : 'the last'}` : 'not fragmented';
  f.next(2, 'afl', 'fragmentation control', which, 'EN 13757-7, 6.3.2');
  if (fcl & 0x2000) {
    const type = f.byte() & 15;
    const size = MACS[type];
    const says = `authentication type ${type}${size ? `, AES-CMAC of ${size} bytes` : ''}`;
    f.next(1, 'afl', 'message control', says, clause);
  }
  if (fcl & 0x0200) f.next(2, 'afl', 'key information', h(f.word(), 4), clause);
  if (fcl & 0x0800) f.next(4, 'afl', 'message counter', String(f.long()), clause);
  // Only the first fragment tells the type, and with it the size: the MAC is what the length leaves.
  const behind = fcl & 0x1000 ? 2 : 0;
  if (fcl & 0x0400) f.next(Math.max(0, end - behind - f.pos), 'afl', 'MAC', 'message authentication code', clause);
  if (behind) f.next(2, 'afl', 'message length', `${f.word()} bytes`, clause);
  if (f.pos < end) f.next(end - f.pos, 'afl', 'not read', '', clause);
  f.pos = end;
  if (isPiece && f.left > 0) f.next(f.left, 'afl', 'fragment', `${f.left} bytes of the message`, 'EN 13757-7, 6.3.2');
  return !isPiece;
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
  f.next(2, 'tpl', 'configuration', configured(cf, mode, String(security?.payload)), 'EN 13757-7, 7.6');
  // Where the application begins is the decoder's to say; what lies before it belongs to the configuration field.
  const known = !error || error.layer === 'apl';
  const extension = known ? places.start - f.pos : mode === 7 ? 1 : 0;
  if (extension > 0 && extension <= 20) extensionOf(f, mode, f.pos + extension);
  // Modes 9 and 10 end in the tag of the whole message.
  const tag = known && link?.format !== 'wired' ? tagLength(mode, f.word(places.start - extension)) : 0;
  if (tag && places.start + tag <= f.message.length)
    f.claim(f.message.length - tag, tag, 'tpl', 'tag', `authenticates the message`, 'EN 13757-7, 7.6');
}

/** What the configuration field says beside the mode (EN 13757-7, 7.6). */
function configured(cf: number, mode: number, payload: string): string {
  const says = [mode === 0 ? 'no encryption' : `security mode ${mode} (${MODES[mode] ?? "the manufacturer's"})`];
  if (mode === 5 || mode === 0) {
    if (cf & 0x8000) says.push('bidirectional');
    if (cf & 0x4000) says.push('accessible');
    if (cf & 0x2000) says.push('synchronous');
    if (cf & 2) says.push('repeated access');
    if (cf & 1) says.push('hopped');
  }
  if (mode === 2) says.push(`${cf & 0xf8} bytes`);
  else if (mode === 9) says.push(`key ${cf & 63}`);
  else if (mode === 10) says.push((cf & 255) === 255 ? 'the whole message' : `${cf & 255} bytes`);
  else if (mode) says.push(`${(cf >> 4) & 15} blocks`);
  if (mode) says.push(`payload ${payload}`);
  return says.join(', ');
}

/** Of the configuration field, up to `end`, where the application begins. */
function extensionOf(f: Fields, mode: number, end: number): void {
  const clause = 'EN 13757-7, 7.6';
  const next = (length: number, meaning: string): void =>
    f.next(Math.min(length, end - f.pos), 'tpl', 'configuration extension', meaning, clause);
  const key = (bits: number): string => `key ${bits & 15}, derivation ${(bits >> 4) & 3}`;
  if (mode === 7) next(1, key(f.byte()));
  else if (mode === 9) next(2, `${f.byte()} bytes encrypted, ${f.byte(f.pos + 1)} plain`);
  else if (mode === 10) {
    const says = `${key(f.byte())}, tag of ${tagLength(10, f.word())} bytes`;
    const versioned = (f.word() & 0xc0) !== 0;
    next(2, says);
    if (versioned) next(1, `version ${f.byte()} of the key`);
  }
  if ((mode === 9 || mode === 10) && f.pos + 4 === end) f.next(4, 'tpl', 'message counter', String(f.long()), clause);
  if (f.pos < end) next(end - f.pos, 'not known');
}

/** Bytes of the tag behind a message of mode 9 or 10; `extension`: the configuration field extension of mode 10. */
function tagLength(mode: number, extension: number): number {
  return mode === 9 ? 12 : mode === 10 ? 4 + 4 * ((extension >> 8) & 3) : 0;
}

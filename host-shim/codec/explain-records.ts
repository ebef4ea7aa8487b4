/** The application's bytes in words: records, compact frames, what a manufacturer laid out. Runs in a browser, too. */
import { type Answer, type Fields, h, type JsonRecord, type Place, type Places } from './explain-fields.ts';

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
  const layout = records.some(isProfile) ? 'EN 13757-3, annex F' : "the manufacturer's layout";
  places.records.forEach((place, i) => {
    if (records[i]?.derived) unfolded(f, place, records[i]!, layout);
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
  if (!one || !(isProfile(one) || one.vib.endsWith('FF5F'))) return length;
  f.claim(data, 1, 'apl', 'LVAR', `${length - 1} bytes follow`, 'EN 13757-3, table 5');
  return 0;
}

const isProfile = ({ modifiers }: JsonRecord): boolean =>
  modifiers?.some((name) => name.startsWith('profile')) ?? false;

/** Values may share bytes: then these have all of their readings. */
function unfolded(f: Fields, { data, length }: Place, one: JsonRecord, clause: string): void {
  const owner = f.at(data);
  for (let i = data; i < data + length; i++) {
    if (f.isFree(i)) continue;
    if (owner.clause === clause) owner.meaning += `; ${reading(one)}`;
    return;
  }
  f.claim(data, length, 'apl', one.name ?? one.quantity, reading(one), clause);
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

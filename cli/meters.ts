/** Meters as they are heard: their keys, statistics and last readings, in a table. */
import type { WmbusDecoder } from '../host-shim/codec/wmbus.ts';
import { fault } from '../host-shim/errors.ts';
import { columns } from './format.ts';
import type { Heard } from './receivers.ts';

interface Address {
  manufacturer: string;
  id: string;
}

/** What `mote wmbus decode` prints, as far as it is used here. */
export interface Answer {
  ok: boolean;
  error?: { code: string };
  link?: Partial<Address> & { rssi?: number };
  meter?: (Address & { medium: string; access: number }) | null;
  records?: { quantity: string; unit: string; value: unknown; storage: number; function: string; raw: string }[];
}

export interface Meter extends Address {
  medium: string;
  telegrams: number;
  /** Telegrams that repeat what was just heard. */
  repeated: number;
  /** Codes of refusals, with how often. */
  refused: Map<string, number>;
  rssi?: number;
  /** Milliseconds since 1970. */
  last: number;
  reading: string;
}

/** Within this time the same telegram again is a repeater's, or came on a second way. */
const REPEAT_MS = 60_000;
/** More meters than any receiver hears: the one silent for longest makes room. */
const METERS_MAX = 1000;

export class Keys {
  readonly #rows: { pattern: RegExp; key: Uint8Array }[] = [];

  /** Lines `PATTERN KEY`: `KAM-12345678`, with `*` for any digits or letters, then 32 hex digits. Throws telegram-key. */
  constructor(text = '') {
    for (const line of text.split('\n')) {
      const [pattern, key, more] = line.replace(/#.*/, '').trim().split(/\s+/);
      if (!pattern) continue;
      if (more !== undefined || !/^([A-Z0-9]{3,4}|\*)(-[0-9A-F*]{1,8})?$/i.test(pattern)) {
        throw fault('telegram-key', {
          why: 'a line of the key table is not PATTERN KEY, for example KAM-1234* and 32 digits',
        });
      }
      this.add(pattern, key ?? '');
    }
  }

  add(pattern: string, key: string): void {
    if (!/^[0-9a-f]{32}$/i.test(key))
      throw fault('telegram-key', { why: `the key for ${pattern} has not 32 hex digits` });
    this.#rows.push({
      pattern: new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'i'),
      key: new Uint8Array(Buffer.from(key, 'hex')),
    });
  }

  /** All keys for these addresses one behind the other, for the decoder to try in turn. */
  of(...addresses: (Partial<Address> | null | undefined)[]): Uint8Array {
    const names = addresses.flatMap((one) => (one?.id ? [`${one.manufacturer}-${one.id}`] : []));
    const fit = this.#rows.filter(({ pattern }) => names.some((name) => pattern.test(name)));
    return new Uint8Array(Buffer.concat(fit.map(({ key }) => key)));
  }
}

/** Decodes one telegram with what the table has for its meter. The text is that of `mote wmbus decode`. */
export function decodeHeard(decoder: WmbusDecoder, { telegram, key }: Heard, keys: Keys): string {
  const text = decoder.decode(telegram);
  const answer = JSON.parse(text) as Answer;
  if (answer.error?.code !== 'no-key') return text;
  const own = key && /^[0-9a-f]{32}$/i.test(key) ? new Uint8Array(Buffer.from(key, 'hex')) : undefined;
  const found = own ?? keys.of(answer.meter, answer.link);
  return found.length ? decoder.decode(telegram, found) : text;
}

export class Meters {
  readonly all = new Map<string, Meter & { seen: Map<string, number> }>();
  /** Telegrams that do not even tell a meter. */
  noise = 0;

  /** Counts one answer in. `now`: milliseconds since 1970. True when it is new and good. */
  hear(answer: Answer, rssi: number | undefined, now: number): boolean {
    const address = answer.meter ?? answer.link;
    if (
      !address?.id ||
      (!answer.ok && ['crc', 'length', 'truncated', 'checksum', 'c-field'].includes(answer.error!.code))
    ) {
      this.noise++;
      return false;
    }
    const meter = this.#meter(address as Address);
    meter.last = now;
    if (rssi !== undefined) meter.rssi = rssi;
    if (answer.meter) meter.medium = answer.meter.medium;
    if (!answer.ok) {
      const code = answer.error!.code;
      meter.refused.set(code, (meter.refused.get(code) ?? 0) + 1);
      return false;
    }
    const print = `${answer.meter?.access} ${(answer.records ?? []).map(({ raw }) => raw).join(' ')}`;
    const before = meter.seen.get(print);
    for (const [old, at] of meter.seen) if (now - at > REPEAT_MS) meter.seen.delete(old);
    meter.seen.set(print, now);
    if (before !== undefined && now - before <= REPEAT_MS) {
      meter.repeated++;
      return false;
    }
    meter.telegrams++;
    meter.reading = readingOf(answer);
    return true;
  }

  #meter({ manufacturer, id }: Address): Meter & { seen: Map<string, number> } {
    const name = `${manufacturer}-${id}`;
    const known = this.all.get(name);
    this.all.delete(name);
    const meter = known ?? {
      manufacturer,
      id,
      medium: '',
      telegrams: 0,
      repeated: 0,
      refused: new Map(),
      last: 0,
      reading: '',
      seen: new Map(),
    };
    // The order of the map is that of hearing.
    this.all.set(name, meter);
    if (this.all.size > METERS_MAX) this.all.delete(this.all.keys().next().value!);
    return meter;
  }

  /** The table, meters in the order of their names. `now`: milliseconds since 1970. */
  table(now: number): string {
    const rows = [...this.all.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { medium, reading, rssi, telegrams, repeated, refused, last }]) => [
        name,
        medium,
        reading || [...refused.keys()].join(', '),
        rssi === undefined ? '' : `${rssi} dBm`,
        telegrams,
        repeated,
        [...refused.values()].reduce((sum, n) => sum + n, 0),
        `${Math.max(0, Math.round((now - last) / 1000))} s ago`,
      ]);
    return columns(rows, ['meter', 'medium', 'reading', 'RSSI', 'good', 'repeated', 'refused', 'heard']);
  }
}

/** The current values that matter most: at most three, in the telegram's order. */
function readingOf({ records = [] }: Answer): string {
  return records
    .filter(({ value, unit, storage, function: f }) => {
      return typeof value === 'number' && unit !== '' && storage === 0 && f === 'instantaneous';
    })
    .slice(0, 3)
    .map(({ value, unit }) => `${value} ${unit}`)
    .join(', ');
}

/** Meters as they are heard: their keys, their statistics, and their last readings. */
import { fault } from '../errors.ts';
import type { Answer, JsonRecord } from './explain-fields.ts';
import type { Heard } from './receivers.ts';
import type { WmbusDecoder } from './wmbus.ts';

interface Address {
  manufacturer: string;
  id: string;
}

/** One telegram as it was understood. */
export interface Understood {
  /** What `mote wmbus decode` prints of it, with the strength in dBm as `link.rssi` where the receiver told it. */
  text: string;
  answer: Answer;
  /** Of a good one: the same for the same telegram on whatever way it came (modules/wmbus/assembly/fingerprint.ts). */
  fingerprint: number;
}

export interface Meter extends Address {
  medium: string;
  /** Good ones that are not repeated. */
  telegrams: number;
  /** Telegrams that repeat what was just heard. */
  repeated: number;
  /** Codes of refusals, with how often. */
  refused: Map<string, number>;
  /** dBm, over all telegrams whose receiver told it. */
  rssi?: { min: number; mean: number; max: number; last: number; count: number };
  /** Milliseconds since 1970. */
  first: number;
  last: number;
  /** Mean milliseconds between telegrams that are not repeated; undefined before the second. */
  interval?: number;
  /** The current values that matter most, in words. */
  reading: string;
}

interface Known extends Meter {
  firstNew: number;
  seen: Map<number, number>;
}

/** What was heard: `meter` undefined for noise, which does not even tell one. */
export interface Counted {
  meter?: Meter;
  /** Good, and not a repetition. */
  fresh: boolean;
  repeated?: true;
}

/** Within this time the same telegram again is a repeater's, or came on a second way, if nothing else is said. */
const REPEAT_MS = 60_000;
/** More meters than any receiver hears: the one silent for longest makes room. */
const METERS_MAX = 1000;
/** Refusals of frames that are damaged: whose they are is not to be trusted. */
const DAMAGED = ['crc', 'length', 'truncated', 'checksum', 'stop', 'c-field', 'empty'];

/** A table of keys by address pattern: the device's own, `modules/wmbus/assembly/keys.ts`. */
export class Keys {
  readonly #rows: { pattern: string; key: Uint8Array }[] = [];
  #table: Uint8Array | undefined;

  /** Lines `PATTERN KEY`: `KAM-12345678`, with `*` for any digits or maker, then 32 hex digits. Throws telegram-key. */
  constructor(text = '') {
    for (const line of text.split('\n')) {
      const [pattern, key, more] = line.replace(/#.*/, '').trim().split(/\s+/);
      if (!pattern) continue;
      if (
        more !== undefined ||
        !/^([A-Z]{3}|[0-9A-F]{4}|\*)(-([0-9A-F]{8}|(?=.{1,9}$)[0-9A-F]*\*[0-9A-F]*))?$/i.test(pattern)
      ) {
        throw fault('telegram-key', {
          why: 'a line of the key table is not PATTERN KEY, for example KAM-1234* and 32 digits',
        });
      }
      this.add(pattern, key ?? '');
    }
  }

  /** One more; later ones are tried later. Throws telegram-key. */
  add(pattern: string, key: string): void {
    if (!/^[0-9a-f]{32}$/i.test(key))
      throw fault('telegram-key', { why: `the key for ${pattern} has not 32 hex digits` });
    this.#rows.push({ pattern, key: new Uint8Array(Buffer.from(key, 'hex')) });
    this.#table = undefined;
  }

  /** The rows in bytes, as a device's setting `wmbus/keys` has them. Throws telegram-key. */
  table(decoder: WmbusDecoder): Uint8Array {
    this.#table ??= Buffer.concat(
      this.#rows.flatMap(({ pattern, key }) => {
        const row = decoder.pattern(pattern);
        if (row.length === 0) throw fault('telegram-key', { why: `${pattern} is no pattern of meters` });
        return [row, key];
      }),
    );
    return this.#table;
  }

  /** All keys for these addresses one behind the other, for the decoder to try in turn. Throws telegram-key. */
  of(decoder: WmbusDecoder, ...addresses: (Partial<Address> | null | undefined)[]): Uint8Array {
    const names = new Set(addresses.flatMap((one) => (one?.id ? [`${one.manufacturer}-${one.id}`] : [])));
    const table = this.table(decoder);
    return Buffer.concat([...names].map((name) => decoder.keysOf(table, decoder.pattern(name).subarray(0, 8))));
  }
}

/** Decodes one telegram with what the table has for its meter, or with the key that it brings. */
export function understand(decoder: WmbusDecoder, { telegram, key, rssi }: Heard, keys: Keys): Understood {
  const read = (own?: Uint8Array): Understood => {
    const text = withStrength(decoder.decode(telegram, own), rssi);
    const answer = JSON.parse(text) as Answer;
    const places = decoder.places(telegram, own);
    const fingerprint = new DataView(places.buffer, places.byteOffset).getUint32(0);
    return { text, answer, fingerprint };
  };
  const plain = read();
  if (plain.answer.error?.code !== 'no-key') return plain;
  const own = key && /^[0-9a-f]{32}$/i.test(key) ? new Uint8Array(Buffer.from(key, 'hex')) : undefined;
  const found = own ?? keys.of(decoder, addressOf(plain.answer.meter), addressOf(plain.answer.link));
  return found.length ? read(found) : plain;
}

/** Into the text, as numbers of more than 15 digits would not survive being read and written. */
const withStrength = (text: string, rssi: number | undefined): string =>
  rssi === undefined ? text : text.replace(/"link":\{[^}]*/, `$&,"rssi":${Math.round(rssi)}`);

const addressOf = (from: object | null | undefined): Partial<Address> | undefined => from as Partial<Address>;

export class Meters {
  readonly all = new Map<string, Known>();
  /** Telegrams that do not even tell a meter. */
  noise = 0;
  readonly #window: number;

  /** `window`: milliseconds within which the same telegram again is a repetition. */
  constructor(window = REPEAT_MS) {
    this.#window = window;
  }

  /** Counts a telegram in. `now`: milliseconds since 1970. */
  hear({ answer, fingerprint }: Understood, rssi: number | undefined, now: number): Counted {
    const address = addressOf(answer.meter) ?? addressOf(answer.link);
    if (!address?.id || (!answer.ok && DAMAGED.includes(answer.error!.code) && answer.error!.layer === 'link')) {
      this.noise++;
      return { fresh: false };
    }
    const meter = this.#meter(address as Address, now);
    meter.last = now;
    if (rssi !== undefined) meter.rssi = strength(meter.rssi, rssi);
    if (answer.meter) meter.medium = String(answer.meter.medium);
    if (!answer.ok) {
      const code = answer.error!.code;
      meter.refused.set(code, (meter.refused.get(code) ?? 0) + 1);
      return { meter, fresh: false };
    }
    for (const [old, at] of meter.seen) if (now - at > this.#window) meter.seen.delete(old);
    if (meter.seen.has(fingerprint)) {
      meter.repeated++;
      return { meter, fresh: false, repeated: true };
    }
    meter.seen.set(fingerprint, now);
    if (meter.telegrams === 0) meter.firstNew = now;
    else meter.interval = (now - meter.firstNew) / meter.telegrams;
    meter.telegrams++;
    meter.reading = readingOf(answer.records);
    return { meter, fresh: true };
  }

  #meter({ manufacturer, id }: Address, now: number): Known {
    const name = `${manufacturer}-${id}`;
    const known = this.all.get(name);
    this.all.delete(name);
    const meter: Known = known ?? {
      manufacturer,
      id,
      medium: '',
      telegrams: 0,
      repeated: 0,
      refused: new Map(),
      first: now,
      last: now,
      firstNew: now,
      reading: '',
      seen: new Map(),
    };
    // The order of the map is that of hearing.
    this.all.set(name, meter);
    if (this.all.size > METERS_MAX) this.all.delete(this.all.keys().next().value!);
    return meter;
  }
}

function strength(before: Meter['rssi'], last: number): NonNullable<Meter['rssi']> {
  const { min, mean, max, count } = before ?? { min: last, mean: 0, max: last, count: 0 };
  return {
    min: Math.min(min, last),
    mean: (mean * count + last) / (count + 1),
    max: Math.max(max, last),
    last,
    count: count + 1,
  };
}

/** At most three numbers, in the telegram's order. */
function readingOf(records: JsonRecord[]): string {
  return records
    .filter(({ value, unit, storage, function: f }) => {
      return typeof value === 'number' && unit !== '' && storage === 0 && f === 'instantaneous';
    })
    .slice(0, 3)
    .map(({ value, unit }) => `${value} ${unit}`)
    .join(', ');
}

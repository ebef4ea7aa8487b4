/**
 * Reads SenML packs in CBOR (RFC 8428 section 6) as devices publish them: base fields resolved (section 4.6), decimal
 * fractions (RFC 8949 section 3.4.4) as numbers.
 */
import { decode as decodeCbor, type TagDecoder } from 'cborg';
import { fault } from '../errors.ts';

/** A resolved record: its whole name, and one value. */
export interface SenmlRecord {
  name: string;
  unit: string;
  value: number | string | boolean | Uint8Array | null;
  /** Seconds, as RFC 8428 section 4.5.3 counts them. */
  time?: number;
}

/** Longest pack that is read, bytes: the longest publication of a device. */
const MAX_PACK = 65_536;

const LABEL = {
  baseName: -2,
  baseTime: -3,
  baseUnit: -4,
  name: 0,
  unit: 1,
  value: 2,
  text: 3,
  flag: 4,
  time: 6,
  data: 8,
};

const decimalFraction: TagDecoder = (content) => {
  const [exponent, mantissa] = content() as [number, number | bigint];
  return Number(`${mantissa}e${exponent}`);
};

/** Throws senml-malformed. */
export function readSenml(pack: Uint8Array): SenmlRecord[] {
  try {
    if (pack.length > MAX_PACK) throw new Error(`it has ${pack.length} bytes, more than ${MAX_PACK}`);
    const records = decodeCbor(pack, { useMaps: true, strict: true, tags: { 4: decimalFraction } });
    if (!Array.isArray(records)) throw new Error('it is not an array');
    return resolve(records);
  } catch (error) {
    throw fault('senml-malformed', { why: error instanceof Error ? error.message : String(error) }, error);
  }
}

function resolve(records: unknown[]): SenmlRecord[] {
  let baseName = '';
  let baseTime = 0;
  let baseUnit = '';
  return records.map((record, index) => {
    if (!(record instanceof Map)) throw new Error(`record ${index} is not a map`);
    baseName = text(record, LABEL.baseName) ?? baseName;
    baseTime = number(record, LABEL.baseTime) ?? baseTime;
    baseUnit = text(record, LABEL.baseUnit) ?? baseUnit;
    const time = number(record, LABEL.time);
    return {
      name: baseName + (text(record, LABEL.name) ?? ''),
      unit: text(record, LABEL.unit) ?? baseUnit,
      value: fieldValue(record),
      ...(time !== undefined || baseTime ? { time: baseTime + (time ?? 0) } : {}),
    };
  });
}

function fieldValue(record: Map<unknown, unknown>): SenmlRecord['value'] {
  const value =
    number(record, LABEL.value) ?? text(record, LABEL.text) ?? record.get(LABEL.flag) ?? record.get(LABEL.data);
  if (value === undefined) return null;
  if (['number', 'string', 'boolean'].includes(typeof value) || value instanceof Uint8Array) {
    return value as SenmlRecord['value'];
  }
  throw new Error(`a value of the type ${typeof value}`);
}

function text(record: Map<unknown, unknown>, label: number): string | undefined {
  const value = record.get(label);
  if (value === undefined || typeof value === 'string') return value;
  throw new Error(`label ${label} is not text`);
}

function number(record: Map<unknown, unknown>, label: number): number | undefined {
  const value = record.get(label);
  if (typeof value === 'bigint') return Number(value);
  if (value === undefined || typeof value === 'number') return value;
  throw new Error(`label ${label} is not a number`);
}

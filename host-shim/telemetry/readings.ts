/** Readings of meters out of the SenML packs of `modules/gateway` (modules/wmbus/README.md names the fields). */
import { readSenml, type SenmlRecord } from './senml.ts';

export interface MeterReading {
  /** Identification number, 8 digits as the meter shows them. */
  id: string;
  /** Three letters (EN 13757-7 clause 7.5.2). */
  manufacturer: string;
  /** The telegram was encrypted, and the device decrypted it. */
  encrypted: boolean;
  records: { quantity: string; unit: string; value: SenmlRecord['value'] }[];
}

const BASE_NAME = /^urn:wmbus:([A-Z@-_]{3}):([0-9A-F]{8}):(\d+):(\d+):(.+)$/;
/** Fields about the telegram, not from the meter. */
const ABOUT = ['encrypted', 'security_mode', 'rssi'];

/** Null for a pack that is not a meter's. Throws senml-malformed. */
export function readMeter(pack: Uint8Array): MeterReading | null {
  const records = readSenml(pack).map((record) => ({ ...record, parts: BASE_NAME.exec(record.name) }));
  const first = records[0]?.parts;
  if (!first || records.some(({ parts }) => parts?.[1] !== first[1] || parts?.[2] !== first[2])) return null;
  const quantityOf = ({ parts }: (typeof records)[number]) => parts?.[5] ?? '';
  return {
    id: first[2]!,
    manufacturer: first[1]!,
    encrypted: records.some((record) => quantityOf(record) === 'encrypted' && record.value === true),
    records: records
      .filter((record) => !ABOUT.includes(quantityOf(record)))
      .map((record) => ({ quantity: quantityOf(record), unit: record.unit, value: record.value })),
  };
}

/** Deterministic CBOR (RFC 8949 section 4.2.1) over cborg: what is not in that one encoding is refused. */
import { decode, encode, rfc8949EncodeOptions, Tagged } from 'cborg';

/** COSE_Sign_Tagged (RFC 9052 section 2). */
export const TAG_COSE_SIGN = 98;

const STRICT = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowNaN: false,
  allowInfinity: false,
  rejectDuplicateMapKeys: true,
  useMaps: true,
  tags: Tagged.preserve(TAG_COSE_SIGN),
};

export function encodeCbor(value: unknown): Uint8Array {
  return encode(value, rfc8949EncodeOptions);
}

/** Maps come as Map, tag 98 as `Tagged`. Throws an Error for everything that is not deterministic CBOR: a predicate, such as `is nested too deeply`. */
export function decodeCbor(bytes: Uint8Array): unknown {
  let value: unknown;
  try {
    value = decode(bytes, STRICT);
  } catch (error) {
    throw new Error(reason(error as Error, bytes.length), { cause: error });
  }
  // Order of keys, longer heads, bad UTF-8: all of it shows in the encoding that it should have had.
  if (!sameBytes(encodeCbor(value), bytes))
    throw new Error('is not in the deterministic encoding (RFC 8949 section 4.2.1)');
  return value;
}

function reason(error: Error, length: number): string {
  // The library recurses.
  if (error instanceof RangeError) return 'is nested too deeply';
  if (/not enough|did not find any content/.test(error.message)) return `is cut short, at ${length} bytes`;
  return `is not plain CBOR (${error.message.replace(/^CBOR decode error: /, '')})`;
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

export { Tagged };

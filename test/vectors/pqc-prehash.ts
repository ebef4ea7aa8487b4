// The pre-hash functions of FIPS 204, 5.4, by ACVP's names, through node:crypto.
import { createHash } from 'node:crypto';
import { format } from './ml-dsa-verifier.ts';
import { hex } from './pqc-acvp.ts';

// [name in node:crypto, last arc of the OID under 2.16.840.1.101.3.4.2, output length of a XOF]
const FUNCTIONS: Record<string, [string, number, number?]> = {
  'SHA2-256': ['sha256', 1],
  'SHA2-384': ['sha384', 2],
  'SHA2-512': ['sha512', 3],
  'SHA2-224': ['sha224', 4],
  'SHA2-512/224': ['sha512-224', 5],
  'SHA2-512/256': ['sha512-256', 6],
  'SHA3-224': ['sha3-224', 7],
  'SHA3-256': ['sha3-256', 8],
  'SHA3-384': ['sha3-384', 9],
  'SHA3-512': ['sha3-512', 10],
  'SHAKE-128': ['shake128', 11, 32],
  'SHAKE-256': ['shake256', 12, 64],
};

/** A hash function with its OID in DER, as @noble/hashes shapes it. */
export function prehash(name: string): ((message: Uint8Array) => Uint8Array) & { oid: Uint8Array } {
  const [algorithm, arc, outputLength] = FUNCTIONS[name]!;
  const digest = (message: Uint8Array) =>
    new Uint8Array(
      createHash(algorithm, outputLength ? { outputLength } : {})
        .update(message)
        .digest(),
    );
  return Object.assign(digest, {
    oid: Uint8Array.of(0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, arc),
  });
}

/** M' of one of ACVP's tests of signatures, whose interface is not external mu. */
// biome-ignore lint/suspicious/noExplicitAny: the fields differ from set to set
export function formatted(test: any): Uint8Array {
  if (test.signatureInterface === 'internal') return hex(test.message);
  if (test.preHash === 'pure') return format(hex(test.message), hex(test.context));
  const hash = prehash(test.hashAlg);
  return format(hash(hex(test.message)), hex(test.context), hash.oid);
}

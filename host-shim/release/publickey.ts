/** Public keys as other programs take them: SubjectPublicKeyInfo (RFC 8410, RFC 9881) in PEM, and COSE_Key (RFC 9052). */
import { ALGORITHMS, type Algorithm } from './algorithms.ts';
import { encodeCbor } from './cbor.ts';
import type { ExportFormat } from './export-formats.ts';

/** One text: PEM with its line ends, otherwise hex. */
export function exportPublic(algorithm: Algorithm, publicKey: Uint8Array, kid: string, format: ExportFormat): string {
  if (format === 'thumbprint') return kid;
  if (format === 'raw') return hex(publicKey);
  if (format === 'cose') return hex(encodeCbor(algorithm.coseKey(publicKey)));
  const base64 = Buffer.concat([spkiHead(algorithm), publicKey]).toString('base64');
  return `-----BEGIN PUBLIC KEY-----\n${base64.replace(/.{64}(?=.)/g, '$&\n')}\n-----END PUBLIC KEY-----`;
}

/** Of one PEM block. Throws an Error with the reason. */
export function importPublic(pem: string): { algorithm: Algorithm; publicKey: Uint8Array } {
  const [, base64] = /^\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*$/.exec(pem) ?? [];
  if (base64 === undefined) throw new Error('it is not one PEM block "PUBLIC KEY"');
  const der = Buffer.from(base64, 'base64');
  for (const algorithm of ALGORITHMS) {
    const head = spkiHead(algorithm);
    if (der.length !== head.length + algorithm.publicKeyBytes) continue;
    if (Buffer.compare(der.subarray(0, head.length), head) === 0) {
      return { algorithm, publicKey: new Uint8Array(der.subarray(head.length)) };
    }
  }
  throw new Error('its algorithm is none of ML-DSA-65, ML-DSA-87 and Ed25519');
}

/** id-ml-dsa-65 and id-ml-dsa-87 (RFC 9881 section 2), id-Ed25519 (RFC 8410 section 3), as DER. */
const OIDS = { 'ML-DSA-65': '0609608648016503040312', 'ML-DSA-87': '0609608648016503040313', Ed25519: '06032b6570' };

/** All of a SubjectPublicKeyInfo before the key: SEQUENCE { SEQUENCE { OID }, BIT STRING { 0 unused bits … } }. */
function spkiHead({ name, publicKeyBytes }: Algorithm): Buffer {
  const identifier = tlv(0x30, Buffer.from(OIDS[name], 'hex'));
  const bits = Buffer.concat([head(0x03, publicKeyBytes + 1), Buffer.from([0])]);
  return Buffer.concat([head(0x30, identifier.length + bits.length + publicKeyBytes), identifier, bits]);
}

const tlv = (tag: number, content: Buffer): Buffer => Buffer.concat([head(tag, content.length), content]);

/** Tag and length in DER (X.690 section 8.1.3). */
function head(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.from([tag, length]);
  return length < 0x100 ? Buffer.from([tag, 0x81, length]) : Buffer.from([tag, 0x82, length >> 8, length & 0xff]);
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Envelopes, keys and signatures with another implementation: pycose, cbor2 and pyca/cryptography (OpenSSL). */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../host-shim/files.ts';
import { ALGORITHMS, algorithmNamed, thumbprint } from '../../host-shim/release/algorithms.ts';
import { joinBundle, readBundle } from '../../host-shim/release/bundle.ts';
import { messageRepresentative } from '../../host-shim/release/external.ts';
import { encodeManifest } from '../../host-shim/release/manifest.ts';
import { exportPublic, importPublic } from '../../host-shim/release/publickey.ts';
import { verifyBundle } from '../../host-shim/release/verify.ts';
import { classical, hex, sample, seed, signer } from '../unit/release/sample.ts';

const root = packageRoot();
const venv = join(root, 'build', 'peers', 'bin', 'python');
const python = process.env.MOTE_PYTHON ?? (existsSync(venv) ? venv : 'python3');
const check = 'import pycose, cbor2; from cryptography.hazmat.primitives.asymmetric import mldsa';
const missing = spawnSync(python, ['-c', check]).status !== 0;
const why = missing ? ' (MISSING: pip install pycose==1.1.0 cbor2==5.9.0 cryptography==50.0.2)' : '';

const hexToBytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

function peer(request: object) {
  const input = JSON.stringify(request);
  const { status, stdout, stderr } = spawnSync(python, [join(root, 'test/support/cose-peer.py')], { input });
  if (status !== 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString());
}

describe.skipIf(missing)(`pycose and pyca/cryptography${why}`, () => {
  test('they read our envelope, and every signature in it holds', () => {
    for (const signers of [[signer], [signer, classical]]) {
      const { envelope, manifest } = readBundle(sample({ signers }));
      const read = peer({ task: 'read', envelope: hex(envelope) });
      expect(read.contentType).toBe('application/mote-manifest+cbor');
      expect(read.payload).toBe(hex(encodeManifest(manifest)));
      expect(read.signatures).toEqual(
        signers.map(({ algorithm, publicKey }) => ({
          alg: algorithm.cose,
          kid: hex(thumbprint(algorithm, publicKey)),
          holds: true,
        })),
      );
    }
  });

  test('they see what was changed', () => {
    const { envelope } = readBundle(sample({ signers: [signer, classical] }));
    const at = Buffer.from(envelope).indexOf('gateway');
    const changed = envelope.map((byte, index) => (index === at ? byte ^ 1 : byte));
    const { signatures } = peer({ task: 'read', envelope: hex(changed) });
    expect(signatures.map(({ holds }: { holds: boolean }) => holds)).toEqual([false, false]);
  });

  test('we read their envelope, and would run what it signs', () => {
    const { payload, manifest } = readBundle(sample());
    const signers = [
      [-49, hex(seed(3))],
      [-19, hex(seed(4))],
    ];
    const contentType = 'application/mote-manifest+cbor';
    const { envelope } = peer({ task: 'write', contentType, payload: hex(encodeManifest(manifest)), signers });
    const bundle = joinBundle(hexToBytes(envelope), payload);
    const trust = (['ML-DSA-65', 'Ed25519'] as const).map((name, turn) => {
      const algorithm = algorithmNamed(name)!;
      return thumbprint(algorithm, algorithm.publicKey(seed(3 + turn)));
    });
    const { ok, reason } = verifyBundle(bundle, { trust, policy: ['ML-DSA-65', 'Ed25519'] });
    expect([ok, reason]).toEqual([true, null]);
  });

  test('a signer that sees the message representative alone', () => {
    const algorithm = algorithmNamed('ML-DSA-65')!;
    const publicKey = algorithm.publicKey(seed(0));
    const message = Buffer.from('message');
    const mu = hex(messageRepresentative(publicKey, message));
    const { signature } = peer({ task: 'mu', seed: hex(seed(0)), mu });
    expect(algorithm.verify(publicKey, message, hexToBytes(signature))).toBe(true);
  });

  test.each(ALGORITHMS.map((algorithm) => [algorithm.name, algorithm] as const))(
    'a public key in PEM: %s',
    (_, algorithm) => {
      const publicKey = algorithm.publicKey(seed(5));
      const pem = exportPublic(algorithm, publicKey, '', 'pem');
      const again = peer({ task: 'pem', pem });
      expect(again.pem).toBe(`${pem}\n`);
      expect(importPublic(again.pem)).toEqual({ algorithm, publicKey });
      expect(again.type.toLowerCase()).toContain(algorithm.name.replaceAll('-', '').toLowerCase());
    },
  );
});

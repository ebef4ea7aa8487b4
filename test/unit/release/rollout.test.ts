/** Rollouts and chains of key sets: their bytes, what is refused, what a device that slept needs. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '@noble/hashes/sha2.js';
import { openBundle } from '../../../host-shim/release/bundle.ts';
import { changeKeySet, cosign } from '../../../host-shim/release/ceremony.ts';
import { decodeSigned } from '../../../host-shim/release/cose.ts';
import { newKey } from '../../../host-shim/release/keystore.ts';
import { openKeySet } from '../../../host-shim/release/keyset.ts';
import {
  isRollout,
  manifestDigest,
  openRollout,
  type Rollout,
  signRollout,
} from '../../../host-shim/release/rollout.ts';
import { classical, hex, sample, signer } from './sample.ts';

const bundle = sample();
const { envelope } = openBundle(bundle);
const rollout: Rollout = {
  sequence: 1_900_000_000,
  manifests: [manifestDigest(envelope)],
  devices: ['acme/cellar/+/g1', '#'],
  expiry: 1_924_992_000,
};

describe('a rollout', () => {
  test('always has the same bytes, and comes back', async () => {
    const file = signRollout(rollout, [signer, classical]);
    const lines = `${hex(file).replace(/.{128}(?=.)/g, '$&\n')}\n`;
    await expect(lines).toMatchFileSnapshot('fixtures/gateway.rollout.hex');
    expect([isRollout(file), isRollout(bundle)]).toEqual([true, false]);
    const { envelope: signed, signatures, ...read } = openRollout(file);
    expect(read).toEqual(rollout);
    expect(signed.length).toBeLessThan(8000);
    for (const { algorithm, publicKey, message, signature } of signatures) {
      expect(algorithm!.verify(publicKey, message, signature)).toBe(true);
    }
  });

  test('names a manifest, whoever signed it', () => {
    const twice = sample({ signers: [signer, classical] });
    expect(manifestDigest(openBundle(twice).envelope)).toEqual(rollout.manifests[0]);
    expect(rollout.manifests[0]).toEqual(sha256(decodeSigned(envelope).payload));
    expect(manifestDigest(openBundle(sample({ sequence: 8 })).envelope)).not.toEqual(rollout.manifests[0]);
  });

  test('a signature over a manifest does not count for it; what was changed does not hold', () => {
    const { envelope: signed } = openRollout(signRollout(rollout, [signer]));
    expect(() => decodeSigned(signed)).toThrow(/content type/);
    const file = signRollout(rollout, [signer]);
    for (let at = 0; at < file.length; at += 41) {
      const changed = file.map((byte, index) => (index === at ? byte ^ 1 : byte));
      let holds = false;
      try {
        const [found] = openRollout(changed).signatures;
        holds = found!.algorithm?.verify(found!.publicKey, found!.message, found!.signature) ?? false;
      } catch (error) {
        expect([at, error]).toEqual([at, expect.objectContaining({ key: 'rollout-invalid' })]);
      }
      expect([at, holds]).toEqual([at, false]);
    }
    for (const change of [{ manifests: [] }, { devices: [] }, { sequence: 0 }, { expiry: 0 }]) {
      expect(() => signRollout({ ...rollout, ...change }, [signer])).toThrow(
        expect.objectContaining({ key: 'rollout-invalid' }),
      );
    }
  });
});

describe('a chain of key sets', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mote-chain-'));
    for (const name of ['a', 'b', 'c', 'd']) await newKey(folder, name, 'ML-DSA-87');
    await newKey(folder, 'release', 'ML-DSA-65');
    await newKey(folder, 'next', 'ML-DSA-65');
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('keeps the sets in which roots changed, and no set follows one that waits', async () => {
    const path = join(folder, 'keys.set');
    const rotate = (root: string[], change: object) => changeKeySet({ set: path, keys: folder, root, ...change });
    const chain = async () => {
      const { before, set } = openKeySet(await readFile(path));
      return [...before.map((step) => step.set.sequence), set.sequence];
    };
    await rotate(['a', 'b'], { newRoot: ['a', 'b'], release: ['release'] });
    await rotate(['a', 'b'], { release: ['next'] });
    expect(await chain()).toEqual([1, 2]);
    // Three roots instead of two: those of before, and as many of the new ones.
    const third = await rotate(['a', 'c'], { newRoot: ['a', 'b', 'c'] });
    expect(third).toMatchObject({ signed: 1, needed: 2, own: { signed: 2, needed: 2 } });
    await expect(rotate(['a', 'b'], { revoke: ['release'] })).rejects.toMatchObject({ key: 'keys-refused' });
    expect(await cosign({ set: path, keys: folder, root: ['b'] })).toMatchObject({ signed: 2, own: { signed: 3 } });
    await rotate(['b', 'c'], { revoke: ['release'] });
    await rotate(['b', 'c'], { newRoot: ['c', 'd'] }).then((made) => expect(made.own.signed).toBe(1));
    await cosign({ set: path, keys: folder, root: ['d'] });
    await rotate(['c', 'd'], { threshold: 1 });
    await rotate(['d'], { release: ['ab'.repeat(32)] });
    // 2 and 4 changed no root: nobody needs them on the way.
    expect(await chain()).toEqual([1, 3, 5, 6, 7]);
    expect(openKeySet(await readFile(path)).set).toMatchObject({ threshold: 1, revoked: [expect.anything()] });
  });
});

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Broker, startBroker } from '../../../host-shim/board/broker.ts';
import { algorithmNamed, thumbprint } from '../../../host-shim/release/algorithms.ts';
import { decodeCbor, encodeCbor } from '../../../host-shim/release/cbor.ts';
import { changeKeySet, cosign } from '../../../host-shim/release/ceremony.ts';
import { decodeSigned, type Signer, signerFromSeed } from '../../../host-shim/release/cose.ts';
import { newKey } from '../../../host-shim/release/keystore.ts';
import {
  cosignKeySet,
  countRoots,
  isKeySet,
  type KeySet,
  nextKeySet,
  openKeySet,
  signKeySet,
} from '../../../host-shim/release/keyset.ts';
import { pushKeys } from '../../../host-shim/release/push-keys.ts';
import { keySet } from '../../faults/keys.ts';
import { FakeDevice, type Faults } from './fake-device.ts';
import { classical, sample, seed, signer, stranger } from './sample.ts';

const roots = [1, 2, 3].map((first) => signerFromSeed(algorithmNamed('ML-DSA-87')!, seed(first), true));
const kidOf = ({ algorithm, publicKey }: Signer) => thumbprint(algorithm, publicKey);
const set: KeySet = {
  sequence: 4,
  threshold: 2,
  roots: roots.map(kidOf),
  keys: [
    { role: 'release', least: 0, kid: kidOf(signer) },
    { role: 'release', least: 7, kid: kidOf(classical) },
  ],
  revoked: [kidOf(stranger)],
};
const [a, b, c] = roots as [Signer, Signer, Signer];

test('goes out and comes back; one envelope for each root, all within an offer', () => {
  const file = signKeySet(set, [a, b]);
  expect([isKeySet(file), isKeySet(sample())]).toEqual([true, false]);
  const read = openKeySet(file);
  expect(read.set).toEqual(set);
  expect(read.envelopes.map(({ length }) => length < 8000)).toEqual([true, true]);
  expect(countRoots(read, set.roots)).toBe(2);
  expect(countRoots(read, set.roots.slice(0, 1))).toBe(1);
  expect(countRoots(read, [kidOf(signer)])).toBe(0);
  const later = cosignKeySet(signKeySet(set, [a]), b);
  expect(later).toEqual(file);
  expect(() => cosignKeySet(file, a)).toThrow(expect.objectContaining({ key: 'keys-refused' }));
});

test('the same bytes as those that the tests of the device make', () => {
  const theirs = keySet({
    sequence: 4,
    release: [{ signer }, { signer: classical, least: 7 }],
    revoked: [stranger],
    roots,
    by: [a, b],
  });
  expect(openKeySet(signKeySet(set, [a, b])).envelopes).toEqual(theirs);
});

test('a signature over a manifest does not count for a key set, nor the other way round', () => {
  const [envelope] = openKeySet(signKeySet(set, [a])).envelopes;
  expect(() => decodeSigned(envelope!)).toThrow(/content type/);
});

test('what was changed, and what no device would take', () => {
  const file = signKeySet(set, [a, b]);
  for (let at = 0; at < file.length; at += 97) {
    const changed = file.map((byte, index) => (index === at ? byte ^ 1 : byte));
    let counted = 0;
    try {
      counted = countRoots(openKeySet(changed), set.roots);
    } catch (error) {
      expect([at, error]).toEqual([at, expect.objectContaining({ key: 'keys-invalid' })]);
    }
    expect([at, counted < 2]).toEqual([at, true]);
  }
  const invalid: [Partial<KeySet>, RegExp][] = [
    [{ threshold: 4 }, /more roots have to sign/],
    [{ roots: [kidOf(a), kidOf(a)] }, /named twice/],
    [{ roots: [] }, /0 items/],
    [{ keys: [] }, /0 items/],
    [{ keys: Array.from({ length: 9 }, () => set.keys[0]!) }, /9 items/],
    [{ sequence: 0 }, /sequence/],
  ];
  for (const [change, why] of invalid) {
    expect(() => signKeySet({ ...set, ...change }, [a])).toThrow(why);
  }
  expect(() => signKeySet(set, [signer])).toThrow(/ML-DSA-87, not ML-DSA-65/);
  const other = openKeySet(signKeySet({ ...set, sequence: 5 }, [b])).envelopes;
  const mixed = encodeCbor(['mote-keys', 2, [[...openKeySet(signKeySet(set, [a])).envelopes, ...other]]]);
  expect(() => openKeySet(mixed)).toThrow(/differ/);
  expect(decodeCbor(mixed)).toHaveLength(3);
});

test('the next one: higher, a key in one list only, and a revoked one never comes back', () => {
  const kid = kidOf(c);
  const next = nextKeySet(set, { add: [{ role: 'release', least: 9, kid }], revoke: [kidOf(signer)] });
  expect(next).toMatchObject({ sequence: 5, threshold: 2, roots: set.roots });
  expect(next.keys.map((key) => key.kid)).toEqual([kidOf(classical), kid]);
  expect(next.revoked).toEqual([kidOf(stranger), kidOf(signer)]);
  expect(() => nextKeySet(next, { add: [{ role: 'release', least: 0, kid: kidOf(signer) }] })).toThrow(/stays so/);
});

describe('the ceremony', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mote-ceremony-'));
    for (const name of ['root-a', 'root-b', 'root-c']) await newKey(folder, name, 'ML-DSA-87');
    for (const name of ['release', 'next']) {
      await newKey(folder, name);
      await newKey(folder, `${name}-ed25519`, 'Ed25519');
    }
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('first set, cosigned elsewhere, rotated, revoked', async () => {
    const path = join(folder, 'keys.set');
    const options = { set: path, keys: folder };
    const newRoot = ['root-a', 'root-b', 'root-c'];
    await expect(changeKeySet({ ...options, root: ['root-a'], release: ['release'] })).rejects.toMatchObject({
      key: 'keys-refused',
    });
    const first = await changeKeySet({ ...options, root: ['root-a'], newRoot, release: ['release'] });
    expect(first).toMatchObject({ signed: 1, needed: 2, set: { sequence: 1, threshold: 2 } });
    // The key and its companion.
    expect(first.set.keys).toHaveLength(2);
    expect(await cosign({ ...options, root: ['root-c'] })).toMatchObject({ signed: 2, needed: 2 });
    const second = await changeKeySet({ ...options, root: ['root-b', 'root-c'], release: ['next'], least: 100 });
    expect(second).toMatchObject({ signed: 2, set: { sequence: 2 } });
    expect(second.set.keys.map(({ least }) => least)).toEqual([0, 0, 100, 100]);
    const third = await changeKeySet({ ...options, root: ['root-a', 'root-b'], revoke: ['release'] });
    expect([third.set.keys.length, third.set.revoked.length]).toEqual([2, 2]);
    await expect(changeKeySet({ ...options, root: ['next'], revoke: ['00'.repeat(32)] })).rejects.toMatchObject({
      key: 'keys-refused',
    });
    // Fewer roots: the roots of the set before decide.
    const fourth = await changeKeySet({ ...options, root: ['root-a', 'root-c'], newRoot: ['root-a'], threshold: 1 });
    expect(fourth).toMatchObject({ signed: 2, needed: 2, set: { sequence: 4, threshold: 1 } });
    const before = await readFile(path);
    await expect(cosign({ ...options, root: ['root-a'] })).rejects.toMatchObject({ key: 'keys-refused' });
    expect(await readFile(path)).toEqual(before);
    await writeFile(path, 'other');
    await expect(cosign({ ...options, root: ['root-a'] })).rejects.toMatchObject({ key: 'keys-invalid' });
  });
});

describe('a push of keys', () => {
  let broker: Broker;
  let device: FakeDevice | undefined;
  beforeAll(async () => {
    broker = await startBroker();
  });
  afterAll(() => broker.stop());
  afterEach(() => device?.stop());

  let serial = 0;
  const pushTo = async (faults: Faults, signers: Signer[], more = {}) => {
    const base = `acme/lab/gateway/k${++serial}`;
    device = await FakeDevice.start(broker.url, base, 1, faults);
    const options = { broker: broker.url, device: base, timeoutMs: 10_000, resendMs: 100, ...more };
    return pushKeys({ bundle: signKeySet(set, signers), ...options });
  };

  test('ends when the device has heard enough roots', async () => {
    expect(await pushTo({}, [a, b, c])).toEqual({ state: 'CONFIRMED', envelopes: 2 });
    expect(await pushTo({ deaf: 2 }, [a, b])).toEqual({ state: 'CONFIRMED', envelopes: 2 });
  });

  test('too few roots, a refusal, silence', async () => {
    await expect(pushTo({}, [a])).rejects.toMatchObject({ key: 'keys-refused' });
    await expect(pushTo({ refuse: 'rollback' }, [a, b])).rejects.toMatchObject({ key: 'device-refused' });
    await expect(pushTo({ deaf: 99 }, [a, b], { timeoutMs: 500 })).rejects.toMatchObject({ key: 'device-silent' });
  });
});

/** Signatures, keys and the way back on the emulated board: the real kernel and verifiers. */
import { sha256 } from '@noble/hashes/sha2.js';
import { beforeAll, expect, it } from 'vitest';
import { encodeCbor } from '../../host-shim/release/cbor.ts';
import { openBundle } from '../../host-shim/release/bundle.ts';
import { transferOf } from '../../host-shim/release/protocol.ts';
import { keySet } from '../faults/keys.ts';
import { owner, type TestDevice, testBundle, testDevice, testSigner } from '../support/device.ts';

const OTA = 'acme/lab/esp32c6/one/ota';
const ed25519 = testSigner(2, 'Ed25519');
const roots = [11, 12, 13].map((byte) => testSigner(byte, 'ML-DSA-87'));
const digestOf = (bundle: Uint8Array) => sha256(openBundle(bundle).payload);

let first: Uint8Array;
let second: Uint8Array;
beforeAll(async () => {
  first = await testBundle('test/fixtures/modules/steady', { sequence: 1, signers: [owner, ed25519] });
  second = await testBundle('modules/gateway', { sequence: 2, signers: [owner, ed25519] });
});

async function started(options?: Parameters<typeof testDevice>[0]): Promise<TestDevice> {
  const device = await testDevice({ trust: [owner, ed25519], roots, ...options });
  device.board.start();
  device.after(100);
  return device;
}

it('a policy of two algorithms takes what both signed, and nothing else', async () => {
  const device = await started({ policy: ['ML-DSA-65', 'Ed25519'] });
  const alone = await testBundle('test/fixtures/modules/steady', { sequence: 1 });
  expect(device.push(alone)).toMatchObject({ state: 'REFUSED', reason: 'unsupported' });
  const stranger = await testBundle('test/fixtures/modules/steady', {
    sequence: 1,
    signers: [owner, testSigner(7, 'Ed25519')],
  });
  expect(device.push(stranger)).toMatchObject({ state: 'REFUSED', reason: 'unknown-key' });
  const { envelope } = openBundle(first);
  const damaged = envelope.slice();
  damaged[envelope.length - 1]! ^= 1;
  device.send({ kind: 1, transfer: transferOf(damaged), envelope: damaged });
  expect(device.after(2000)).toMatchObject({ state: 'REFUSED', reason: 'bad-signature' });
  expect(device.writes()).toMatchObject({ programs: 0, erases: 0 });
  expect(device.push(first)).toMatchObject({ state: 'CONFIRMED', sequence: 1 });
  device.board.reset();
  device.after(3000);
  device.send({ kind: 3 });
  expect(device.after(100)).toMatchObject({ state: 'CONFIRMED', sequence: 1 });
});

it('without a policy ML-DSA-65 alone has to sign', async () => {
  const device = await started();
  expect(device.push(first)).toMatchObject({ state: 'CONFIRMED' });
  expect(device.push(await testBundle('modules/gateway', { sequence: 2 }))).toMatchObject({ state: 'CONFIRMED' });
});

it('two of three roots put a key set in force; the key that it revokes signs no more', async () => {
  const device = await started();
  device.push(first);
  const next = testSigner(3);
  const [one, two] = keySet({
    sequence: 1,
    release: [{ signer: next }],
    revoked: [owner, ed25519],
    roots,
    by: roots.slice(1),
  }) as [Uint8Array, Uint8Array];
  const give = (envelope: Uint8Array) => {
    device.mqtt.publish(OTA, encodeCbor([4, transferOf(envelope), envelope]));
    return device.after(2000);
  };
  expect(give(one)).toMatchObject({ state: 'OFFERED' });
  expect(give(two)).toMatchObject({ state: 'CONFIRMED', sequence: 1 });
  expect(device.push(second)).toMatchObject({ state: 'REFUSED', reason: 'revoked-key' });
  device.board.reset();
  device.after(3000);
  device.send({ kind: 3 });
  expect(device.after(100)).toMatchObject({ sequence: 1, component: 'gateway' });
  const byNext = await testBundle('modules/gateway', { sequence: 2, signers: [next] });
  expect(device.push(byNext)).toMatchObject({ state: 'CONFIRMED', sequence: 2 });
});

it('goes back without a broker, and forth again', async () => {
  const device = await started();
  device.push(first);
  device.push(second);
  const back = (bundle: Uint8Array) => {
    device.mqtt.publish(OTA, encodeCbor([5, digestOf(bundle)]));
    device.after(10);
    device.mqtt.online = false;
    device.after(5000);
    device.mqtt.online = true;
    device.send({ kind: 3 });
    return device.after(100);
  };
  expect(back(first)).toMatchObject({ state: 'CONFIRMED', sequence: 1 });
  expect(back(second)).toMatchObject({ state: 'CONFIRMED', sequence: 2 });
  expect(back(first)).toMatchObject({ state: 'CONFIRMED', sequence: 1 });
  device.board.reset();
  device.after(3000);
  device.send({ kind: 3 });
  expect(device.after(100)).toMatchObject({ state: 'CONFIRMED', sequence: 1 });
});

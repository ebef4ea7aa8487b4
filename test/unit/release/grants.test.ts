/** Which grants a device takes: the host's check and modules/verifier say the same, from one table of the contract. */
import { expect, test } from 'vitest';
import { Capability, REFUSED_GRANTS } from '../../../runtime/abi/generated/contract.ts';
import { algorithmNamed } from '../../../host-shim/release/algorithms.ts';
import { openBundle } from '../../../host-shim/release/bundle.ts';
import type { Signer } from '../../../host-shim/release/cose.ts';
import { transferOf } from '../../../host-shim/release/protocol.ts';
import { verifyBundle } from '../../../host-shim/release/verify.ts';
import { CLASS, testDevice, VENDOR } from '../../support/device.ts';
import { sample } from './sample.ts';

/** Grants are judged before signatures: nothing has to be signed. */
const algorithm = algorithmNamed('ML-DSA-65')!;
const unsigned: Signer = {
  algorithm,
  publicKey: new Uint8Array(algorithm.publicKeyBytes),
  sign: () => new Uint8Array(algorithm.signatureBytes),
};

function grantsToTry(): string[] {
  const scopes = ['', 'a', 'a/', '*', 'ot', 'ota', 'ota/x', 'otaku', 'o', 'tlm', '#', '+/ota', 'x/#', '0:in'];
  const known = Object.keys(Capability).flatMap((name) => [name, ...scopes.map((scope) => `${name}:${scope}`)]);
  const refused = REFUSED_GRANTS.flatMap((grant) => [grant, grant.slice(0, -1), `${grant}x`]);
  return [...new Set([...known, ...refused, 'unwrap-seed', 'root', 'settings2', 'setting', ':', 'Flash', 'mail::'])];
}

test('host and device refuse the same grants', async () => {
  const device = await testDevice();
  device.board.start();
  device.after(100);
  const verdicts: Record<string, string[]> = {};
  for (const grant of grantsToTry()) {
    // For another class of device: what passes is refused all the same, at the check after this one.
    const bundle = sample({ grants: ['mail', grant], vendor: VENDOR, signers: [unsigned] });
    const { envelope } = openBundle(bundle);
    const before = device.reports.length;
    device.send({ kind: 1, transfer: transferOf(envelope), envelope });
    const report = device.after(50);
    expect([grant, device.reports.length, report?.state]).toEqual([grant, before + 1, 'REFUSED']);
    const { reason } = verifyBundle(bundle, { trust: [], vendor: VENDOR, class: CLASS });
    expect([grant, report?.reason]).toEqual([grant, reason]);
    verdicts[reason!] = [...(verdicts[reason!] ?? []), grant];
  }
  expect(Object.keys(verdicts).sort()).toEqual(['bad-grant', 'wrong-device']);
  for (const grant of ['flash', 'flash:a', 'actors', 'settings', 'settings:unwrap-seed', 'mqtt-publish']) {
    expect(verdicts['bad-grant']).toContain(grant);
  }
  for (const grant of ['mqtt-publish:tlm', 'settings:a/', 'mail', 'gpio:0:in'])
    expect(verdicts['wrong-device']).toContain(grant);
  await device.board.stop();
});

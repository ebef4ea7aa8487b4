/** Key sets (docs/bundle.cddl), signed by roots: one envelope for each root that signs. */
import { ALGORITHMS, thumbprint } from '../../host-shim/release/algorithms.ts';
import { encodeCbor, TAG_COSE_SIGN, Tagged } from '../../host-shim/release/cbor.ts';
import type { Signer } from '../../host-shim/release/cose.ts';
import { manifestDigest, type Rollout, signRollout } from '../../host-shim/release/rollout.ts';
import { roots } from './rig.ts';

export interface Keys {
  sequence: number;
  release: { signer: Signer; least?: number }[];
  revoked?: Signer[];
  roots?: Signer[];
  threshold?: number;
  /** Who signs. */
  by?: Signer[];
  /** Keys of the role rollout. */
  rollout?: Signer[];
}

const BODY = encodeCbor(new Map([[3, 'application/mote-keys+cbor']]));
const made = new Map<string, Uint8Array[]>();

/** The same arguments give the same bytes. */
export function keySet(keys: Keys): Uint8Array[] {
  const { sequence, release, revoked = [], threshold = 2, by = roots.slice(0, 2), rollout = [] } = keys;
  const kid = ({ algorithm, publicKey }: Signer) => thumbprint(algorithm, publicKey);
  const payload = encodeCbor(
    new Map<number, unknown>([
      [1, 1],
      [2, sequence],
      [3, [threshold, (keys.roots ?? roots).map(kid)]],
      [
        4,
        [
          ...release.map(({ signer, least = 0 }) => [1, least, kid(signer)]),
          ...rollout.map((signer) => [2, 0, kid(signer)]),
        ],
      ],
      [5, revoked.map(kid)],
    ]),
  );
  const id = Buffer.concat([payload, ...by.map(kid)]).toString('base64');
  let envelopes = made.get(id);
  if (!envelopes) {
    envelopes = by.map((signer) => {
      const header = encodeCbor(
        new Map<number, unknown>([
          [1, signer.algorithm.cose],
          [4, kid(signer)],
        ]),
      );
      const message = encodeCbor(['Signature', BODY, header, new Uint8Array(0), payload]);
      const signature = [header, new Map([[-70001, signer.publicKey]]), signer.sign(message)];
      return encodeCbor(new Tagged(TAG_COSE_SIGN, [BODY, new Map(), payload, [signature]]));
    });
    made.set(id, envelopes);
  }
  return envelopes;
}

export const ED25519 = ALGORITHMS.find(({ name }) => name === 'Ed25519')!;

/** A rollout of these bundles, the same bytes for the same arguments. By default for this device, for ever. */
export function rolloutOf(
  bundles: readonly { envelope: Uint8Array }[],
  { by, sequence = 1, devices = ['acme/lab/+/one'], expiry = null }: RolloutBy,
): Uint8Array {
  const manifests = bundles.map(({ envelope }) => manifestDigest(envelope));
  return signRollout({ sequence, manifests, devices, expiry }, [by]);
}

type RolloutBy = Partial<Omit<Rollout, 'manifests'>> & { by: Signer };

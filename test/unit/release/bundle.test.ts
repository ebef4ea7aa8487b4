import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';
import { decode, encode, Tagged } from 'cborg';
import { describe, expect, test } from 'vitest';
import { MoteError } from '../../../host-shim/errors.ts';
import { ALGORITHMS, algorithmNamed, thumbprint } from '../../../host-shim/release/algorithms.ts';
import { joinBundle, openBundle, readBundle, signBundle } from '../../../host-shim/release/bundle.ts';
import { decodeManifest } from '../../../host-shim/release/manifest.ts';
import { signerFromSeed } from '../../../host-shim/release/cose.ts';
import { verifyBundle } from '../../../host-shim/release/verify.ts';
import { classical, fields, hex, sample, seed, signer, stranger, wasmOf } from './sample.ts';

const kid = thumbprint(signer.algorithm, signer.publicKey);
const keyOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return error instanceof MoteError ? error.key : `not a MoteError: ${error}`;
  }
  return 'no error';
};

describe('thumbprints (RFC 9679)', () => {
  test('of ML-DSA-65 with the all-zero seed: the kid of the example in RFC 9964', () => {
    const { algorithm, publicKey } = signerFromSeed(algorithmNamed('ML-DSA-65')!, new Uint8Array(32));
    expect(hex(thumbprint(algorithm, publicKey))).toBe(
      'b788acf242f1f1d6532926d816e76e1636874267f2a48c84c4e65789ab80cc02',
    );
  });

  test('of Ed25519: SHA-256 of {1: 1, -1: 6, -2: x}, written out', () => {
    const written = Buffer.concat([Buffer.from('a301012006215820', 'hex'), classical.publicKey]);
    expect(hex(thumbprint(classical.algorithm, classical.publicKey))).toBe(
      createHash('sha256').update(written).digest('hex'),
    );
  });

  test('every algorithm signs and verifies with the sizes of its row', () => {
    for (const algorithm of ALGORITHMS) {
      const one = signerFromSeed(algorithm, seed(1));
      const message = Buffer.from('message');
      const signature = one.sign(message);
      expect([one.publicKey.length, signature.length]).toEqual([algorithm.publicKeyBytes, algorithm.signatureBytes]);
      expect(algorithm.verify(one.publicKey, message, signature)).toBe(true);
      signature[3]! ^= 1;
      expect(algorithm.verify(one.publicKey, message, signature)).toBe(false);
      expect(algorithm.verify(one.publicKey, message, signature.subarray(1))).toBe(false);
      expect(algorithm.verify(one.publicKey.subarray(1), message, signature)).toBe(false);
    }
  });

  test('ML-DSA signs hedged: twice is different (FIPS 204 section 3.4)', () => {
    const hedged = signerFromSeed(algorithmNamed('ML-DSA-65')!, seed(0));
    expect(hex(hedged.sign(seed(9)))).not.toBe(hex(hedged.sign(seed(9))));
  });
});

describe('the file', () => {
  test('is the committed one, byte for byte (seed 00 01 … 1f, signed deterministically)', async () => {
    const lines = hex(sample()).replace(/.{1,120}/g, '$&\n');
    await expect(lines).toMatchFileSnapshot('fixtures/gateway.bundle.hex');
  });

  test('is what docs/bundle.cddl says, read by a plain CBOR decoder and by noble', () => {
    const bytes = Buffer.from(
      readFileSync(new URL('fixtures/gateway.bundle.hex', import.meta.url), 'utf8').replaceAll('\n', ''),
      'hex',
    );
    const options = { useMaps: true, tags: Tagged.preserve(98) };
    const [magic, version, envelope, payload] = decode(bytes, options);
    expect([magic, version, hex(payload)]).toEqual(['mote-bundle', 1, '0061736d01000000']);
    const { tag, value } = decode(envelope, options);
    expect(tag).toBe(98);
    const [body, unprotected, manifest, [[header, keys, signature]]] = value;
    expect(hex(body)).toBe(`a103781e${hex(Buffer.from('application/mote-manifest+cbor'))}`);
    expect(unprotected.size).toBe(0);
    expect(hex(header)).toBe(`a2013830045820${hex(kid)}`);
    expect([...keys.keys()]).toEqual([-70001]);
    expect(hex(keys.get(-70001))).toBe(hex(signer.publicKey));
    const message = encode(['Signature', body, header, new Uint8Array(0), manifest]);
    expect(ml_dsa65.verify(signature, message, signer.publicKey)).toBe(true);
    expect(decode(manifest, options)).toEqual(
      new Map<number, unknown>([
        [1, 1],
        [2, 7],
        [3, new Uint8Array(Buffer.from('fa6b4a53d5ad5fdfbe9de663e4d41ffe', 'hex'))],
        [4, new Uint8Array(Buffer.from('1492af1425695e48bf429b2d51f2ab45', 'hex'))],
        [5, 'gateway'],
        [6, '1.2.3'],
        [7, [-16, new Uint8Array(createHash('sha256').update(payload).digest())]],
        [8, 8],
        [9, null],
        [10, new Map([['abi', '0.1']])],
        [
          11,
          new Map(Object.entries({ 1: 16384, 2: 100000, 3: 2048, 4: 4096, 5: 8192 }).map(([k, v]) => [Number(k), v])),
        ],
        [12, ['radio-receive', 'mqtt-publish:telemetry']],
        [13, null],
      ]),
    );
  });

  test('gives back what was signed', () => {
    const sbom = seed(3);
    const wasm = wasmOf(3000);
    const bytes = sample({
      wasm,
      sbom,
      expiry: 2_000_000_000,
      sequence: Number.MAX_SAFE_INTEGER,
      signers: [signer, classical],
    });
    const { manifest, payload, signatures, envelope } = readBundle(bytes);
    const { wasm: _, ...rest } = fields;
    const digest = new Uint8Array(createHash('sha256').update(wasm).digest());
    const expected = {
      ...rest,
      sbom,
      digest,
      size: 3000,
      abi: '0.1',
      expiry: 2_000_000_000,
      sequence: Number.MAX_SAFE_INTEGER,
    };
    expect(manifest).toEqual(expected);
    expect(hex(payload)).toBe(hex(wasm));
    expect(signatures.map(({ algorithm }) => algorithm?.name)).toEqual(['ML-DSA-65', 'Ed25519']);
    expect(hex(openBundle(bytes).envelope)).toBe(hex(envelope));
  });

  test('refuses to sign what a device would refuse', () => {
    const wrong: [keyof typeof fields | 'expiry' | 'abi', unknown, string][] = [
      ['component', 'Gateway', 'component'],
      ['component', 'a'.repeat(33), 'component'],
      ['version', '', 'version'],
      ['version', 'ä', 'version'],
      ['sequence', -1, 'sequence'],
      ['sequence', 0, 'sequence'],
      ['sequence', 1.5, 'sequence'],
      ['sequence', 2 ** 53, 'sequence'],
      ['vendor', 'nobody', 'vendor'],
      ['wasm', new Uint8Array(0), 'size'],
      ['expiry', Number.NaN, 'expiry'],
      ['abi', 'new', 'abi'],
      ['grants', Array(17).fill('mail'), 'grants'],
      ['grants', ['mail', 'a b'], 'grants[1]'],
      ['budgets', { ...fields.budgets, memory: 65_537 }, 'budgets.memory'],
      ['budgets', { ...fields.budgets, stack: 100 }, 'budgets.stack'],
    ];
    for (const [field, value, named] of wrong) {
      const work = () => sample({ [field]: value });
      expect([field, value, keyOf(work)]).toEqual([field, value, 'manifest-invalid']);
      expect(work).toThrow(`cannot have ${named} = `);
    }
    expect(keyOf(() => sample({ signers: [] }))).toBe('no-signer');
    expect(keyOf(() => sample({ signers: [classical] }))).toBe('no-signer');
    expect(keyOf(() => sample({ signers: [signer, signer] }))).toBe('no-signer');
    expect(keyOf(() => sample({ signers: [signer, stranger] }))).toBe('envelope-too-big');
  });
});

describe('hostile bytes', () => {
  const bytes = sample();

  test('a file cut short at any byte is named as such', () => {
    for (let length = 0; length < bytes.length; length++) {
      const key = keyOf(() => readBundle(bytes.subarray(0, length)));
      expect([length, key]).toEqual([length, length === 0 ? 'bundle-foreign' : 'bundle-malformed']);
      expect(verifyBundle(bytes.subarray(0, length), { trust: [kid] }).reason).toBe('malformed');
    }
  });

  test('2000 mutants give a bundle or a MoteError, and none is accepted', () => {
    let state = 20_240_813;
    const random = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const outcomes: Record<string, number> = {};
    for (let round = 0; round < 2000; round++) {
      const mutant = Buffer.from(bytes);
      // Half of them where the structure is: the rest of the file is key and signature.
      const from = random(2) === 0 ? 260 : mutant.length;
      for (let n = 1 + random(3); n > 0; n--) mutant[random(from)] = random(256);
      if (Buffer.compare(mutant, bytes) === 0) continue;
      const at = random(4) === 0 ? random(mutant.length) : mutant.length;
      const grown =
        random(8) === 0
          ? Buffer.concat([mutant.subarray(0, at), Buffer.alloc(random(5), random(256)), mutant.subarray(at)])
          : mutant;
      const key = keyOf(() => readBundle(grown));
      outcomes[key] = (outcomes[key] ?? 0) + 1;
      expect(key).toMatch(/^(no error|bundle-(foreign|malformed|unsupported))$/);
      if (round % 8 === 0) expect(verifyBundle(grown, { trust: [kid] }).ok).toBe(false);
    }
    // The test would be worth little if all mutants ended in one branch.
    expect(Object.keys(outcomes).sort()).toEqual([
      'bundle-foreign',
      'bundle-malformed',
      'bundle-unsupported',
      'no error',
    ]);
  });

  test('nested a million deep, absurd lengths, other files', () => {
    const head = bytes.subarray(0, 14);
    expect(keyOf(() => readBundle(Buffer.concat([head, Buffer.alloc(1_000_000, 0x81)])))).toBe('bundle-malformed');
    expect(keyOf(() => readBundle(Buffer.concat([head, Buffer.from('5bffffffffffffffff', 'hex')])))).toBe(
      'bundle-malformed',
    );
    expect(keyOf(() => readBundle(Buffer.concat([head, Buffer.from('9affffffff', 'hex')])))).toBe('bundle-malformed');
    expect(keyOf(() => readBundle(wasmOf(8)))).toBe('bundle-foreign');
    expect(keyOf(() => readBundle(Buffer.from('{"json": true}')))).toBe('bundle-foreign');
    expect(keyOf(() => readBundle(Buffer.concat([bytes, Buffer.alloc(1)])))).toBe('bundle-malformed');
  });

  test('only the deterministic encoding is read (RFC 8949 section 4.2.1)', () => {
    const { manifest } = rawParts(bytes);
    expect(decodeManifest(manifest).sequence).toBe(7);
    const variants = {
      'a longer integer': hex(manifest).replace('0207', '021807'),
      'keys out of order': hex(manifest).replace('01010207', '02070101'),
      'a key twice': hex(manifest).replace('ad0101', 'ae01010101'),
      'an indefinite map': `${hex(manifest).replace('ad', 'bf')}ff`,
      'a float': hex(manifest).replace('0207', '02f94700'),
      'a tag': hex(manifest).replace('0207', '02c107'),
      'an unknown label': `${hex(manifest).replace('ad', 'ae')}0e00`,
      'a missing label': hex(manifest).replace('ad', 'ac').replace(/0df6$/, ''),
      'text that is not UTF-8': hex(manifest).replace('0665312e322e33', '0665ff2e322e33'),
    };
    for (const [name, variant] of Object.entries(variants)) {
      expect([name, variant === hex(manifest)]).toEqual([name, false]);
      expect([name, keyOf(() => decodeManifest(Buffer.from(variant, 'hex')))]).toEqual([name, 'bundle-malformed']);
    }
    expect(keyOf(() => decodeManifest(Buffer.from(hex(manifest).replace('ad0101', 'ad0102'), 'hex')))).toBe(
      'bundle-unsupported',
    );
  });
});

describe('the checks of a device', () => {
  const device = {
    trust: [kid],
    vendor: fields.vendor,
    class: fields.class,
    sequence: 6,
    slot: 1000,
    now: 1_900_000_000,
  };
  const reason = (bytes: Uint8Array, changes: Partial<typeof device> = {}) =>
    verifyBundle(bytes, { ...device, ...changes }).reason;

  test('a good bundle passes them all', () => {
    const { ok, reason, checks } = verifyBundle(sample({ expiry: 1_900_000_001 }), device);
    expect([ok, reason]).toEqual([true, null]);
    const before = ['form', 'version', 'grants', 'device', 'device', 'sequence', 'expiry', 'size'];
    const rules = [...before, 'algorithm', 'key', 'signature', 'digest'];
    expect(checks.map(({ rule }) => rule)).toEqual(rules);
  });

  test('one flipped bit, wherever it is, names the rule that it breaks', () => {
    const bytes = sample();
    const { manifest, signature, publicKey, kidAt } = rawParts(bytes);
    const flip = (at: number) => {
      const copy = Buffer.from(bytes);
      copy[at]! ^= 1;
      return reason(copy);
    };
    expect(flip(2)).toBe('malformed');
    expect(flip(13)).toBe('unsupported');
    expect(flip(find(bytes, manifest) + 4)).toBe('rollback');
    expect(flip(find(bytes, Buffer.from('gateway')))).toBe('bad-signature');
    expect(flip(find(bytes, signature) + 100)).toBe('bad-signature');
    expect(flip(find(bytes, publicKey) + 100)).toBe('unknown-key');
    expect(flip(kidAt)).toBe('unknown-key');
    expect(flip(bytes.length - 1)).toBe('bad-digest');
  });

  test('keys', () => {
    expect(reason(sample({ signers: [stranger] }))).toBe('unknown-key');
    expect(reason(sample(), { trust: [] })).toBe('unknown-key');
    // A trusted classical key alone does not do.
    const classicalKid = thumbprint(classical.algorithm, classical.publicKey);
    expect(reason(sample({ signers: [stranger, classical] }), { trust: [kid, classicalKid] })).toBe('unknown-key');
    expect(reason(sample({ signers: [signer, classical] }))).toBe(null);
    expect(reason(sample({ signers: [classical, signer] }))).toBe(null);
    // ML-DSA-65 counts, the other one does not yet.
    expect(reason(sample({ signers: [signer, { ...classical, sign: () => new Uint8Array(64) }] }))).toBe(null);
    expect(reason(sample({ signers: [{ ...signer, sign: () => new Uint8Array(3309) }, classical] }))).toBe(
      'bad-signature',
    );
    expect(reason(sample({ signers: [{ ...signer, sign: () => new Uint8Array(3308) }] }))).toBe('unsupported');
  });

  test('a stranger who claims the kid of a trusted key', () => {
    const bytes = sample({ signers: [{ ...stranger, publicKey: stranger.publicKey }] });
    const strange = thumbprint(stranger.algorithm, stranger.publicKey);
    const claimed = Buffer.from(hex(bytes).replace(hex(strange), hex(kid)), 'hex');
    expect(reason(claimed)).toBe('unknown-key');
  });

  test('an algorithm that is not ours', () => {
    // ES256 (-7) written over ML-DSA-65 (-49): the header is one byte shorter, so the lengths around it change too.
    const parts = rawParts(sample());
    const header = encode(
      new Map<number, unknown>([
        [1, -7],
        [4, kid],
      ]),
    );
    const body = encode(new Map([[3, 'application/mote-manifest+cbor']]));
    const entry = [header, new Map([[-70001, parts.publicKey]]), parts.signature];
    const envelope = encode(new Tagged(98, [body, new Map(), parts.manifest, [entry]]));
    expect(reason(encode(['mote-bundle', 1, envelope, fields.wasm]))).toBe('unsupported');
  });

  test('the manifest against the device', () => {
    expect(reason(sample({ vendor: fields.class }))).toBe('wrong-device');
    expect(reason(sample({ class: fields.vendor }))).toBe('wrong-device');
    expect(reason(sample({ sequence: 6 }))).toBe('rollback');
    expect(reason(sample({ expiry: 1_900_000_000 }))).toBe('expired');
    expect(reason(sample({ wasm: wasmOf(1001) }))).toBe('too-big');
    expect(reason(sample({ grants: ['radio-receive', 'root:everything'] }))).toBe('bad-grant');
    for (const grant of [
      'toString',
      'flash',
      'actors',
      'settings',
      'mqtt-publish',
      'mqtt-publish:ota',
      'mqtt-subscribe:#',
    ]) {
      expect([grant, reason(sample({ grants: [grant] }))]).toEqual([grant, 'bad-grant']);
    }
    expect(reason(sample({ grants: ['mail', 'settings:wmbus/', 'radio-send', 'mqtt-subscribe:cmd/'] }))).toBe(null);
    expect(reason(sample({ abi: '9.9' }))).toBe('unsupported');
    expect(reason(signBundle({ ...fields, signers: [signer], wasm: wasmOf(900) }))).toBe(null);
  });
});

/** The parts of a bundle with one signature, by a plain CBOR decoder. */
function rawParts(bytes: Uint8Array) {
  const options = { useMaps: true, tags: Tagged.preserve(98) };
  const [, , envelope] = decode(bytes, options);
  const [, , manifest, [[, keys, signature]]] = decode(envelope, options).value;
  return { manifest, signature, publicKey: keys.get(-70001), kidAt: find(bytes, kid) } as {
    manifest: Uint8Array;
    signature: Uint8Array;
    publicKey: Uint8Array;
    kidAt: number;
  };
}

function find(bytes: Uint8Array, part: Uint8Array): number {
  const at = Buffer.from(bytes).indexOf(part);
  expect(at).toBeGreaterThan(0);
  return at;
}

describe('a policy of two algorithms', () => {
  const trust = [signer, classical].map(({ algorithm, publicKey }) => thumbprint(algorithm, publicKey));
  const policy = ['ML-DSA-65', 'Ed25519'] as const;
  const reasonOf = (bundle: Uint8Array) => verifyBundle(bundle, { trust, policy: [...policy] }).reason;

  test('both have to hold, in any order of the signatures', () => {
    expect(reasonOf(sample({ signers: [signer, classical] }))).toBeNull();
    expect(reasonOf(sample({ signers: [classical, signer] }))).toBeNull();
    expect(reasonOf(sample())).toBe('unsupported');
    const { envelope, payload } = openBundle(sample({ signers: [signer, classical] }));
    const damaged = envelope.slice();
    damaged[envelope.length - 1]! ^= 1;
    expect(reasonOf(joinBundle(damaged, payload))).toBe('bad-signature');
    expect(verifyBundle(joinBundle(damaged, payload), { trust }).reason).toBeNull();
  });

  test('the first signature by a trusted key counts, whoever else has signed', () => {
    // Two signatures of ML-DSA-65 do not fit an offer, so the stranger is one of Ed25519.
    const other = signerFromSeed(algorithmNamed('Ed25519')!, seed(70), true);
    expect(reasonOf(sample({ signers: [signer, other, classical] }))).toBeNull();
    expect(reasonOf(sample({ signers: [signer, other] }))).toBe('unknown-key');
    expect(verifyBundle(sample({ signers: [stranger] }), { trust }).reason).toBe('unknown-key');
  });

  test('the golden bundle of both families', async () => {
    const golden = sample({ signers: [signer, classical], sequence: 8 });
    await expect(`${hex(golden)}\n`).toMatchFileSnapshot('fixtures/hybrid.bundle.hex');
    expect(reasonOf(golden)).toBeNull();
  });
});

import { createHash, randomBytes } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openBundle, readBundle } from '../../../host-shim/release/bundle.ts';
import { moduleIn, packModule } from '../../../host-shim/release/pack.ts';
import { fileSource } from '../../../host-shim/release/source.ts';
import { hex, sample, wasmOf } from './sample.ts';

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const old = wasmOf(40_000).map((byte, i) => (i < 16 ? byte : (i * i) & 0xff));
const wasm = Buffer.concat([old.subarray(0, 20_000), randomBytes(300), old.subarray(20_000)]);

describe('a packed module', () => {
  test('is a zlib stream, and its manifest says so', () => {
    const packed = packModule(wasm)!;
    const { manifest, payload } = readBundle(sample({ wasm, packed }));
    expect(hex(inflateSync(payload))).toBe(hex(wasm));
    expect(manifest).toMatchObject({ size: wasm.length, packing: { base: null, size: payload.length } });
    expect(hex(manifest.digest)).toBe(hex(digest(wasm)));
    expect(hex(manifest.packing!.digest)).toBe(hex(digest(payload)));
  });

  test('with a base has the end of it as dictionary', () => {
    const packed = packModule(wasm, old)!;
    expect(packed.payload.length).toBeLessThan(packModule(wasm)!.payload.length);
    const { manifest, payload } = readBundle(sample({ wasm, packed }));
    expect(hex(manifest.packing!.base!)).toBe(hex(digest(old)));
    expect(hex(inflateSync(payload, { dictionary: old.subarray(-32_768) }))).toBe(hex(wasm));
  });

  test('is left whole where packing does not pay', () => {
    expect(packModule(randomBytes(5000))).toBeUndefined();
  });

  test('is not called damaged by its sender; one that is, is', () => {
    for (const packed of [undefined, packModule(wasm), packModule(wasm, old)]) {
      const bundle = sample({ wasm, packed });
      expect(fileSource(bundle).damaged).toBe(false);
      bundle[bundle.length - 100]! ^= 1;
      expect(fileSource(bundle).damaged).toBe(true);
    }
  });
});

describe('the base of a difference', () => {
  test('is Wasm, or a bundle that holds it whole or compressed', () => {
    expect(hex(moduleIn(old, 'old.wasm'))).toBe(hex(old));
    expect(hex(moduleIn(sample({ wasm: old }), 'old.mote'))).toBe(hex(old));
    expect(hex(moduleIn(sample({ wasm: old, packed: packModule(old) }), 'old.mote'))).toBe(hex(old));
  });

  test('is not a difference itself, nor a stream that is none', () => {
    const unusable = expect.objectContaining({ key: 'base-unusable' });
    const difference = sample({ wasm, packed: packModule(wasm, old) });
    expect(() => moduleIn(difference, 'delta.mote')).toThrowError(unusable);
    const bomb = sample({ wasm, packed: { payload: deflateSync(new Uint8Array(1_000_000)), base: null } });
    expect(() => moduleIn(bomb, 'bomb.mote')).toThrowError(unusable);
    expect(() => moduleIn(openBundle(difference).envelope, 'x')).toThrowError(
      expect.objectContaining({ key: 'bundle-foreign' }),
    );
  });
});

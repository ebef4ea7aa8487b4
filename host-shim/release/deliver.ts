/** A group's key for one device, from files: what `mote keys group deliver` does. */
import { fault } from '../errors.ts';
import { readBounded } from '../files.ts';
import type { Signer } from './cose.ts';
import { DEVICE_KEY_BYTES, devicePublicKey, loadGroup, sealGroupKey, signDelivery } from './group.ts';
import { loadSigner } from './keystore.ts';
import { type SignOptions, withCompanions } from './sign.ts';

export interface DeliverOptions extends Pick<SignOptions, 'key' | 'alone' | 'keys' | 'sequence' | 'passphrase'> {
  /** A device's file with its seed, or one with its public key in hexadecimal. */
  for: string;
}

/** Throws as loadGroup and loadSigner do, and key-damaged for a file that holds no key of a device. */
export async function deliver(
  group: string,
  { for: path, key, alone, keys, sequence = Math.floor(Date.now() / 1000), passphrase }: DeliverOptions,
): Promise<{ file: Uint8Array; sequence: number }> {
  const { key: groupKey } = await loadGroup(keys, group);
  const publicKey = await deviceKey(path);
  const signers: Signer[] = [];
  for (const name of alone ? key : await withCompanions(keys, key)) {
    signers.push(await loadSigner(keys, name, { passphrase }));
  }
  return { file: signDelivery({ sequence, group, sealed: sealGroupKey(groupKey, publicKey) }, signers), sequence };
}

async function deviceKey(path: string): Promise<Uint8Array> {
  const text = Buffer.from(await readBounded(path, 1024 * 1024))
    .toString('utf8')
    .trim();
  if (/^[0-9a-fA-F]+$/.test(text) && text.length === 2 * DEVICE_KEY_BYTES)
    return new Uint8Array(Buffer.from(text, 'hex'));
  try {
    const { seed } = JSON.parse(text) as { seed?: unknown };
    if (typeof seed === 'string' && /^[0-9a-fA-F]{64}$/.test(seed)) return devicePublicKey(Buffer.from(seed, 'hex'));
  } catch {
    // What JSON.parse says would quote the text, which may hold a key.
  }
  throw fault('key-damaged', { path, why: "it holds neither a device's seed nor its public key" });
}

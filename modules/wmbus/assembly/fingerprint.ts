// What tells one telegram of a meter from the next, whichever way it came.
import { applicationEnd, applicationStart } from './layers';
import { MESSAGE, telegram } from './telegram';

/**
 * FNV-1a over access number, status and the application's bytes, decrypted, of the telegram that was decoded last. What
 * repeaters change (hop and repeat bits) is not in it.
 */
export function fingerprint(): u32 {
  let hash: u32 = 2166136261;
  hash = (hash ^ telegram.accessNumber) * 16777619;
  hash = (hash ^ telegram.status) * 16777619;
  hash = over(hash, applicationStart, applicationEnd - applicationStart);
  return telegram.ci >= 0xa0 ? over(hash, telegram.specific, telegram.specificLength) : hash;
}

function over(hash: u32, at: u32, length: u32): u32 {
  for (let p = MESSAGE + at, end = p + length; p < end; p++) hash = (hash ^ load<u8>(p)) * 16777619;
  return hash;
}

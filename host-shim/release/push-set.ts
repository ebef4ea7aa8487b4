/** Bundles that become active together or not at all, pushed one after the other. */
import { fault } from '../errors.ts';
import { readBundle } from './bundle.ts';
import type { Manifest } from './manifest.ts';
import { type Progress, type PushOptions, type PushResult, push } from './push.ts';

export interface PushSetOptions extends Omit<PushOptions, 'bundle' | 'name' | 'staged' | 'onProgress'> {
  /** The bundles of the set, in any order, and what messages call them. */
  bundles: { bundle: Uint8Array; name: string }[];
  onProgress?: (progress: Progress, component: string) => void;
}

/**
 * What the last one came to, since all of them share it; the refusal of one before it ends the push.
 * Throws set-incomplete unless the bundles are one whole set, and as push does.
 */
export async function pushSet({ bundles, onProgress, ...options }: PushSetOptions): Promise<PushResult> {
  const read = bundles.map(({ bundle, name }) => ({ bundle, name, manifest: readBundle(bundle, name).manifest }));
  checkSet(read.map(({ manifest }) => manifest));
  let result: PushResult | undefined;
  for (const [turn, { bundle, name, manifest }] of read.entries()) {
    const told = onProgress && ((progress: Progress) => onProgress(progress, manifest.component));
    const staged = turn < read.length - 1;
    result = await push({ ...options, bundle, name, staged, ...(told && { onProgress: told }) });
    if (staged && result.state !== 'STAGED') return result;
  }
  return result!;
}

function checkSet(manifests: Manifest[]): void {
  const id = ({ set = [] }: Manifest) =>
    set.map(({ component, digest }) => `${component}:${Buffer.from(digest).toString('hex')}`).join(' ');
  const [first] = manifests;
  const members = first?.set?.map(({ component }) => component) ?? [];
  const given = manifests.map(({ component }) => component);
  const missing = members.filter((component) => !given.includes(component));
  const why =
    members.length === 0
      ? `${first?.component ?? 'nothing'} is in no set`
      : manifests.some((manifest) => id(manifest) !== id(first!))
        ? 'they are of different sets'
        : missing.length > 0
          ? `${missing.join(', ')} is missing`
          : given.length > members.length
            ? 'one is there twice'
            : '';
  if (why) throw fault('set-incomplete', { why });
}

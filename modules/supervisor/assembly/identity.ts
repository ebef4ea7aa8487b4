import { Manifest } from './manifest';
import { View } from './view';

const DIGEST: usize = memory.data(32, 8);
const COMPONENT: usize = memory.data(32, 8);

/** Which module runs: a copy, because the manifest that it came from makes room for the next. */
export class Identity {
  known: bool = false;
  sequence: u64 = 0;
  component: View = new View();

  get digest(): usize {
    return DIGEST;
  }

  take(manifest: Manifest): void {
    memory.copy(DIGEST, manifest.digest.ptr, 32);
    memory.copy(COMPONENT, manifest.component.ptr, manifest.component.len);
    this.component.set(COMPONENT, manifest.component.len);
    this.sequence = manifest.sequence;
    this.known = true;
  }
}

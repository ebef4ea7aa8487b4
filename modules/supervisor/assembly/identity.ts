import { Manifest } from './manifest';
import { SIGNERS_MAX } from './checker';
import { THUMBPRINT_SIZE } from './trust';
import { View } from './view';

/** Which module it is: a copy, because the manifest that it came from makes room for the next. */
export class Identity {
  known: bool = false;
  sequence: u64 = 0;
  readonly digest: usize = __alloc(32);
  readonly component: View = new View();
  /** Thumbprints of those who signed it, one after the other. */
  readonly signers: usize = __alloc(SIGNERS_MAX * THUMBPRINT_SIZE);
  signerCount: u32 = 0;

  constructor() {
    this.component.ptr = __alloc(32);
  }

  take(manifest: Manifest, signers: usize, signerCount: u32): void {
    memory.copy(this.signers, signers, SIGNERS_MAX * THUMBPRINT_SIZE);
    this.signerCount = signerCount;
    memory.copy(this.digest, manifest.digest.ptr, 32);
    memory.copy(this.component.ptr, manifest.component.ptr, manifest.component.len);
    this.component.len = manifest.component.len;
    this.sequence = manifest.sequence;
    this.known = true;
  }

  copy(other: Identity): void {
    memory.copy(this.signers, other.signers, SIGNERS_MAX * THUMBPRINT_SIZE);
    this.signerCount = other.signerCount;
    memory.copy(this.digest, other.digest, 32);
    memory.copy(this.component.ptr, other.component.ptr, 32);
    this.component.len = other.component.len;
    this.sequence = other.sequence;
    this.known = other.known;
  }
}

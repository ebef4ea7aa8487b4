// Where a value that came from secrets becomes public, the code says so. Both functions do nothing; the taint test
// (test/conformance/pqc-taint) compiles with a version of this file that tells Valgrind, so an unmarked one is a finding.

export abstract class Public {
  /** `length` bytes at `bytes` may be known to anybody. */
  @inline
  static bytes(bytes: usize, length: usize): void {}

  /** `value` may be known to anybody. */
  @inline
  static value(value: i32): i32 {
    return value;
  }
}

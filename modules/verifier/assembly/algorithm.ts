/** A signature algorithm of docs/bundle.cddl: its sizes, bytes. */
export class Algorithm {
  constructor(
    /** COSE algorithm. */
    readonly cose: i64,
    readonly key: u32,
    readonly signature: u32,
    /** First byte of its letter, the parameter set; 0: none. */
    readonly set: u8,
  ) {}

  /** The letter without the message. */
  get letter(): u32 {
    return (this.set ? 1 : 0) + this.key + this.signature;
  }
}

const ML_DSA_65: Algorithm = new Algorithm(-49, 1952, 3309, 65);
/** What root keys sign with. */
export const ML_DSA_87: Algorithm = new Algorithm(-50, 2592, 4627, 87);
export const ED25519: Algorithm = new Algorithm(-19, 32, 64, 0);

/** By the COSE number without its sign, as a policy has it; null: none that a device knows. */
export function algorithmOf(number: u8): Algorithm | null {
  if (number == 49) return ML_DSA_65;
  if (number == 50) return ML_DSA_87;
  return number == 19 ? ED25519 : null;
}

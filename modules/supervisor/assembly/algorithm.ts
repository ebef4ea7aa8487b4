import { ActorBudget, Bytes } from 'motekit/runtime/guest';

/** A signature algorithm of docs/bundle.cddl: its sizes and the module of the firmware that verifies it. */
export class Algorithm {
  constructor(
    /** COSE algorithm. */
    readonly cose: i64,
    readonly key: u32,
    readonly signature: u32,
    readonly verifier: Bytes,
    readonly budget: ActorBudget,
    /** First byte of its letter, the parameter set; 0: none. */
    readonly set: u8,
  ) {}

  /** The letter without the message. */
  get letter(): u32 {
    return (this.set ? 1 : 0) + this.key + this.signature;
  }
}

// Budgets of the verifiers' module.json (test/unit compares them).
const ML_DSA: Bytes = Bytes.utf8('ml-dsa');
const ML_DSA_BUDGET: ActorBudget = new ActorBudget(24576, 4096, 200_000, 8448);
const ED25519_BUDGET: ActorBudget = new ActorBudget(8192, 4096, 16_000, 2304);

const ML_DSA_65: Algorithm = new Algorithm(-49, 1952, 3309, ML_DSA, ML_DSA_BUDGET, 65);
/** What root keys sign with. */
export const ML_DSA_87: Algorithm = new Algorithm(-50, 2592, 4627, ML_DSA, ML_DSA_BUDGET, 87);
export const ED25519: Algorithm = new Algorithm(-19, 32, 64, Bytes.utf8('ed25519'), ED25519_BUDGET, 0);

/** By the COSE number without its sign, as a policy has it; null: none that a device knows. */
export function algorithmOf(number: u8): Algorithm | null {
  if (number == 49) return ML_DSA_65;
  if (number == 50) return ML_DSA_87;
  return number == 19 ? ED25519 : null;
}

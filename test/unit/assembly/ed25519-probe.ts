// The Ed25519 verifier's answer as a plain export: the letter at IN.
import { answer } from '../../../modules/ed25519/assembly/letter';

const IN: usize = memory.data(2048, 8);

export function place(): usize {
  return IN;
}
export function answerLetter(length: i32): i32 {
  return answer(IN, length);
}

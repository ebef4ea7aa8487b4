/** A transfer's script (types.step of runtime/abi/mote.wit) as steps. The kernel has checked it. */
import { Step } from '../../runtime/abi/generated/contract.ts';

export type StepOf =
  | { kind: 'stop' }
  | { kind: 'write' | 'exchange' | 'search'; length: number; bytes: Uint8Array }
  | { kind: 'read'; length: number; bytes: Uint8Array }
  | { kind: 'delay'; micros: number };

const KINDS = Object.keys(Step) as Step[];

/** Throws a RangeError for what the kernel would not let pass. */
export function stepsOf(script: Uint8Array): StepOf[] {
  const steps: StepOf[] = [];
  for (let at = 0; at < script.length; ) {
    const kind = KINDS[script[at++]!];
    switch (kind) {
      case 'stop':
        steps.push({ kind });
        break;
      case 'delay':
        if (at + 2 > script.length) throw new RangeError('a delay is cut off');
        steps.push({ kind, micros: script[at]! | (script[at + 1]! << 8) });
        at += 2;
        break;
      case 'read':
        steps.push({ kind, length: script[at++] ?? 0, bytes: new Uint8Array() });
        break;
      case undefined:
        throw new RangeError(`step ${script[at - 1]} is none`);
      default: {
        const length = script[at++] ?? 0;
        if (at + length > script.length) throw new RangeError(`a ${kind} is cut off`);
        steps.push({ kind, length, bytes: script.slice(at, at + length) });
        at += length;
      }
    }
  }
  return steps;
}

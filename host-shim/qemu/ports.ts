/** A board's questions, answered from the same ports as those of the emulated board. The rules are board/kernel.ts's. */
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';
import type { KernelPorts } from '../board/kernel.ts';
import { FRAME, MAX_ANSWER } from './protocol.ts';

export interface Answer {
  number: number;
  bytes: Uint8Array;
}

const NOTHING = new Uint8Array();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Throws a RangeError for a frame that is no question. */
export function answer(ports: KernelPorts, frame: Uint8Array): Answer {
  const { settings, random, radio, mqtt } = ports;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const word = (index: number) => view.getUint32(1 + 4 * index, true);
  const after = (words: number) => frame.subarray(1 + 4 * words);
  const only = (number: number): Answer => ({ number, bytes: NOTHING });
  const named = (bytes: Uint8Array, use: (name: string) => Answer): Answer => {
    let name: string;
    try {
      name = strict.decode(bytes);
    } catch {
      return only(ErrorCode.invalid);
    }
    return use(name);
  };

  switch (frame[0]) {
    case FRAME.now:
      return { number: 0, bytes: milliseconds(ports.now()) };
    case FRAME.unix: {
      const time = ports.unix();
      return time === undefined ? only(0) : { number: 1, bytes: milliseconds(time) };
    }
    case FRAME.random: {
      if (word(0) > MAX_ANSWER) throw new RangeError(`the board asks for ${word(0)} random bytes`);
      const bytes = new Uint8Array(word(0));
      random(bytes);
      return { number: 0, bytes };
    }
    case FRAME.setting:
      return named(after(1), (name) => {
        const value = settings.get(name);
        if (!value) return only(ErrorCode['not-found']);
        return value.length > word(0) ? only(ErrorCode['too-big']) : { number: value.length, bytes: value };
      });
    case FRAME.send:
      return only(radio?.send(after(0).slice()) ?? ErrorCode.offline);
    case FRAME.connected:
      return only(mqtt?.connected() ? 1 : 0);
    case FRAME.publish: {
      const rest = after(2);
      const payload = rest.slice(word(1));
      return named(rest.subarray(0, word(1)), (topic) =>
        only(mqtt?.publish(topic, payload, word(0)) ?? ErrorCode.offline),
      );
    }
    case FRAME.subscribe:
      return named(after(1), (filter) => only(mqtt?.subscribe(word(0), filter) ?? ErrorCode.offline));
    case FRAME.forget:
      mqtt?.forget(word(0));
      return only(0);
    default:
      throw new RangeError(`the board sent a frame of kind ${frame[0]}`);
  }
}

function milliseconds(time: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(time), true);
  return bytes;
}

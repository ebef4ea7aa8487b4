/** A board's questions, answered from the same ports as those of the emulated board. The rules are board/kernel.ts's. */
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';
import type { KernelPorts } from '../board/kernel.ts';
import { FRAME, MAX_ANSWER } from './protocol.ts';

export interface Answer {
  number: number;
  bytes: Uint8Array;
}

const NOTHING = new Uint8Array();
/** What a board without buses answers. */
const NO_BUS = ErrorCode['not-found'];
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Throws a RangeError for a frame that is no question. */
export function answer(ports: KernelPorts, frame: Uint8Array): Answer {
  const { settings, random, radio, mqtt, buses, datagram, http } = ports;
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
    case FRAME.i2c:
      return read(word(2), (out) => buses?.i2c(word(0), word(1), after(3).slice(), out));
    case FRAME.spi:
      return read(word(4), (out) => buses?.spi(word(0), word(1), word(2), word(3), after(5).slice(), out));
    case FRAME.one_wire:
      return read(word(1), (out) => buses?.oneWire(word(0), after(2).slice(), out));
    case FRAME.gpio_input:
      return only(buses?.gpioInput(word(0), word(1)) ?? NO_BUS);
    case FRAME.gpio_read:
      return only(buses?.gpioRead(word(0)) ?? NO_BUS);
    case FRAME.gpio_write:
      return only(buses?.gpioWrite(word(0), word(1) !== 0) ?? NO_BUS);
    case FRAME.gpio_watch:
      return only(buses?.gpioWatch(word(0), word(1), word(2)) ?? NO_BUS);
    case FRAME.gpio_shift: {
      const value = buses?.gpioShift(word(0), word(1), word(2), word(3), word(4)) ?? NO_BUS;
      return value < 0 ? only(value) : { number: 0, bytes: fourBytes(value) };
    }
    case FRAME.adc_read: {
      const value = buses?.adcRead(word(0), word(1), word(2), word(3)) ?? NO_BUS;
      return typeof value === 'number' ? only(value) : { number: 0, bytes: fourBytes(value.millivolts) };
    }
    case FRAME.pwm_set:
      return only(buses?.pwmSet(word(0), word(1), word(2), word(3)) ?? NO_BUS);
    case FRAME.uart_open: {
      const config = {
        baud: word(2),
        dataBits: word(3),
        parity: word(4),
        stopBits: word(5),
        gap: word(6),
        most: word(7),
      };
      return only(buses?.uartOpen(word(0), word(1), config) ?? NO_BUS);
    }
    case FRAME.uart_write:
      return only(buses?.uartWrite(word(0), word(1), after(2).slice()) ?? NO_BUS);
    case FRAME.uart_close:
      return only(buses?.uartClose(word(0), word(1)) ?? NO_BUS);
    case FRAME.datagram_bind:
      return only(datagram?.bind(word(0), word(1)) ?? ErrorCode.offline);
    case FRAME.datagram_send: {
      const rest = after(3);
      const bytes = rest.slice(word(2));
      return named(rest.subarray(0, word(2)), (peer) =>
        only(datagram?.send(word(0), word(1) !== 0, peer, bytes) ?? ErrorCode.offline),
      );
    }
    case FRAME.datagram_close:
      return only(datagram?.close(word(0)) ?? ErrorCode.offline);
    case FRAME.http_get: {
      const rest = after(5);
      const tag = Buffer.from(rest.subarray(word(1), word(1) + word(4))).toString('latin1');
      return named(rest.subarray(0, word(1)), (url) =>
        only(http?.get(word(0), url, word(2), word(3), tag) ?? ErrorCode.offline),
      );
    }
    case FRAME.release:
      buses?.release(word(0));
      datagram?.close(word(0));
      http?.close(word(0));
      return only(0);
    default:
      throw new RangeError(`the board sent a frame of kind ${frame[0]}`);
  }
}

/** What a transfer reads comes only when it succeeded. */
function read(length: number, transfer: (out: Uint8Array) => number | undefined): Answer {
  if (length > MAX_ANSWER) throw new RangeError(`the board asks for ${length} bytes of a bus`);
  const bytes = new Uint8Array(length);
  const number = transfer(bytes) ?? NO_BUS;
  return number < 0 ? { number, bytes: NOTHING } : { number, bytes };
}

function fourBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value >>> 0, true);
  return bytes;
}

function milliseconds(time: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(time), true);
  return bytes;
}

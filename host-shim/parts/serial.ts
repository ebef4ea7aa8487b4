/** Serial ports of a virtual board, and the parts on them. Bytes take the time that their bits take. */
import { ErrorCode, UartParity } from '../../runtime/abi/generated/contract.ts';
import type { BusEvents, ClockPort, UartConfig } from '../board/ports.ts';
import type { UartPart } from './description.ts';
import type { Part } from './part.ts';

const NOT_FOUND = ErrorCode['not-found'];
/** Bytes that wait to be sent. */
const QUEUE = 256;
/** Milliseconds: an answer that comes too late for anybody. */
const LATE = 60_000;
const [LOST, WRONG] = [1, 2];

interface Port {
  part: Part;
  owner?: { actor: number; config: UartConfig };
  /** Milliseconds: when what was written is out. */
  sent: number;
  /** Cancels what the part is about to say. */
  pending: Set<() => void>;
}

export class SerialBench {
  readonly #clock: ClockPort;
  readonly #time: () => number;
  readonly #events: BusEvents;
  readonly #ports = new Map<number, Port>();

  constructor(clock: ClockPort, time: () => number, events: BusEvents) {
    this.#clock = clock;
    this.#time = time;
    this.#events = events;
  }

  attach(part: Part, number: number): void {
    if (this.#ports.has(number)) throw new Error(`two parts are at uart${number}`);
    const port: Port = { part, sent: 0, pending: new Set() };
    this.#ports.set(number, port);
    const { every, say } = part.description as UartPart;
    if (!every || !say) return;
    const speak = () => {
      if (port.owner) this.#say(number, port, say(part));
      this.#clock.at(this.#clock.now() + Math.max(1, every / 1000), speak);
    };
    this.#clock.at(this.#clock.now() + Math.max(1, every / 1000), speak);
  }

  open(actor: number, number: number, config: UartConfig): number {
    const port = this.#ports.get(number);
    if (!port) return NOT_FOUND;
    if (port.owner && port.owner.actor !== actor) return ErrorCode.busy;
    this.#silence(port);
    port.owner = { actor, config };
    return 0;
  }

  write(actor: number, number: number, bytes: Uint8Array): number {
    const port = this.#ports.get(number);
    if (port?.owner?.actor !== actor) return NOT_FOUND;
    const now = this.#clock.now();
    const { config } = port.owner;
    const perByte = byteTime(config);
    if (Math.max(0, port.sent - now) / perByte + bytes.length > QUEUE + 1) return ErrorCode.busy;
    port.sent = Math.max(port.sent, now) + bytes.length * perByte;
    const { answer, micros = 0 } = port.part.description as UartPart;
    if (!answer || !fits(port.part.description as UartPart, config)) return 0;
    this.#later(port, port.sent + micros / 1000, () => {
      const said = answer(port.part, bytes);
      if (said) this.#say(number, port, said);
    });
    return 0;
  }

  close(actor: number, number: number): number {
    const port = this.#ports.get(number);
    if (port?.owner?.actor !== actor) return NOT_FOUND;
    this.#silence(port);
    delete port.owner;
    return 0;
  }

  release(actor: number): void {
    for (const [number, port] of this.#ports) if (port.owner?.actor === actor) this.close(actor, number);
  }

  stop(): void {
    for (const port of this.#ports.values()) {
      this.#silence(port);
      delete port.owner;
    }
  }

  #silence(port: Port): void {
    for (const cancel of port.pending) cancel();
    port.pending.clear();
  }

  #later(port: Port, time: number, then: () => void): void {
    const cancel = this.#clock.at(Math.ceil(time), () => {
      port.pending.delete(cancel);
      then();
    });
    port.pending.add(cancel);
  }

  /** The part says this from now on: it arrives in messages as the port's owner asked for. */
  #say(number: number, port: Port, said: Uint8Array): void {
    const { part } = port;
    const met = part.meet();
    if (!port.owner || met === 'nack' || met === 'arbitration' || part.hasFault('stuck')) return;
    const bytes = said.slice();
    if (part.hasFault('crc')) breakCheck(bytes);
    part.spoil(bytes);
    const { actor, config } = port.owner;
    const now = this.#time() / 1000 + (met === 'stretch' ? LATE : 0);
    const heard = fits(part.description as UartPart, config);
    const perByte = byteTime(config);
    for (let at = 0; at < bytes.length; at += config.most) {
      const chunk = bytes.slice(at, at + config.most);
      const whole = chunk.length === config.most;
      const arrived = now + (at + chunk.length) * perByte + (whole ? 0 : config.gap / 1000);
      this.#later(port, arrived, () =>
        this.#events.uart(actor, number, heard ? chunk : new Uint8Array(), heard ? 0 : WRONG),
      );
    }
  }
}

/** Milliseconds. */
function byteTime({ baud, dataBits, parity, stopBits }: UartConfig): number {
  return ((1 + dataBits + (parity === UartParity.none ? 0 : 1) + stopBits) * 1000) / baud;
}

function fits(part: UartPart, config: UartConfig): boolean {
  return (
    part.baud === config.baud &&
    UartParity[part.parity ?? 'none'] === config.parity &&
    (part.stopBits ?? 1) <= config.stopBits &&
    config.dataBits === 8
  );
}

/** One bit of the last byte that is no end of a line. */
function breakCheck(bytes: Uint8Array): void {
  let last = bytes.length - 1;
  while (last > 0 && (bytes[last] === 0x0d || bytes[last] === 0x0a || bytes[last] === 0x7e)) last--;
  if (last >= 0) bytes[last]! ^= 1;
}

export { LOST, WRONG };

/**
 * The air between boards and meters: what one sends, all others hear, unless `loss` swallows it or `noise` flips bits.
 * Both are drawn from one seed, so that a run can be repeated.
 */
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';
import type { RadioLink } from './ports.ts';
import { seededChance } from './random.ts';

/** The longest frame of EN 13757-4: L and 255 bytes, with the CRCs of frame format A. */
export const MAX_FRAME = 290;

type Receive = (frame: Uint8Array, rssi: number) => void;

/** An antenna's listeners, and its own luck: what it loses does not depend on who else listens. */
interface Antenna {
  listeners: Set<Receive>;
  chance: () => number;
}

export interface EtherOptions {
  /** Chance of each frame to be lost, for each receiver. */
  loss?: number;
  /** Chance of each bit to be flipped, for each receiver. */
  noise?: number;
  seed?: string;
}

export class Ether {
  loss: number;
  noise: number;
  /** Frames sent, and what became of them at the receivers. */
  readonly counters = { sent: 0, heard: 0, lost: 0, damaged: 0 };
  readonly #antennas: Antenna[] = [];
  readonly #seed: string;

  constructor({ loss = 0, noise = 0, seed = 'ether' }: EtherOptions = {}) {
    this.loss = loss;
    this.noise = noise;
    this.#seed = seed;
  }

  /** An antenna on this air. Others hear its frames with `rssi` dBm (-128 to 127). */
  attach(rssi = -60): RadioLink {
    const antenna = { listeners: new Set<Receive>(), chance: seededChance(`${this.#seed}/${this.#antennas.length}`) };
    this.#antennas.push(antenna);
    return {
      send: (frame) => this.#send(frame, rssi, antenna),
      listen: (receive) => {
        antenna.listeners.add(receive);
        return () => antenna.listeners.delete(receive);
      },
    };
  }

  /** Send a frame of 1 to 290 bytes, as a part without an antenna here: a meter, a test. */
  transmit(frame: Uint8Array, rssi = -60): number {
    return this.#send(frame, rssi);
  }

  #send(frame: Uint8Array, rssi: number, sender?: Antenna): number {
    if (frame.length === 0) return ErrorCode.invalid;
    if (frame.length > MAX_FRAME) return ErrorCode['too-big'];
    this.counters.sent++;
    for (const antenna of this.#antennas) {
      if (antenna === sender || antenna.listeners.size === 0) continue;
      if (this.loss > 0 && antenna.chance() < this.loss) {
        this.counters.lost++;
        continue;
      }
      const arrived = frame.slice();
      if (this.noise > 0 && disturb(arrived, this.noise, antenna.chance)) this.counters.damaged++;
      this.counters.heard++;
      for (const receive of [...antenna.listeners]) receive(arrived.slice(), rssi);
    }
    return 0;
  }
}

/** Flips each bit with the given chance; true when one was. */
function disturb(frame: Uint8Array, noise: number, chance: () => number): boolean {
  let damaged = false;
  for (let bit = 0; bit < frame.length * 8; bit++) {
    if (chance() >= noise) continue;
    frame[bit >> 3]! ^= 1 << (bit & 7);
    damaged = true;
  }
  return damaged;
}

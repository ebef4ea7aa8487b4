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
  readonly #receivers = new Set<Receive>();
  readonly #chance: () => number;

  constructor({ loss = 0, noise = 0, seed = 'ether' }: EtherOptions = {}) {
    this.loss = loss;
    this.noise = noise;
    this.#chance = seededChance(seed);
  }

  /** An antenna on this air. Others hear its frames with `rssi` dBm (-128 to 127). */
  attach(rssi = -60): RadioLink {
    const mine = new Set<Receive>();
    return {
      send: (frame) => this.#send(frame, rssi, mine),
      listen: (receive) => {
        // One listener may be given twice; each listening is its own.
        const own: Receive = (frame, strength) => receive(frame, strength);
        mine.add(own);
        this.#receivers.add(own);
        return () => {
          mine.delete(own);
          this.#receivers.delete(own);
        };
      },
    };
  }

  /** Send a frame of 1 to 290 bytes, as a part without an antenna here: a meter, a test. */
  transmit(frame: Uint8Array, rssi = -60): number {
    return this.#send(frame, rssi, new Set());
  }

  #send(frame: Uint8Array, rssi: number, except: ReadonlySet<Receive>): number {
    if (frame.length === 0) return ErrorCode.invalid;
    if (frame.length > MAX_FRAME) return ErrorCode['too-big'];
    this.counters.sent++;
    for (const receive of [...this.#receivers]) {
      if (except.has(receive)) continue;
      if (this.loss > 0 && this.#chance() < this.loss) {
        this.counters.lost++;
        continue;
      }
      this.counters.heard++;
      receive(this.#disturb(frame.slice()), rssi);
    }
    return 0;
  }

  #disturb(frame: Uint8Array): Uint8Array {
    if (this.noise <= 0) return frame;
    let damaged = false;
    for (let bit = 0; bit < frame.length * 8; bit++) {
      if (this.#chance() >= this.noise) continue;
      frame[bit >> 3]! ^= 1 << (bit & 7);
      damaged = true;
    }
    if (damaged) this.counters.damaged++;
    return frame;
  }
}

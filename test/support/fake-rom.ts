/**
 * The ROM loader of an ESP32-C6 and its stub, as esptool-js sees them: Web Serial outside, NOR flash inside. Written from
 * Espressif's description of the serial protocol (SLIP, commands, status bytes), not from esptool-js.
 */
import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import type { WebSerialPort } from '../../host-shim/esp/serial.ts';

export interface FakeRomOptions {
  chipId?: number;
  /** JEDEC id of the flash: its third byte is the size as a power of two. */
  flashId?: number;
  /** Never answers. */
  dead?: boolean;
  /** Bits that stay as they are in the flash, from this address on. */
  stuck?: number;
}

const [END, ESC, ESC_END, ESC_ESC] = [0xc0, 0xdb, 0xdc, 0xdd] as const;
const SECTOR = 4096;
/** SPI1 of the ESP32-C6: the word in which a command's answer stands. */
const SPI_W0 = 0x60003058;

export class FakeRom implements WebSerialPort {
  readonly flash: Uint8Array;
  /** Names of commands, and changes of the reset line, in order. */
  readonly seen: string[] = [];
  readable: ReadableStream<Uint8Array> | null = null;
  writable: WritableStream<Uint8Array> | null = null;
  readonly #options: Required<FakeRomOptions>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #frame: number[] | undefined;
  #escaped = false;
  #stub = false;
  /** The compressed transfer that is under way. */
  #deflated: { address: number; size: number; blocks: number; data: Buffer[] } | undefined;

  constructor({
    chipId = 13,
    flashId = 0x17_40_c8,
    dead = false,
    stuck = Number.POSITIVE_INFINITY,
  }: FakeRomOptions = {}) {
    this.#options = { chipId, flashId, dead, stuck };
    this.flash = new Uint8Array(2 ** (flashId >> 16)).fill(0xff);
  }

  getInfo() {
    return {};
  }

  async open() {
    this.readable = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
    });
    this.writable = new WritableStream({ write: (bytes) => this.#hear(bytes) });
  }

  async close() {
    this.readable = null;
    this.writable = null;
  }

  async setSignals({ requestToSend }: { requestToSend?: boolean }) {
    if (requestToSend !== undefined) this.seen.push(requestToSend ? 'reset' : 'run');
    if (requestToSend) this.#stub = false;
  }

  #hear(bytes: Uint8Array) {
    for (const byte of bytes) {
      if (byte === END) {
        if (this.#frame && this.#frame.length > 0) {
          this.#serve(Buffer.from(this.#frame));
          this.#frame = undefined;
        } else this.#frame = [];
      } else if (byte === ESC) this.#escaped = true;
      else {
        this.#frame?.push(this.#escaped ? (byte === ESC_END ? END : ESC) : byte);
        this.#escaped = false;
      }
    }
  }

  #send(bytes: Uint8Array) {
    const coded = [...bytes].flatMap((b) => (b === END ? [ESC, ESC_END] : b === ESC ? [ESC, ESC_ESC] : [b]));
    this.#controller?.enqueue(Uint8Array.from([END, ...coded, END]));
  }

  /** Direction 1, command, length, value; then data and the status: success or failure, and a reason. */
  #answer(command: number, value = 0, data: Uint8Array = new Uint8Array(), failed = 0) {
    const body = Buffer.concat([
      data,
      Buffer.from(this.#stub ? [failed ? 1 : 0, failed] : [failed ? 1 : 0, failed, 0, 0]),
    ]);
    const head = Buffer.alloc(8);
    head.writeUInt8(1, 0);
    head.writeUInt8(command, 1);
    head.writeUInt16LE(body.length, 2);
    head.writeUInt32LE(value >>> 0, 4);
    this.#send(Buffer.concat([head, body]));
  }

  #serve(packet: Buffer) {
    if (this.#options.dead) return;
    const command = packet[1]!;
    const checksum = packet.readUInt32LE(4);
    const data = packet.subarray(8);
    const word = (at: number) => data.readUInt32LE(4 * at);
    const name = (text: string) => this.seen.at(-1) !== text && this.seen.push(text);
    switch (command) {
      case 0x08:
        name('sync');
        for (let i = 0; i < 8; i++) this.#answer(command, 0x20120707);
        return;
      case 0x0a:
        return this.#answer(command, word(0) === SPI_W0 ? this.#options.flashId : 0);
      case 0x14: {
        const info = Buffer.alloc(20);
        info.writeUInt32LE(this.#options.chipId, 12);
        return this.#answer(command, 0, info);
      }
      case 0x05:
      case 0x07:
        name('load');
        return this.#answer(command);
      case 0x06:
        name('start');
        this.#answer(command);
        this.#stub = true;
        this.#send(Buffer.from('OHAI'));
        return;
      case 0x10:
        name('begin');
        this.#deflated = { size: word(0), blocks: word(1), address: word(3), data: [] };
        return this.#answer(command);
      case 0x11: {
        const block = data.subarray(16);
        const sum = block.reduce((total, byte) => total ^ byte, 0xef);
        const transfer = this.#deflated;
        const right = transfer && word(0) === block.length && word(1) === transfer.data.length && sum === checksum;
        if (!right) return this.#answer(command, 0, undefined, 0x07);
        transfer.data.push(Buffer.from(block));
        if (transfer.data.length === transfer.blocks)
          this.#write(transfer.address, inflateSync(Buffer.concat(transfer.data)), transfer.size);
        return this.#answer(command);
      }
      case 0x13: {
        name('md5');
        const part = this.flash.subarray(word(0), word(0) + word(1));
        return this.#answer(command, 0, createHash('md5').update(part).digest());
      }
      case 0x09:
      case 0x0d:
      case 0x0f:
      case 0x12:
        return this.#answer(command);
      default:
        // Commands that it does not know.
        return this.#answer(command, 0, undefined, 0x05);
    }
  }

  #write(address: number, bytes: Uint8Array, size: number) {
    if (bytes.length !== size) throw new Error(`announced ${size} bytes, got ${bytes.length}`);
    this.flash.fill(0xff, address, Math.ceil((address + size) / SECTOR) * SECTOR);
    for (const [i, byte] of bytes.entries()) if (address + i < this.#options.stuck) this.flash[address + i]! &= byte;
    this.seen.push('write');
  }
}

/**
 * The serial link between the emulated rv32 board and this program: the codes, and the addresses that both sides know.
 * The build writes them to link_codes.h for the C side. Numbers are little endian, 32 bits each.
 */
import { FLASH_LAYOUT } from '../board/flash.ts';

/** From the host. Each ends with `done`. Behind the code: */
export const COMMAND = {
  /** memory, stack, fuel, mailbox; the name of the supervisor */
  boot: 0x01,
  /** rssi; the frame */
  radio: 0x02,
  /** actor, length of the topic; topic and payload */
  mqtt: 0x03,
  step: 0x04,
  /** heap and stack since the last of these; they are the words of its `done` */
  gauge: 0x05,
  /** End the machine; not answered. */
  off: 0x06,
  /** actor, pin, level, count, time */
  gpio: 0x07,
  /** actor, port, faults; bytes */
  uart: 0x08,
  /** actor, local, length of the peer; peer and bytes */
  datagram: 0x09,
  /** actor, length of the head; head and bytes */
  http: 0x0a,
  /** A word of the host's, and bytes. Only in answer to a question. */
  answer: 0x10,
} as const;

/** From the board. */
export const FRAME = {
  /** The board is up: version of this protocol */
  hello: 0x80,
  /** result, halted, deadline (64 bits), instructions (64 bits) */
  done: 0x81,
  // Questions: ports.h, in its order.
  /** answered with 8 bytes of milliseconds */
  now: 0x90,
  /** answered with 1 and 8 bytes, or 0 */
  unix: 0x91,
  /** length */
  random: 0x92,
  /** room; name */
  setting: 0x93,
  send: 0x94,
  connected: 0x95,
  /** qos, length of the topic; topic and payload */
  publish: 0x96,
  /** actor; filter */
  subscribe: 0x97,
  /** actor */
  forget: 0x98,
  /** bus, address, bytes to read; script */
  i2c: 0x99,
  /** bus, select, mode, hertz, bytes to read; script */
  spi: 0x9a,
  /** bus, bytes to read; script */
  one_wire: 0x9b,
  /** pin, pull */
  gpio_input: 0x9c,
  /** pin */
  gpio_read: 0x9d,
  /** pin, level */
  gpio_write: 0x9e,
  /** actor, pin, edge */
  gpio_watch: 0x9f,
  /** data, clock, bits, pulses, microseconds; answered with 4 bytes */
  gpio_shift: 0xa0,
  /** unit, channel, bits, samples; answered with 4 bytes */
  adc_read: 0xa1,
  /** unit, channel, period, pulse */
  pwm_set: 0xa2,
  /** actor, port, and the six words of its configuration */
  uart_open: 0xa3,
  /** actor, port; bytes */
  uart_write: 0xa4,
  /** actor, port */
  uart_close: 0xa5,
  /** actor, port */
  datagram_bind: 0xa6,
  /** actor, local, length of the peer; peer and bytes */
  datagram_send: 0xa7,
  /** actor */
  datagram_close: 0xa8,
  /** actor */
  release: 0xa9,
  /** actor, length of the address, offset, length, length of the tag; address and tag */
  http_get: 0xaa,
} as const;

export const VERSION = 3;
/** Bytes of the longest command: a message of the whole mailbox ring with its words. */
export const MAX_COMMAND = 16_384 + 64;
/** Bytes behind the number of the longest answer: a setting, or what a bus read. */
export const MAX_ANSWER = 256;

/**
 * The board's memory, in virt's RAM from 0x8000_0000: code and constants in place of flash, the RAM that an ESP32-C6 has
 * (512 KB), and behind them what QEMU loads or emulates.
 */
export const MEMORY = {
  code: { at: 0x8000_0000, size: 0x40_0000 },
  ram: { at: 0x8040_0000, size: 0x8_0000 },
  rom: { at: 0x8060_0000, size: 0x40_0000 },
  flash: { at: 0x80a0_0000, size: 0x20_0000 },
  total: '16M',
} as const;

/** "mote" */
export const ROM_MAGIC = 0x65_74_6f_6d;

const hex = (number: number) => `0x${number.toString(16)}u`;

/** link_codes.h */
export function linkHeader(): string {
  const codes = [...Object.entries(COMMAND), ...Object.entries(FRAME)];
  const size = FLASH_LAYOUT.reduce((sum, region) => sum + region.size, 0);
  let start = 0;
  const regions = FLASH_LAYOUT.map((region) => {
    const { size, sector, align, erased } = region;
    const text = `{ ${[start, size, sector, align, erased].map(hex).join(', ')} }`;
    start += size;
    return text;
  });
  return [
    '/* Written by build.ts from protocol.ts. */',
    '#ifndef LINK_CODES_H',
    '#define LINK_CODES_H',
    ...codes.map(([name, code]) => `#define LINK_${name.toUpperCase()} ${hex(code)}`),
    `#define LINK_VERSION ${VERSION}u`,
    `#define LINK_MAX_COMMAND ${MAX_COMMAND}u`,
    `#define LINK_MAX_ANSWER ${MAX_ANSWER}u`,
    `#define LINK_ROM_AT ${hex(MEMORY.rom.at)}`,
    `#define LINK_ROM_MAGIC ${hex(ROM_MAGIC)}`,
    `#define LINK_FLASH_AT ${hex(MEMORY.flash.at)}`,
    `#define LINK_FLASH_SIZE ${hex(size)}`,
    `#define LINK_FLASH_REGIONS { ${regions.join(', ')} }`,
    '#endif',
    '',
  ].join('\n');
}

/** The firmware's modules as board/rom.c reads them. Throws a RangeError when they do not fit, or a name does not. */
export function romImage(modules: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const ENTRY = 44;
  const names = Object.keys(modules).map((name) => new TextEncoder().encode(name));
  let end = 8 + ENTRY * names.length;
  const places = Object.values(modules).map((wasm) => {
    const offset = (end + 15) & ~15;
    end = offset + wasm.length;
    return { offset, wasm };
  });
  if (end > MEMORY.rom.size) throw new RangeError(`the modules have ${end} bytes, the board has ${MEMORY.rom.size}`);
  const image = new Uint8Array(end);
  const view = new DataView(image.buffer);
  view.setUint32(0, ROM_MAGIC, true);
  view.setUint32(4, names.length, true);
  for (const [i, { offset, wasm }] of places.entries()) {
    const name = names[i]!;
    if (name.length > 32) throw new RangeError(`a module's name has ${name.length} bytes, more than 32`);
    for (const [word, value] of [name.length, offset, wasm.length].entries())
      view.setUint32(8 + i * ENTRY + 4 * word, value, true);
    image.set(name, 8 + i * ENTRY + 12);
    image.set(wasm, offset);
  }
  return image;
}

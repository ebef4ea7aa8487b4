/**
 * Writes firmware to an ESP32-C6 through its ROM loader, with esptool-js: connect, check, write compressed, compare MD5, reset.
 * Nothing is written before every part has been checked against the chip.
 */
import { createHash } from 'node:crypto';
import { ESPLoader, type FlashSizeValues, Transport } from 'esptool-js';
import { fault, MoteError } from '../errors.ts';
import type { WebSerialPort } from './serial.ts';

/** Bytes that go to an address of the flash. */
export interface Part {
  /** For messages. */
  name: string;
  address: number;
  bytes: Uint8Array;
}

export interface FlashOptions {
  port: WebSerialPort;
  parts: Part[];
  /** Baud rate after the connection is made; default 460 800. */
  baud?: number;
  /** Bytes of the compressed part that are sent. */
  onProgress?: (part: Part, sent: number, total: number) => void;
  /** The loader's own words. */
  note?: (line: string) => void;
}

export interface Flashed {
  chip: string;
  /** Bytes of the chip's flash. */
  flashSize: number;
  bytes: number;
}

const CHIP = 'ESP32-C6';
/** esp_image_header_t: magic, and chip_id at 12 (esp_app_format.h). */
const IMAGE = { magic: 0xe9, header: 24, chipIdAt: 12, chipId: 13 } as const;
const SECTOR = 4096;
const ROM_BAUD = 115_200;

/** Throws flash-image before a port is opened; chip-silent, chip-wrong, flash-image and flash-failed after. */
export async function flashChip(options: FlashOptions): Promise<Flashed> {
  const { port, parts, baud = 460_800, onProgress, note = () => {} } = options;
  checkParts(parts);
  const transport = new Transport(port as never, false);
  // It writes its trace to the console whether tracing is on or not.
  transport.trace = () => {};
  const loader = new ESPLoader({
    transport,
    baudrate: baud,
    romBaudrate: ROM_BAUD,
    terminal: { clean: () => {}, writeLine: note, write: note },
  });
  try {
    await loader.main().catch((error) => {
      throw error instanceof MoteError ? error : fault('chip-silent', { why: reason(error) }, error);
    });
    if (loader.chip.CHIP_NAME !== CHIP) throw fault('chip-wrong', { chip: loader.chip.CHIP_NAME, wanted: CHIP });
    const detected = await loader.detectFlashSize();
    if (!detected) throw fault('chip-silent', { why: 'its flash says nothing about its size' });
    const flashSize = loader.flashSizeBytes(detected as FlashSizeValues);
    checkRoom(parts, flashSize);
    await loader
      .writeFlash({
        fileArray: parts.map(({ bytes, address }) => ({ data: bytes, address })),
        flashSize: 'keep',
        flashMode: 'keep',
        flashFreq: 'keep',
        eraseAll: false,
        compress: true,
        reportProgress: (index, sent, total) => onProgress?.(parts[index]!, sent, total),
        calculateMD5Hash: (image) => createHash('md5').update(image).digest('hex'),
      })
      .catch((error) => {
        throw fault('flash-failed', { why: reason(error) }, error);
      });
    await restart(port);
    return { chip: loader.chip.CHIP_NAME, flashSize, bytes: parts.reduce((sum, { bytes }) => sum + bytes.length, 0) };
  } finally {
    await transport.disconnect().catch(() => {});
  }
}

/** What can be known without the chip: nothing empty, nothing over another, a boot image for this chip at address 0. */
export function checkParts(parts: readonly Part[]): void {
  const bad = (name: string, why: string) => fault('flash-image', { name, why });
  const sorted = [...parts].sort((a, b) => a.address - b.address);
  for (const [i, { name, address, bytes }] of sorted.entries()) {
    if (bytes.length === 0) throw bad(name, 'it is empty');
    if (!Number.isInteger(address) || address < 0 || address % SECTOR !== 0) {
      throw bad(name, `0x${address.toString(16)} is not the beginning of a sector of ${SECTOR} bytes`);
    }
    const next = sorted[i + 1];
    if (next && address + bytes.length > next.address) throw bad(name, `it would reach into ${next.name}`);
    if (address !== 0) continue;
    if (bytes.length < IMAGE.header || bytes[0] !== IMAGE.magic) throw bad(name, 'it is no image that the chip boots');
    const chip = bytes[IMAGE.chipIdAt]! | (bytes[IMAGE.chipIdAt + 1]! << 8);
    if (chip !== IMAGE.chipId) throw bad(name, `it is made for the chip with the number ${chip}, not for ${CHIP}`);
  }
}

function checkRoom(parts: readonly Part[], size: number): void {
  for (const { name, address, bytes } of parts) {
    const end = address + bytes.length;
    if (end <= size) continue;
    throw fault('flash-image', { name, why: `it ends at ${end}, the flash of this chip at ${size}` });
  }
}

/** Reset by the EN line, which RTS drives. esptool-js only releases it. */
async function restart(port: WebSerialPort): Promise<void> {
  await port.setSignals({ dataTerminalReady: false, requestToSend: true });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await port.setSignals({ requestToSend: false });
}

function reason(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim().replace(/\s+/g, ' ');
}

/** Flashing an ESP32-C6, against a ROM loader that is not one. */
import { describe, expect, it } from 'vitest';
import { flashChip, type Part } from '../../host-shim/esp/flash.ts';
import { serialPort } from '../../host-shim/esp/serial.ts';
import { FakeRom } from '../support/fake-rom.ts';

/** A boot image's header, and bytes that do not compress to nothing. */
function bootImage(size: number, chip = 13): Uint8Array {
  const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 2654435761) >>> 24);
  bytes[0] = 0xe9;
  bytes[12] = chip;
  bytes[13] = 0;
  return bytes;
}

const part = (bytes: Uint8Array, address = 0, name = 'a.bin'): Part => ({ name, address, bytes });
const flash = (rom: FakeRom, parts: Part[]) => flashChip({ port: rom, parts, baud: 115_200 });

describe('flashChip', () => {
  it('writes every part where it belongs, compares it, and restarts the chip', async () => {
    const rom = new FakeRom();
    const boot = bootImage(50_001);
    const app = bootImage(70_000, 7);
    const sent: string[] = [];
    const result = await flashChip({
      port: rom,
      parts: [part(boot), part(app, 0x20000, 'b.bin')],
      baud: 115_200,
      onProgress: ({ name }, done, total) => done === total && sent.push(name),
    });
    expect(result).toEqual({ chip: 'ESP32-C6', flashSize: 8 * 1024 * 1024, bytes: 120_001 });
    expect(Buffer.compare(rom.flash.subarray(0, boot.length), boot)).toBe(0);
    expect(Buffer.compare(rom.flash.subarray(0x20000, 0x20000 + app.length), app)).toBe(0);
    expect(sent).toEqual(['a.bin', 'b.bin']);
    expect(rom.seen.filter((what) => what === 'md5')).toHaveLength(2);
    expect(rom.seen.slice(-2)).toEqual(['reset', 'run']);
  });

  it.each([
    ['nothing', [part(new Uint8Array())]],
    ['something else than an image', [part(new Uint8Array(5000))]],
    ['an image cut to its first byte', [part(bootImage(1))]],
    ['an image for an ESP32-C3', [part(bootImage(5000, 5))]],
    ['an address within a sector', [part(bootImage(5000), 0x20001)]],
    ['parts over each other', [part(bootImage(5000)), part(bootImage(10), 0x1000, 'b.bin')]],
  ])('refuses %s before it opens the port', async (_name, parts) => {
    const rom = new FakeRom();
    await expect(flash(rom, parts)).rejects.toMatchObject({ key: 'flash-image' });
    expect(rom.seen).toEqual([]);
  });

  it('refuses what is longer than the flash, and writes nothing', async () => {
    const rom = new FakeRom({ flashId: 0x14_40_c8 });
    await expect(flash(rom, [part(bootImage(50)), part(bootImage(4097), 0xff000, 'b.bin')])).rejects.toMatchObject({
      key: 'flash-image',
      message: expect.stringContaining('1048576'),
    });
    expect(rom.seen).not.toContain('begin');
  });

  it('refuses another chip', async () => {
    const rom = new FakeRom({ chipId: 5 });
    await expect(flash(rom, [part(bootImage(50))])).rejects.toMatchObject({ key: 'chip-wrong' });
    expect(rom.seen).not.toContain('begin');
  });

  it('finds out when the flash does not hold what was sent', async () => {
    const rom = new FakeRom({ stuck: 3000 });
    await expect(flash(rom, [part(bootImage(5000))])).rejects.toMatchObject({
      key: 'flash-failed',
      message: expect.stringContaining('MD5'),
    });
  });

  it('gives up when nobody answers', async () => {
    await expect(flash(new FakeRom({ dead: true }), [part(bootImage(50))])).rejects.toMatchObject({
      key: 'chip-silent',
    });
  }, 60_000);
});

it('says which port is not there', async () => {
  await expect(serialPort('/dev/no-such-port')).rejects.toMatchObject({ key: 'port-missing' });
});

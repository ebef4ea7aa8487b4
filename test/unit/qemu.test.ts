/** The host's end of the rv32 board: what a broken board may send, and the copies of modules that engines get. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { blankImage } from '../../host-shim/board/flash.ts';
import type { KernelPorts } from '../../host-shim/board/kernel.ts';
import { seededChance } from '../../host-shim/board/random.ts';
import { instrument } from '../../host-shim/engine/instrument.ts';
import { writeCompiled } from '../../host-shim/qemu/ahead.ts';
import { buildBoard, QemuMachine } from '../../host-shim/qemu/index.ts';
import { ConsoleReader } from '../../host-shim/qemu/console.ts';
import { answer } from '../../host-shim/qemu/ports.ts';
import { FRAME, linkHeader, MEMORY, romImage } from '../../host-shim/qemu/protocol.ts';
import { WasmFormatError } from '../../runtime/guest/compiler/binary.ts';
import { FIXTURES } from './kernel/fixtures.ts';
import { compileProbe } from './kernel/host-build.ts';

const ports: KernelPorts = {
  log: () => {},
  now: () => 5,
  unix: () => undefined,
  random: (out) => out.fill(3),
  settings: { get: (name) => (name === 'big' ? new Uint8Array(200) : undefined) },
  flash: undefined as never,
  builtins: {},
  radio: { send: (frame) => -frame.length, listen: () => () => {} },
  mqtt: undefined,
};

function frame(code: number, words: number[], rest: Uint8Array = new Uint8Array()): Uint8Array {
  const bytes = new Uint8Array(1 + 4 * words.length + rest.length);
  bytes[0] = code;
  for (const [i, word] of words.entries()) new DataView(bytes.buffer).setUint32(1 + 4 * i, word, true);
  bytes.set(rest, 1 + 4 * words.length);
  return bytes;
}

describe('the questions of a board', () => {
  it('are answered from its ports', () => {
    expect(answer(ports, frame(FRAME.now, []))).toEqual({ number: 0, bytes: Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0) });
    expect(answer(ports, frame(FRAME.unix, []))).toEqual({ number: 0, bytes: new Uint8Array() });
    expect(answer(ports, frame(FRAME.random, [2])).bytes).toEqual(Uint8Array.of(3, 3));
    expect(answer(ports, frame(FRAME.send, [], Uint8Array.of(1, 2))).number).toBe(-2);
    expect(answer(ports, frame(FRAME.connected, [])).number).toBe(0);
    expect(answer(ports, frame(FRAME.publish, [0, 1], Buffer.from('tx'))).number).toBe(-7);
    expect(answer(ports, frame(FRAME.setting, [256], Buffer.from('big'))).bytes.length).toBe(200);
    expect(answer(ports, frame(FRAME.setting, [199], Buffer.from('big'))).number).toBe(-4);
    expect(answer(ports, frame(FRAME.setting, [256], Uint8Array.of(0xff))).number).toBe(-2);
  });

  it('that are none end in a RangeError, and no question asks for much', () => {
    expect(() => answer(ports, frame(FRAME.random, [0xffff_ffff]))).toThrow(RangeError);
    const chance = seededChance('questions');
    for (let round = 0; round < 3000; round++) {
      const bytes = Uint8Array.from({ length: 1 + Math.floor(chance() * 20) }, () => chance() * 256);
      bytes[0] = 0x80 + Math.floor(chance() * 32);
      try {
        expect(answer(ports, bytes).bytes.length).toBeLessThanOrEqual(256);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }
  });
});

describe('the console of a board', () => {
  it('gives lines of the log however they are cut, and keeps other words', () => {
    const text =
      '1 gate\\x0away\tsaid \\xc3\\xa9\\x5c\\x09.\nboard: the flash image has another size\n3 k\t\n9 no\tlevel\n';
    for (const size of [1, 3, 1000]) {
      const lines: string[] = [];
      const reader = new ConsoleReader((level, actor, said) => lines.push(`${level}|${actor}|${said}`));
      for (let at = 0; at < text.length; at += size) reader.hear(Buffer.from(text.slice(at, at + size)));
      expect(lines).toEqual(['info|gate\nway|said \u00e9\\\t.', 'error|k|']);
      expect(reader.words()).toEqual(['board: the flash image has another size', '9 no\tlevel']);
    }
  });

  it('does not grow without end', () => {
    const reader = new ConsoleReader(() => {});
    for (let i = 0; i < 2000; i++) reader.hear(new Uint8Array(1000).fill(0x41));
    reader.hear(Buffer.from('x\n'.repeat(500)));
    expect(reader.words().join('').length).toBeLessThan(10_000);
  });
});

describe('the firmware table', () => {
  it('holds each module at an aligned place, and refuses what does not fit', () => {
    const image = romImage({ one: Uint8Array.of(1, 2, 3), 'a-longer-name': Uint8Array.of(4) });
    const view = new DataView(image.buffer);
    const places = [0, 1].map((i) => view.getUint32(8 + 44 * i + 4, true));
    expect(places.map((at) => [at % 16, image[at]])).toEqual([
      [0, 1],
      [0, 4],
    ]);
    expect(() => romImage({ ['n'.repeat(33)]: Uint8Array.of(1) })).toThrow(RangeError);
    expect(() => romImage({ big: new Uint8Array(MEMORY.rom.size) })).toThrow(RangeError);
  });

  it('and the link have one source', () => {
    expect(linkHeader()).toContain('#define LINK_PUBLISH 0x96u');
    expect(linkHeader()).toContain(`#define LINK_FLASH_SIZE 0x${blankImage().length.toString(16)}u`);
  });
});

describe('the metered copy of a module', () => {
  let probe: Uint8Array;
  beforeAll(async () => {
    probe = await compileProbe();
  }, 60_000);

  it('is valid wherever the module is', () => {
    for (const [name, wasm] of Object.entries({ ...FIXTURES, probe })) {
      let copy: Uint8Array<ArrayBuffer>;
      try {
        copy = instrument(wasm, 8192).wasm;
      } catch (error) {
        expect(error, name).toBeInstanceOf(WasmFormatError);
        continue;
      }
      if (WebAssembly.validate(Uint8Array.from(wasm))) expect(WebAssembly.validate(copy), name).toBe(true);
    }
  });

  it('ends its memory where the budget ends: no byte later, none sooner', () => {
    for (const memory of [1024, 8192, 65_535, 65_536]) {
      const { shift } = instrument(probe, memory);
      expect(shift).toBe(65_536 - memory);
    }
  });

  it('of damaged bytes is refused in one way, and soon', () => {
    const chance = seededChance('copies');
    for (let round = 0; round < 500; round++) {
      const damaged = Uint8Array.from(probe);
      for (let n = 0; n < 3; n++) damaged[8 + Math.floor(chance() * (damaged.length - 8))] = Math.floor(chance() * 256);
      try {
        instrument(damaged, 8192);
      } catch (error) {
        expect(error).toBeInstanceOf(WasmFormatError);
      }
    }
  });
});

describe('a tool that is not installed is named with its packages: MOTE-1009', () => {
  const path = process.env.PATH;
  const folder = mkdtempSync(join(tmpdir(), 'mote-path-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => {
    process.env.PATH = path;
  });
  /** A PATH with these programs and no other. */
  const only = (...programs: string[]) => {
    const bin = mkdtempSync(join(folder, 'bin-'));
    for (const program of programs) {
      const found = spawnSync('sh', ['-c', `command -v ${program}`], {
        encoding: 'utf8',
        env: { PATH: path },
      }).stdout.trim();
      symlinkSync(found, join(bin, program));
    }
    process.env.PATH = bin;
  };

  it('the compiler', async () => {
    only();
    const details = {
      tool: 'riscv64-unknown-elf-gcc',
      packages: 'gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf',
    };
    const building = buildBoard({ out: join(folder, 'image') });
    await expect(building).rejects.toMatchObject({ key: 'tool-missing', code: 'MOTE-1009', details });
  });

  it('QEMU, and what makes its pipes', () => {
    const start = () => new QemuMachine({ elf: 'none.elf', flash: 'none.bin' }, ports);
    only();
    expect(start).toThrow(
      expect.objectContaining({ code: 'MOTE-1009', details: { tool: 'mkfifo', packages: 'mkfifo' } }),
    );
    only('mkfifo');
    const details = { tool: 'qemu-system-riscv32', packages: 'qemu-system-misc' };
    expect(start).toThrow(expect.objectContaining({ code: 'MOTE-1009', details }));
  });

  it('wasm2c, for modules ahead of time', async () => {
    only();
    const writing = writeCompiled(join(folder, 'ahead'), { quiet: FIXTURES.quiet! });
    await expect(writing).rejects.toMatchObject({ code: 'MOTE-1009', details: { tool: 'wasm2c', packages: 'wabt' } });
  });
});

/** What an image is made of: bytes of flash and RAM for each part, read from the linker's map. */
import { readFile } from 'node:fs/promises';
import { MEMORY } from './protocol.ts';

export interface PartSize {
  /** Code, constants and the initial values of variables. */
  flash: number;
  /** Variables. */
  ram: number;
}

export type Part = 'kernel' | 'engine' | 'wasm3' | 'compiled' | 'board' | 'libc';

/** ` .text.mote_step  0x80001234  0x56 /…/kernel-Os/kernel.o`, the name perhaps on a line of its own. */
const LINE = /^ (\.[\w.$-]+)?\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+(\S.*)$/;
const VARIABLES = /^\.(data|sdata|tdata)/;

/** Throws file errors of node:fs, and an Error for a map that names none of our parts. */
export async function imageParts(map: string): Promise<Record<Part, PartSize>> {
  const parts: Record<Part, PartSize> = {
    kernel: { flash: 0, ram: 0 },
    engine: { flash: 0, ram: 0 },
    wasm3: { flash: 0, ram: 0 },
    compiled: { flash: 0, ram: 0 },
    board: { flash: 0, ram: 0 },
    libc: { flash: 0, ram: 0 },
  };
  const text = await readFile(map, 'utf8');
  const lines = text.slice(text.indexOf('Linker script and memory map')).split('\n');
  for (const [index, line] of lines.entries()) {
    const found = LINE.exec(line);
    if (!found) continue;
    const section = found[1] ?? /^ (\.[\w.$-]+)$/.exec(lines[index - 1] ?? '')?.[1] ?? '';
    const [at, size] = [Number.parseInt(found[2]!, 16), Number.parseInt(found[3]!, 16)];
    const part = parts[partOf(found[4]!)];
    const { code, ram } = MEMORY;
    if (at >= code.at && at < code.at + code.size) part.flash += size;
    if (at >= ram.at && at < ram.at + ram.size) {
      part.ram += size;
      if (VARIABLES.test(section)) part.flash += size;
    }
  }
  if (parts.kernel.flash === 0) throw new Error(`${map} is no map of the board`);
  return parts;
}

/** Objects stand in folders that are named `<part>-<optimisation>`. */
function partOf(object: string): Part {
  const [, part] = /\/(kernel|engine|wasm3|compiled|board)-O[^/]*\/[^/]*\.o$/.exec(object) ?? [];
  return (part as Part | undefined) ?? 'libc';
}

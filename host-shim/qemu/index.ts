/** The board with an rv32imac under it: everything else is the emulated board's (board/board.ts). */
import { type Board, type BoardOptions, builtModules, createBoard } from '../board/board.ts';
import { FileFlash } from '../board/flash.ts';
import type { FlashPort } from '../board/ports.ts';
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';
import { MoteError } from '../errors.ts';
import { type BuiltBoard, buildBoard, type Variant } from './build.ts';
import { QemuMachine } from './machine.ts';

export { type BoardBuild, buildBoard, type BuiltBoard, TOOLS, VARIANTS, type Variant } from './build.ts';
export { type Gauge, type MachineOptions, QemuMachine } from './machine.ts';

export interface QemuBoardOptions extends Omit<BoardOptions, 'flash' | 'kernel' | 'machine'> {
  /** Path of the flash image; an erased one is made where there is none. */
  flash: string;
  variant?: Variant;
  /** Interpret the modules of the firmware, too. Else they run natively, where wasm2c is installed. */
  interpret?: boolean;
  /** Count instructions exactly; about three times slower. */
  count?: boolean;
  /** Each machine, when it starts: one for each time that the board is switched on. */
  onMachine?: (machine: QemuMachine) => void;
  /** Told when something is compiled. */
  onBuild?: (line: string) => void;
}

/**
 * A board, switched off. Builds the image when it is not up to date.
 * Throws tool-missing, build-failed, flash-size, file-unreadable, file-unwritable, not-built.
 */
export async function createQemuBoard(options: QemuBoardOptions): Promise<Board> {
  const { flash, onMachine, count, ...rest } = options;
  (await FileFlash.open(flash)).close();
  const builtins = rest.builtins ?? (await builtModules());
  const { elf, ahead } = await imageOf(builtins, options);
  return createBoard({
    ...rest,
    builtins,
    flash: elsewhere,
    machine: (ports) => {
      const machine = new QemuMachine({ elf, flash, ahead, ...(count && { count }) }, ports);
      onMachine?.(machine);
      return machine;
    },
  });
}

/** Modules that come with the firmware and never over the air: the supervisor, and what it starts for itself. */
export const FIRMWARE = ['supervisor', 'verifier', 'decrypt', 'inflate', 'unwrap', 'delivery', 'ml-dsa', 'ed25519'];

async function imageOf(
  builtins: Readonly<Record<string, Uint8Array>>,
  { variant, interpret = false, onBuild }: QemuBoardOptions,
): Promise<BuiltBoard & { ahead: string[] }> {
  const build = { ...(variant && { variant }), ...(onBuild && { log: onBuild }) };
  const ahead = interpret ? [] : FIRMWARE.filter((name) => name in builtins);
  const modules = Object.fromEntries(ahead.map((name) => [name, builtins[name]!]));
  if (ahead.length === 0) return { ...(await buildBoard(build)), ahead };
  try {
    return { ...(await buildBoard({ ...build, ahead: { image: 'firmware', modules } })), ahead };
  } catch (error) {
    const isMissing = error instanceof MoteError && error.key === 'tool-missing' && error.details.tool === 'wasm2c';
    if (!isMissing) throw error;
    onBuild?.('qemu: wasm2c (Debian: wabt) is not installed: the modules of the firmware are interpreted');
    return { ...(await buildBoard(build)), ahead: [] };
  }
}

/** The board's C has the flash (board/flash.c), and never asks for it. */
const elsewhere: FlashPort = {
  describe: () => undefined,
  read: () => ErrorCode.io,
  program: () => ErrorCode.io,
  erase: () => ErrorCode.io,
};

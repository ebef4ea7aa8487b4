/** The board with an rv32imac under it: everything else is the emulated board's (board/board.ts). */
import { type Board, type BoardOptions, createBoard } from '../board/board.ts';
import { FileFlash } from '../board/flash.ts';
import type { FlashPort } from '../board/ports.ts';
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';
import { buildBoard, type Variant } from './build.ts';
import { QemuMachine } from './machine.ts';

export { type BoardBuild, buildBoard, type BuiltBoard, TOOLS, VARIANTS, type Variant } from './build.ts';
export { type Gauge, type MachineOptions, QemuMachine } from './machine.ts';

export interface QemuBoardOptions extends Omit<BoardOptions, 'flash' | 'kernel' | 'machine'> {
  /** Path of the flash image; an erased one is made where there is none. */
  flash: string;
  variant?: Variant;
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
  const { flash, variant, count, onMachine, onBuild, ...rest } = options;
  (await FileFlash.open(flash)).close();
  const { elf } = await buildBoard({ ...(variant && { variant }), ...(onBuild && { log: onBuild }) });
  return createBoard({
    ...rest,
    flash: elsewhere,
    machine: (ports) => {
      const machine = new QemuMachine({ elf, flash, ...(count && { count }) }, ports);
      onMachine?.(machine);
      return machine;
    },
  });
}

/** The board's C has the flash (board/flash.c), and never asks for it. */
const elsewhere: FlashPort = {
  describe: () => undefined,
  read: () => ErrorCode.io,
  program: () => ErrorCode.io,
  erase: () => ErrorCode.io,
};

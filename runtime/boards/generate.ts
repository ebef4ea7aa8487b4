/** Writes what is made from the descriptions of boards. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../abi/package-root.ts';
import { boardConstants } from './constants.ts';
import { boardNames, boardSchema, loadBoard } from './description.ts';
import { overlayFaults } from './overlay.ts';
import { boardsDocument } from './tables.ts';

/** Path below the package's root -> text. */
export function boardFiles(): Map<string, string> {
  const boards = boardNames().map((name) => loadBoard(name)!);
  return new Map([
    ['runtime/boards/board.schema.json', boardSchema()],
    ['docs/boards.md', boardsDocument(boards)],
    ...boards.map((board): [string, string] => [`runtime/guest/boards/${board.name}.ts`, boardConstants(board)]),
  ]);
}

/**
 * Brings the generated files up to date, or with `check` only looks.
 * @returns the files that were stale, as paths below the package's root
 * @throws Error when an overlay sets other pins than the description says
 */
export function generateBoards({ check = false, root = packageRoot() } = {}): string[] {
  const faults = boardNames().flatMap((name) => {
    const board = loadBoard(name)!;
    if (board.zephyr === null) return [];
    const path = `zephyr-board/app/boards/${board.zephyr.overlay}`;
    return overlayFaults(board, readFileSync(join(root, path), 'utf8')).map((fault) => `${path}: ${fault}`);
  });
  if (faults.length > 0) throw new Error(faults.join('\n'));
  const stale = [...boardFiles()].filter(([path, text]) => textOf(join(root, path)) !== text);
  for (const [path, text] of check ? [] : stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return stale.map(([path]) => path);
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** A new project from a template: a folder that builds, tests, runs and pushes as it is. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fault } from '../errors.ts';
import { codeOf, packageRoot } from '../files.ts';
import { describedBoard } from '../parts/boards.ts';
import { boardLookup, fillFolder, type Lookup, TEMPLATES, UnknownName } from './fill.ts';
import { PROJECTS, type ProjectTemplate } from './projects.ts';

export interface NewProject {
  /** The module's, which is that of the folder. */
  name: string;
  folder: string;
  template: ProjectTemplate;
  board: string;
  /** Paths below the folder. */
  files: string[];
}

/** As in module.json (runtime/guest/compiler/manifest.ts). */
const NAME = /^[a-z][a-z0-9-]{0,31}$/;
/** Modules of mote's own firmware: a device would know two of the name. */
const TAKEN = /^(bench|decrypt|delivery|ed25519|inflate|ml-dsa|rules|supervisor|unwrap|verifier)$/;

/**
 * Writes the project: all of it, or nothing.
 * Throws project-occupied, name-invalid, template-board, board-unknown, file-unwritable.
 */
export async function initProject(
  path: string,
  { template = 'blinky', board = 'virtual' }: { template?: ProjectTemplate; board?: string } = {},
): Promise<NewProject> {
  const folder = resolve(path);
  const name = basename(folder);
  if (!NAME.test(name)) {
    throw fault('name-invalid', { name, what: 'a module', form: '1 to 32 of a-z, 0-9 and -, beginning with a letter' });
  }
  if (TAKEN.test(name)) throw fault('name-invalid', { name, what: 'a module', form: "none of the firmware's own" });
  const lookup = await lookupFor(name, board, template);
  const root = join(packageRoot(), TEMPLATES);
  let files: Map<string, string>;
  try {
    files = new Map([
      ...(await fillFolder(join(root, 'common'), lookup)),
      ...(await fillFolder(join(root, template), lookup)),
    ]);
  } catch (error) {
    if (!(error instanceof UnknownName)) throw error;
    throw fault('template-board', { template, board, what: error.wanted }, error);
  }
  await refuseOccupied(folder, path);
  try {
    await writeAll(folder, files);
  } catch (error) {
    if (/^(ENOTEMPTY|EEXIST)$/.test(codeOf(error) ?? '')) await refuseOccupied(folder, path);
    throw fault('file-unwritable', { path, why: codeOf(error) ?? String(error) }, error);
  }
  return { name, folder, template, board, files: [...files.keys()].sort() };
}

async function lookupFor(name: string, board: string, template: ProjectTemplate): Promise<Lookup> {
  const { version } = JSON.parse(await readFile(join(packageRoot(), 'package.json'), 'utf8'));
  const known: Record<string, string> = { name, board, version, summary: sentence(PROJECTS[template]) };
  const ofBoard = boardLookup(describedBoard(board));
  return (wanted) => (Object.hasOwn(known, wanted) ? known[wanted] : ofBoard(wanted));
}

const sentence = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

async function refuseOccupied(folder: string, path: string): Promise<void> {
  const found = await readdir(folder).catch((error) => {
    if (codeOf(error) === 'ENOENT') return [];
    if (codeOf(error) === 'ENOTDIR') throw fault('project-occupied', { path, found: 'a file' }, error);
    throw fault('file-unreadable', { path, why: codeOf(error) ?? String(error) }, error);
  });
  if (found.length > 0) throw fault('project-occupied', { path, found: found.slice(0, 3).join(', ') });
}

/** In a folder of its own beside it, which then gets the name: who looks sees nothing or all. */
async function writeAll(folder: string, files: Map<string, string>): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const temporary = join(dirname(folder), `.${basename(folder)}.${randomBytes(6).toString('hex')}`);
  try {
    for (const [path, text] of files) {
      await mkdir(dirname(join(temporary, path)), { recursive: true });
      await writeFile(join(temporary, path), text);
    }
    // An empty folder may stand there; one that got something meanwhile stays as it is.
    await rmdir(folder).catch((error) => {
      if (codeOf(error) !== 'ENOENT') throw error;
    });
    await rename(temporary, folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

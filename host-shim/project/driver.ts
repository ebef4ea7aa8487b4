/** A driver for a project: AssemblyScript, its virtual part, and tests that pass as they are. */
import { mkdir, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fault } from '../errors.ts';
import { codeOf, packageRoot, writeWhole } from '../files.ts';
import { fillFolder, TEMPLATES } from './fill.ts';
import type { DriverBus } from './projects.ts';

export interface NewDriver {
  name: string;
  className: string;
  bus: DriverBus;
  /** Below the project's folder. */
  files: string[];
}

/** It becomes a file, a class, and the first word of a part's configuration. */
const NAME = /^[a-z][a-z0-9]{0,23}$/;

/**
 * Writes the three files into the project of `folder`: all, or none.
 * Throws module-missing, name-invalid, driver-exists, file-unwritable.
 */
export async function addDriver(folder: string, name: string, bus: DriverBus): Promise<NewDriver> {
  if (!NAME.test(name)) {
    throw fault('name-invalid', { name, what: 'a driver', form: '1 to 24 of a-z and 0-9, beginning with a letter' });
  }
  if (!(await exists(join(folder, 'module.json')))) throw fault('module-missing', { path: folder });
  const className = name[0]!.toUpperCase() + name.slice(1);
  const names: Record<string, string> = { name, class: className, title: name.toUpperCase() };
  const files = await fillFolder(join(packageRoot(), TEMPLATES, 'driver', bus), (wanted) => names[wanted]);
  for (const path of files.keys()) {
    if (await exists(join(folder, path))) throw fault('driver-exists', { path: join(folder, path) });
  }
  const written: string[] = [];
  try {
    for (const [path, text] of files) {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeWhole(file, text, { exclusive: true });
      written.push(file);
    }
  } catch (error) {
    await Promise.all(written.map((file) => unlink(file)));
    if (codeOf(error) === 'EEXIST')
      throw fault('driver-exists', { path: join(folder, [...files.keys()][written.length]!) }, error);
    throw error;
  }
  return { name, className, bus, files: [...files.keys()].sort() };
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

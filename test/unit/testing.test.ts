/** The library behind `mote test` and `mote init`: what it refuses, and what it says then. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { VirtualClock } from '../../host-shim/board/clock.ts';
import { addDriver } from '../../host-shim/project/driver.ts';
import { initProject } from '../../host-shim/project/init.ts';
import { PROJECTS } from '../../host-shim/project/projects.ts';
import { millisecondsOf } from '../../host-shim/testing/duration.ts';
import { readScenario, STEPS } from '../../host-shim/testing/scenario.ts';
import { packageRoot } from '../../host-shim/files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mote-testing-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('lengths of time', () => {
  test.each([
    [250, 250],
    ['250ms', 250],
    ['60s', 60_000],
    ['1.5min', 90_000],
    ['2 h', 7_200_000],
    ['0s', 0],
  ])('%s', (text, milliseconds) => expect(millisecondsOf(text)).toBe(milliseconds));

  test.each(['', '60', '-1s', '1w', '1e9d', 'NaNs', Number.NaN, -1, Number.POSITIVE_INFINITY])('not %s', (text) =>
    expect(() => millisecondsOf(text)).toThrow(/no length of time/),
  );
});

test('a clock stops at what was waited for', () => {
  const clock = new VirtualClock();
  let rung = 0;
  for (const time of [10, 20, 30]) clock.at(time, () => rung++);
  expect(clock.advance(100, () => rung === 2)).toBe(true);
  expect([clock.now(), rung]).toEqual([20, 2]);
  expect(clock.advance(100, () => rung === 9)).toBe(false);
  expect([clock.now(), rung]).toEqual([120, 3]);
});

describe('a scenario', () => {
  const header = 'name: it\nsteps:\n';
  const WRONG: [what: string, text: string, line: number, why: RegExp][] = [
    ['no YAML', 'steps: [', 1, /expected|must/i],
    ['no map', '- 1', 1, /not a map/],
    ['no steps', 'name: it\n', 1, /steps/],
    ['an empty list', 'steps: []', 1, /list of steps/],
    ['an unknown key', `${header}  - advance: 1s\nboards: x\n`, 1, /boards/],
    ['an unknown step', `${header}  - advance: 1s\n  - advence: 1s\n`, 4, /no step 'advence' .*advance/],
    ['two steps in one', `${header}  - advance: 1s\n    heal: { part: X }\n`, 3, /one name/],
    ['a length that is none', `${header}  - advance: 1 year\n`, 3, /steps\.0\.advance: is no length of time/],
    [
      'a knob that is missing',
      `${header}  - advance: 1s\n  - set:\n      part: X\n      value: 3\n`,
      5,
      /steps\.1\.set\.knob/,
    ],
    [
      'a value of another kind',
      `${header}  - set:\n      part: X\n      knob: t\n      value: warm\n`,
      6,
      /steps\.0\.set\.value/,
    ],
    ['a fault that is none', `${header}  - inject:\n      part: X\n      fault: tired\n`, 5, /steps\.0\.inject\.fault/],
    ['two bodies', `${header}  - expect-publish: { topic: t, text: a, hex: "00" }\n`, 3, /takes one of/],
    ['half a byte', `${header}  - transmit: { frame: "123" }\n`, 3, /hexadecimal/],
    ['an alias', `${header}  - &a advance: 1s\n  - *a\n`, 4, /no aliases/],
  ];
  test.each(WRONG)('%s is told with its line', (_, text, line, why) => {
    let error: unknown;
    try {
      readScenario(text, 'a.scenario.yaml');
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code: 'MOTE-7213' });
    expect(String((error as Error).message)).toMatch(new RegExp(`^a\\.scenario\\.yaml:${line}: `));
    expect((error as Error).message).toMatch(why);
  });

  test('has what the page about tests lists, and nothing else', async () => {
    const page = await readFile(join(packageRoot(), 'docs', 'testing.md'), 'utf8');
    const listed = [...page.matchAll(/^\| (`[a-z-]+`(?:, `[a-z-]+`)?) \|/gm)].flatMap(
      ([, names]) => names!.match(/[a-z-]+/g)!,
    );
    expect(listed.sort()).toEqual(Object.keys(STEPS).sort());
  });

  test('keeps the line of each step', () => {
    const { steps } = readScenario(`# a comment\n${header}\n  - advance: 5\n  # another\n  - heal: { part: X }\n`, 'x');
    expect(steps.map(({ name, line }) => [name, line])).toEqual([
      ['advance', 5],
      ['heal', 7],
    ]);
  });
});

describe('a new project', () => {
  test.each(Object.keys(PROJECTS) as (keyof typeof PROJECTS)[])('%s: no name is left open', async (template) => {
    const made = await initProject(join(folder, template), { template });
    expect(made.files).toContain('.gitignore');
    for (const file of made.files) {
      const text = await readFile(join(made.folder, file), 'utf8');
      expect(text, file).not.toMatch(/\{\{|\}\}[^,} ]/);
      expect(text.length).toBeGreaterThan(0);
    }
    expect(JSON.parse(await readFile(join(made.folder, 'package.json'), 'utf8'))).toMatchObject({ name: template });
  });

  test('never replaces, never leaves half of one', async () => {
    const occupied = join(folder, 'occupied');
    await mkdir(occupied);
    await writeFile(join(occupied, 'mine'), 'precious');
    await expect(initProject(occupied)).rejects.toMatchObject({ code: 'MOTE-7201' });
    await writeFile(join(folder, 'file'), '');
    await expect(initProject(join(folder, 'file'))).rejects.toMatchObject({ code: 'MOTE-7201' });
    expect(await readdir(occupied)).toEqual(['mine']);
    await mkdir(join(folder, 'empty'));
    await initProject(join(folder, 'empty'));
    const rivals = await Promise.allSettled([1, 2, 3].map(() => initProject(join(folder, 'race'))));
    expect(rivals.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test.each(['A', '1a', 'a b', 'a_b', `a${'b'.repeat(32)}`, 'supervisor'])(
    'no module can be called %s',
    async (name) => {
      await expect(initProject(join(folder, name))).rejects.toMatchObject({ code: 'MOTE-7202' });
    },
  );

  test('a board that lacks what the template needs', async () => {
    const error = await initProject(join(folder, 'lamp'), { board: 's0' }).catch((caught) => caught);
    expect(error).toMatchObject({ code: 'MOTE-7203', details: { what: 'pin.led' } });
    await expect(initProject(join(folder, 'lamp'), { board: 'none' })).rejects.toMatchObject({ code: 'MOTE-7101' });
    expect(await readdir(folder)).not.toContain('lamp');
    const lamp = await initProject(join(folder, 'lamp'), { board: 'esp32c6_devkitc' });
    expect(await readFile(join(lamp.folder, 'index.ts'), 'utf8')).toContain('boards/esp32c6_devkitc');
  });
});

describe('a new driver', () => {
  test('is refused outside of a module, under a bad name, and over files that exist', async () => {
    await expect(addDriver(folder, 'tmp119', 'i2c')).rejects.toMatchObject({ code: 'MOTE-4001' });
    const project = (await initProject(join(folder, 'drivers'))).folder;
    await expect(addDriver(project, '../x', 'i2c')).rejects.toMatchObject({ code: 'MOTE-7202' });
    await mkdir(join(project, 'test', 'parts'), { recursive: true });
    await writeFile(join(project, 'test', 'parts', 'mine.ts'), 'precious');
    await expect(addDriver(project, 'mine', 'spi')).rejects.toMatchObject({ code: 'MOTE-7204' });
    expect(await readdir(project)).not.toContain('assembly');
    expect(await readFile(join(project, 'test', 'parts', 'mine.ts'), 'utf8')).toBe('precious');
    expect((await addDriver(project, 'other', 'spi')).files).toEqual([
      'assembly/other.ts',
      'test/other.test.ts',
      'test/parts/other.ts',
    ]);
  });
});

/** The kit on a driver that is right, and on drivers with a bug each, which it must find. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../host-shim/files.ts';
import { tmp117 } from '../../host-shim/parts/catalog/tmp117.ts';
import { type DriverOptions, driverCases } from '../../host-shim/parts/kit/cases.ts';
import { testDriver } from '../support/driver.ts';

const sensors = join(packageRoot(), 'modules', 'sensors', 'assembly');
const options: DriverOptions = {
  source: join(sensors, 'tmp117.ts'),
  className: 'Tmp117',
  config: 'tmp117 bus=0 address=0x48',
  at: 'i2c0:0x48',
  reads: { temperature: { quantity: 'temperature', tolerance: 1 / 256, range: [-55, 150] } },
};

testDriver(tmp117, options);

/** A bug each: what stands in the driver, what instead, and the case that must fail. */
const BUGS: [name: string, from: string, to: string, found: RegExp][] = [
  ['a wrong scale', '<i64>steps * 78125', '<i64>steps * 78126', /reads temperature back/],
  ['an unsigned result', '<i64>steps * 78125', '<i64>(steps & 0xffff) * 78125', /reads temperature back/],
  ['an identity that nobody looks at', '== DID ? 0 : WRONG_PART', '== DID ? 0 : 0', /another part/],
  ['a range that nobody looks at', 'steps < -55 * 128 ||', 'false ||', /reads temperature back/],
  ['a transfer whose failure is not noticed', 'if (fault) return fault;', '', /at each transfer|not there|stuck/],
];

describe('a driver with a bug', () => {
  test.each(BUGS)('%s', async (name, from, to, found) => {
    const text = await readFile(options.source, 'utf8');
    expect(text).toContain(from);
    const folder = join(packageRoot(), 'build', 'test-modules', 'bugs');
    await mkdir(folder, { recursive: true });
    const source = join(folder, `${name.replaceAll(/\W+/g, '-')}.ts`);
    const up = relative(folder, sensors).replaceAll('\\', '/');
    await writeFile(source, text.replace(from, to).replaceAll("from './", `from '${up}/`));
    const { cases, close } = driverCases(tmp117, { ...options, source });
    const failed: string[] = [];
    for (const { name: title, run } of cases) await run().catch(() => failed.push(title));
    await close();
    expect(failed.join('\n')).toMatch(found);
  });
});

/** What tests of a module import: `import { expect, test, virtualBoard } from 'motekit/testing'`. */
import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, test } from 'vitest';
import type { Description } from '../parts/description.ts';
import { type DriverOptions, driverCases } from '../parts/kit/cases.ts';
import { readScenario } from './scenario.ts';
import { runScenario } from './steps.ts';

// vitest's own, so that a project needs no other package and the two always fit.
export { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
export { definePart } from '../parts/define.ts';
export type { Description, Knob } from '../parts/description.ts';
export type { DriverOptions, Read } from '../parts/kit/cases.ts';
export type { Fault, Part, PartState } from '../parts/part.ts';
export type { SenmlRecord } from '../telemetry/senml.ts';
export { BoardError, type VirtualBoard, type VirtualBoardOptions, virtualBoard } from './board.ts';
export type { Duration } from './duration.ts';
export type { Pin, PinChange } from './pin.ts';
export type { Publication } from './publication.ts';

/**
 * Tests a driver against its virtual part: whole ranges, boundaries, and every fault that the part can have, at each transfer.
 * A case that is left out says why in its name. `source`: a file URL or a path.
 */
export function testDriver(
  description: Description,
  options: DriverOptions | (Omit<DriverOptions, 'source'> & { source: URL }),
): void {
  const source = options.source instanceof URL ? fileURLToPath(options.source) : resolve(options.source);
  describe(description.name, () => {
    const { cases, close } = driverCases(description, { ...options, source });
    afterAll(close);
    for (const { name, skipped, run } of cases)
      if (skipped) test.skip(`${name} (SKIPPED: ${skipped})`, () => {});
      else test(name, run);
  });
}

/** Makes a test of a `*.scenario.yaml` file; `mote test` does so by itself. */
export async function testScenario(path: string): Promise<void> {
  const shown = relative(process.cwd(), path) || path;
  const scenario = readScenario(await readFile(path, 'utf8'), shown);
  test(scenario.name ?? 'the scenario', async () => void (await runScenario(scenario, shown)));
}

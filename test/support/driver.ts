/** The fault-injection kit of host-shim/parts as tests. */
import { afterAll, describe, test } from 'vitest';
import type { Description } from '../../host-shim/parts/description.ts';
import { type DriverOptions, driverCases } from '../../host-shim/parts/kit/cases.ts';

/** Every case that the part's description gives rise to. A case that is left out says why in its name. */
export function testDriver(description: Description, options: DriverOptions): void {
  describe(description.name, () => {
    const { cases, close } = driverCases(description, options);
    afterAll(close);
    for (const { name, skipped, run } of cases)
      if (skipped) test.skip(`${name} (SKIPPED: ${skipped})`, () => {});
      else test(name, run);
  });
}

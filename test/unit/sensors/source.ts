import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DriverSource } from '../../../host-shim/parts/kit/harness.ts';
import { packageRoot } from '../../../runtime/abi/package-root.ts';

/** Where modules/sensors has the driver of this name, as its registry says. */
export function driverSource(name: string): DriverSource {
  const folder = join(packageRoot(), 'modules', 'sensors', 'assembly');
  const registry = readFileSync(join(folder, 'drivers.ts'), 'utf8');
  const [, className, args] = new RegExp(`isText\\('${name}'\\)\\) return new (\\w+)\\((\\w*)\\)`).exec(registry) ?? [];
  const [, file] = new RegExp(`import \\{ ${className} \\} from '\\./([\\w-]+)'`).exec(registry) ?? [];
  if (!className || !file) throw new Error(`modules/sensors has no driver ${name}`);
  return { source: join(folder, `${file}.ts`), className, ...(args && { made: `new ${className}(${args})` }) };
}

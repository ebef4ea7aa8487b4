/** The command line as a program: oclif finds the command and runs it; what it cannot find ends here. */
import { Errors, flush, run, settings } from '@oclif/core';
import { report } from './report.ts';

export async function main(argv: string[], url: string): Promise<void> {
  // Otherwise oclif looks for a TypeScript loader when NODE_ENV says test or development.
  settings.enableAutoTranspile = false;
  try {
    await run(argv, url);
    await flush();
  } catch (error) {
    if (error instanceof Errors.ExitError) process.exit(error.oclif.exit ?? 0);
    process.exit(report(error, { json: argv.includes('--json'), command: 'mote' }));
  }
}

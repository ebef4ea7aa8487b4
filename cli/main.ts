/** The command line as a program: oclif finds the command and runs it; what it cannot find ends here. */
import { Errors, run, settings } from '@oclif/core';
import { report } from './report.ts';

export async function main(argv: string[], url: string): Promise<void> {
  // Otherwise oclif looks for a TypeScript loader when NODE_ENV says test or development.
  settings.enableAutoTranspile = false;
  try {
    await run(argv, url);
  } catch (error) {
    const exit =
      error instanceof Errors.ExitError
        ? (error.oclif.exit ?? 0)
        : report(error, { json: argv.includes('--json'), command: 'mote' });
    // What has been printed goes out first; then whatever is still open does not keep the process.
    process.stdout.write('', () => process.exit(exit));
  }
}

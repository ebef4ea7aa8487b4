/** How every command ends when it cannot do what was asked: four parts, no stack. */
import { styleText } from 'node:util';
import { Errors } from '@oclif/core';
import { fault, MoteError } from '../host-shim/errors.ts';

export interface ReportOptions {
  json: boolean;
  /** What the user typed, for help: `mote sign`. */
  command: string;
  /** What stands beside the error in JSON. */
  extra?: object | undefined;
}

/** Prints the error (stderr for people, stdout for `--json`) and returns the exit code. */
export function report(error: unknown, { json, command, extra }: ReportOptions): number {
  const known = asMoteError(error, command);
  if (json) process.stdout.write(`${JSON.stringify({ error: known, ...extra }, null, 2)}\n`);
  else process.stderr.write(describe(known));
  if (known.key === 'internal' && process.env.DEBUG) process.stderr.write(`${(error as Error).stack}\n`);
  return known.exit;
}

/** Everything that is thrown, as a row of the table. */
export function asMoteError(error: unknown, command: string): MoteError {
  if (error instanceof MoteError) return error;
  // oclif's own: a flag, an argument, a command that is not there.
  if (error instanceof Errors.CLIError) return fault('usage', { what: firstPart(error.message), command });
  return fault('internal', { what: error instanceof Error ? error.message : String(error) }, error);
}

/** The error in words, with colours on a terminal only. */
export function describe({ code, message, help }: MoteError): string {
  const paint = (style: 'red' | 'bold', text: string) =>
    process.stderr.isTTY && !process.env.NO_COLOR ? styleText(style, text) : text;
  return `${paint('red', `error ${code}`)}: ${message}\n  next: ${paint('bold', help)}\n  more: mote explain ${code}\n`;
}

/** What oclif says over several lines, as one, without its general advice. */
function firstPart(message: string): string {
  return message
    .replace(/\s*See more help with --help\s*$/, '')
    .replace(/\n+Note: .*$/s, '')
    .replace(/^The following errors? occurred:\s*/, '')
    .replace(/^command (.*) not found$/, (_, id: string) => `there is no command "${id.replaceAll(':', ' ')}"`)
    .replace(/:?\n+\s*/g, (gap) => (gap.startsWith(':') ? ': ' : '; '));
}

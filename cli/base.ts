/** What all commands share: `--json`, errors from the table, progress on stderr. */
import { Command } from '@oclif/core';
import { report } from './report.ts';

export abstract class MoteCommand extends Command {
  static override enableJsonFlag = true;

  /** What stands beside an error in JSON: what is known in spite of it. */
  protected evidence: object | undefined;

  /** Narration, for people: stderr, and silent with `--json`. */
  protected note(text: string): void {
    this.logToStderr(text);
  }

  protected override async catch(error: Error & { exitCode?: number }): Promise<void> {
    if ('code' in error && error.code === 'EEXIT') throw error;
    const command = `${this.config.bin} ${(this.id ?? '').replaceAll(':', ' ')}`;
    this.exit(report(error, { json: this.jsonEnabled(), command, extra: this.evidence }));
  }

  /** A command that has printed its lines itself returns nothing. */
  override logJson(json: unknown): void {
    if (json === undefined) return;
    process.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  }
}

/** Text over several lines of source as one paragraph, which the help breaks by itself. */
export const prose = (text: string): string => text.replace(/\s+/g, ' ');

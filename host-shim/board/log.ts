/** The board's log: who said what when, for people (`formatLine`) and for what went wrong (`LogTail`). */
import type { LogLine, LogSink } from './ports.ts';

/** One line of text. Control characters are escaped: a module's text must not drive a terminal or forge a line. */
export function formatLine({ time, level, actor, text }: LogLine): string {
  const seconds = (time / 1000).toFixed(3).padStart(10);
  return `${seconds} ${level.padEnd(5)} ${printable(actor)}: ${printable(text)}`;
}

/** The last `size` lines of a sink, which goes on to `sink`. */
export class LogTail {
  readonly #lines: LogLine[] = [];
  readonly #size: number;
  readonly #sink: LogSink;

  constructor(sink: LogSink = () => {}, size = 40) {
    this.#sink = sink;
    this.#size = size;
  }

  readonly write: LogSink = (line) => {
    this.#lines.push(line);
    if (this.#lines.length > this.#size) this.#lines.shift();
    this.#sink(line);
  };

  lines(): readonly LogLine[] {
    return [...this.#lines];
  }

  toString(): string {
    return this.#lines.map(formatLine).join('\n');
  }
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** What the board says on its console, by semihosting: lines of the log (board/ports.c), and its own words in a fault. */
import { LogLevel } from '../../runtime/abi/generated/contract.ts';

const LEVELS = Object.keys(LogLevel) as LogLevel[];
const LINE = /^([0-3]) ([^\t]*)\t(.*)$/;
/** Lines that are kept for the report of a fault, and bytes of one. */
const MAX_WORDS = 40;
const MAX_LINE = 4096;

const decoder = new TextDecoder();

export class ConsoleReader {
  readonly #log: (level: LogLevel, actor: string, text: string) => void;
  readonly #words: string[] = [];
  #rest = '';

  constructor(log: (level: LogLevel, actor: string, text: string) => void) {
    this.#log = log;
  }

  hear(bytes: Uint8Array): void {
    const lines = (this.#rest + Buffer.from(bytes).toString('latin1')).split('\n');
    this.#rest = lines.pop()!.slice(0, MAX_LINE);
    for (const line of lines) {
      const [, level, actor, text] = LINE.exec(line) ?? [];
      if (level !== undefined) this.#log(LEVELS[Number(level)]!, plain(actor!), plain(text!));
      else if (this.#words.push(line) > MAX_WORDS) this.#words.shift();
    }
  }

  /** What was no line of the log. */
  words(): string[] {
    return [...this.#words, this.#rest].filter((line) => line.trim() !== '');
  }
}

/** Undoes \xNN; bytes that are no UTF-8 become U+FFFD, as the emulated board does it. */
function plain(text: string): string {
  const bytes = text.replace(/\\x([0-9a-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return decoder.decode(Buffer.from(bytes, 'latin1'));
}

/** Splits WIT text into tokens with their places. */

/** Where a token begins; both count from 1. */
export interface Place {
  line: number;
  column: number;
}

export interface Token {
  kind: 'word' | 'version' | 'mark' | 'end';
  text: string;
  /** The `///` lines directly above, without the slashes and one space, joined by newlines. */
  docs: string;
  at: Place;
}

/** The text is not WIT, or uses what mote's reader does not know. The message begins with `line:column`. */
export class WitError extends Error {
  readonly at: Place;

  constructor(at: Place, message: string) {
    super(`${at.line}:${at.column}: ${message}`);
    this.name = 'WitError';
    this.at = at;
  }
}

const TOKEN =
  /(?<space>\s+)|\/\/\/(?<docs>[^\n]*)|(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)|%?(?<word>[A-Za-z][A-Za-z0-9-]*)|(?<version>\d+\.\d+\.\d+[0-9A-Za-z.+-]*)|(?<mark>->|[{}()<>:;,=@/._*])/y;

/** All tokens of `source`; the last one has the kind `end`. Throws WitError at the first character that begins none. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let docs: string[] = [];
  let line = 1;
  let lineStart = 0;
  TOKEN.lastIndex = 0;
  for (let index = 0; index < source.length; index = TOKEN.lastIndex) {
    const at = { line, column: index - lineStart + 1 };
    const groups = TOKEN.exec(source)?.groups;
    if (!groups) throw new WitError(at, `unexpected character ${JSON.stringify(source[index])}`);
    if (groups.docs !== undefined) docs.push(groups.docs.replace(/^ /, '').trimEnd());
    for (const kind of ['word', 'version', 'mark'] as const) {
      const text = groups[kind];
      if (text === undefined) continue;
      tokens.push({ kind, text, docs: docs.join('\n'), at });
      docs = [];
    }
    for (let newline = source.indexOf('\n', index); newline >= 0 && newline < TOKEN.lastIndex; ) {
      line++;
      lineStart = newline + 1;
      newline = source.indexOf('\n', lineStart);
    }
  }
  tokens.push({
    kind: 'end',
    text: 'end of file',
    docs: docs.join('\n'),
    at: { line, column: source.length - lineStart + 1 },
  });
  return tokens;
}

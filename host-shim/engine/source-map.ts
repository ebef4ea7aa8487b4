/**
 * The source map of a module after instrument.ts has moved its instructions. Offsets in a Wasm file stand as columns of one
 * line, as in every map of Wasm; debuggers on V8 find it by the section `sourceMappingURL`.
 */
import { SourceMap } from 'node:module';
import { leb, nameBytes } from '../../runtime/guest/compiler/binary.ts';
import type { Move } from './instrument.ts';

interface Segment {
  /** Offset in the metered copy. */
  at: number;
  file: string;
  /** Both from 0, as in the map. */
  line: number;
  column: number;
}

interface MapFile {
  version: number;
  sources: string[];
  sourcesContent?: (string | null)[];
  sourceRoot?: string;
  mappings: string;
  names: string[];
}

export class MovedMap {
  readonly #map: MapFile;
  readonly #segments: Segment[] = [];

  /** `json`: the map of the module as it was compiled. Throws SyntaxError. */
  constructor(json: string, moves: Move[]) {
    this.#map = JSON.parse(json);
    const map = new SourceMap(this.#map as ConstructorParameters<typeof SourceMap>[0]);
    for (const [from, to] of moves) {
      const found = map.findEntry(0, from);
      if (!('originalSource' in found) || found.originalSource === undefined) continue;
      const { originalSource: file, originalLine: line, originalColumn: column } = found;
      const last = this.#segments.at(-1);
      if (last && last.file === file && last.line === line && last.column === column) continue;
      this.#segments.push({ at: to, file, line, column });
    }
  }

  /** The copy with the map in it, as a data URL. */
  linkFrom(wasm: Uint8Array): Uint8Array<ArrayBuffer> {
    const json = JSON.stringify({ ...this.#map, names: [], mappings: mappingsOf(this.#segments, this.#map.sources) });
    const url = `data:application/json;base64,${Buffer.from(json).toString('base64')}`;
    const contents = [...nameBytes('sourceMappingURL'), ...nameBytes(url)];
    return Uint8Array.from([...wasm, 0, ...leb(contents.length), ...contents]);
  }

  /** Where an offset of the copy comes from, as `file:line:column` counted from 1. */
  placeOf(offset: number): string | undefined {
    let [low, high] = [0, this.#segments.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#segments[middle]!.at <= offset) low = middle + 1;
      else high = middle;
    }
    const found = this.#segments[low - 1];
    return found && `${found.file}:${found.line + 1}:${found.column + 1}`;
  }

  /** Where the frames of a trap come from, the innermost first. */
  stackOf(error: Error): string[] {
    const frames = (error.stack ?? '').matchAll(/wasm:\/\/wasm\/\S+?:wasm-function\[\d+\]:0x([0-9a-f]+)/g);
    const places = [...frames].map(([, offset]) => this.placeOf(Number.parseInt(offset!, 16)));
    return places.filter((place) => place !== undefined);
  }
}

/** Source map, revision 3: four fields of a segment, each less the one before. */
function mappingsOf(segments: readonly Segment[], sources: readonly string[]): string {
  let [at, source, line, column] = [0, 0, 0, 0];
  return segments
    .map((segment) => {
      const index = sources.indexOf(segment.file);
      const text = [segment.at - at, index - source, segment.line - line, segment.column - column].map(vlq).join('');
      [at, source, line, column] = [segment.at, index, segment.line, segment.column];
      return text;
    })
    .join(',');
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function vlq(value: number): string {
  let text = '';
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  do {
    const digit = rest & 31;
    rest >>>= 5;
    text += DIGITS[rest ? digit | 32 : digit];
  } while (rest);
  return text;
}

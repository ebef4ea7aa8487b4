/** One edit of wasm3's source, and the shape that the lists of edits share. */

export interface Edit {
  name: string;
  file: string;
  /** Of wasm3 that need it. */
  versions: readonly string[];
  find: string;
  /** Where the text to replace ends: before this. It is `find` itself when this is left out. */
  until?: string;
  replace: string;
  /** How often the text is there; once when this is left out. */
  times?: number;
}

type Extent = Pick<Edit, 'until' | 'times'>;

/** An edit for wasm3 0.5 alone. */
export function oldEdit(file: string, name: string, find: string, replace: string, extent: Extent = {}): Edit {
  return { name, file, versions: ['0.5'], find, replace, ...extent };
}

/**
 * CDDL's few words (RFC 8610) as checked codecs: one description of a CBOR structure both writes it and reads it.
 * A value that does not fit throws a Misfit that says where and why, whichever way it was going.
 */

/** A value outside its schema. `path`: such as `budgets.memory`; '' at the top. */
export class Misfit extends Error {
  readonly path: string;
  readonly why: string;
  readonly value: unknown;

  constructor(path: string, why: string, value: unknown) {
    super(path === '' ? why : `${path}: ${why}`);
    this.path = path;
    this.why = why;
    this.value = value;
  }
}

export interface Schema<T> {
  /** From what the CBOR decoder gives: numbers, strings, Uint8Array, arrays, Map. */
  read(value: unknown, path?: string): T;
  /** To what the CBOR encoder takes; reads it back first, so nothing is written that could not be read. */
  write(value: T, path?: string): unknown;
  /** In a record: the label may be missing, and then the field is undefined. */
  readonly optional?: true;
}

/** A field of a record that may be left out. */
export const optional = <T>(schema: Schema<T>): Schema<T | undefined> => ({
  read: schema.read,
  write: (value, path) => schema.write(value as T, path),
  optional: true,
});

export type Of<S> = S extends Schema<infer T> ? T : never;

/** A schema whose values look the same on both sides. */
function plain<T>(read: (value: unknown, path: string) => T): Schema<T> {
  return { read: (value, path = '') => read(value, path), write: (value, path = '') => read(value, path) };
}

/** uint from `min` to `max`; the default is the largest that a JavaScript number holds exactly. */
export function uint(min = 0, max = Number.MAX_SAFE_INTEGER): Schema<number> {
  return plain((value, path) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value))
      throw new Misfit(path, 'is not a whole number', value);
    if (value < min || value > max) throw new Misfit(path, `is not within ${min} to ${max}`, value);
    return value;
  });
}

/** tstr that matches `pattern` as a whole; `kind` says so in words. */
export function text(pattern: RegExp, kind: string): Schema<string> {
  return plain((value, path) => {
    if (typeof value !== 'string') throw new Misfit(path, 'is not a text', value);
    if (!pattern.test(value)) throw new Misfit(path, `is not ${kind}`, value);
    return value;
  });
}

/** bstr of `min` to `max` bytes; `max` is `min` when it is left out. */
export function bytes(min: number, max = min): Schema<Uint8Array> {
  return plain((value, path) => {
    if (!(value instanceof Uint8Array)) throw new Misfit(path, 'is not a byte string', value);
    if (value.length < min || value.length > max) {
      const wanted = min === max ? `${min}` : `${min} to ${max}`;
      throw new Misfit(path, `has ${value.length} bytes, not ${wanted}`, value);
    }
    return value;
  });
}

/** Exactly this number or text. */
export function literal<const T extends number | string>(wanted: T): Schema<T> {
  return plain((value, path) => {
    if (value !== wanted) throw new Misfit(path, `is not ${JSON.stringify(wanted)}`, value);
    return wanted;
  });
}

export function nullable<T>(schema: Schema<T>): Schema<T | null> {
  return {
    read: (value, path) => (value === null ? null : schema.read(value, path)),
    write: (value, path) => (value === null ? null : schema.write(value, path)),
  };
}

/** UUID text (RFC 9562) here, its 16 bytes on the wire. */
export const uuid: Schema<string> = {
  read(value, path = '') {
    const hex = Buffer.from(bytes(16).read(value, path)).toString('hex');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  },
  write(value, path = '') {
    if (!/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value)) throw new Misfit(path, 'is not a UUID', value);
    return new Uint8Array(Buffer.from(value.replaceAll('-', ''), 'hex'));
  },
};

export function list<T>(schema: Schema<T>, min: number, max: number): Schema<T[]> {
  const each = (value: unknown, path: string, way: (item: never, path: string) => unknown): unknown[] => {
    if (!Array.isArray(value)) throw new Misfit(path, 'is not an array', value);
    if (value.length < min || value.length > max) {
      throw new Misfit(path, `has ${value.length} items, not ${min} to ${max}`, value);
    }
    return value.map((item, index) => way(item as never, `${path}[${index}]`));
  };
  return {
    read: (value, path = '') => each(value, path, schema.read) as T[],
    write: (value, path = '') => each(value, path, schema.write) as unknown[],
  };
}

/** An array of fixed length, its items named: `{a: uint(), b: bytes(8)}` is `[a: uint, b: bstr .size 8]`. */
export function tuple<S extends Record<string, Schema<unknown>>>(items: S): Schema<{ [K in keyof S]: Of<S[K]> }> {
  const names = Object.keys(items);
  return {
    read(value, path = '') {
      if (!Array.isArray(value)) throw new Misfit(path, 'is not an array', value);
      if (value.length !== names.length)
        throw new Misfit(path, `has ${value.length} items, not ${names.length}`, value);
      const read = names.map((name, index) => [name, items[name]!.read(value[index], join(path, name))]);
      return Object.fromEntries(read);
    },
    write: (value, path = '') => names.map((name) => items[name]!.write(value[name], join(path, name))),
  };
}

/** A map with these labels and no others: `{a: [1, uint()]}` is `{1 => a: uint}`. */
export function record<S extends Record<string, readonly [label: number | string, schema: Schema<unknown>]>>(
  fields: S,
): Schema<{ [K in keyof S]: Of<S[K][1]> }> {
  const entries = Object.entries(fields);
  return {
    read(value, path = '') {
      if (!(value instanceof Map)) throw new Misfit(path, 'is not a map', value);
      const read = entries.map(([name, [label, schema]]) => {
        if (value.has(label)) return [name, schema.read(value.get(label), join(path, name))];
        if (schema.optional) return [name, undefined];
        throw new Misfit(join(path, name), `(label ${label}) is missing`, undefined);
      });
      for (const label of value.keys()) {
        if (!entries.some(([, [known]]) => known === label))
          throw new Misfit(path, `has the unknown label ${String(label)}`, label);
      }
      return Object.fromEntries(read);
    },
    write: (value, path = '') =>
      new Map(
        entries
          .filter(([name, [, schema]]) => !schema.optional || value[name] !== undefined)
          .map(([name, [label, schema]]) => [label, schema.write(value[name], join(path, name))]),
      ),
  };
}

/** A map of `min` to `max` pairs, as an object whose keys are its texts: `{* tstr => uint}`. */
export function mapping<T>(key: Schema<string>, of: Schema<T>, min: number, max: number): Schema<Record<string, T>> {
  const check = (count: number, path: string, value: unknown) => {
    if (count < min || count > max) throw new Misfit(path, `has ${count} pairs, not ${min} to ${max}`, value);
  };
  return {
    read(value, path = '') {
      if (!(value instanceof Map)) throw new Misfit(path, 'is not a map', value);
      check(value.size, path, value);
      return Object.fromEntries(
        [...value].map(([name, item]) => [key.read(name, path), of.read(item, join(path, String(name)))]),
      );
    },
    write(value, path = '') {
      check(Object.keys(value).length, path, value);
      return new Map(
        Object.entries(value).map(([name, item]) => [key.write(name, path), of.write(item, join(path, name))]),
      );
    },
  };
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

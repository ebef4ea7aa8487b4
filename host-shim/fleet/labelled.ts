/** A CBOR map with numbers as labels, of which some may be left out: `{ 1 => a, ? 3 => b }`. */
import { Misfit, type Of, type Schema } from '../release/schema.ts';

type Field = readonly [label: number, schema: Schema<unknown>];
interface Optional<T> {
  readonly optional: readonly [label: number, schema: Schema<T>];
}
type Fields = Record<string, Field | Optional<unknown>>;

export const optional = <T>(label: number, schema: Schema<T>): Optional<T> => ({ optional: [label, schema] });

type Required<F extends Fields> = {
  [K in keyof F as F[K] extends Field ? K : never]: F[K] extends Field ? Of<F[K][1]> : never;
};
type Maybe<F extends Fields> = {
  [K in keyof F as F[K] extends Optional<unknown> ? K : never]?: F[K] extends Optional<infer T> ? T : never;
};

/** No other label is read; a field that is undefined is not written. */
export function labelled<F extends Fields>(fields: F): Schema<Required<F> & Maybe<F>> {
  const entries = Object.entries(fields).map(([name, field]) =>
    'optional' in field
      ? { name, label: field.optional[0], schema: field.optional[1], needed: false }
      : { name, label: field[0], schema: field[1], needed: true },
  );
  const join = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);
  return {
    read(value, path = '') {
      if (!(value instanceof Map)) throw new Misfit(path, 'is not a map', value);
      for (const label of value.keys()) {
        if (!entries.some((entry) => entry.label === label))
          throw new Misfit(path, `has the unknown label ${String(label)}`, label);
      }
      const read: [string, unknown][] = [];
      for (const { name, label, schema, needed } of entries) {
        if (value.has(label)) read.push([name, schema.read(value.get(label), join(path, name))]);
        else if (needed) throw new Misfit(join(path, name), `(label ${label}) is missing`, undefined);
      }
      return Object.fromEntries(read) as Required<F> & Maybe<F>;
    },
    write(value, path = '') {
      const given = value as Record<string, unknown>;
      return new Map(
        entries
          .filter(({ name, needed }) => needed || given[name] !== undefined)
          .map(({ name, label, schema }) => [label, schema.write(given[name], join(path, name))]),
      );
    },
  };
}

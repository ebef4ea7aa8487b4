/**
 * The canonical ABI's view of a type in linear memory and as core Wasm values
 * (Component Model, design/mvp/CanonicalABI.md: "Alignment", "Element Size", "Flattening").
 */
import type { Case, Definition, Func, Primitive, Type } from './wit.ts';

/** One core value, in wasm3's letters: i32, i64, f32, f64. */
export type Flat = 'i' | 'I' | 'f' | 'F';

export interface Layout {
  /** Bytes, a multiple of `align`. */
  size: number;
  align: number;
  flat: Flat[];
  /** Of a record: where each field begins. */
  offsets: number[];
  /** Of an option, result or variant: where the payload begins. The discriminant is at 0. */
  payload: number;
}

const MAX_FLAT_PARAMETERS = 16;
const MAX_FLAT_RESULTS = 1;

const SIZES: Record<Primitive, [size: number, flat: Flat]> = {
  bool: [1, 'i'],
  u8: [1, 'i'],
  s8: [1, 'i'],
  u16: [2, 'i'],
  s16: [2, 'i'],
  u32: [4, 'i'],
  s32: [4, 'i'],
  char: [4, 'i'],
  u64: [8, 'I'],
  s64: [8, 'I'],
  f32: [4, 'f'],
  f64: [8, 'F'],
};

/** A list or string: its address, then its length (elements, bytes). */
const SLICE: Layout = { size: 8, align: 4, flat: ['i', 'i'], offsets: [0, 4], payload: 0 };

export function layoutOf(type: Type): Layout {
  switch (type.kind) {
    case 'primitive': {
      const [size, flat] = SIZES[type.name];
      return { size, align: size, flat: [flat], offsets: [], payload: 0 };
    }
    case 'string':
    case 'list':
      return SLICE;
    case 'option':
      return sumOf([null, type.some]);
    case 'result':
      return sumOf([type.ok, type.err]);
    case 'named':
      return layoutOfDefinition(type.definition);
  }
}

export function layoutOfDefinition(definition: Definition): Layout {
  if (definition.kind === 'record') return recordOf(definition.fields.map((field) => field.type));
  return sumOf(definition.cases.map((item: Case) => item.type));
}

function recordOf(types: Type[]): Layout {
  const made: Layout = { size: 0, align: 1, flat: [], offsets: [], payload: 0 };
  for (const type of types) {
    const part = layoutOf(type);
    const offset = alignUp(made.size, part.align);
    made.offsets.push(offset);
    made.size = offset + part.size;
    made.align = Math.max(made.align, part.align);
    made.flat.push(...part.flat);
  }
  made.size = alignUp(made.size, made.align);
  return made;
}

function sumOf(cases: (Type | null)[]): Layout {
  const discriminant = cases.length <= 0x100 ? 1 : 2;
  const parts = cases.flatMap((type) => (type ? [layoutOf(type)] : []));
  const payloadAlign = Math.max(1, ...parts.map((part) => part.align));
  const align = Math.max(discriminant, payloadAlign);
  const payload = alignUp(discriminant, payloadAlign);
  const size = alignUp(payload + Math.max(0, ...parts.map((part) => part.size)), align);
  return { size, align, flat: ['i', ...parts.map((part) => part.flat).reduce(joinFlat, [])], offsets: [], payload };
}

/** Values of two cases share a slot: of equal type as it is, of two 32-bit types as i32, else as i64. */
function joinFlat(left: Flat[], right: Flat[]): Flat[] {
  const [long, short] = left.length >= right.length ? [left, right] : [right, left];
  return long.map((flat, index) => {
    const other = short[index] ?? flat;
    if (flat === other) return flat;
    return 'if'.includes(flat) && 'if'.includes(other) ? 'i' : 'I';
  });
}

function alignUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}

/** One core parameter: where it comes from, for people and for the generators. */
export interface FlatParameter {
  /** `topic.ptr`, `budget.memory`, `source.1`, `ret`. */
  name: string;
  flat: Flat;
}

export interface Signature {
  /** wasm3's notation: `v(iii)`. */
  text: string;
  parameters: FlatParameter[];
  result: Flat | null;
}

/** The core signature of an import: a result that is more than one core value goes through a last parameter `ret`. */
export function importSignature(func: Func): Signature {
  return signature(func, true);
}

/** The core signature of an export: a result that is more than one core value is answered by its address. */
export function exportSignature(func: Func): Signature {
  return signature(func, false);
}

function signature(func: Func, lowered: boolean): Signature {
  let parameters = func.parameters.flatMap((field) => flatParameters(field.name, field.type));
  if (parameters.length > MAX_FLAT_PARAMETERS) parameters = [{ name: 'parameters.ptr', flat: 'i' }];
  const flatResult = func.result ? layoutOf(func.result).flat : [];
  let result: Flat | null = flatResult[0] ?? null;
  if (flatResult.length > MAX_FLAT_RESULTS) {
    result = lowered ? null : 'i';
    if (lowered) parameters.push({ name: 'ret', flat: 'i' });
  }
  return { text: `${result ?? 'v'}(${parameters.map((parameter) => parameter.flat).join('')})`, parameters, result };
}

function flatParameters(name: string, type: Type): FlatParameter[] {
  if (type.kind === 'string' || type.kind === 'list') {
    return [
      { name: `${name}.ptr`, flat: 'i' },
      { name: `${name}.len`, flat: 'i' },
    ];
  }
  if (type.kind === 'named' && type.definition.kind === 'record') {
    return type.definition.fields.flatMap((field) => flatParameters(`${name}.${field.name}`, field.type));
  }
  const { flat } = layoutOf(type);
  return flat.map((value, index) => ({ name: index === 0 ? name : `${name}.${index}`, flat: value }));
}

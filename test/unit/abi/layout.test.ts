/** Sizes and offsets against the canonical ABI's own rules, worked out by hand. */
import { describe, expect, test } from 'vitest';
import { importSignature, layoutOf, layoutOfDefinition } from '../../../runtime/abi/layout.ts';
import { parseWit, type Type } from '../../../runtime/abi/wit.ts';

function read(body: string) {
  return parseWit(`package a:b@1.0.0; interface x { ${body} }`).interfaces.get('x')!;
}

const typeOf = (type: string, more = ''): Type =>
  read(`f: func(a: ${type}); ${more}`).functions[0]!.parameters[0]!.type;

describe('a type has size, alignment and core values:', () => {
  test.each([
    ['bool', 1, 1, 'i'],
    ['s16', 2, 2, 'i'],
    ['char', 4, 4, 'i'],
    ['u64', 8, 8, 'I'],
    ['f32', 4, 4, 'f'],
    ['f64', 8, 8, 'F'],
    ['string', 8, 4, 'ii'],
    ['list<u64>', 8, 4, 'ii'],
    ['option<u8>', 2, 1, 'ii'],
    ['option<u64>', 16, 8, 'iI'],
    ['result', 1, 1, 'i'],
    ['result<_, u16>', 4, 2, 'ii'],
    ['result<f32, u8>', 8, 4, 'ii'],
    ['result<f64, u8>', 16, 8, 'iI'],
    ['result<string, u64>', 16, 8, 'iIi'],
  ])('%s', (type, size, align, flat) => {
    const layout = layoutOf(typeOf(type));
    expect({ size: layout.size, align: layout.align, flat: layout.flat.join('') }).toEqual({ size, align, flat });
  });
});

test('fields stand at their alignment, and the record ends at its own', () => {
  const record = read('record r { a: u8, b: u32, c: u16, d: u64, e: bool }').definitions[0]!;
  expect(layoutOfDefinition(record)).toMatchObject({ size: 32, align: 8, offsets: [0, 4, 8, 16, 24] });
});

test('an enum of 256 cases fits a byte, one of 257 needs two', () => {
  const cases = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`).join(', ');
  expect(layoutOfDefinition(read(`enum e { ${cases(256)} }`).definitions[0]!).size).toBe(1);
  expect(layoutOfDefinition(read(`enum e { ${cases(257)} }`).definitions[0]!).size).toBe(2);
});

test('a variant puts its payload behind the discriminant, at the widest alignment', () => {
  const variant = read('variant v { none, text(string), wide(u64) }').definitions[0]!;
  expect(layoutOfDefinition(variant)).toMatchObject({ size: 16, align: 8, payload: 8 });
});

test('core parameters carry names, and a long answer a return area', () => {
  const func = read('record r { n: u8, s: string } f: func(a: r, b: list<u8>) -> result<u32, u8>;').functions[0]!;
  const signature = importSignature(func);
  expect(signature.text).toBe('v(iiiiii)');
  expect(signature.parameters.map((parameter) => parameter.name)).toEqual([
    'a.n',
    'a.s.ptr',
    'a.s.len',
    'b.ptr',
    'b.len',
    'ret',
  ]);
});

test('more than 16 core parameters go through memory', () => {
  const parameters = Array.from({ length: 9 }, (_, index) => `p${index}: string`).join(', ');
  expect(importSignature(read(`f: func(${parameters});`).functions[0]!).text).toBe('v(i)');
});

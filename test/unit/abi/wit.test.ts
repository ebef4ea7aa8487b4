import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../../runtime/abi/package-root.ts';
import { parseWit, WitError } from '../../../runtime/abi/wit.ts';

const mote = readFileSync(join(packageRoot(), 'runtime', 'abi', 'mote.wit'), 'utf8');
const inside = (body: string) => `package a:b@1.2.3;\ninterface x {\n${body}\n}\n`;

function errorOf(source: string): WitError {
  try {
    parseWit(source);
  } catch (error) {
    if (error instanceof WitError) return error;
    throw error;
  }
  throw new Error('no error');
}

describe('the contract', () => {
  const wit = parseWit(mote);

  test('has its package, version, interfaces and worlds', () => {
    expect(wit.packageName).toBe('mote:device');
    expect(wit.version).toBe('0.1.0');
    expect([...wit.worlds.keys()]).toEqual(['module', 'wmbus-codec']);
    expect(wit.worlds.get('module')!.imports.map((item) => item.name)).toContain('mqtt');
    expect(wit.worlds.get('module')!.exports.map((item) => item.name)).toEqual(['actor']);
  });

  test('gives documentation without its tags, and the grants', () => {
    const publish = wit.interfaces.get('mqtt')!.functions.find((func) => func.name === 'publish')!;
    expect(publish.grant).toEqual({ capability: 'mqtt-publish', parameter: 'topic', pattern: null });
    const subscribe = wit.interfaces.get('mqtt')!.functions.find((func) => func.name === 'subscribe')!;
    expect(subscribe.docs).toBe('Publications that match `filter` come as `mqtt` messages, across reconnections.');
    const message = wit.interfaces.get('actor')!.definitions.find((item) => item.name === 'message')!;
    const radio = message.kind === 'variant' ? message.cases.find((item) => item.name === 'radio') : undefined;
    expect(radio?.grant).toEqual({ capability: 'radio-receive', parameter: null, pattern: null });
    const transfer = wit.interfaces.get('i2c')!.functions[0]!;
    expect(transfer.grant).toEqual({ capability: 'i2c', parameter: null, pattern: 'i2c{bus}:{address}' });
  });
});

test('types are read as they nest, and definitions may stand below their use', () => {
  const wit = parseWit(
    inside('f: func(a: list<option<r>>) -> result<_, e>;\nrecord r { n: u8, }\nenum e { one, two }'),
  );
  const func = wit.interfaces.get('x')!.functions[0]!;
  expect(func.parameters[0]!.type).toMatchObject({
    kind: 'list',
    element: { kind: 'option', some: { kind: 'named', definition: { name: 'r', owner: 'x', kind: 'record' } } },
  });
  expect(func.result).toMatchObject({ kind: 'result', ok: null, err: { definition: { name: 'e' } } });
});

test('keywords can be names: of a field, of a function, with % in front', () => {
  const wit = parseWit(inside('record r { type: u8, %record: u8 }\ntype: func();'));
  expect(wit.interfaces.get('x')!.definitions[0]).toMatchObject({ fields: [{ name: 'type' }, { name: 'record' }] });
  expect(wit.interfaces.get('x')!.functions[0]!.name).toBe('type');
});

test('comments are skipped, in lines and blocks, and do not shift places', () => {
  expect(errorOf(inside('// one\n/* two\nlines */ record r { a: nope }')).message).toBe("5:24: unknown type 'nope'");
});

describe('is refused by name, with line and column:', () => {
  test.each([
    ['flags', inside('flags f { a }'), "3:1: 'flags' is not supported"],
    ['resource', inside('  resource r;'), "3:3: 'resource' is not supported"],
    ['type alias', inside('type a = u8;'), "3:1: 'type' is not supported"],
    ['tuple', inside('f: func(a: tuple<u8, u8>);'), "3:12: type 'tuple' is not supported"],
    ['stream', inside('f: func() -> stream<u8>;'), "3:14: type 'stream' is not supported"],
    ['borrow', inside('f: func(a: borrow<r>);'), "3:12: type 'borrow' is not supported"],
    [
      'include',
      inside('').replace('interface x', 'world w').replace('{\n', '{ include y;'),
      "2:11: 'include' is not supported in a world",
    ],
    [
      'inline import',
      `${inside('')}world w { import f: func(); }`,
      '5:18: only interfaces of this package can be named in a world',
    ],
    [
      'top-level use',
      'package a:b@1.2.3;\nuse c:d/e;',
      "2:1: 'use' is not supported here: expected 'interface' or 'world'",
    ],
    ['use … as', `${inside('enum e { a }')}interface y { use x.{e as f}; }`, "5:24: expected '}', found 'as'"],
    ['package without version', 'package a:b;', "1:12: expected '@', found ';'"],
    ['named results', inside('f: func() -> (a: u8);'), "3:14: expected a name, found '('"],
  ])('%s', (_what, source, message) => {
    expect(errorOf(source).message).toBe(message);
  });
});

describe('is an error:', () => {
  test.each([
    ['an unknown type', inside('f: func(a: nope);'), "3:12: unknown type 'nope'"],
    ['an unknown interface', inside('use y.{e};'), "3:5: unknown interface 'y' (it must stand above)"],
    [
      'a name that the interface lacks',
      `${inside('')}interface y { use x.{e}; }`,
      "5:22: interface 'x' defines no 'e'",
    ],
    ['a type twice', inside('enum e { a }\nenum e { b }'), "4:6: type 'e' is defined twice"],
    ['a function twice', inside('f: func();\nf: func();'), "4:1: function 'f' is defined twice"],
    ['a case twice', inside('enum e { a, a }'), "3:6: 'a' stands twice in 'e'"],
    ['a parameter twice', inside('f: func(a: u8, a: u8);'), "3:1: 'a' stands twice in 'f'"],
    ['a record in itself', inside('record r { next: option<r> }'), "3:25: type 'r' contains itself"],
    [
      'a record in itself by way of another',
      inside('record r { s: s }\nrecord s { r: list<r> }'),
      "3:15: type 's' contains itself",
    ],
    ['an unknown tag', inside('/// @gant mail\nf: func();'), "4:1: unknown tag '@gant' above 'f'"],
    [
      'a grant of nothing',
      inside('/// @grant\nf: func();'),
      "4:1: expected one '@grant capability [parameter]' above 'f'",
    ],
    [
      'two grants',
      inside('/// @grant a\n/// @grant b\nf: func();'),
      "5:1: expected one '@grant capability [parameter]' above 'f'",
    ],
    [
      'a scope that is no parameter',
      inside('/// @grant a c\nf: func(b: u8);'),
      "4:1: @grant names 'c', which is no parameter of 'f'",
    ],
    ['a character outside WIT', inside('f: func() # no'), '3:11: unexpected character "#"'],
    ['a missing semicolon', inside('f: func()'), "4:1: expected ';', found '}'"],
    ['a missing brace', 'package a:b@1.0.0; interface x {', "1:33: expected a name, found 'end of file'"],
  ])('%s', (_what, source, message) => {
    expect(errorOf(source).message).toBe(message);
  });
});

test('the contract cut anywhere is an error with a place, or still WIT: never a crash or a hang', () => {
  for (let end = 0; end < mote.length; end += 7) {
    try {
      parseWit(mote.slice(0, end));
    } catch (error) {
      expect(error).toBeInstanceOf(WitError);
      expect((error as WitError).at.line).toBeGreaterThan(0);
    }
  }
});

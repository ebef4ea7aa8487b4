/**
 * Reads the part of WIT (Component Model, design/mvp/WIT.md) that mote.wit uses: one package of interfaces with records,
 * enums, variants and functions, `use` between them, and worlds that import and export interfaces by name.
 * Everything else is refused by name. `jco` checks the same text in test/conformance: this reader need not be a validator.
 */
import { type Place, type Token, tokenize, WitError } from './wit-lexer.ts';

export { WitError } from './wit-lexer.ts';

export const PRIMITIVES = ['bool', 'u8', 's8', 'u16', 's16', 'u32', 's32', 'u64', 's64', 'f32', 'f64', 'char'] as const;
export type Primitive = (typeof PRIMITIVES)[number];

export type Type =
  | { kind: 'primitive'; name: Primitive }
  | { kind: 'string' }
  | { kind: 'list'; element: Type }
  | { kind: 'option'; some: Type }
  | { kind: 'result'; ok: Type | null; err: Type | null }
  | { kind: 'named'; name: string; at: Place; definition: Definition };

/** What `@grant capability [parameter | pattern | *]` in a doc comment asks for. */
export interface Grant {
  capability: string;
  /** Its value is compared with the grant's scope. */
  parameter: string | null;
  /** How the scope is written: `i2c{bus}:{address}`, parameters in braces. `*`: any scope will do. */
  pattern: string | null;
}

export interface Field {
  name: string;
  type: Type;
}

export interface Case {
  name: string;
  type: Type | null;
  docs: string;
  grant: Grant | null;
  /** Of a capability: scopes that no application module is granted, from `@refused "scope" "beginning*" …`. */
  refused: string[];
}

interface Named {
  name: string;
  /** The interface that defines it. */
  owner: string;
  docs: string;
}

export type Definition = Named &
  ({ kind: 'record'; fields: Field[] } | { kind: 'enum'; cases: Case[] } | { kind: 'variant'; cases: Case[] });

export interface Func {
  name: string;
  parameters: Field[];
  result: Type | null;
  docs: string;
  grant: Grant | null;
}

export interface Interface {
  name: string;
  docs: string;
  /** In the order of the text; without what `use` brings in. */
  definitions: Definition[];
  functions: Func[];
}

export interface World {
  name: string;
  docs: string;
  imports: Interface[];
  exports: Interface[];
}

export interface Wit {
  /** `namespace:name`. */
  packageName: string;
  /** `major.minor.patch`. */
  version: string;
  interfaces: Map<string, Interface>;
  worlds: Map<string, World>;
}

const REFUSED_ITEMS = ['resource', 'flags', 'type', 'include', 'constructor', 'static', 'async'];
const REFUSED_TYPES = ['tuple', 'own', 'borrow', 'stream', 'future', 'error-context', 'map'];

/** Reads `source`. Throws WitError, with line and column, for anything unknown, undefined or defined twice. */
export function parseWit(source: string): Wit {
  return new Parser(tokenize(source)).file();
}

class Parser {
  readonly #tokens: Token[];
  readonly #wit: Wit = { packageName: '', version: '', interfaces: new Map(), worlds: new Map() };
  #position = 0;
  /** Names visible in the interface being read. */
  #scope = new Map<string, Definition>();
  /** References met before their definition, resolved at the interface's end. */
  #open: Extract<Type, { kind: 'named' }>[] = [];

  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }

  file(): Wit {
    this.#package();
    for (;;) {
      const token = this.#next();
      if (token.kind === 'end') return this.#wit;
      if (token.text === 'interface') this.#interface(token.docs);
      else if (token.text === 'world') this.#world(token.docs);
      else throw new WitError(token.at, `'${token.text}' is not supported here: expected 'interface' or 'world'`);
    }
  }

  #package(): void {
    this.#expect('package');
    const namespace = this.#name();
    this.#expect(':');
    this.#wit.packageName = `${namespace.text}:${this.#name().text}`;
    this.#expect('@');
    const version = this.#next();
    if (version.kind !== 'version') throw new WitError(version.at, `expected a version, found '${version.text}'`);
    this.#wit.version = version.text;
    this.#expect(';');
  }

  #interface(docs: string): void {
    const name = this.#name();
    this.#once(this.#wit.interfaces, name, 'interface');
    const made: Interface = { name: name.text, docs, definitions: [], functions: [] };
    this.#scope = new Map();
    this.#open = [];
    this.#expect('{');
    while (!this.#accept('}')) this.#item(made);
    for (const reference of this.#open) {
      const definition = this.#scope.get(reference.name);
      if (!definition) throw new WitError(reference.at, `unknown type '${reference.name}'`);
      reference.definition = definition;
    }
    for (const reference of this.#open) refuseCycle(reference, []);
    this.#wit.interfaces.set(made.name, made);
  }

  #item(owner: Interface): void {
    const first = this.#name();
    if (first.text === 'use') {
      this.#use();
      return;
    }
    if (this.#peek().text === ':') {
      owner.functions.push(this.#function(owner, first));
      return;
    }
    if (REFUSED_ITEMS.includes(first.text)) throw new WitError(first.at, `'${first.text}' is not supported`);
    if (first.text !== 'record' && first.text !== 'enum' && first.text !== 'variant') {
      throw new WitError(first.at, `expected a type, 'use' or a function, found '${first.text}'`);
    }
    const name = this.#name();
    this.#once(this.#scope, name, 'type');
    this.#expect('{');
    const named = { name: name.text, owner: owner.name, docs: first.docs };
    const definition: Definition =
      first.text === 'record'
        ? { ...named, kind: 'record', fields: this.#list('}', () => this.#field()) }
        : { ...named, kind: first.text, cases: this.#list('}', () => this.#case(first.text === 'variant')) };
    unique(definition.kind === 'record' ? definition.fields : definition.cases, name);
    this.#scope.set(definition.name, definition);
    owner.definitions.push(definition);
  }

  #use(): void {
    const from = this.#name();
    const source = this.#wit.interfaces.get(from.text);
    if (!source) throw new WitError(from.at, `unknown interface '${from.text}' (it must stand above)`);
    this.#expect('.');
    this.#expect('{');
    this.#list('}', () => {
      const name = this.#name();
      const definition = source.definitions.find((candidate) => candidate.name === name.text);
      if (!definition) throw new WitError(name.at, `interface '${from.text}' defines no '${name.text}'`);
      this.#once(this.#scope, name, 'type');
      this.#scope.set(name.text, definition);
    });
    this.#expect(';');
  }

  #function(owner: Interface, name: Token): Func {
    if (owner.functions.some((other) => other.name === name.text)) {
      throw new WitError(name.at, `function '${name.text}' is defined twice`);
    }
    this.#expect(':');
    this.#expect('func');
    this.#expect('(');
    const parameters = this.#list(')', () => this.#field());
    unique(parameters, name);
    const result = this.#accept('->') ? this.#type() : null;
    this.#expect(';');
    const grant = grantOf(name);
    for (const named of grant ? parametersOf(grant) : []) {
      if (!parameters.some((parameter) => parameter.name === named))
        throw new WitError(name.at, `@grant names '${named}', which is no parameter of '${name.text}'`);
    }
    return { name: name.text, parameters, result, docs: withoutTags(name.docs), grant };
  }

  #field(): Field {
    const name = this.#name();
    this.#expect(':');
    return { name: name.text, type: this.#type() };
  }

  #case(payload: boolean): Case {
    const name = this.#name();
    let type: Type | null = null;
    if (payload && this.#accept('(')) {
      type = this.#type();
      this.#expect(')');
    }
    return { name: name.text, type, docs: withoutTags(name.docs), grant: grantOf(name), refused: refusedOf(name) };
  }

  #type(): Type {
    const token = this.#name();
    const primitive = PRIMITIVES.find((name) => name === token.text);
    if (primitive) return { kind: 'primitive', name: primitive };
    if (REFUSED_TYPES.includes(token.text)) throw new WitError(token.at, `type '${token.text}' is not supported`);
    switch (token.text) {
      case 'string':
        return { kind: 'string' };
      case 'list':
        return { kind: 'list', element: this.#argument() };
      case 'option':
        return { kind: 'option', some: this.#argument() };
      case 'result':
        return this.#result();
    }
    const reference = { kind: 'named', name: token.text, at: token.at } as Extract<Type, { kind: 'named' }>;
    this.#open.push(reference);
    return reference;
  }

  #argument(): Type {
    this.#expect('<');
    const type = this.#type();
    this.#expect('>');
    return type;
  }

  #result(): Type {
    if (!this.#accept('<')) return { kind: 'result', ok: null, err: null };
    const ok = this.#accept('_') ? null : this.#type();
    const err = this.#accept(',') ? this.#type() : null;
    this.#expect('>');
    return { kind: 'result', ok, err };
  }

  #world(docs: string): void {
    const name = this.#name();
    this.#once(this.#wit.worlds, name, 'world');
    const world: World = { name: name.text, docs, imports: [], exports: [] };
    this.#expect('{');
    while (!this.#accept('}')) {
      const direction = this.#name();
      if (direction.text !== 'import' && direction.text !== 'export') {
        throw new WitError(direction.at, `'${direction.text}' is not supported in a world`);
      }
      const target = this.#name();
      if (this.#peek().text !== ';')
        throw new WitError(target.at, 'only interfaces of this package can be named in a world');
      const found = this.#wit.interfaces.get(target.text);
      if (!found) throw new WitError(target.at, `unknown interface '${target.text}' (it must stand above)`);
      world[direction.text === 'import' ? 'imports' : 'exports'].push(found);
      this.#expect(';');
    }
    this.#wit.worlds.set(world.name, world);
  }

  #list<T>(end: string, item: () => T): T[] {
    const items: T[] = [];
    while (!this.#accept(end)) {
      items.push(item());
      if (this.#accept(',')) continue;
      this.#expect(end);
      break;
    }
    return items;
  }

  #once(map: Map<string, unknown>, name: Token, what: string): void {
    if (map.has(name.text)) throw new WitError(name.at, `${what} '${name.text}' is defined twice`);
  }

  #peek(): Token {
    return this.#tokens[this.#position]!;
  }

  #next(): Token {
    const token = this.#peek();
    if (token.kind !== 'end') this.#position++;
    return token;
  }

  #name(): Token {
    const token = this.#next();
    if (token.kind !== 'word') throw new WitError(token.at, `expected a name, found '${token.text}'`);
    return token;
  }

  #expect(text: string): void {
    const token = this.#next();
    if (token.text !== text) throw new WitError(token.at, `expected '${text}', found '${token.text}'`);
  }

  #accept(text: string): boolean {
    if (this.#peek().text !== text) return false;
    this.#position++;
    return true;
  }
}

function unique(items: { name: string }[], owner: Token): void {
  const seen = new Set<string>();
  for (const { name } of items) {
    if (seen.has(name)) throw new WitError(owner.at, `'${name}' stands twice in '${owner.text}'`);
    seen.add(name);
  }
}

function grantOf(token: Token): Grant | null {
  let grant: Grant | null = null;
  for (const line of token.docs.split('\n')) {
    const tag = /^@(\S+)\s*(.*)$/.exec(line);
    if (!tag) continue;
    if (tag[1] === 'refused') continue;
    if (tag[1] !== 'grant') throw new WitError(token.at, `unknown tag '@${tag[1]}' above '${token.text}'`);
    const [capability, scope = null, ...rest] = tag[2]!.split(/\s+/).filter(Boolean);
    if (grant || !capability || rest.length) {
      throw new WitError(token.at, `expected one '@grant capability [parameter]' above '${token.text}'`);
    }
    const isPattern = scope !== null && /[*{]/.test(scope);
    grant = { capability, parameter: isPattern ? null : scope, pattern: isPattern ? scope : null };
  }
  return grant;
}

function refusedOf({ docs, text, at }: Token): string[] {
  const tags = docs.split('\n').flatMap((line) => /^@refused\b(.*)$/.exec(line)?.[1] ?? []);
  return tags.flatMap((tag) => {
    if (!/^(\s+"[!-~]*")+\s*$/.test(tag)) throw new WitError(at, `expected '@refused "scope" …' above '${text}'`);
    return [...tag.matchAll(/"([^"]*)"/g)].map((match) => match[1]!);
  });
}

/** The parameters that a grant's scope is compared with. */
export function parametersOf({ parameter, pattern }: Grant): string[] {
  return parameter ? [parameter] : [...(pattern ?? '').matchAll(/\{([^}]*)\}/g)].map((match) => match[1]!);
}

function withoutTags(docs: string): string {
  return docs
    .split('\n')
    .filter((line) => !line.startsWith('@'))
    .join('\n')
    .trim();
}

function refuseCycle(type: Type | null, path: Definition[]): void {
  switch (type?.kind) {
    case 'list':
      refuseCycle(type.element, path);
      break;
    case 'option':
      refuseCycle(type.some, path);
      break;
    case 'result':
      refuseCycle(type.ok, path);
      refuseCycle(type.err, path);
      break;
    case 'named': {
      if (path.includes(type.definition)) throw new WitError(type.at, `type '${type.name}' contains itself`);
      const parts = type.definition.kind === 'record' ? type.definition.fields : type.definition.cases;
      for (const part of parts) refuseCycle(part.type, [...path, type.definition]);
    }
  }
}

/**
 * schema.ts of a module: what it says and takes, declared once as AssemblyScript classes that extend those of
 * modules/lib/assembly/schema.ts. Read with AssemblyScript's own parser, so that what is compiled is what is described.
 */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

export const SCHEMA_FILE = 'schema.ts';

export type Kind = 'telemetry' | 'readings' | 'reported' | 'desired' | 'command' | 'result';
const KINDS: Record<string, Kind> = {
  Telemetry: 'telemetry',
  Readings: 'readings',
  Reported: 'reported',
  Desired: 'desired',
  Command: 'command',
  Result: 'result',
};

/** What a field may be, and the values that its type holds. Whole numbers end where JSON's and SenML's are exact. */
const EXACT = 2 ** 53 - 1;
const TYPES = {
  bool: { type: 'boolean' },
  u8: { type: 'integer', minimum: 0, maximum: 0xff },
  u16: { type: 'integer', minimum: 0, maximum: 0xffff },
  u32: { type: 'integer', minimum: 0, maximum: 0xffff_ffff },
  u64: { type: 'integer', minimum: 0, maximum: EXACT },
  i8: { type: 'integer', minimum: -0x80, maximum: 0x7f },
  i16: { type: 'integer', minimum: -0x8000, maximum: 0x7fff },
  i32: { type: 'integer', minimum: -0x8000_0000, maximum: 0x7fff_ffff },
  i64: { type: 'integer', minimum: -EXACT, maximum: EXACT },
  f32: { type: 'number' },
  f64: { type: 'number' },
  string: { type: 'string' },
} as const satisfies Record<string, { type: string; minimum?: number; maximum?: number }>;
export type CoreType = keyof typeof TYPES;

export interface Field {
  name: string;
  core: CoreType;
  type: 'boolean' | 'integer' | 'number' | 'string';
  description: string;
  /** As SenML writes it (RFC 8428 section 12.1). */
  unit?: string;
  minimum?: number;
  maximum?: number;
  /** Of a string, in characters; a field without @maxLength has 64. */
  maxLength?: number;
  enum?: string[];
  /** It has to be there: declared without a value. */
  required: boolean;
}

export interface Declaration {
  kind: Kind;
  /** The class. */
  name: string;
  /** The command that it is the argument or result of; else ''. */
  command: string;
  /** Of a command: it may run again after a power cut. */
  idempotent: boolean;
  description: string;
  fields: Field[];
  /** @schema: the file beside schema.ts that says what a document is that the module reads and writes by itself. */
  schema?: string;
  /** What stands in it: a JSON Schema of an object. */
  document?: { type: 'object' };
  /** Where the class ends in the source: its closing brace. */
  end: number;
}

/** schema.ts says something that cannot be said. The message names file and line. */
export class SchemaError extends Error {
  constructor(file: string, line: number, why: string) {
    super(`${file}:${line}: ${why}`);
    this.name = 'SchemaError';
  }
}

/** Of the module in `folder`; none when it has no schema.ts. Throws SchemaError. */
export async function readDeclarations(folder: string): Promise<Declaration[]> {
  const file = join(folder, SCHEMA_FILE);
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return [];
  const found = await parseDeclarations(text, join(basename(folder), SCHEMA_FILE));
  for (const one of found) if (one.schema) one.document = await readDocument(folder, one.schema);
  return found;
}

/** Throws SchemaError. */
async function readDocument(folder: string, name: string): Promise<{ type: 'object' }> {
  const fail = (why: string): never => {
    throw new SchemaError(join(basename(folder), name), 1, why);
  };
  const text = await readFile(join(folder, name), 'utf8').catch(() => fail('there is no such file'));
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (error) {
    fail((error as Error).message);
  }
  if ((schema as { type?: unknown } | null)?.type !== 'object') fail('is no JSON Schema of an object');
  return schema as { type: 'object' };
}

/** `file`: for messages. Throws SchemaError. */
export async function parseDeclarations(text: string, file = SCHEMA_FILE): Promise<Declaration[]> {
  const { statements, comments } = await parse(text, file);
  const found: Declaration[] = [];
  for (const statement of statements) {
    const kind = KINDS[statement.extendsType?.name?.identifier?.text ?? ''];
    if (!kind || !statement.members) continue;
    const fail = (why: string, at = statement.range.start): never => {
      throw new SchemaError(file, text.slice(0, at).split('\n').length, why);
    };
    found.push(declaration(kind, statement, text, comments, fail));
  }
  check(found, (why) => {
    throw new SchemaError(file, 1, why);
  });
  return found;
}

function check(all: Declaration[], fail: (why: string) => never): void {
  for (const kind of ['desired', 'reported'] as const) {
    if (all.filter((one) => one.kind === kind).length > 1)
      fail(`a module has one ${kind} document, and one class for it`);
  }
  const names = all.filter(({ kind }) => kind === 'command').map(({ command }) => command);
  for (const { kind, command, name } of all) {
    if (kind === 'command' && names.filter((other) => other === command).length > 1)
      fail(`two classes are the command ${command}`);
    if (kind === 'result' && !names.includes(command)) fail(`${name} is the result of ${command}, which no class is`);
  }
}

type Fail = (why: string, at?: number) => never;

function declaration(kind: Kind, node: ClassNode, text: string, comments: Comment[], fail: Fail): Declaration {
  const name = node.name!.text;
  const { prose, tags } = readComment(comments, node.range.start, text);
  const isCommand = kind === 'command' || kind === 'result';
  const command = tags.get('command') ?? (kind === 'command' ? `${name[0]!.toLowerCase()}${name.slice(1)}` : '');
  if (isCommand && !/^[A-Za-z0-9_.-]{1,32}$/.test(command))
    fail(`${name}: @command needs 1 to 32 letters, digits, "_", "." and "-"`);
  for (const tag of tags.keys())
    if (!['command', 'idempotent', 'schema'].includes(tag)) fail(`${name}: there is no tag @${tag} for a class`);
  const fields = node
    .members!.filter((member) => member.kind === node.fieldKind)
    .map((member) => field(member, text, comments, fail));
  if (kind === 'readings' && fields.length > 0) fail(`${name}: readings have no fields`);
  const schema = tags.get('schema');
  if (schema !== undefined) {
    if (kind !== 'desired' && kind !== 'reported') fail(`${name}: @schema is of a twin's document`);
    if (fields.length > 0) fail(`${name} has fields and @schema`);
    if (!/^[a-z0-9][a-z0-9.-]*\.json$/.test(schema)) fail(`${name}: @schema needs a file beside schema.ts: name.json`);
  } else if (kind !== 'readings' && kind !== 'command' && fields.length === 0) fail(`${name} has no fields`);
  if (fields.length > 31) fail(`${name} has more than 31 fields`);
  return {
    ...{ kind, name, command, description: prose, fields },
    idempotent: tags.has('idempotent'),
    ...(schema !== undefined && { schema }),
    end: node.range.end - 1,
  };
}

const FIELD_TAGS = ['unit', 'minimum', 'maximum', 'maxLength', 'enum'];

function field(node: MemberNode, text: string, comments: Comment[], fail: Fail): Field {
  const name = node.name.text;
  const wrong = (why: string): never => fail(`${name}: ${why}`, node.range.start);
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,31}$/.test(name)) wrong('a field has 1 to 32 letters, digits and "_"');
  const core = node.type?.name?.identifier?.text ?? 'nothing';
  if (!Object.hasOwn(TYPES, core)) wrong(`is of type ${core}; there are ${Object.keys(TYPES).join(', ')}`);
  const known: { type: Field['type']; minimum?: number; maximum?: number } = TYPES[core as CoreType];
  const { prose, tags } = readComment(comments, node.range.start, text);
  for (const tag of tags.keys())
    if (!FIELD_TAGS.includes(tag)) wrong(`there is no tag @${tag}; there are ${FIELD_TAGS.join(', ')}`);
  const number = (tag: string): number | undefined => {
    const given = tags.get(tag);
    if (given === undefined) return undefined;
    if (given === '' || !Number.isFinite(Number(given))) wrong(`@${tag} ${given} is not a number`);
    return Number(given);
  };
  const isNumber = known.type === 'integer' || known.type === 'number';
  if (!isNumber && ['unit', 'minimum', 'maximum'].some((tag) => tags.has(tag)))
    wrong('only numbers have units and bounds');
  if (known.type !== 'string' && ['maxLength', 'enum'].some((tag) => tags.has(tag)))
    wrong('only strings have @maxLength and @enum');
  const [minimum, maximum] = [number('minimum') ?? known.minimum, number('maximum') ?? known.maximum];
  if (minimum !== undefined && maximum !== undefined && minimum > maximum)
    wrong(`@minimum ${minimum} is above ${maximum}`);
  if (known.minimum !== undefined && (minimum! < known.minimum || maximum! > known.maximum!))
    wrong(`${core} does not hold its bounds`);
  const values = tags
    .get('enum')
    ?.split(/\s+/)
    .filter((value) => value !== '');
  if (values?.length === 0) wrong('@enum names no values');
  const maxLength =
    known.type === 'string'
      ? (number('maxLength') ?? Math.max(64, ...(values ?? []).map((value) => value.length)))
      : undefined;
  return {
    ...{ name, core: core as CoreType, type: known.type, description: prose, required: !node.initializer },
    ...(tags.get('unit') && { unit: tags.get('unit')! }),
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...(maxLength !== undefined && { maxLength }),
    ...(values && { enum: values }),
  };
}

/** The comment that ends right before `at`, its sentences, and its tags with what follows each. */
function readComment(comments: Comment[], at: number, text: string): { prose: string; tags: Map<string, string> } {
  const comment = comments.findLast(
    ({ end }) => end <= at && /^\s*(?:export\s+)?(?:readonly\s+|public\s+)*$/.test(text.slice(end, at)),
  );
  const lines = (comment?.text ?? '').replace(/^\/\*\*|\*\/$/g, '').replace(/^\s*\*/gm, '');
  const [prose = '', ...rest] = lines.split(/(?:^|\s)@(?=[A-Za-z])/);
  const tidy = (piece: string) => piece.replace(/\s+/g, ' ').trim();
  const tags = rest.map((piece) => /^([A-Za-z]+)\s*([\s\S]*)$/.exec(piece)!);
  return { prose: tidy(prose), tags: new Map(tags.map(([, tag, value]) => [tag!, tidy(value!)])) };
}

interface Comment {
  text: string;
  end: number;
}

interface Range {
  start: number;
  end: number;
}
interface TypeNode {
  name?: { identifier?: { text: string } };
}
interface MemberNode {
  kind: number;
  name: { text: string };
  type?: TypeNode;
  initializer?: object;
  range: Range;
}
interface ClassNode {
  name?: { text: string };
  extendsType?: TypeNode;
  members?: MemberNode[];
  range: Range;
  fieldKind: number;
}

/** What of AssemblyScript's compiler as a library is used here: its types do not say it. */
interface Parser {
  newOptions(): unknown;
  newProgram(options: unknown): { sources: { normalizedPath: string; statements: Omit<ClassNode, 'fieldKind'>[] }[] };
  parse(program: unknown, text: string, path: string, isEntry: boolean): void;
  nextDiagnostic(program: unknown): { message: string; range?: Range } | null;
  NodeKind: { FieldDeclaration: number };
}

async function parse(text: string, file: string): Promise<{ statements: ClassNode[]; comments: Comment[] }> {
  const parser = (await import('assemblyscript')) as unknown as Parser;
  const program = parser.newProgram(parser.newOptions());
  parser.parse(program, text, SCHEMA_FILE, true);
  const wrong = parser.nextDiagnostic(program);
  if (wrong) throw new SchemaError(file, text.slice(0, wrong.range?.start ?? 0).split('\n').length, wrong.message);
  const source = program.sources.find(({ normalizedPath }) => normalizedPath === SCHEMA_FILE)!;
  const statements = source.statements.map((node) =>
    Object.assign(node, { fieldKind: parser.NodeKind.FieldDeclaration }),
  );
  const comments = [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].map((found) => ({
    text: found[0],
    end: found.index + found[0].length,
  }));
  return { statements: statements as ClassNode[], comments };
}

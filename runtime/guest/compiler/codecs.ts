/**
 * Fills in what the classes of schema.ts leave out: how their fields are written and taken. The additions stand in lines that are
 * there, so places in diagnostics and source maps hold.
 */
import { type Declaration, type Field, parseDeclarations, SchemaError } from './declarations.ts';

/** What compiled modules depend on beside their sources: raise it when the text below changes. */
export const CODECS = 'codecs 1';

const LIBRARY = /\bfrom\s+['"]([^'"\n]*lib\/assembly\/schema)['"]/;

/** The source as it is compiled. Throws SchemaError. */
export async function withCodecs(text: string, file: string): Promise<string> {
  const declarations = (await parseDeclarations(text, file)).filter(
    ({ kind, schema }) => kind !== 'readings' && schema === undefined,
  );
  if (declarations.length === 0) return text;
  let out = text;
  for (const declaration of declarations.toReversed()) {
    out = `${out.slice(0, declaration.end)}${methods(declaration)}${out.slice(declaration.end)}`;
  }
  // By the same path as theirs: by another it would be another class.
  const [, library] = LIBRARY.exec(text) ?? [];
  if (library === undefined)
    throw new SchemaError(file, 1, 'it has to import its classes from modules/lib/assembly/schema');
  return `import { FieldReader as $Reader, FieldWriter as $Writer } from '${library}'; ${out}`;
}

function methods({ kind, fields }: Declaration): string {
  const isRead = kind === 'desired' || kind === 'command';
  return isRead ? reader(fields) : writer(kind === 'telemetry' ? fields : inOrder(fields));
}

function writer(fields: Field[]): string {
  const lines = fields.map(({ name, type, unit }) => {
    if (type === 'boolean') return `to.flag(${quote(name)}, this.${name});`;
    if (type === 'string') return `to.text(${quote(name)}, this.${name});`;
    return `to.number(${quote(name)}, ${quote(unit ?? '')}, <f64>this.${name});`;
  });
  // A record of SenML: four labels and heads, name, unit, and 9 bytes of a number or four for each character.
  const room = fields.reduce(
    (sum, { name, unit = '', maxLength }) =>
      sum + 10 + name.length + 3 * unit.length + (maxLength === undefined ? 9 : 5 + 4 * maxLength),
    8,
  );
  return `override room(): u32 { return ${room}; } override write(to: $Writer): void { to.begin(${fields.length}); ${lines.join(' ')} }`;
}

function reader(fields: Field[]): string {
  const lines = fields.map((field, index) => {
    const { name, core, type } = field;
    const checked = (value: string) => `if (from.at(${quote(name)}, ${1 << index})) { ${value} return true; }`;
    if (type === 'boolean') return checked(`this.${name} = from.flag();`);
    if (type === 'string') {
      const wrong = field.enum?.map((value) => `this.${name} != ${quote(value)}`).join(' && ');
      return checked(`this.${name} = from.text(0, ${field.maxLength}); ${wrong ? `if (${wrong}) from.refuse();` : ''}`);
    }
    const bounds = `${bound(field.minimum, core, -1)}, ${bound(field.maximum, core, 1)}`;
    return checked(`this.${name} = <${core}>from.${type === 'integer' ? 'whole' : 'number'}(${bounds});`);
  });
  const required = fields.reduce((bits, field, index) => (field.required ? bits | (1 << index) : bits), 0);
  return `override required(): u32 { return ${required}; } override take(from: $Reader): bool { ${lines.join(' ')} return false; }`;
}

/** A number without a bound ends where its type does. */
function bound(value: number | undefined, core: string, sign: 1 | -1): string {
  if (value !== undefined) return Number.isInteger(value) ? `${value}.0` : String(value);
  const most = core === 'f32' ? 'f32.MAX_VALUE' : 'f64.MAX_VALUE';
  return sign < 0 ? `-<f64>${most}` : `<f64>${most}`;
}

/** Keys of a map in the order of their encoding (RFC 8949 section 4.2.1): shorter ones first. */
function inOrder(fields: Field[]): Field[] {
  return fields.toSorted((a, b) => a.name.length - b.name.length || (a.name < b.name ? -1 : 1));
}

const quote = (text: string): string => JSON.stringify(text);

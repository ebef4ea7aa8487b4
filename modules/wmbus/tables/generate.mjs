// Makes ../assembly/generated/*.ts from the text files here. With --check: fails when one is stale.
// A file of its own for what a decoder may go without: the compiler keeps all data of a file that is imported.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { bitTable, vendorCode } from './layouts.mjs';

const here = (name) => new URL(name, import.meta.url);

/** The fields of each line of a table file, with the line's number for messages. */
function rows(file, columns) {
  return readFileSync(here(file), 'utf8')
    .split('\n')
    .map((text, i) => ({ text, at: `${file}:${i + 1}` }))
    .filter(({ text }) => text.trim() !== '' && !text.startsWith('#'))
    .map(({ text, at }) => {
      const fields = text.trim().split(/ {2,}/);
      if (fields.length !== columns) throw new Error(`${at}: ${fields.length} fields instead of ${columns}`);
      return { fields, at };
    });
}

/** All values of a bit pattern such as `E101 10nn`, each with its parameter. */
function* codes(pattern, at) {
  const bits = pattern.replace(' ', '');
  if (!/^E[01]*n*$/.test(bits) || bits.length !== 8) throw new Error(`${at}: bad pattern ${pattern}`);
  const n = bits.length - bits.replaceAll('n', '').length;
  const base = Number.parseInt(bits.slice(1).replaceAll('n', '0'), 2);
  for (let i = 0; i < 1 << n; i++) yield { code: base + i, n: i };
}

/** An exponent such as `nnn-3`, `nn` or `2`. */
function exponent(text, n, at) {
  const m = /^(n*)([+-]?\d+)?$/.exec(text);
  if (!m) throw new Error(`${at}: bad exponent ${text}`);
  return (m[1] ? n : 0) + Number(m[2] ?? 0);
}

/** Every code of every table stands in a line: what the standard reserves, too. */
function complete(file, tables) {
  for (const [table, rows] of Object.entries(tables))
    for (let code = 0; code < 128; code++)
      if (!rows.has(code)) throw new Error(`${file}: ${table} ${code.toString(16)}h is in no line`);
}

/** Numbers names in the order of their first use; 0 is none. */
class Names {
  list = [''];
  of(name) {
    if (name === '-') return 0;
    if (!this.list.includes(name)) this.list.push(name);
    return this.list.indexOf(name);
  }
}

const TYPES = { B: 0, C: 1, D: 1, G: 2, F: 3, K: 4 };
const EFFECTS = { '-': 0, unit: 0, x: 1, '+': 2, type: 4 };

const quantities = new Names();
const units = new Names();
const modifiers = new Names();
for (const quantity of ['reserved', 'alarm_flags', 'error_flags']) quantities.of(quantity);
// Units that a parameter chooses among follow each other.
for (const unit of ['s', 'min', 'h', 'd', 'month', 'year']) units.of(unit);

const vif = { VIF: new Map(), FD: new Map(), FB: new Map() };
for (const { fields, at } of rows('vif.txt', 7)) {
  const [table, pattern, quantity, unit, exp, type] = fields;
  if (!vif[table]) throw new Error(`${at}: no table ${table}`);
  if (!(type in TYPES)) throw new Error(`${at}: no type ${type}`);
  const choice = unit.split(',');
  for (const { code, n } of codes(pattern, at)) {
    if (vif[table].has(code)) throw new Error(`${at}: ${code.toString(16)}h is there already`);
    const name = choice.length === 1 ? choice[0] : choice[n];
    vif[table].set(code, {
      quantity: quantities.of(quantity),
      unit: units.of(name),
      exponent: exponent(exp, n, at),
      type: TYPES[type],
    });
  }
}

complete('vif.txt', vif);
/** The primary table's quantities are the first, and those that most telegrams want. */
const common = 1 + Math.max(...[...vif.VIF.values()].map(({ quantity }) => quantity));

const vife = { VIFE: new Map(), VIFC: new Map() };
/** What a modifier appends to the unit: by the modifier's number. */
const suffixes = [];
for (const { fields, at } of rows('vife.txt', 5)) {
  const [table, pattern, name, effect] = fields;
  if (!vife[table]) throw new Error(`${at}: no table ${table}`);
  const [kind, operand] = effect.split(' ');
  if (!(kind in EFFECTS)) throw new Error(`${at}: no effect ${effect}`);
  for (const { code, n } of codes(pattern, at)) {
    if (vife[table].has(code)) throw new Error(`${at}: ${code.toString(16)}h is there already`);
    const argument = kind === 'x' || kind === '+' ? exponent(operand, n, at) & 255 : 0;
    vife[table].set(code, [modifiers.of(name), EFFECTS[kind], argument]);
    if (kind === 'unit') suffixes[modifiers.of(name)] = operand;
  }
}

complete('vife.txt', vife);

const fixed = rows('fixed.txt', 5).flatMap(({ fields: [code, quantity, unit, exp] }) => [
  Number.parseInt(code, 16),
  quantities.of(quantity),
  units.of(unit),
  Number(exp) & 255,
]);

const crcOf = (data) => {
  let crc = 0;
  for (const byte of data) {
    crc ^= byte << 8;
    for (let i = 0; i < 8; i++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x3d65) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc ^ 0xffff;
};
const formats = [];
for (const { fields, at } of rows('formats.txt', 3)) {
  const data = Buffer.from(fields[2].replaceAll(' ', ''), 'hex');
  const signature = Number.parseInt(fields[1], 16);
  if (crcOf(data) !== signature) throw new Error(`${at}: the bytes have the signature ${crcOf(data).toString(16)}`);
  formats.push(signature & 255, signature >> 8, data.length, ...data);
}
formats.push(0, 0, 0);

/** Byte pair encoding: the pair that saves most gets a byte of its own, again and again. */
function pack(packed) {
  const pairs = [];
  while (pairs.length < 128) {
    const counts = new Map();
    for (const text of packed) {
      for (let i = 1; i < text.length; i++) {
        const pair = (text[i - 1] << 8) | text[i];
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const [best, count] = [...counts].sort(([a, m], [b, n]) => n - m || a - b)[0] ?? [0, 0];
    if (count < 4) break;
    const [first, second] = [best >> 8, best & 255];
    const code = 128 + pairs.length;
    pairs.push([first, second]);
    for (const text of packed) {
      for (let i = 1; i < text.length; i++) {
        if (text[i - 1] === first && text[i] === second) text.splice(i - 1, 2, code);
      }
    }
  }
  return { packed, pairs };
}

function bytes(name, values, comment) {
  const lines = [];
  for (let i = 0; i < values.length; i += 32) lines.push(`  ${values.slice(i, i + 32).join(', ')},`);
  return `// ${comment}\nexport const ${name}: usize = memory.data<u8>([\n${lines.join('\n')}\n]);\n`;
}

const constant = (prefix, name) => `${prefix}_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
/**
 * Runs of codes: how many, quantity, type and steps, unit, exponent. Within a run the exponent, or the unit, or neither
 * counts up with the code. All 128 codes of the table are in one of them.
 */
function runs(table) {
  const out = [];
  let open;
  for (let code = 0; code < 128; code++) {
    const row = vif[table].get(code);
    const n = open?.count ?? 0;
    const fits = (step) =>
      open &&
      (n === 1 || open.step === step) &&
      row.quantity === open.quantity &&
      row.type === open.type &&
      row.unit === open.unit + (step === 2 ? n : 0) &&
      row.exponent === open.exponent + (step === 1 ? n : 0);
    const step = [0, 1, 2].find(fits);
    if (step === undefined) {
      open = { ...row, count: 1, step: 0 };
      out.push(open);
    } else Object.assign(open, { step, count: n + 1 });
  }
  return out.flatMap(({ count, quantity, type, step, unit, exponent: e }) => [
    count,
    quantity,
    type | (step << 4),
    unit,
    e & 255,
  ]);
}

/** The same of VIFEs: within a run the name, or the argument, or neither counts up with the code. */
function vifeRuns() {
  const all = [
    ...Array.from({ length: 128 }, (_, code) => vife.VIFE.get(code) ?? [0, 0, 0]),
    ...Array.from({ length: 128 }, (_, code) => vife.VIFC.get(code) ?? [0, 0, 0]),
  ];
  const runs = [];
  let open;
  all.forEach(([name, effect, argument], code) => {
    const n = open ? code - open.code : 0;
    const step = [0, 1, 2].find(
      (step) =>
        open &&
        (n === 1 || open.step === step) &&
        effect === open.effect &&
        name === open.name + (step === 1 ? n : 0) &&
        argument === ((open.argument + (step === 2 ? n : 0)) & 255),
    );
    if (step === undefined) {
      open = { code, name, effect, argument, step: 0 };
      runs.push(open);
    } else open.step = step;
  });
  return runs.flatMap(({ code, name, effect, argument, step }) => [code, name, effect | (step << 4), argument]);
}

const out = [
  bytes(
    'VIFS',
    ['VIF', 'FD', 'FB'].flatMap(runs),
    'Runs of codes, primary, behind FDh, behind FBh: count, quantity, type | step << 4, unit, exponent.',
  ),
  `export const VIFS_FD: u32 = ${runs('VIF').length};\n`,
  `export const VIFS_FB: u32 = ${runs('VIF').length + runs('FD').length};\n`,
  bytes('VIFES', vifeRuns(), 'Runs of VIFEs, after 7Ch from 128: first, name, effect | step << 4, argument.'),
  `export const VIFE_RUNS: u32 = ${vifeRuns().length / 4};\n`,
];
out.push(
  bytes('FIXED', fixed, 'Units of the fixed data structure: first code, quantity, unit, exponent.'),
  `export const FIXED_RUNS: u32 = ${fixed.length / 4};\n`,
);
const vendors = [
  bytes(
    'VENDORS',
    vendorCode(readFileSync(here('vendors.txt'), 'utf8'), quantities, units),
    'Layouts: manufacturer (2), version, type, where, length, program.',
  ),
  bytes('FORMATS', formats, 'Signature (2), length, bytes of each known format of compact frames; length 0 ends them.'),
];

const bitNames = new Names();
const bits = bitTable(readFileSync(here('bits.txt'), 'utf8'), quantities, bitNames);
const errors = rows('errors.txt', 3).map(({ fields }) => fields);
errors.forEach(([number], i) => {
  if (Number(number) !== i + 1) throw new Error(`errors.txt: ${number} is out of order`);
});
const words = new Map();
for (const { fields } of rows('words.txt', 3)) {
  const [name, number, text] = fields;
  const list = words.get(name) ?? [];
  words.set(name, list);
  list[number === '-' ? list.length : Number(number)] = text;
}

/**
 * All texts, length-prefixed ASCII, one after the other; a text's number is its place, empty ones fill gaps. Two pools: what
 * every encoder writes, and, with numbers that go on, what JSON alone does. What is wanted often stands as it is, the rest
 * is packed.
 */
class Pool {
  constructor(first) {
    this.first = first;
    this.texts = [];
    this.constants = [];
  }
  group(name, list) {
    this.constants.push(`export const ${name}: u32 = ${this.first + this.texts.length};\n`);
    this.texts.push(...Array.from(list, (text) => text ?? ''));
  }
  words(name) {
    this.group(`${name.toUpperCase()}_NAMES`, words.get(name));
  }
  keys(list) {
    for (const key of list) this.group(constant('K', key), [key]);
  }
}

const shared = new Pool(0);
shared.group('UNITS', units.list);
const firstSuffix = suffixes.findIndex((text) => text);
shared.group('SUFFIXES', suffixes.slice(firstSuffix));
shared.group('ERROR_CODES', ['ok', ...errors.map((e) => e[1])]);
const keysOfSenml = ['encrypted', 'rssi'];
shared.keys(keysOfSenml);
shared.words('literal');
shared.packed = shared.texts.length + common;
shared.group('QUANTITIES', quantities.list);
shared.group('MODIFIERS', modifiers.list);
shared.group('ERROR_MESSAGES', ['', ...errors.map((e) => e[2])]);
shared.words('layer');

const json = new Pool(shared.texts.length);
json.keys(words.get('key').filter((key) => !keysOfSenml.includes(key)));
for (const name of ['function', 'payload', 'format']) json.words(name);
json.packed = json.texts.length;
json.group('BIT_NAMES', bitNames.list);
for (const name of ['medium', 'message', 'condition', 'report', 'second']) json.words(name);

const { packed, pairs } = pack(
  [shared, json].flatMap(({ texts, packed }) => texts.slice(packed)).map((text) => [...Buffer.from(text, 'ascii')]),
);
const poolBytes = ({ texts, packed: plain }) =>
  [
    ...texts.slice(0, plain).map((text) => Buffer.from(text, 'ascii')),
    ...packed.splice(0, texts.length - plain),
  ].flatMap((text) => [text.length, ...text]);
const texts = [
  ...shared.constants,
  `export const FIRST_SUFFIX: u32 = ${firstSuffix};\n`,
  `export const SUFFIX_COUNT: u32 = ${suffixes.length - firstSuffix};\n`,
  `export const FIRST_PACKED: u32 = ${shared.packed};\n`,
  `export const TEXTS: u32 = ${shared.texts.length};\n`,
  bytes('PAIRS', pairs.flat(), 'What bytes from 80h on stand for in packed texts: two bytes each.'),
  bytes('TEXT', poolBytes(shared), 'Length-prefixed ASCII; from FIRST_PACKED on packed.'),
];
const ofJson = [
  ...json.constants,
  `export const FIRST_PACKED_WORD: u32 = ${json.first + json.packed};\n`,
  `export const WORDS: u32 = ${json.texts.length};\n`,
  bytes('WORD', poolBytes(json), 'Length-prefixed ASCII; from FIRST_PACKED_WORD on packed.'),
  bytes(
    'BITS',
    bits,
    'Names of bits: manufacturer (2), version, type, quantity, VIFE, number, then bit and name each.',
  ),
];

for (const name of [
  'reserved',
  'alarm_flags',
  'error_flags',
  'manufacturer_specific',
  'date',
  'datetime',
  'remaining_battery',
  'transmission_period',
])
  out.push(`export const ${constant('Q', name)}: u32 = ${quantities.of(name)};\n`);
for (const name of ['date', 'datetime', 's', 'year'])
  out.push(`export const ${constant('UNIT', name)}: u32 = ${units.of(name)};\n`);
for (const name of ['profile', 'profile_inverse', 'profile_register'])
  out.push(`export const ${constant('M', name)}: u32 = ${modifiers.of(name)};\n`);
let stale = false;
for (const [name, parts] of Object.entries({ tables: out, texts, words: ofJson, vendors })) {
  const file = here(`../assembly/generated/${name}.ts`);
  const text = ['// Generated from modules/wmbus/tables by generate.mjs. Do not edit.\n', ...parts].join('\n');
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else {
    process.stderr.write(`${file.pathname} is stale: run node modules/wmbus/tables/generate.mjs\n`);
    stale = true;
  }
}
if (stale) process.exit(1);

// Makes ../assembly/generated/quantities.ts from quantities.txt. With --check: fails when it is stale.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const here = (name) => new URL(name, import.meta.url);

/** The fields of each line of a table file, with the line's number for messages. */
function rows(file) {
  return readFileSync(here(file), 'utf8')
    .split('\n')
    .map((text, i) => ({ text, at: `${file}:${i + 1}` }))
    .filter(({ text }) => text.trim() !== '' && !text.startsWith('#'))
    .map(({ text, at }) => ({ fields: text.trim().split(/ {2,}/), at }));
}

const ofMeters = new Set(rows('../../wmbus/tables/vif.txt').map(({ fields }) => fields[2]));
const constant = (name) => name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_');
const UNIT_NAMES = { '%RH': 'PERCENT_RH', '/': 'RATIO', '1/cm3': 'PER_CM3' };

/** Lazy: a module has the names that it uses, no others. */
const text = (name, value) => `// @ts-ignore: decorator\n@lazy\nexport const ${name}: string = '${value}';\n`;

const quantities = [];
const units = new Map();
for (const { fields, at } of rows('quantities.txt')) {
  const [source, quantity, unit, meaning] = fields;
  if (fields.length !== 4) throw new Error(`${at}: ${fields.length} fields instead of 4`);
  if (source !== 'meter' && source !== 'sensor') throw new Error(`${at}: no source ${source}`);
  if (ofMeters.has(quantity) !== (source === 'meter'))
    throw new Error(`${at}: modules/wmbus/tables/vif.txt has ${source === 'meter' ? 'no' : 'a'} ${quantity}`);
  if (quantities.some(({ name }) => name === quantity)) throw new Error(`${at}: ${quantity} is there already`);
  quantities.push({ name: quantity, unit, meaning });
  if (unit !== '-') units.set(UNIT_NAMES[unit] ?? constant(unit), unit);
}

const whole = [
  '// Generated from modules/sensors/tables by generate.mjs. Do not edit.\n',
  ...quantities.map(
    ({ name, unit, meaning }) => `/** ${unit === '-' ? '' : `${unit}: `}${meaning}. */\n${text(constant(name), name)}`,
  ),
  ...[...units].map(([name, unit]) => text(`UNIT_${name}`, unit)),
  text('UNIT_NONE', ''),
].join('\n');

const file = here('../assembly/generated/quantities.ts');
if (!existsSync(file) || readFileSync(file, 'utf8') !== whole) {
  if (process.argv.includes('--check')) {
    process.stderr.write(`${file.pathname} is stale: run node modules/sensors/tables/generate.mjs\n`);
    process.exit(1);
  }
  writeFileSync(file, whole);
}

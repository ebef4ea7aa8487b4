/** The pinned JSON: every answer is one of docs/wmbus/telegram.schema.json, with its members in the schema's order. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { bytes, type Codec, codec, haveVectors, load, root } from './wmbus-harness.ts';

interface Given {
  hex: string;
  key: string;
}

const schema = JSON.parse(readFileSync(join(root, 'docs/wmbus/telegram.schema.json'), 'utf8'));
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);

const own = (
  JSON.parse(readFileSync(join(root, 'test/fixtures/wmbus/telegrams.json'), 'utf8')) as { hex: string; key?: string }[]
).map(({ hex, key = '' }) => ({ hex, key }));
const shared: Given[] = haveVectors
  ? ['telegrams.json', 'permissive.json']
      .flatMap(load)
      .flatMap(({ telegrams, key }) => telegrams.map((hex) => ({ hex, key })))
  : [];

const PARTS = ['error', 'link', 'meter', 'security'];

function faults(text: string): string[] {
  const found = JSON.parse(text);
  const wrong: string[] = validate(found) ? [] : [`${text}: ${JSON.stringify(validate.errors)}`];
  const inOrder = (value: object, properties: object): boolean => {
    const places = Object.keys(value).map((name) => Object.keys(properties).indexOf(name));
    return places.every((place, i) => i === 0 || place > places[i - 1]!);
  };
  const { telegram } = schema.$defs;
  if (!inOrder(found, telegram.properties)) wrong.push(`${text}: order of the telegram`);
  for (const record of found.records)
    if (!inOrder(record, schema.$defs.record.properties)) wrong.push(`${text}: order of a record`);
  for (const name of PARTS) {
    const about = telegram.properties[name];
    const { properties } = about.oneOf?.[1] ?? about;
    if (found[name] && !inOrder(found[name], properties)) wrong.push(`${text}: order of ${name}`);
  }
  return wrong;
}

describe('the pinned JSON', () => {
  let c: Codec;
  beforeAll(async () => {
    c = await codec();
  });

  it.each([
    ['own', own],
    [haveVectors ? 'shared' : 'shared (SKIPPED: ../shared/vectors/wmbus is missing)', shared],
  ])('of all %s telegrams, with their keys and without', (_name, given) => {
    const answers = given.flatMap(({ hex, key }) => [c.text(bytes(hex), bytes(key)), c.text(bytes(hex))]);
    expect(answers.flatMap(faults)).toEqual([]);
    if (given.length) expect(answers.filter((text) => text.startsWith('{"ok":true')).length).toBeGreaterThan(20);
  });

  it('of 3,000 mutants', () => {
    let seed = 5;
    const below = (n: number): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor((seed / 2 ** 32) * n);
    };
    const given = [...own, ...shared];
    const wrong = Array.from({ length: 3000 }, () => {
      const { hex, key } = given[below(given.length)]!;
      const data = bytes(hex);
      for (let n = below(4); n >= 0; n--) data[below(data.length)] = below(256);
      return faults(c.text(data.subarray(0, below(4) ? data.length : below(data.length)), bytes(key)));
    }).flat();
    expect(wrong).toEqual([]);
  });

  it('as docs/wmbus shows it', () => {
    const [, shown] = /```json\n([\s\S]*?)\n```/.exec(readFileSync(join(root, 'docs/wmbus/README.md'), 'utf8'))!;
    expect(c.text(bytes('1244AE0C7856341201078C2027780B13436587'))).toBe(shown!.replaceAll('\n', ''));
  });

  it('and nothing else', () => {
    const [first] = own.map(({ hex, key }) => c.text(bytes(hex), bytes(key)));
    expect(faults(first!)).toEqual([]);
    expect(faults(first!.replace('"ok":true', '"ok":false'))).not.toEqual([]);
    expect(faults(first!.replace('"storage":0,"tariff":0', '"tariff":0,"storage":0'))).not.toEqual([]);
    expect(faults(first!.replace('"records":', '"more":false,"records":'))).not.toEqual([]);
    expect(faults(first!.replace('"unit":', '"units":'))).not.toEqual([]);
  });
});

/**
 * Scenarios: a test of a module as a list of steps in YAML, for those who would rather not write TypeScript. What is wrong with
 * one is told with its line. steps.ts does what the steps say.
 */
import { isMap, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import { fault } from '../errors.ts';
import { DURATION } from './duration.ts';

/** A device's test is short; what is longer is another file. */
const MAX_TEXT = 256 * 1024;

/** How long a step waits that does not say. */
export const PATIENCE = '60s';

const duration = z.union([
  z.int().min(0),
  z.string().regex(DURATION, 'is no length of time: write milliseconds, or 250ms, 60s, 1.5min, 2h, 1d'),
]);
const hex = z.string().regex(/^\s*([0-9a-fA-F]{2}\s*)+$/, 'is not hexadecimal, two digits for each byte');
const pin = z.union([z.string().min(1), z.int().min(0)]);
const name = z.string().min(1);
const scalar = z.union([z.string(), z.number(), z.boolean()]);

const record = z
  .strictObject({
    name,
    value: scalar.optional(),
    /** How far a number may be from `value`. */
    tolerance: z.number().min(0).optional(),
    unit: z.string().optional(),
  })
  .refine(({ tolerance, value }) => tolerance === undefined || typeof value === 'number', 'tolerance needs a number');

const expectPublish = z
  .strictObject({
    topic: name,
    within: duration.default(PATIENCE),
    /** SenML records that the publication has, among others. */
    records: z.array(record).min(1).optional(),
    text: z.string().optional(),
    json: z.unknown().optional(),
    hex: hex.optional(),
  })
  .refine(
    (step) => [step.records, step.text, step.json, step.hex].filter((body) => body !== undefined).length <= 1,
    'takes one of records, text, json and hex',
  );

const publish = z
  .strictObject({ topic: name, text: z.string().optional(), json: z.unknown().optional(), hex: hex.optional() })
  .refine(
    (step) => [step.text, step.json, step.hex].filter((body) => body !== undefined).length === 1,
    'takes one of text, json and hex',
  );

/** Of host-shim/parts/part.ts; those of one transfer take `at`, the first being 0. */
const FAULTS = ['absent', 'stuck', 'crc', 'identity', 'garbage', 'stretch', 'nack', 'arbitration', 'reset'] as const;

/** By name, what a step takes. */
export const STEPS = {
  /** Let time pass. */
  advance: duration,
  /** Turn a knob of a part. */
  set: z.strictObject({ part: name, knob: name, value: z.number() }),
  /** Break a part. */
  inject: z.strictObject({ part: name, fault: z.enum(FAULTS), at: z.int().min(0).default(0) }),
  /** Mend it. */
  heal: z.strictObject({ part: name }),
  /** Give a pin a level from outside. */
  drive: z.strictObject({ pin, high: z.boolean() }),
  /** Press a button that connects a pin to ground, or with `active: true` to the supply. */
  press: z.strictObject({ pin, for: duration.default('100ms'), active: z.boolean().default(false) }),
  /** The level that a pin has now. */
  'expect-pin': z.strictObject({ pin, high: z.boolean() }),
  /** Send a frame by radio. */
  transmit: z.strictObject({ frame: hex, rssi: z.int().min(-128).max(127).default(-60) }),
  /** Publish to the device. */
  publish,
  /** Whether the broker can be reached. */
  online: z.boolean(),
  /** Wait for a line of the log: a text in it, or `/pattern/`. */
  'wait-log': z.union([name, z.strictObject({ text: name, within: duration.default(PATIENCE) })]),
  /** Wait for a publication. */
  'expect-publish': expectPublish,
  /** Let time pass in which nothing is published on the topic. */
  'expect-silence': z.strictObject({ topic: name, for: duration }),
} as const;

export type StepName = keyof typeof STEPS;
/** A step with what it takes, checked, and its place in the file. */
export type Step = { [K in StepName]: { name: K; line: number; value: z.output<(typeof STEPS)[K]> } }[StepName];

const header = z.strictObject({
  name: name.optional(),
  module: name.optional(),
  board: name.optional(),
  /** The time at power-on. */
  unix: z
    .union([z.int().min(0), z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'is no time (ISO 8601)')])
    .optional(),
  /** What the owner provisioned: text, or `{hex: …}`. */
  settings: z.record(name, z.union([z.string(), z.strictObject({ hex })])).optional(),
});

export type Scenario = z.output<typeof header> & { steps: Step[] };

/** Throws scenario-invalid with the line of what is wrong first. `path`: for messages. */
export function readScenario(text: string, path: string): Scenario {
  if (text.length > MAX_TEXT)
    throw fault('scenario-invalid', { path, line: 1, why: `more than ${MAX_TEXT} characters` });
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, schema: 'core', merge: false });
  const lineOf = (offset = 0) => counter.linePos(offset).line;
  const refuse = (line: number, why: string) => fault('scenario-invalid', { path, line, why });
  const [problem] = document.errors;
  if (problem) throw refuse(lineOf(problem.pos[0]), problem.message.split('\n')[0]!.replace(/ at line .*$/, ''));
  // Without aliases nothing can grow: a scenario is as large as its text.
  visit(document, {
    Alias: (_, { range, source }) => {
      throw refuse(lineOf(range?.[0]), `*${source}: a scenario has no aliases`);
    },
  });
  const root = document.contents;
  if (!isMap(root)) throw refuse(1, 'it is not a map with `steps`');
  const place = (keys: readonly PropertyKey[]): number => {
    // The deepest node that is there: a missing key has none.
    for (let depth = keys.length; depth > 0; depth--) {
      const node = document.getIn(keys.slice(0, depth), true) as { range?: [number, number, number] } | undefined;
      if (node?.range) return lineOf(node.range[0]);
    }
    return lineOf(root.range?.[0]);
  };
  const checked = <T>(schema: z.ZodType<T>, value: unknown, at: readonly PropertyKey[]): T => {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const { path: inside, message } = deepest(result.error.issues[0]!);
    const keys = [...at, ...inside];
    throw refuse(place(keys), `${keys.map(String).join('.') || 'the scenario'}: ${message}`);
  };
  const { steps, ...rest } = document.toJS({ maxAliasCount: 0 }) as { steps?: unknown };
  const head = checked(header, rest, []);
  const list = root.get('steps', true);
  if (!isSeq(list) || list.items.length === 0) throw refuse(place(['steps']), 'steps: is not a list of steps');
  const made = (steps as unknown[]).map((step, index) => {
    const line = place(['steps', index]);
    const [key, ...more] = typeof step === 'object' && step !== null && !Array.isArray(step) ? Object.keys(step) : [];
    if (key === undefined || more.length > 0)
      throw refuse(line, `steps.${index}: a step is one name with what it takes`);
    if (!Object.hasOwn(STEPS, key))
      throw refuse(line, `there is no step '${key}' (there are ${Object.keys(STEPS).join(', ')})`);
    const value = checked<unknown>(STEPS[key as StepName], (step as Record<string, unknown>)[key], [
      'steps',
      index,
      key,
    ]);
    return { name: key, line, value } as Step;
  });
  return { ...head, steps: made };
}

/** Of a union, the issue of the alternative that came furthest: it names what the author meant. */
function deepest(issue: z.core.$ZodIssue): { path: readonly PropertyKey[]; message: string } {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors
    .flat()
    .map((one) => ({ ...deepest(one), path: [...issue.path, ...deepest(one).path] }))
    .sort(
      (a, b) =>
        Number(a.message.startsWith('Invalid input: expected')) -
          Number(b.message.startsWith('Invalid input: expected')) || b.path.length - a.path.length,
    );
  return inner[0] ?? issue;
}

/** A board's description: `<name>.json` beside this file. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../abi/package-root.ts';

const name = z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, 'is a word of a-z, 0-9 and _');
const gpio = z.int().min(0).max(63);
const text = z.string().min(1).max(200);

/** What a bus is called in the contract, and the signals that it has. */
export const SIGNALS = {
  i2c: ['sda', 'scl'],
  spi: ['sck', 'mosi', 'miso'],
  uart: ['tx', 'rx'],
  onewire: ['data'],
  adc: [],
  pwm: [],
} as const;
export type BusKind = keyof typeof SIGNALS;

const bus = z.strictObject({
  /** What modules call it: `board.i2c.main`. */
  name,
  kind: z.enum(Object.keys(SIGNALS) as [BusKind, ...BusKind[]]),
  /** Its number in the contract, and so in a grant: `i2c0`. */
  unit: z.int().min(0).max(15),
  /** Signal -> GPIO. */
  pins: z.record(z.string(), gpio).default({}),
  /** SPI: chip selects by number. ADC and PWM: channels. */
  lines: z
    .array(z.strictObject({ name, gpio, use: text }))
    .max(16)
    .default([]),
  use: text,
  /** Where its pins are set: the overlay of this board, or the devicetree that Zephyr has of it. */
  from: z.enum(['overlay', 'zephyr']).optional(),
});

const pin = z.strictObject({
  name,
  gpio,
  direction: z.enum(['in', 'out']),
  use: text,
  /** It stands in the Zephyr overlay. */
  overlay: z.boolean().default(false),
});

const part = z.strictObject({
  /** Its name on the part, and that of its virtual twin in host-shim/parts/catalog, where there is one. */
  part: z.string().min(1).max(40),
  twin: name.optional(),
  /** As in a grant: `i2c0:0x76`, `spi0:1`, `uart1`; nothing for what hangs on no bus of the contract. */
  at: z
    .string()
    .regex(/^(i2c|spi|onewire|uart|adc|gpio)\d+(:(0x[0-9a-f]+|\d+))?$/)
    .optional(),
  use: text,
});

const description = z.strictObject({
  $schema: z.string().optional(),
  name,
  title: text,
  soc: text,
  /** Bytes. */
  flash: z.int().positive(),
  ram: z.int().positive(),
  radios: z.array(text).max(8),
  /** What west builds it as; null: there is no such board. */
  zephyr: z.strictObject({ board: text, overlay: text }).nullable(),
  buses: z.array(bus).max(32),
  pins: z.array(pin).max(64),
  parts: z.array(part).max(64),
  /** GPIOs that two things share on purpose, and why. */
  shared: z.array(z.strictObject({ gpio, why: text })).default([]),
});

export type BoardDescription = z.infer<typeof description>;
export type BusDescription = BoardDescription['buses'][number];

/** The form as JSON Schema, for editors. */
export function boardSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(description, { io: 'input' }), null, 2)}\n`;
}

/** Reads a description. Throws an Error that says what is wrong with it and where. */
export function parseBoard(json: string): BoardDescription {
  const { success, data, error } = description.safeParse(JSON.parse(json));
  if (!success) {
    const [issue] = error.issues;
    throw new Error(`${issue!.path.join('.') || 'the board'}: ${issue!.message}`);
  }
  for (const fault of faults(data)) throw new Error(fault);
  return data;
}

/** What the form cannot say: signals, names and numbers that are taken, pins used twice, parts on buses that are not there. */
function* faults({ buses, pins, parts, shared }: BoardDescription): Generator<string> {
  for (const { name, kind, pins, lines } of buses) {
    const wanted: readonly string[] = SIGNALS[kind];
    const missing = wanted.filter((signal) => pins[signal] === undefined);
    const foreign = Object.keys(pins).filter((signal) => !wanted.includes(signal));
    if (missing.length > 0 && Object.keys(pins).length > 0) yield `${kind} ${name} lacks ${missing.join(', ')}`;
    if (foreign.length > 0) yield `${kind} ${name} has no signal ${foreign.join(', ')}`;
    if (lines.length > 0 && !['spi', 'adc', 'pwm'].includes(kind)) yield `${kind} ${name} has no lines`;
  }
  const taken = (values: string[]) => values.find((value, at) => values.indexOf(value) !== at);
  const twice =
    taken(buses.map(({ kind, name }) => `bus ${kind} ${name}`)) ??
    taken(buses.map(({ kind, unit }) => `bus ${kind}${unit}`)) ??
    taken(pins.map(({ name }) => `pin ${name}`)) ??
    taken(parts.flatMap(({ at }) => (at ? [`place ${at}`] : [])));
  if (twice) yield `there are two of ${twice}`;
  const users = usersOf({ buses, pins });
  for (const [gpio, uses] of users) {
    if (uses.length > 1 && !shared.some((entry) => entry.gpio === gpio))
      yield `GPIO${gpio} is ${uses.join(' and ')}: name it in "shared", with the reason`;
  }
  for (const { gpio } of shared) if ((users.get(gpio)?.length ?? 0) < 2) yield `GPIO${gpio} is shared by nobody`;
  for (const { part, at } of parts) {
    const [, kind, unit] = /^(i2c|[a-z]+)(\d+)/.exec(at ?? '') ?? [];
    if (kind === undefined || kind === 'gpio') continue;
    if (!buses.some((bus) => bus.kind === kind && bus.unit === Number(unit)))
      yield `${part} is at ${at}, and there is no ${kind}${unit}`;
  }
}

/** GPIO -> what uses it, in words. */
export function usersOf({ buses, pins }: Pick<BoardDescription, 'buses' | 'pins'>): Map<number, string[]> {
  const users = new Map<number, string[]>();
  const add = (gpio: number, use: string) => users.set(gpio, [...(users.get(gpio) ?? []), use]);
  for (const { kind, unit, pins, lines } of buses) {
    for (const [signal, gpio] of Object.entries(pins)) add(gpio, `${kind}${unit} ${signal.toUpperCase()}`);
    for (const [index, { name, gpio }] of lines.entries()) add(gpio, `${kind}${unit}:${index} (${name})`);
  }
  for (const { name, gpio, direction } of pins) add(gpio, `${name} (${direction})`);
  return new Map([...users].sort(([a], [b]) => a - b));
}

const folder = () => join(packageRoot(), 'runtime', 'boards');

/** The names of all boards. */
export function boardNames(): string[] {
  return readdirSync(folder())
    .filter((file) => file.endsWith('.json') && file !== 'board.schema.json')
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

/** The board of this name; undefined when there is none. */
export function loadBoard(name: string): BoardDescription | undefined {
  if (!boardNames().includes(name)) return undefined;
  const file = `${name}.json`;
  try {
    const board = parseBoard(readFileSync(join(folder(), file), 'utf8'));
    if (board.name !== name) throw new Error(`name is ${board.name}`);
    return board;
  } catch (error) {
    throw new Error(`runtime/boards/${file}: ${(error as Error).message}`, { cause: error });
  }
}

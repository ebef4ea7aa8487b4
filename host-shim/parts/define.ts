/** The form of a part's description, checked, and what is short in it made long. */
import { z } from 'zod';
import type { Block, Description, Register } from './description.ts';

/** The description, checked, its blocks as registers. Throws an Error that names the part and each field. */
export function definePart<D extends Description>(description: D): D {
  const result = schema.safeParse(description);
  if (!result.success)
    refuse(
      description,
      result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
    );
  const whole = expanded(description);
  const problems = inconsistencies(whole);
  if (problems.length > 0) refuse(description, problems);
  return whole;
}

function refuse({ name }: Description, problems: string[]): never {
  throw new Error(`the part ${name}: ${problems.join('; ')}`);
}

function expanded<D extends Description>(description: D): D {
  if (description.kind !== 'registers' || !description.blocks) return description;
  const blocks = Object.entries(description.blocks).map(([at, block]) => registersOf(Number(at), block));
  return { ...description, registers: Object.assign({}, ...blocks, description.registers) };
}

const uint = (max: number) => z.int().min(0).max(max);
const micros = uint(3_600_000_000);
const run = z.custom<(...args: never[]) => unknown>((value) => typeof value === 'function', 'must be a function');
const address = uint(0xa3ff).refine((value) => value <= 0x7f || value >= 0xa000, 'is no 7-bit or 10-bit address');
const shift = uint(31).optional();
const linear = z.strictObject({
  knob: z.union([z.string(), run]),
  bits: z.int().min(1).max(32),
  scale: z.union([z.number().refine((value) => value !== 0, 'must not be 0'), run]),
  offset: z.number().optional(),
  signed: z.boolean().optional(),
  shift,
});
const raw = uint(2 ** 48);
const compensated = z.strictObject({ knob: z.string(), reading: run, low: raw, high: raw, shift });
const value = z.union([z.number(), linear, compensated, run]);
const common = {
  name: z.string().min(1),
  datasheet: z.string().min(1),
  startMicros: micros,
  knobs: z.record(
    z.string().regex(/^[a-z][A-Za-z0-9]*$/),
    z.strictObject({
      unit: z.string(),
      min: z.number(),
      max: z.number(),
      start: z.number(),
      noise: z.number().positive().optional(),
    }),
  ),
};
const addresses = z.array(address).min(1);
const pointer = z.union([z.literal(1), z.literal(2)]);
const match = z.strictObject({ register: uint(0xffff), mask: uint(0xffffffff), equals: uint(0xffffffff) });
const order = z.enum(['big', 'little']).optional();
const bits = z.strictObject({ register: uint(0xffff), mask: uint(0xffffffff), low: z.boolean().optional() });

const schema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('registers'),
    bus: z.enum(['i2c', 'spi']),
    addresses: addresses.optional(),
    spi: z
      .strictObject({
        modes: z.array(uint(3)).min(1),
        hertz: z.int().positive(),
        read: uint(0xff),
        write: uint(0xff),
      })
      .optional(),
    bytes: z.int().min(1).max(8).optional(),
    order,
    pointer: pointer.optional(),
    burst: z.union([z.enum(['bytes', 'words']), uint(0xffff)]).optional(),
    registers: z.record(
      z.string(),
      z.strictObject({
        name: z.string(),
        bytes: z.int().min(1).max(8).optional(),
        reset: raw.optional(),
        value: value.optional(),
        order,
        enabled: run.optional(),
        writable: raw.optional(),
        identity: z.boolean().optional(),
        written: run.optional(),
        wasRead: run.optional(),
      }),
    ),
    blocks: z
      .record(
        z.string(),
        z.strictObject({
          name: z.string(),
          layout: z.string().regex(/^(\d{0,3}[bBhHx] ?)+$/, 'is a struct of b B h H x'),
          values: z.array(z.int()).optional(),
          writable: z.boolean().optional(),
        }),
      )
      .optional(),
    resets: match.optional(),
    conversion: z
      .strictObject({
        micros: z.union([micros, run]),
        trigger: match.optional(),
        modes: z
          .strictObject({
            register: uint(0xffff),
            mask: uint(0xffffffff),
            once: z.array(uint(0xffffffff)),
            always: z.array(uint(0xffffffff)),
            rest: uint(0xffffffff).optional(),
          })
          .optional(),
        ready: bits.optional(),
      })
      .optional(),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('commands'),
    bus: z.literal('i2c'),
    addresses,
    crc: z
      .strictObject({ polynomial: uint(0xff), start: uint(0xff), every: z.int().min(1).max(255).optional() })
      .optional(),
    listens: run.optional(),
    commands: z.record(
      z.string(),
      z.strictObject({
        code: z.array(uint(0xff)).min(1).max(4),
        micros: micros.optional(),
        words: z.union([z.array(value), run]).optional(),
        answers: run.optional(),
        parameters: uint(16).optional(),
        resets: z.boolean().optional(),
        identity: z.boolean().optional(),
        run: run.optional(),
      }),
    ),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('memory'),
    bus: z.literal('i2c'),
    addresses,
    size: z.int().min(1).max(65_536),
    page: z.int().min(1).max(256),
    pointer,
    writeMicros: micros,
  }),
  z.strictObject({
    ...common,
    kind: z.literal('one-wire'),
    bus: z.literal('one-wire'),
    family: uint(0xff),
    functions: z.record(
      z.string(),
      z.strictObject({
        parameters: uint(64).optional(),
        micros: micros.optional(),
        run: run.optional(),
        answer: run.optional(),
      }),
    ),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('uart'),
    bus: z.literal('uart'),
    baud: z.int().positive(),
    parity: z.enum(['none', 'even', 'odd']).optional(),
    stopBits: z.union([z.literal(1), z.literal(2)]).optional(),
    every: micros.optional(),
    say: run.optional(),
    answer: run.optional(),
    micros: micros.optional(),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('shift'),
    bus: z.literal('gpio'),
    bits: z.int().min(1).max(32),
    value,
    micros,
    read: run.optional(),
  }),
  z.strictObject({ ...common, kind: z.literal('adc'), bus: z.literal('adc'), millivolts: run }),
  z.strictObject({ ...common, kind: z.literal('pulse'), bus: z.literal('gpio'), hourly: run, micros }),
]);

function inconsistencies(part: Description): string[] {
  const problems: string[] = [];
  for (const [name, { min, max, start }] of Object.entries(part.knobs))
    if (!(min <= start && start <= max)) problems.push(`knobs.${name}: ${min} <= ${start} <= ${max} does not hold`);
  for (const name of knobsNamed(part)) if (!Object.hasOwn(part.knobs, name)) problems.push(`no knob '${name}'`);
  if (part.kind !== 'registers') return problems;
  if (part.bus === 'i2c' && !part.addresses) problems.push('addresses: an I2C part has at least one');
  if (part.bus === 'spi' && !part.spi) problems.push('spi: an SPI part has modes and bits for read and write');
  const { trigger, modes, ready } = part.conversion ?? {};
  for (const block of Object.values(part.blocks ?? {}))
    if (block.values && block.values.length !== lettersOf(block.layout).filter((letter) => letter !== 'x').length)
      problems.push(`${block.name}: ${block.values.length} values do not fit ${block.layout}`);
  for (const { register } of [trigger, modes, ready, part.resets].filter((place) => place !== undefined))
    if (!part.registers[register]) problems.push(`there is no register 0x${register.toString(16)}`);
  if (part.burst === 'words') return problems;
  let end = -1;
  for (const [at, register] of Object.entries(part.registers).sort(([a], [b]) => Number(a) - Number(b))) {
    if (Number(at) < end) problems.push(`register ${register.name} lies in the one before it`);
    end = Number(at) + (register.bytes ?? part.bytes ?? 1);
  }
  return problems;
}

/** The knobs that linear values name. */
function knobsNamed(part: Description): string[] {
  const values =
    part.kind === 'registers'
      ? Object.values(part.registers).map(({ value }) => value)
      : part.kind === 'commands'
        ? Object.values(part.commands).flatMap(({ words }) => (Array.isArray(words) ? words : []))
        : part.kind === 'shift'
          ? [part.value]
          : [];
  return values.flatMap((value) => (typeof value === 'object' && typeof value.knob === 'string' ? [value.knob] : []));
}

/** 3B is BBB. */
function lettersOf(layout: string): string[] {
  return [...layout.matchAll(/(\d*)([bBhHx])/g)].flatMap(([, count, letter]) =>
    new Array<string>(Number(count || 1)).fill(letter!),
  );
}

/** The registers of a block. */
function registersOf(start: number, { name, layout, values = [], writable }: Block): Record<number, Register> {
  const registers: Record<number, Register> = {};
  let [at, index] = [start, 0];
  for (const letter of lettersOf(layout)) {
    const bytes = letter.toLowerCase() === 'h' ? 2 : 1;
    const ones = 2 ** (8 * bytes) - 1;
    const reset = letter === 'x' ? 0 : (values[index++] ?? 0) & ones;
    registers[at] = { name: `${name} ${at - start}`, bytes, reset, ...(writable && { writable: ones }) };
    at += bytes;
  }
  return registers;
}

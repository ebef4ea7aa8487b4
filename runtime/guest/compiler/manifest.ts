/** module.json: what an author says about a module. The build adds the rest to make the signed manifest (docs/bundle.cddl). */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { Capability, FlashRegion, WORLDS, type WorldName } from '../../abi/generated/contract.ts';

/** module.json is missing or wrong. The message names the file and each key. */
export class ManifestError extends Error {
  readonly file: string;
  readonly problems: string[];

  constructor(file: string, problems: string[]) {
    super(`${file}: ${problems.join('; ')}`);
    this.name = 'ManifestError';
    this.file = file;
    this.problems = problems;
  }
}

export interface ParsedGrant {
  capability: Capability;
  /** Empty: every argument. */
  scope: string;
}

interface Scope {
  kind: string | null;
  /** Of a `line`: how a scope may be written, # for a number. */
  patterns: Set<string>;
}

const SCOPES = new Map<Capability, Scope>();
for (const { capability, scope, pattern } of Object.values(WORLDS).flatMap((world) => world.imports)) {
  if (!capability) continue;
  const known = SCOPES.get(capability) ?? { kind: scope, patterns: new Set() };
  known.kind ??= scope; // of the calls of one capability some may have a scope and others none
  if (pattern) known.patterns.add(pattern);
  SCOPES.set(capability, known);
}
const NUMBER = '(?:0x[0-9a-fA-F]{1,8}|[0-9]{1,9})';
/** `host:port`, [...] around an IPv6 address, or every peer on the board's own links. */
const PEER = /^(?:local|(?:[\w.-]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5})$/;

/** Whether a scope follows the pattern to its end or to one of its colons; a number may be a range that is none backwards. */
function follows(scope: string, pattern: string): boolean {
  const parts = pattern.split(':').map((part) => part.replace('#', `${NUMBER}(?:-${NUMBER})?`));
  const nested = parts.reduceRight(
    (rest, part, index) => `${part}${index < parts.length - 1 ? `(?::${rest})?` : ''}`,
    '',
  );
  if (!new RegExp(`^${nested}$`).test(scope)) return false;
  const ranges = scope.matchAll(new RegExp(`(${NUMBER})-(${NUMBER})`, 'g'));
  return [...ranges].every(([, first, last]) => Number(first) <= Number(last));
}

/** Reads `capability` or `capability:scope`. Throws Error with the reason. */
export function parseGrant(text: string): ParsedGrant {
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  const scope = colon < 0 ? '' : text.slice(colon + 1);
  if (!Object.hasOwn(Capability, name)) {
    throw new Error(`unknown capability '${name}' (there are ${Object.keys(Capability).join(', ')})`);
  }
  const capability = name as Capability;
  const { kind, patterns } = SCOPES.get(capability) ?? { kind: null, patterns: new Set<string>() };
  if (colon >= 0 && scope === '') throw new Error(`the scope of '${text}' is empty: leave the colon out to allow all`);
  if (scope && kind === null) throw new Error(`'${capability}' takes no scope`);
  const [region = '', ...doing] = scope.split(':');
  if (scope && kind === 'region' && !Object.hasOwn(FlashRegion, region)) {
    throw new Error(`unknown region '${region}' (there are ${Object.keys(FlashRegion).join(', ')})`);
  }
  if (kind === 'region' && doing.length > 0 && !patterns.has(`:${doing.join(':')}`)) {
    throw new Error(`the scope of '${text}' ends in none of ${[...patterns].map((each) => `'${each}'`).join(', ')}`);
  }
  if (scope && kind === 'line' && ![...patterns].some((pattern) => follows(scope, pattern))) {
    const known = [...patterns].map((pattern) => `'${pattern}'`).join(' or ');
    throw new Error(`the scope of '${text}' is not written ${known}, # being a number or a range like 0x76-0x77`);
  }
  if (scope && kind === 'any' && !PEER.test(scope)) {
    throw new Error(`the scope of '${text}' is neither host:port nor local`);
  }
  return { capability, scope };
}

const grant = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    const bytes = new TextEncoder().encode(text).length;
    try {
      parseGrant(text);
      if (bytes > 64) throw new Error(`'${text}' has ${bytes} bytes, more than 64`);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  });

const uint = (min: number, max: number) => z.int().min(min).max(max);
const U32 = 0xffff_ffff;
const COMPONENT = /^[a-z][a-z0-9-]{0,31}$/;

/** Ranges as in runtime/kernel/kernel.h and docs/bundle.cddl. */
const schema = z.strictObject({
  name: z.string().regex(COMPONENT, 'must be 1 to 32 of a-z, 0-9 and -, beginning with a letter'),
  version: z.string().min(1).max(32),
  world: z.enum(Object.keys(WORLDS) as [WorldName, ...WorldName[]]),
  budgets: z.strictObject({
    memory: uint(1024, 65_536).multipleOf(8),
    fuel: uint(1, U32),
    stack: uint(512, 16_384),
    mailbox: uint(0, U32),
    outbox: uint(0, U32),
  }),
  grants: z
    .array(grant)
    .max(16)
    .refine((grants) => new Set(grants).size === grants.length, 'must not repeat a grant'),
  /** Components that a device must have, each with its least sequence number. */
  needs: z
    .record(z.string().regex(COMPONENT), uint(1, Number.MAX_SAFE_INTEGER))
    .refine((needs) => Object.keys(needs).length <= 4, 'must not name more than 4 components')
    .optional(),
  /** Least sequence number of a module before to which this one may be rolled back. */
  oldest: uint(1, Number.MAX_SAFE_INTEGER).optional(),
  /** Numbers that its sources know as global constants: sizes that are fixed by the build. */
  constants: z
    .record(z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'must be capitals, digits and _'), uint(0, U32))
    .optional(),
  vendor: z.uuid().optional(),
  class: z.uuid().optional(),
});

/** `budgets`: memory, stack, mailbox and outbox in bytes; fuel in loop heads and calls for each message. */
export type ModuleManifest = z.infer<typeof schema>;

/** Checks what module.json holds. `file` is for the message. Throws ManifestError. */
export function parseManifest(value: unknown, file: string): ModuleManifest {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const path = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
    return `${path.replace(/^\./, '') || 'module.json'}: ${issue.message}`;
  });
  throw new ManifestError(file, problems);
}

/** Reads `<dir>/module.json`. Throws ManifestError. */
export async function readManifest(dir: string): Promise<ModuleManifest> {
  const file = join(dir, 'module.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new ManifestError(file, [`cannot be read (${(error as NodeJS.ErrnoException).code})`]);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ManifestError(file, [(error as Error).message]);
  }
  return parseManifest(value, file);
}

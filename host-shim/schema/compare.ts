/**
 * What a later model changes for those who were made for the earlier one. What a module sends must not become more than they
 * know; what it takes must not become less than they send.
 */
import type { DataSchema, ThingModel } from './model.ts';

export interface Change {
  /** Such as `events/Measurement/flow`. */
  where: string;
  what: string;
  breaking: boolean;
}

/** A module sends it (telemetry, reported, results), or takes it (desired, arguments). */
type Direction = 'out' | 'in';

export function compareModels(before: ThingModel | null, after: ThingModel | null): Change[] {
  const changes: Change[] = [];
  const note = (where: string, what: string, breaking: boolean) => void changes.push({ where, what, breaking });
  const [old, now] = [parts(before), parts(after)];
  for (const [where, { schema, direction }] of old) {
    const later = now.get(where);
    if (!later) note(where, 'was removed', true);
    else compareData(where, schema, later.schema, direction, note);
  }
  for (const [where, { schema, direction }] of now) {
    if (old.has(where)) continue;
    // Arguments that a command did not have before, of which some have to be there.
    const [, command] = /^actions\/(.+)\/input$/.exec(where) ?? [];
    const demands =
      direction === 'in' &&
      command !== undefined &&
      old.has(`actions/${command}`) &&
      (schema?.required?.length ?? 0) > 0;
    note(where, demands ? 'was added, and has to be there' : 'was added', demands);
  }
  for (const [name, action] of Object.entries(before?.actions ?? {})) {
    const later = after?.actions?.[name];
    if (later && action.idempotent !== later.idempotent) {
      note(
        `actions/${name}`,
        later.idempotent ? 'may be repeated now' : 'may not be repeated any more',
        !later.idempotent,
      );
    }
  }
  return changes;
}

/** Everything that can be added or removed as a whole. */
function parts(model: ThingModel | null): Map<string, { schema: DataSchema | undefined; direction: Direction }> {
  const found = new Map<string, { schema: DataSchema | undefined; direction: Direction }>();
  for (const [name, one] of Object.entries(model?.properties ?? {})) {
    found.set(`properties/${name}`, { schema: one, direction: name === 'desired' ? 'in' : 'out' });
  }
  for (const [name, { input, output }] of Object.entries(model?.actions ?? {})) {
    found.set(`actions/${name}`, { schema: undefined, direction: 'in' });
    if (input) found.set(`actions/${name}/input`, { schema: input, direction: 'in' });
    if (output) found.set(`actions/${name}/output`, { schema: output, direction: 'out' });
  }
  for (const [name, { data }] of Object.entries(model?.events ?? {})) {
    found.set(`events/${name}`, { schema: data, direction: 'out' });
  }
  return found;
}

type Note = (where: string, what: string, breaking: boolean) => void;

function compareData(
  where: string,
  before: DataSchema | undefined,
  after: DataSchema | undefined,
  direction: Direction,
  note: Note,
): void {
  if (!before || !after) return;
  if (before.type !== after.type) {
    const widened = before.type === 'integer' && after.type === 'number';
    const narrowed = before.type === 'number' && after.type === 'integer';
    note(where, `is ${after.type}, was ${before.type}`, !(direction === 'in' ? widened : narrowed));
  }
  if (before.unit !== after.unit)
    note(where, `is in ${after.unit ?? 'no unit'}, was in ${before.unit ?? 'no unit'}`, true);
  bounds(where, before, after, direction, note);
  compareData(`${where}/*`, before.additionalProperties, after.additionalProperties, direction, note);
  values(where, before.enum, after.enum, direction, note);
  const [old, now] = [before.properties ?? {}, after.properties ?? {}];
  for (const [name, schema] of Object.entries(old)) {
    if (Object.hasOwn(now, name)) compareData(`${where}/${name}`, schema, now[name], direction, note);
    else note(`${where}/${name}`, 'was removed', true);
  }
  for (const name of Object.keys(now)) {
    if (Object.hasOwn(old, name)) continue;
    const demanded = direction === 'in' && (after.required?.includes(name) ?? false);
    note(`${where}/${name}`, demanded ? 'was added, and has to be there' : 'was added', demanded);
  }
  for (const name of Object.keys(old)) {
    const [was, is] = [before.required?.includes(name) ?? false, after.required?.includes(name) ?? false];
    if (was === is || !Object.hasOwn(now, name)) continue;
    note(`${where}/${name}`, is ? 'has to be there now' : 'may be left out now', is === (direction === 'in'));
  }
}

/** More values than before break who reads them; fewer, who sends them. */
function bounds(where: string, before: DataSchema, after: DataSchema, direction: Direction, note: Note): void {
  for (const [word, sign, open] of [
    ['minimum', -1, Number.NEGATIVE_INFINITY],
    ['maximum', 1, Number.POSITIVE_INFINITY],
    ['maxLength', 1, Number.POSITIVE_INFINITY],
  ] as const) {
    const [was, is] = [before[word] ?? open, after[word] ?? open];
    // A text that has become one of a few values has no length of its own.
    if (was === is || (word === 'maxLength' && (before.enum || after.enum))) continue;
    const wider = (is - was) * sign > 0;
    note(where, `${word} is ${shown(is)}, was ${shown(was)}`, wider === (direction === 'out'));
  }
}

function values(
  where: string,
  before: string[] | undefined,
  after: string[] | undefined,
  direction: Direction,
  note: Note,
): void {
  if (before === undefined && after === undefined) return;
  if (before === undefined || after === undefined) {
    const wider = after === undefined;
    note(where, wider ? 'may be any text' : `is one of ${after!.join(', ')}`, wider === (direction === 'out'));
    return;
  }
  const gone = before.filter((value) => !after.includes(value));
  const fresh = after.filter((value) => !before.includes(value));
  if (gone.length > 0) note(where, `is not ${gone.join(', ')} any more`, direction === 'in');
  if (fresh.length > 0) note(where, `may be ${fresh.join(', ')}`, direction === 'out');
}

const shown = (value: number): string => (Number.isFinite(value) ? String(value) : 'open');

/**
 * The Thing Model of a module: what it says and takes, without the addresses of a device (Web of Things Thing Description 1.1,
 * section 10). Telemetry are events, the twin is properties, commands are actions. The same declarations give the same bytes.
 */
import type { Declaration, Field } from '../../runtime/guest/compiler/declarations.ts';

/** A data schema of TD 1.1 section 5.3.2: JSON Schema's words, and a unit. */
export interface DataSchema {
  title?: string;
  description?: string;
  type?: 'boolean' | 'integer' | 'number' | 'string' | 'object' | 'array';
  unit?: string;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  enum?: string[];
  properties?: { [name: string]: DataSchema };
  required?: string[];
  items?: DataSchema;
  /** JSON Schema's, not TD's: names that are not known before. */
  additionalProperties?: DataSchema;
}

interface Property extends DataSchema {
  readOnly?: boolean;
  writeOnly?: boolean;
  observable?: boolean;
}

interface Action {
  title: string;
  description?: string;
  input?: DataSchema;
  output?: DataSchema;
  safe: boolean;
  idempotent: boolean;
}

interface Event {
  title: string;
  description?: string;
  data: DataSchema;
}

export interface ThingModel {
  '@context': 'https://www.w3.org/2022/wot/td/v1.1';
  '@type': 'tm:ThingModel';
  title: string;
  version: { model: string };
  properties?: { reported?: Property; desired?: Property };
  actions?: { [name: string]: Action };
  events?: { [name: string]: Event };
}

/** Longest model that is read, bytes. */
export const MAX_MODEL = 256 * 1024;
/** Media type of Thing Models (TD 1.1, IANA considerations). */
export const MODEL_TYPE = 'application/tm+json';

/** Null for a module that declares nothing. */
export function thingModel(module: string, version: string, declarations: Declaration[]): ThingModel | null {
  if (declarations.length === 0) return null;
  const of = (...kinds: Declaration['kind'][]) => declarations.filter(({ kind }) => kinds.includes(kind));
  const [reported] = of('reported');
  const [desired] = of('desired');
  const events = of('telemetry', 'readings').map((one) => [one.name, { ...about(one), data: data(one) }] as const);
  const actions = of('command').map((one) => {
    const result = of('result').find(({ command }) => command === one.command);
    const body = {
      ...about(one),
      ...(one.fields.length > 0 && { input: object(one, 'input') }),
      ...(result && { output: object(result, 'output') }),
      ...{ safe: false, idempotent: one.idempotent },
    };
    return [one.command, body] as const;
  });
  const properties = {
    ...(reported && {
      reported: { ...about(reported), ...object(reported, 'output'), readOnly: true, observable: true },
    }),
    ...(desired && { desired: { ...about(desired), ...object(desired, 'input'), writeOnly: true } }),
  };
  return {
    '@context': 'https://www.w3.org/2022/wot/td/v1.1',
    '@type': 'tm:ThingModel',
    ...{ title: module, version: { model: version } },
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(actions.length > 0 && { actions: sorted(actions) }),
    ...(events.length > 0 && { events: sorted(events) }),
  };
}

/** The bytes that a manifest's digest is of. */
export const encodeModel = (model: ThingModel): Uint8Array => Buffer.from(`${JSON.stringify(model, null, 2)}\n`);

const sorted = <T>(entries: (readonly [string, T])[]): { [name: string]: T } =>
  Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));

const about = ({ name, description }: Declaration): { title: string; description?: string } => ({
  title: name,
  ...(description !== '' && { description }),
});

/** Telemetry as an object of its fields, each of which is a record of the SenML pack; readings as the pack itself. */
function data(one: Declaration): DataSchema {
  if (one.kind === 'telemetry') return object(one, 'output');
  return {
    type: 'array',
    description: 'Records of SenML (RFC 8428), whose names and units are those of what was found',
    items: { type: 'object' },
  };
}

/** Of what a module sends every field is there; of what it takes those without a default. */
function object({ fields, document }: Declaration, direction: 'input' | 'output'): DataSchema {
  if (document) return document;
  const required = fields.filter((field) => direction === 'output' || field.required).map(({ name }) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field.name, property(field)])),
    ...(required.length > 0 && { required }),
  };
}

function property({ type, description, unit, minimum, maximum, maxLength, enum: values }: Field): DataSchema {
  return {
    ...(description !== '' && { description }),
    type,
    ...(unit !== undefined && { unit }),
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...(values ? { enum: values } : maxLength !== undefined && { maxLength }),
  };
}

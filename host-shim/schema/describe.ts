/** The Thing Description of one device that runs a module: its model with addresses and security (TD 1.1, MQTT binding). */
import { profileBase, type Profile } from '../board/topics.ts';
import { TOPIC } from '../fleet/wire.ts';
import type { DataSchema, ThingModel } from './model.ts';

export interface Place {
  /** Base topic. */
  thing: string;
  /** URL of its broker. */
  broker: string;
  profile?: Profile;
}

/** A form of the WoT binding for MQTT: `mqv:` is its vocabulary. */
interface Form {
  href: string;
  contentType: string;
  op: string | string[];
  'mqv:controlPacket': 'publish' | 'subscribe';
  'mqv:topic'?: string;
  'mqv:filter'?: string;
  'mqv:qos': '1';
  'mqv:retain'?: boolean;
}

export type ThingDescription = Record<string, unknown> & { title: string };

/** Throws topic-invalid. */
export function thingDescription(
  model: ThingModel,
  { thing, broker, profile = { name: 'plain' } }: Place,
): ThingDescription {
  const base = profileBase(thing, profile);
  const { '@type': _, '@context': context, title, version, properties = {}, actions = {}, events = {} } = model;
  const hears = (op: string | string[], topic: string): Form => ({
    ...{ href: broker, contentType: 'application/cbor', op },
    ...{ 'mqv:controlPacket': 'subscribe', 'mqv:filter': `${base}/${topic}`, 'mqv:qos': '1' },
  });
  const says = (op: string, topic: string, retain = false): Form => ({
    ...{ href: broker, contentType: 'application/cbor', op },
    ...{ 'mqv:controlPacket': 'publish', 'mqv:topic': `${base}/${topic}`, 'mqv:qos': '1', 'mqv:retain': retain },
  });
  const withForms = <T extends object>(all: { [name: string]: T }, forms: (name: string) => Form[]) =>
    Object.fromEntries(Object.entries(all).map(([name, one]) => [name, { ...one, forms: forms(name) }]));
  return {
    '@context': [context, { mqv: 'http://www.example.org/mqtt-binding#' }],
    id: `urn:mote:${thing.replaceAll('/', ':')}`,
    ...{ title: `${title} on ${thing}`, version: { instance: version.model, model: version.model } },
    securityDefinitions: {
      broker: { scheme: 'basic', description: "User name and password, or a token, in MQTT's CONNECT" },
    },
    security: ['broker'],
    ...(Object.keys(properties).length > 0 && {
      properties: withForms(properties as { [name: string]: DataSchema }, (name) =>
        name === 'desired'
          ? [says('writeproperty', TOPIC.desired, true)]
          : [hears(['observeproperty', 'unobserveproperty'], TOPIC.reported)],
      ),
    }),
    ...(Object.keys(actions).length > 0 && {
      actions: withForms(actions, () => [says('invokeaction', TOPIC.command)]),
    }),
    ...(Object.keys(events).length > 0 && {
      events: withForms(events, () => [hears(['subscribeevent', 'unsubscribeevent'], TOPIC.telemetry)]),
    }),
  };
}

/** Every data schema of a model as a JSON Schema (draft 2020-12) of its own, by where it stands: `actions/run/input`. */
export function jsonSchemas({ properties = {}, actions = {}, events = {} }: ThingModel): { [path: string]: object } {
  const found: [string, DataSchema | undefined][] = [
    ...Object.entries(properties).map(([name, one]) => [`properties/${name}`, one] as [string, DataSchema]),
    ...Object.entries(actions).flatMap(([name, { input, output }]): [string, DataSchema | undefined][] => [
      [`actions/${name}/input`, input],
      [`actions/${name}/output`, output],
    ]),
    ...Object.entries(events).map(([name, one]) => [`events/${name}`, one.data] as [string, DataSchema]),
  ];
  return Object.fromEntries(
    found
      .filter(([, schema]) => schema !== undefined)
      .map(([path, schema]) => [path, { $schema: 'https://json-schema.org/draft/2020-12/schema', ...plain(schema!) }]),
  );
}

/** Without the words that are Thing Description's alone. */
function plain(schema: DataSchema & { observable?: boolean }): object {
  const { unit, observable: _, properties, items, additionalProperties: others, ...rest } = schema;
  return {
    ...rest,
    ...(unit !== undefined && { 'x-unit': unit }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, plain(one)])),
    }),
    ...(items && { items: plain(items) }),
    ...(others && { additionalProperties: plain(others) }),
  };
}

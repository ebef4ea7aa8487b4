/** Topics and filters of MQTT 3.1.1 (clause 4.7), and the device's base topic. */
import { fault } from '../errors.ts';

/** Below the base topic, retained: ONLINE, or OFFLINE by the will of a connection that has ended. Not for modules: the port's. */
export const STATE_TOPIC = 'state';
export const ONLINE: Uint8Array = Buffer.from('online');
export const OFFLINE: Uint8Array = Buffer.from('offline');

/** Who a device is: the four levels of its base topic. */
export interface Identity {
  org: string;
  edge: string;
  thingType: string;
  thing: string;
}

/**
 * A level of the base topic: what passes every broker and profile as it is. NATS ends the connection over "." and " "
 * (2.9.10, measured), and maps "/" to "."; what MQTT gives a meaning are "+", "#" and "$".
 */
const TOKEN = /^[A-Za-z0-9_-]{1,32}$/;
/** Bytes of a relative topic or filter. */
const MAX_TOPIC = 256;

/** `{org}/{edge}/{thing_type}/{thing}`. Throws topic-invalid for a level that is not 1 to 32 of A-Z, a-z, 0-9, "_" and "-". */
export function baseTopic({ org, edge, thingType, thing }: Identity): string {
  const levels = [org, edge, thingType, thing];
  if (levels.every((level) => TOKEN.test(level))) return levels.join('/');
  throw fault('topic-invalid', { topic: levels.join('/') });
}

/** Reads what `baseTopic` writes. Throws topic-invalid. */
export function parseBase(base: string): Identity {
  const [org = '', edge = '', thingType = '', thing = '', ...more] = base.split('/');
  if (more.length > 0) throw fault('topic-invalid', { topic: base });
  const identity = { org, edge, thingType, thing };
  baseTopic(identity);
  return identity;
}

/**
 * Where a broker wants devices' topics to be. Magistrala: below the messages of a channel, `m/<domain>/c/<channel>/…`
 * (both UUIDs or routes there).
 */
export type Profile = { name: 'plain' } | { name: 'magistrala'; tenant: string; channel: string };

/** The device's base topic as this broker knows it. Throws topic-invalid. */
export function profileBase(base: string, profile: Profile): string {
  parseBase(base);
  if (profile.name === 'plain') return base;
  const { tenant, channel } = profile;
  for (const level of [tenant, channel])
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(level)) throw fault('topic-invalid', { topic: level });
  return `m/${tenant}/c/${channel}/${base}`;
}

/** Reads `plain` or `magistrala:<tenant>:<channel>`; undefined for anything else. */
export function parseProfile(text: string): Profile | undefined {
  if (text === 'plain') return { name: 'plain' };
  const [, tenant, channel] = /^magistrala:([^:/]+):([^:/]+)$/.exec(text) ?? [];
  return tenant === undefined ? undefined : { name: 'magistrala', tenant, channel: channel! };
}

/** A topic to publish to: not empty, at most 256 bytes, no wildcards or control characters. */
export function validTopic(topic: string): boolean {
  return plain(topic) && !/[+#]/.test(topic);
}

/** A filter: `+` only as a whole level, `#` only as the last one (clause 4.7.1). */
export function validFilter(filter: string): boolean {
  const levels = filter.split('/');
  return (
    plain(filter) &&
    levels.every((level, i) => !/[+#]/.test(level) || level === '+' || (level === '#' && i === levels.length - 1))
  );
}

/** Does a relative topic match a relative filter? `#` also matches the level above it (clause 4.7.1.2). */
export function matches(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const levels = topic.split('/');
  for (const [i, level] of wanted.entries()) {
    if (level === '#') return true;
    if (i >= levels.length || (level !== '+' && level !== levels[i])) return false;
  }
  return wanted.length === levels.length;
}

function plain(text: string): boolean {
  return text !== '' && byteLength(text) <= MAX_TOPIC && !/[\p{Cc}\p{Cs}]/u.test(text);
}

function byteLength(text: string): number {
  return Buffer.byteLength(text);
}

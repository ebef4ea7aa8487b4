/** Topics and filters of MQTT 3.1.1 (clause 4.7), and the device's base topic. */
import { fault } from '../errors.ts';

/** Who a device is: the four levels of its base topic. */
export interface Identity {
  org: string;
  edge: string;
  thingType: string;
  thing: string;
}

/** Bytes of a level of the base topic, and of the whole: it must fit a setting's value. */
const MAX_LEVEL = 64;
const MAX_BASE = 256;
/** Bytes of a relative topic or filter. */
const MAX_TOPIC = 256;

/** `{org}/{edge}/{thing_type}/{thing}`. Throws topic-invalid for a level that is empty, longer than 64 bytes or not plain. */
export function baseTopic({ org, edge, thingType, thing }: Identity): string {
  const levels = [org, edge, thingType, thing];
  const base = levels.join('/');
  const fine = levels.every((level) => validTopic(level) && !level.includes('/') && byteLength(level) <= MAX_LEVEL);
  if (fine && byteLength(base) <= MAX_BASE && !base.startsWith('$')) return base;
  throw fault('topic-invalid', { topic: base });
}

/** Reads what `baseTopic` writes. Throws topic-invalid. */
export function parseBase(base: string): Identity {
  const [org = '', edge = '', thingType = '', thing = '', ...more] = base.split('/');
  if (more.length > 0) throw fault('topic-invalid', { topic: base });
  const identity = { org, edge, thingType, thing };
  baseTopic(identity);
  return identity;
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

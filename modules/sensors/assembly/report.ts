// What a part says to the world: SenML packs in CBOR (RFC 8428). The one place that knows how they leave the module: through
// delivery (docs/delivery.md), which keeps them until somebody has them; on a device without it once, by MQTT, readings on
// `telemetry` and faults on `events`. Readings go to modules/rules as well, where there is one.
//
// Base name: sensors/<part>/. A reading's names are <quantity>[.<channel>]. An event has `error`, a fault's name (driver.ts) or
// `recovered`, and `failures`, how often the part failed in a row.
import { Bytes, clock, ErrorCode, log, mail, mqtt, Priority, telemetry } from 'motekit/runtime/guest';
import { CborWriter } from '../../lib/assembly/cbor';
import { BASE_NAME, BASE_TIME, NAME, STRING_VALUE, UNIT, VALUE } from '../../lib/assembly/senml';
import { Fault, faultName } from './driver';
import { Part } from './part';
import { MAX_RECORDS } from './records';

const RECORD_ROOM: usize = 96;
const HEAD_ROOM: usize = 192;

const RULES: Bytes = Bytes.utf8('rules');

const room: usize = heap.alloc(HEAD_ROOM + MAX_RECORDS * RECORD_ROOM);
const pack = new CborWriter(room, room);

/** Publishes the records whose bits are set. */
export function publishReading(part: Part, chosen: u32): void {
  begin();
  pack.array(popcnt(chosen));
  let first = true;
  const records = part.records;
  for (let i: u32 = 0; i < records.count; i++) {
    if (!((chosen >> i) & 1)) continue;
    const unit = records.unit(i);
    const time = first ? clock.unix() : 0;
    pack.map((unit.length ? 3 : 2) + (first ? 1 : 0) + (time ? 1 : 0));
    pack.int(NAME);
    joined(records.quantity(i), records.channel(i).length ? '.' : '', records.channel(i));
    if (unit.length) {
      pack.int(UNIT);
      pack.literal(unit);
    }
    pack.int(VALUE);
    pack.decimal(records.mantissa(i), records.exponent(i));
    if (first) {
      pack.int(BASE_NAME);
      joined('sensors/', part.name, '/');
    }
    if (time) {
      pack.int(BASE_TIME);
      pack.decimal(time, -3);
    }
    first = false;
  }
  send(Priority.Telemetry, 'telemetry');
  // Nobody need be there.
  mail.post(RULES, new Bytes(room, pack.length));
}

/** The part failed: once for each kind of fault in a row. */
export function publishFault(part: Part, fault: Fault): void {
  const name = faultName(fault);
  log.warn(`${part.name}: ${name}`);
  const unknown = part.config.unknown();
  if (unknown !== null && part.config.bad) log.warn(`${part.name}: what is ${unknown.toString()}?`);
  event(part, name);
}

/** The part works again. */
export function publishRecovery(part: Part): void {
  log.info(`${part.name}: recovered`);
  event(part, 'recovered');
}

function event(part: Part, text: string): void {
  begin();
  pack.array(2);
  pack.map(3);
  pack.int(NAME);
  pack.literal('error');
  pack.int(STRING_VALUE);
  pack.literal(text);
  pack.int(BASE_NAME);
  joined('sensors/', part.name, '/');
  pack.map(2);
  pack.int(NAME);
  pack.literal('failures');
  pack.int(VALUE);
  pack.uint(part.failures);
  send(Priority.Event, 'events');
}

function begin(): void {
  pack.reset(room, room + HEAD_ROOM + MAX_RECORDS * RECORD_ROOM);
}

function joined(a: string, b: string, c: string): void {
  pack.head(3, a.length + b.length + c.length);
  pack.ascii(a);
  pack.ascii(b);
  pack.ascii(c);
}

function send(priority: Priority, topic: string): void {
  if (pack.overflow) return log.error('a reading larger than its room');
  const bytes = new Bytes(room, pack.length);
  let error = telemetry.publish(bytes, priority);
  if (error == ErrorCode.NotFound || error == ErrorCode.Denied) error = mqtt.publish(topic, bytes);
  if (error) log.warn(`not published: error ${error}`);
}

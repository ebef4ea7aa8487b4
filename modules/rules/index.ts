import {
  Bytes,
  clock,
  ErrorCode,
  gpio,
  log,
  Module,
  mqtt,
  Priority,
  run,
  settings,
  telemetry,
  timer,
  twin,
} from 'motekit/runtime/guest';
import { CborWriter } from '../lib/assembly/cbor';
import { BASE_NAME, BOOLEAN_VALUE, NAME, VALUE } from '../lib/assembly/senml';
import { refusal } from './assembly/document';
import { Engine } from './assembly/engine';
import { PackReader } from './assembly/pack';
import { ALARM, AGGREGATE, CHANGE, Rule, SCHEDULE } from './assembly/rule';

const TIMER: u32 = 0;
/** The longest sleep: until then the board may have learned the time. */
const LONGEST: u64 = 60000;
const ROOM: usize = 256;

/** Pins that rules may set: 1 for each that the setting `rules/outputs` names, numbers with blanks between. */
const OUTPUTS: usize = memory.data(256);

const room: usize = heap.alloc(ROOM);
const writer = new CborWriter(room, room + ROOM);

/** The rules of the device, telling what they have to say as SenML: `rules/<name>/active` and `rules/<name>/value`. */
class Rules extends Engine {
  protected say(rule: Rule, active: bool, value: i64): void {
    const timed = rule.kind == SCHEDULE;
    const level = rule.kind != AGGREGATE;
    writer.reset(room, room + ROOM);
    writer.array(timed || !level ? 1 : 2);
    if (level) {
      writer.map(3);
      writer.int(NAME);
      writer.literal('active');
      writer.int(BOOLEAN_VALUE);
      writer.bool(active);
      base(rule);
    }
    if (!timed) {
      writer.map(level ? 2 : 3);
      writer.int(NAME);
      writer.literal(rule.kind == CHANGE ? 'change' : 'value');
      writer.int(VALUE);
      writer.decimal(value, -6);
      if (!level) base(rule);
    }
    const pack = new Bytes(room, writer.length);
    let error = telemetry.publish(pack, rule.say == ALARM ? Priority.Alarm : Priority.Event);
    // A device without delivery tells once.
    if (error == ErrorCode.NotFound) error = mqtt.publish('events', pack);
    if (error) log.warn(`not told: error ${error}`);
  }

  /** Only what the device's owner has provisioned. */
  protected set(pin: u32, high: bool): bool {
    if (!load<u8>(OUTPUTS + pin)) return false;
    const error = gpio.write(pin, high);
    if (error) log.warn(`pin ${pin} is not set: error ${error}`);
    return error == 0;
  }
}

function base(rule: Rule): void {
  writer.int(BASE_NAME);
  writer.head(3, 7 + rule.nameLength);
  writer.ascii('rules/');
  writer.bytes(changetype<usize>(rule.name), rule.nameLength);
  writer.u8(0x2f);
}

const rules = new Rules();

class Readings extends PackReader {
  protected reading(name: usize, length: u32, value: i64): void {
    rules.reading(name, length, value, clock.now());
  }
}

const readings = new Readings();

/** Does what is due, and sleeps until there is more. */
function work(): void {
  const now = clock.now();
  const next = rules.tick(now, clock.unix());
  timer.set(TIMER, <u32>max<u64>(1, min(LONGEST, next > now ? next - now : 1)));
}

/** The twin's word: all of the rules or none, and what became of them. */
function desired(document: Bytes, version: u64): bool {
  const taken = rules.take(document.ptr, document.length);
  if (!taken) log.warn(new Bytes(refusal.start, refusal.length).toString());
  writer.reset(room, room + ROOM);
  writer.map(1);
  writer.literal('rules');
  writer.map(2);
  writer.literal('count');
  writer.uint(rules.count);
  writer.literal('error');
  if (taken) writer.nothing();
  else writer.text(refusal.start, refusal.length);
  const error = twin.report(new Bytes(room, writer.length));
  if (error) log.warn(`not reported: error ${error}`);
  work();
  return taken;
}

function allow(outputs: Bytes): void {
  let pin: u32 = 256;
  for (let i = 0; i <= outputs.length; i++) {
    const digit: u32 = i < outputs.length ? <u32>outputs.get(i) - 0x30 : 10;
    if (digit < 10) pin = pin < 256 ? pin * 10 + digit : digit;
    else {
      if (pin < 256) store<u8>(OUTPUTS + pin, 1);
      pin = 256;
    }
  }
}

/** Takes rules from the twin and readings from letters of other modules (SenML packs in CBOR). */
class RulesModule extends Module {
  override onStart(): void {
    const outputs = settings.get('rules/outputs');
    if (outputs !== null) allow(outputs);
    const error = twin.onDesired(desired);
    if (error) log.warn(`no twin: error ${error}`);
    work();
  }

  override onTimer(_id: u32): void {
    work();
  }

  override onMail(_sender: u32, payload: Bytes): void {
    if (!readings.pack(payload.ptr, payload.length)) log.debug('a letter that is no pack');
    work();
  }
}

run(new RulesModule());

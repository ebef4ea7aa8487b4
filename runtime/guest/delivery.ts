/**
 * Telemetry that is not lost without a word, a twin, and commands: letters to the actor `delivery`, which keeps them in
 * flash (docs/delivery.md). Grant: `mail:delivery`. Handlers are registered in `onStart`, before the first message.
 */
import { mail } from './actors';
import { errorCode } from './answer';
import { Bytes } from './bytes';
import { ErrorCode } from './generated/host';
import { intercept } from './module';

/** What a full outbox gives up first: the lowest. */
export const enum Priority {
  Telemetry = 0,
  Event = 1,
  Alarm = 2,
}

/** What became of a record. */
export const enum Outcome {
  /** It is in flash: it arrives, or its number is declared lost. */
  Stored = 0,
  /** The outbox is full of what matters more; the loss is declared. */
  Dropped = 1,
  /** The flash failed: it has no number. */
  Failed = 2,
}

/** What a command's handler returns: whether it succeeded, and at most 128 bytes for the caller. */
export class Reply {
  constructor(
    readonly ok: bool,
    readonly result: Bytes,
  ) {}
}

const HANDLERS = 16;
/** Bytes of the largest record (docs/delivery.md, "Bounds"). */
const RECORD_MAX = 2048;
/** The verbs of modules/delivery/assembly/letters.ts. */
const PUBLISH: u8 = 1;
const WATCH: u8 = 2;
const REPORT: u8 = 3;
const APPLIED: u8 = 4;
const HANDLE: u8 = 5;
const RESULT: u8 = 6;
const RECEIPT: u8 = 0x81;
const DESIRED: u8 = 0x82;
const COMMAND: u8 = 0x83;
const PROBE: u8 = 0x84;

/** The actor that answers; 0: nothing was posted to it so far. */
let peer: u32 = 0;
/** What a delivery that was started again has to be told; null: nothing, for a module that only publishes. */
let introduce: (() => void) | null = null;
let stored: ((token: u16, outcome: Outcome, number: u32) => void) | null = null;
let desired: ((document: Bytes, version: u64) => bool) | null = null;
let names: StaticArray<Bytes | null> = new StaticArray<Bytes | null>(HANDLERS);
let handlers: StaticArray<i32> = new StaticArray<i32>(HANDLERS);
let count: i32 = 0;

/** Records for the outbox. */
export namespace telemetry {
  /**
   * Hands over a SenML pack in CBOR (RFC 8428), at most 2048 bytes. `None` says that it is on its way to the flash, not that it
   * is there: who has to know gives a `token` other than 0 and is told by `onStored`. `Busy`: too much waits; `NotFound`: the
   * device has no delivery at the moment; `TooBig`: longer than a record.
   */
  export function publish(pack: Bytes, priority: Priority = Priority.Telemetry, token: u16 = 0): ErrorCode {
    if (pack.length > RECORD_MAX) return ErrorCode.TooBig;
    const letter = begin(PUBLISH, 4 + pack.length);
    letter.set(1, <u8>priority);
    store<u16>(letter.ptr, token, 2);
    memory.copy(letter.ptr + 4, pack.ptr, pack.length);
    return post(letter);
  }

  /** What becomes of records with a token, and the numbers that they got. */
  export function onStored(handler: (token: u16, outcome: Outcome, number: u32) => void): void {
    stored = handler;
    intercept(receive);
  }
}

/** Desired and reported state: documents in deterministic CBOR, maps with text keys, at most 1024 bytes. */
export namespace twin {
  /** `handler` gets the newest desired document now and with each change; it returns whether the module has applied it. */
  export function onDesired(handler: (document: Bytes, version: u64) => bool): ErrorCode {
    desired = handler;
    introduce = introduceAll;
    intercept(receive);
    return post(begin(WATCH, 1));
  }

  /** A merge patch (RFC 7396) for the reported document: what is null goes, what is a map is merged. */
  export function report(patch: Bytes): ErrorCode {
    const letter = begin(REPORT, 1 + patch.length);
    memory.copy(letter.ptr + 1, patch.ptr, patch.length);
    return post(letter);
  }
}

/** Commands by name: begun at most once (class 0), each with one final status. */
export namespace command {
  /** `handler` gets the arguments as they came. At most 16 names of `[A-Za-z0-9_.-]{1,32}`; `Busy` for one more. */
  export function handle(name: string, handler: (args: Bytes) => Reply): ErrorCode {
    if (count == HANDLERS) return ErrorCode.Busy;
    const key = Bytes.utf8(name);
    names[count] = key;
    handlers[count] = handler.index;
    count++;
    introduce = introduceAll;
    intercept(receive);
    return post(naming(key));
  }

  export function done(result: Bytes = new Bytes(0, 0)): Reply {
    return new Reply(true, result);
  }

  export function failed(why: Bytes = new Bytes(0, 0)): Reply {
    return new Reply(false, why);
  }
}

function begin(verb: u8, length: i32): Bytes {
  const letter = Bytes.alloc(length);
  letter.set(0, verb);
  return letter;
}

function post(letter: Bytes): ErrorCode {
  const actor = mail.post(Bytes.ascii('delivery'), letter);
  if (!actor) return errorCode();
  const had = peer;
  peer = actor;
  // It fell and was started again: it knows nobody.
  if (had && had != actor && introduce !== null) introduce!();
  return ErrorCode.None;
}

function introduceAll(): void {
  if (desired !== null) post(begin(WATCH, 1));
  for (let i = 0; i < count; i++) post(naming(names[i]!));
}

function naming(name: Bytes): Bytes {
  const letter = begin(HANDLE, 1 + name.length);
  memory.copy(letter.ptr + 1, name.ptr, name.length);
  return letter;
}

/** A letter of delivery; of anybody else's the module itself is told. */
function receive(sender: u32, letter: Bytes): bool {
  if (sender != peer || letter.length < 1) return false;
  switch (letter.get(0)) {
    case RECEIPT:
      if (letter.length == 8 && stored !== null)
        stored!(load<u16>(letter.ptr, 2), <Outcome>letter.get(1), load<u32>(letter.ptr, 4));
      return true;
    case DESIRED:
      if (letter.length >= 9 && desired !== null) apply(load<u64>(letter.ptr, 1), letter.slice(9));
      return true;
    case COMMAND:
      if (letter.length >= 6) execute(load<u32>(letter.ptr, 1), letter.slice(6), letter.get(5));
      return true;
    case PROBE:
      return true;
    default:
      return false;
  }
}

function apply(version: u64, document: Bytes): void {
  const answer = begin(APPLIED, 10);
  answer.set(1, desired!(document, version) ? 1 : 0);
  store<u64>(answer.ptr, version, 2);
  post(answer);
}

function execute(ticket: u32, rest: Bytes, nameLength: i32): void {
  const name = rest.slice(0, nameLength);
  for (let i = 0; i < count; i++) {
    if (!names[i]!.equals(name)) continue;
    const reply = call_indirect<Reply>(handlers[i], rest.slice(nameLength));
    const answer = begin(RESULT, 6 + reply.result.length);
    answer.set(1, reply.ok ? 0 : 1);
    store<u32>(answer.ptr, ticket, 2);
    memory.copy(answer.ptr + 6, reply.result.ptr, reply.result.length);
    post(answer);
    return;
  }
}

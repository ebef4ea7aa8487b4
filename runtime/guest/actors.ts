/** Other modules: letters to them, and the supervisor's tools. answer.ts says how calls fail. */
import { done, RET, succeeded } from './answer';
import { Bytes } from './bytes';
import {
  ACTORS_GRANT_AT_CAPABILITY,
  ACTORS_GRANT_AT_SCOPE,
  ACTORS_GRANT_SIZE,
  ACTORS_INSPECT_RET_PAYLOAD,
  ACTORS_SPAWN_RET_PAYLOAD,
  ACTORS_STATS_AT_DENIED,
  ACTORS_STATS_AT_DROPPED,
  ACTORS_STATS_AT_FUEL_PEAK,
  ACTORS_STATS_AT_HANDLED,
  ACTORS_STATS_AT_MEMORY,
  ACTORS_STATS_AT_STATE,
  ActorsSource,
  ActorsState,
  actors_check,
  actors_feed,
  actors_handover,
  actors_inspect,
  actors_share,
  actors_spawn,
  actors_stop,
  actors_tick,
  Capability,
  ErrorCode,
  FlashRegion,
  MAIL_POST_RET_PAYLOAD,
  mail_post,
  mail_reply,
  mail_send,
} from './generated/host';

/** One module's bytes to another, copied. */
export namespace mail {
  /** Comes to the other's `onMail`. Grant: `mail`. */
  export function send(to: u32, payload: Bytes): ErrorCode {
    mail_send(to, payload.ptr, payload.length, RET);
    return done();
  }

  /** To the running module of this name. Its actor, by which its letters are known; or 0. Grant: `mail`, scope: the name. */
  export function post(name: Bytes, payload: Bytes): u32 {
    mail_post(name.ptr, name.length, payload.ptr, payload.length, RET);
    return succeeded(MAIL_POST_RET_PAYLOAD) ? load<u32>(RET + MAIL_POST_RET_PAYLOAD) : 0;
  }

  /** Answers the letter being handled; needs no grant. */
  export function reply(payload: Bytes): ErrorCode {
    mail_reply(payload.ptr, payload.length, RET);
    return done();
  }
}

/** Bytes but `fuel`: loop heads and calls for each message. */
export class ActorBudget {
  constructor(
    readonly memory: u32,
    readonly stack: u32,
    readonly fuel: u32,
    readonly mailbox: u32,
  ) {}
}

/** Grants as the host reads them: `count` records of `list<grant>` at `ptr`. */
export class GrantList {
  readonly ptr: usize;
  count: u32 = 0;

  constructor(private room: u32) {
    this.ptr = __alloc(room * ACTORS_GRANT_SIZE);
  }

  /** An empty scope allows every argument. False when the list is full. `scope` must live until the list is used. */
  add(capability: Capability, scope: Bytes): bool {
    if (this.count == this.room) return false;
    const at = this.ptr + this.count * ACTORS_GRANT_SIZE;
    store<u8>(at + ACTORS_GRANT_AT_CAPABILITY, <u8>capability);
    store<usize>(at + ACTORS_GRANT_AT_SCOPE, scope.ptr);
    store<i32>(at + ACTORS_GRANT_AT_SCOPE + 4, scope.length);
    this.count++;
    return true;
  }
}

export class ActorStats {
  state: ActorsState = ActorsState.Starting;
  handled: u32 = 0;
  denied: u32 = 0;
  dropped: u32 = 0;
  fuelPeak: u32 = 0;
  memory: u32 = 0;
}

/** Start, watch and stop modules. Grant: `actors`. */
export namespace actors {
  /** Starts a module of the firmware. The new actor, then `onStarted` or `onExited`; or 0. */
  export function spawnBuiltin(name: Bytes, module: Bytes, budget: ActorBudget, grants: GrantList): u32 {
    return spawn(name, ActorsSource.Builtin, <u32>module.ptr, module.length, 0, budget, grants);
  }

  /** Starts `length` bytes of flash, which the caller has verified. The new actor, then `onStarted` or `onExited`; or 0. */
  export function spawnFlash(
    name: Bytes,
    region: FlashRegion,
    offset: u32,
    length: u32,
    budget: ActorBudget,
    grants: GrantList,
  ): u32 {
    return spawn(name, ActorsSource.Flash, region, offset, length, budget, grants);
  }

  /** Calls the module's `onStop`, then forgets it. No `onExited` follows. */
  export function stop(actor: u32): ErrorCode {
    actors_stop(actor, RET);
    return done();
  }

  /** Delivers `onTick`: a module answers by handling it. */
  export function tick(actor: u32): ErrorCode {
    actors_tick(actor, RET);
    return done();
  }

  /** Asks `isHealthy`; the answer comes to `onHealth`. */
  export function check(actor: u32): ErrorCode {
    actors_check(actor, RET);
    return done();
  }

  export function inspect(actor: u32): ActorStats | null {
    actors_inspect(actor, RET);
    if (!succeeded(ACTORS_INSPECT_RET_PAYLOAD)) return null;
    const from = RET + ACTORS_INSPECT_RET_PAYLOAD;
    const made = new ActorStats();
    made.state = <ActorsState>load<u8>(from + ACTORS_STATS_AT_STATE);
    made.handled = load<u32>(from + ACTORS_STATS_AT_HANDLED);
    made.denied = load<u32>(from + ACTORS_STATS_AT_DENIED);
    made.dropped = load<u32>(from + ACTORS_STATS_AT_DROPPED);
    made.fuelPeak = load<u32>(from + ACTORS_STATS_AT_FUEL_PEAK);
    made.memory = load<u32>(from + ACTORS_STATS_AT_MEMORY);
    return made;
  }

  /** Lets modules read these bytes under this name (`data`); no length takes it away. The caller has verified them. */
  export function share(name: Bytes, region: FlashRegion, offset: u32, length: u32): ErrorCode {
    actors_share(name.ptr, name.length, region, offset, length, RET);
    return done();
  }

  /** Lets this verified module be the supervisor, until it ends or is not fed for `patience` ms: as after a reset. */
  export function handover(
    region: FlashRegion,
    offset: u32,
    length: u32,
    budget: ActorBudget,
    patience: u32,
  ): ErrorCode {
    actors_handover(region, offset, length, budget.memory, budget.stack, budget.fuel, budget.mailbox, patience, RET);
    return done();
  }

  /** All is well for another `patience` ms. Fails for a supervisor that is part of the firmware: it need not be fed. */
  export function feed(patience: u32): ErrorCode {
    actors_feed(patience, RET);
    return done();
  }

  function spawn(
    name: Bytes,
    source: u32,
    first: u32,
    second: u32,
    third: u32,
    budget: ActorBudget,
    grants: GrantList,
  ): u32 {
    actors_spawn(
      name.ptr,
      name.length,
      source,
      first,
      second,
      third,
      budget.memory,
      budget.stack,
      budget.fuel,
      budget.mailbox,
      grants.ptr,
      grants.count,
      RET,
    );
    return succeeded(ACTORS_SPAWN_RET_PAYLOAD) ? load<u32>(RET + ACTORS_SPAWN_RET_PAYLOAD) : 0;
  }
}

import {
  ActorBudget,
  actors,
  Bytes,
  Capability,
  GrantList,
  log,
  Module,
  run,
  settings,
  timer,
} from 'motekit/runtime/guest';

const MAX_MODULES: i32 = 4;
const MAX_GRANTS: u32 = 16;
const LOOK: u32 = 0;
/** Milliseconds. */
const LOOK_PERIOD: u32 = 1000;

/**
 * The supervisor of a test's board: starts the modules that the host names, with the budgets and grants of their module.json, and
 * tells in the log when one ends or is denied a call, for which a device would undo its update. It knows no updates and no signatures.
 */
class Bench extends Module {
  private names: StaticArray<string> = new StaticArray<string>(MAX_MODULES);
  private running: StaticArray<u32> = new StaticArray<u32>(MAX_MODULES);

  private denied: StaticArray<u32> = new StaticArray<u32>(MAX_MODULES);

  override onStart(): void {
    timer.every(LOOK, LOOK_PERIOD);
    for (let place = 0; place < MAX_MODULES; place++) {
      const name = settings.get(`bench/${place}/name`);
      const budget = settings.get(`bench/${place}/budget`);
      if (name === null || budget === null) return;
      this.names[place] = name.toString();
      this.running[place] = actors.spawnBuiltin(name, name, budgetOf(budget), grantsOf(place));
      if (!this.running[place]) log.error(`ended ${this.names[place]}: it cannot be started`);
    }
  }

  override onTimer(id: u32): void {
    for (let place = 0; place < MAX_MODULES; place++) {
      if (!this.running[place]) continue;
      const stats = actors.inspect(this.running[place]);
      if (stats === null || stats.denied == this.denied[place]) continue;
      this.denied[place] = stats.denied;
      log.error(`denied ${this.names[place]}: ${stats.denied} calls`);
    }
  }

  override onExited(actor: u32, reason: Bytes): void {
    for (let place = 0; place < MAX_MODULES; place++)
      if (this.running[place] == actor) log.error(`ended ${this.names[place]}: ${reason.toString()}`);
  }
}

/** Memory, stack, fuel and mailbox, 4 bytes each. */
function budgetOf(bytes: Bytes): ActorBudget {
  const at = bytes.ptr;
  return new ActorBudget(load<u32>(at), load<u32>(at, 4), load<u32>(at, 8), load<u32>(at, 12));
}

/** A capability's number and its scope each. */
function grantsOf(place: i32): GrantList {
  const grants = new GrantList(MAX_GRANTS);
  for (let i: u32 = 0; i < MAX_GRANTS; i++) {
    const grant = settings.get(`bench/${place}/grant-${i}`);
    if (grant === null) break;
    grants.add(<Capability>grant.get(0), grant.slice(1));
  }
  return grants;
}

run(new Bench());

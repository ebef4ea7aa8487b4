import { ActorBudget, Bytes, Capability, GrantList, LogLevel, actors, log, timer } from 'motekit/runtime/guest';
import { Timer } from './timers';

const BUDGET: ActorBudget = new ActorBudget(24_576, 3_072, 1_000_000, 6_144);
/** Before a service that fell starts again, ms: longer each time. */
const RESTART_FIRST: u32 = 1_000;
const RESTART_LAST: u32 = 300_000;

/**
 * modules/delivery beside the application module: spawned first, started again when it falls, and otherwise left alone. Nothing
 * of an update depends on it.
 */
export class Services {
  private delivery: u32 = 0;
  private pause: u32 = RESTART_FIRST;
  private grants: GrantList = new GrantList(10);

  start(): void {
    this.topics(Capability.MqttPublish, 'tlm', 'res', 'reported', 'refused');
    this.topics(Capability.MqttSubscribe, 'ack', 'cmd', 'desired', 'get');
    this.grants.add(Capability.Flash, Bytes.ascii('delivery'));
    this.grants.add(Capability.Mail, Bytes.ascii(''));
    this.spawn();
  }

  /** RESTART_SERVICE fell due. */
  spawn(): void {
    const name = Bytes.ascii('delivery');
    this.delivery = actors.spawnBuiltin(name, name, BUDGET, this.grants);
    // A firmware may come without it.
    if (!this.delivery) log.write(LogLevel.Info, Bytes.ascii('no delivery in this firmware'));
  }

  /** True: it was the service. */
  onExited(actor: u32): bool {
    if (!actor || actor != this.delivery) return false;
    this.delivery = 0;
    timer.set(Timer.RESTART_SERVICE, this.pause);
    this.pause = min(2 * this.pause, RESTART_LAST);
    return true;
  }

  private topics(capability: Capability, a: string, b: string, c: string, d: string): void {
    this.grants.add(capability, Bytes.ascii(a));
    this.grants.add(capability, Bytes.ascii(b));
    this.grants.add(capability, Bytes.ascii(c));
    this.grants.add(capability, Bytes.ascii(d));
  }
}

import {
  ActorBudget,
  Bytes,
  Capability,
  GrantList,
  LogLevel,
  actors,
  log,
  settings,
  timer,
} from 'motekit/runtime/guest';
import { retellAudit } from './audit';
import { Timer } from './timers';

/** Before services that fell start again, ms: longer each time. */
const RESTART_FIRST: u32 = 1_000;
const RESTART_LAST: u32 = 300_000;
const GATEWAY: string = 'mqtt-sn/gateway';

/** A module of the firmware that is not an update's. */
class Service {
  actor: u32 = 0;

  constructor(
    readonly name: Bytes,
    private budget: ActorBudget,
    readonly grants: GrantList,
  ) {}

  spawn(): void {
    if (this.actor) return;
    this.actor = actors.spawnBuiltin(this.name, this.name, this.budget, this.grants);
    // A firmware may come without it.
    if (!this.actor) log.write(LogLevel.Info, Bytes.ascii('a service is missing'));
  }
}

/**
 * modules/delivery beside the application module, and modules/mqtt-sn where the owner has named a gateway: spawned first, started
 * again when they fall, and otherwise left alone. Nothing of an update depends on them.
 */
export class Services {
  private delivery: Service | null = null;
  private network: Service | null = null;
  private pause: u32 = RESTART_FIRST;

  start(): void {
    const gateway = settings.find(Bytes.ascii(GATEWAY));
    if (gateway !== null) this.network = networkTo(gateway);
    this.delivery = delivery();
    this.spawn();
  }

  /** RESTART_SERVICE fell due. The network is first: who needs it finds it. */
  spawn(): void {
    if (this.network !== null) this.network!.spawn();
    this.delivery!.spawn();
  }

  onStarted(actor: u32): void {
    if (actor == this.delivery!.actor) retellAudit();
  }

  /** True: it was a service. */
  onExited(actor: u32): bool {
    if (actor == this.delivery!.actor) this.delivery!.actor = 0;
    else if (this.network !== null && actor == this.network!.actor) this.network!.actor = 0;
    else return false;
    timer.set(Timer.RESTART_SERVICE, this.pause);
    this.pause = min(2 * this.pause, RESTART_LAST);
    return true;
  }
}

function delivery(): Service {
  const grants = new GrantList(10);
  topics(grants, Capability.MqttPublish, 'tlm', 'res', 'reported', 'refused');
  topics(grants, Capability.MqttSubscribe, 'ack', 'cmd', 'desired', 'get');
  grants.add(Capability.Flash, Bytes.ascii('delivery'));
  grants.add(Capability.Mail, Bytes.ascii(''));
  return new Service(Bytes.ascii('delivery'), new ActorBudget(24_576, 3_072, 1_000_000, 6_144), grants);
}

function topics(grants: GrantList, capability: Capability, a: string, b: string, c: string, d: string): void {
  grants.add(capability, Bytes.ascii(a));
  grants.add(capability, Bytes.ascii(b));
  grants.add(capability, Bytes.ascii(c));
  grants.add(capability, Bytes.ascii(d));
}

/** It may speak to this gateway alone. */
function networkTo(gateway: Bytes): Service {
  const grants = new GrantList(4);
  grants.add(Capability.Settings, Bytes.ascii(GATEWAY));
  grants.add(Capability.Settings, Bytes.ascii('device/base'));
  grants.add(Capability.Datagram, gateway);
  grants.add(Capability.Mail, Bytes.ascii(''));
  return new Service(Bytes.ascii('mqtt-sn'), new ActorBudget(16_384, 2_048, 200_000, 4_096), grants);
}

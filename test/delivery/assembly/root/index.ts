/** In the supervisor's place: starts delivery and the application module, and nothing else. */
import { ActorBudget, Bytes, Capability, GrantList, Module, actors, log, run } from 'motekit/runtime/guest';

class Root extends Module {
  private delivery: u32 = 0;

  override onStart(): void {
    const all = Bytes.alloc(0);
    this.startDelivery();
    const app = new GrantList(3);
    app.add(Capability.RadioReceive, all);
    app.add(Capability.RadioSend, all);
    app.add(Capability.Mail, Bytes.utf8('delivery'));
    start('app', new ActorBudget(16384, 2048, 400_000, 8192), app);
  }

  private startDelivery(): void {
    const all = Bytes.alloc(0);
    const grants = new GrantList(4);
    grants.add(Capability.MqttPublish, all);
    grants.add(Capability.MqttSubscribe, all);
    grants.add(Capability.Flash, Bytes.utf8('delivery'));
    grants.add(Capability.Mail, all);
    this.delivery = start('delivery', new ActorBudget(24576, 3072, 1_000_000, 6144), grants);
  }

  /** 'I' inspects delivery, 'K' ends it and starts another, 'S' starts the module that chats. */
  override onRadio(frame: Bytes, _rssi: i32): void {
    if (frame.get(0) == 0x53) {
      const chatter = new GrantList(2);
      chatter.add(Capability.RadioReceive, Bytes.alloc(0));
      chatter.add(Capability.Mail, Bytes.utf8('delivery'));
      start('chatter', new ActorBudget(8192, 2048, 400_000, 4096), chatter);
    }
    if (frame.get(0) == 0x4b) {
      actors.stop(this.delivery);
      this.startDelivery();
    }
    if (frame.get(0) != 0x49) return;
    const stats = actors.inspect(this.delivery);
    if (stats !== null)
      log.info(`fuel ${stats.fuelPeak} memory ${stats.memory} denied ${stats.denied} dropped ${stats.dropped}`);
  }
}

function start(name: string, budget: ActorBudget, grants: GrantList): u32 {
  return actors.spawnBuiltin(Bytes.utf8(name), Bytes.utf8(name), budget, grants);
}

run(new Root());

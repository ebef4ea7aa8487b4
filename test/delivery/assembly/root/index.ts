/** In the supervisor's place: starts delivery and the application module, and nothing else. */
import { ActorBudget, Bytes, Capability, GrantList, Module, actors, run } from 'motekit/runtime/guest';

class Root extends Module {
  override onStart(): void {
    const all = Bytes.alloc(0);
    const delivery = new GrantList(4);
    delivery.add(Capability.MqttPublish, all);
    delivery.add(Capability.MqttSubscribe, all);
    delivery.add(Capability.Flash, Bytes.utf8('delivery'));
    delivery.add(Capability.Mail, all);
    start('delivery', new ActorBudget(24576, 3072, 4_000_000, 6144), delivery);
    const app = new GrantList(3);
    app.add(Capability.RadioReceive, all);
    app.add(Capability.RadioSend, all);
    app.add(Capability.Mail, Bytes.utf8('delivery'));
    start('app', new ActorBudget(16384, 2048, 400_000, 8192), app);
  }
}

function start(name: string, budget: ActorBudget, grants: GrantList): void {
  actors.spawnBuiltin(Bytes.utf8(name), Bytes.utf8(name), budget, grants);
}

run(new Root());

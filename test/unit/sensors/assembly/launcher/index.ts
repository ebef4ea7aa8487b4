import { ActorBudget, actors, Bytes, Capability, GrantList, Module, run } from 'motekit/runtime/guest';

/** Starts modules/sensors with its settings and topics, but without any bus. */
class Launcher extends Module {
  override onStart(): void {
    const grants = new GrantList(3);
    grants.add(Capability.Settings, Bytes.utf8('sensors/'));
    grants.add(Capability.MqttPublish, Bytes.utf8('telemetry'));
    grants.add(Capability.MqttPublish, Bytes.utf8('events'));
    const name = Bytes.utf8('sensors');
    actors.spawnBuiltin(name, name, new ActorBudget(40960, 2048, 200000, 4096), grants);
  }
}

run(new Launcher());

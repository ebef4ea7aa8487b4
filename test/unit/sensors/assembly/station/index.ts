import { ActorBudget, actors, Bytes, Capability, errorCode, GrantList, log, Module, run } from 'motekit/runtime/guest';

/** Starts delivery, rules and sensors with the grants of their manifests. */
class Station extends Module {
  override onStart(): void {
    const delivery = new GrantList(10);
    for (let i = 0; i < UP.length; i++) delivery.add(Capability.MqttPublish, Bytes.utf8(UP[i]));
    for (let i = 0; i < DOWN.length; i++) delivery.add(Capability.MqttSubscribe, Bytes.utf8(DOWN[i]));
    delivery.add(Capability.Flash, Bytes.utf8('delivery'));
    delivery.add(Capability.Mail, Bytes.utf8(''));
    spawn('delivery', new ActorBudget(24576, 3072, 4000000, 6144), delivery);

    const rules = new GrantList(3);
    rules.add(Capability.Mail, Bytes.utf8('delivery'));
    rules.add(Capability.Settings, Bytes.utf8('rules/'));
    rules.add(Capability.Gpio, Bytes.utf8('0-255:out'));
    spawn('rules', new ActorBudget(32768, 3072, 200000, 4096), rules);

    const sensors = new GrantList(9);
    sensors.add(Capability.Settings, Bytes.utf8('sensors/'));
    sensors.add(Capability.Mail, Bytes.utf8('delivery'));
    sensors.add(Capability.Mail, Bytes.utf8('rules'));
    for (let bus = Capability.I2c; bus <= Capability.OneWire; bus++) sensors.add(bus, Bytes.utf8(''));
    spawn('sensors', new ActorBudget(40960, 2048, 200000, 4096), sensors);
  }

  override onStarted(actor: u32): void {
    log.debug(`${actor} runs`);
  }

  override onExited(actor: u32, reason: Bytes): void {
    log.error(`${actor} ended: ${reason.toString()}`);
  }
}

const UP: StaticArray<string> = ['tlm', 'res', 'reported', 'refused'];
const DOWN: StaticArray<string> = ['ack', 'cmd', 'desired', 'get'];

function spawn(name: string, budget: ActorBudget, grants: GrantList): void {
  const bytes = Bytes.utf8(name);
  if (!actors.spawnBuiltin(bytes, bytes, budget, grants)) log.error(`${name}: error ${errorCode()}`);
}

run(new Station());

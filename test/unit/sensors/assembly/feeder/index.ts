import { ActorBudget, actors, Bytes, Capability, GrantList, log, mail, Module, mqtt, run } from 'motekit/runtime/guest';

/** In the place of delivery: gives modules/rules what comes by MQTT, as letters, and tells its fuel. */
class Feeder extends Module {
  private rules: u32 = 0;

  override onStart(): void {
    mqtt.subscribe('do/#');
    const grants = new GrantList(2);
    grants.add(Capability.Mail, Bytes.utf8('delivery'));
    grants.add(Capability.MqttPublish, Bytes.utf8('events'));
    const name = Bytes.utf8('rules');
    this.rules = actors.spawnBuiltin(name, name, new ActorBudget(32768, 3072, 4000000, 16384), grants);
  }

  override onMqtt(topic: Bytes, payload: Bytes): void {
    if (topic.isText('do/letter')) {
      const error = mail.send(this.rules, payload);
      if (error) log.error(`letter: ${error}`);
      return;
    }
    const stats = actors.inspect(this.rules);
    if (stats !== null) log.info(`fuel ${stats.fuelPeak}`);
  }

  override onExited(actor: u32, reason: Bytes): void {
    log.error(`${actor} ended: ${reason.toString()}`);
  }
}

run(new Feeder());

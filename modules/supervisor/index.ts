import { Bytes, LogLevel, Module, log, mqtt, run } from 'motekit/runtime/guest';
import { onMessage } from './assembly/messages';
import { pull } from './assembly/pull';
import { Services } from './assembly/services';
import { Timer } from './assembly/timers';
import { updater } from './assembly/updater';

/** The policy of the device: hands what arrives to the updater. */
class Supervisor extends Module {
  private services: Services = new Services();

  override onStart(): void {
    this.services.start();
    mqtt.subscribeTo(Bytes.ascii('ota'));
    if (!updater.boot()) log.write(LogLevel.Error, Bytes.ascii('flash cannot be read: nothing runs'));
  }
  override onMqtt(_topic: Bytes, payload: Bytes): void {
    onMessage(payload);
  }
  override onTimer(id: u32): void {
    if (id == Timer.RESTART_SERVICE) this.services.spawn();
    else updater.onTimer(id);
  }
  override onMail(sender: u32, payload: Bytes): void {
    updater.onMail(sender, payload);
  }
  override onStarted(actor: u32): void {
    this.services.onStarted(actor);
    updater.onStarted(actor);
  }
  override onExited(actor: u32, reason: Bytes): void {
    if (!this.services.onExited(actor)) updater.onExited(actor, reason);
  }
  override onHttp(head: Bytes, bytes: Bytes): void {
    pull.onAnswer(head, bytes);
  }
  override onHealth(actor: u32, healthy: bool): void {
    updater.onHealth(actor, healthy);
  }
}

run(new Supervisor());

import { Bytes, LogLevel, Module, log, mqtt, run } from 'motekit/runtime/guest';
import { onMessage } from './assembly/messages';
import { Services } from './assembly/services';
import { Timer } from './assembly/timers';
import { Updater } from './assembly/updater';

/** The policy of the device: hands what arrives to the updater. */
class Supervisor extends Module {
  private services: Services = new Services();
  private updater: Updater = new Updater();

  override onStart(): void {
    this.services.start();
    mqtt.subscribeTo(Bytes.ascii('ota'));
    if (!this.updater.boot()) log.write(LogLevel.Error, Bytes.ascii('flash cannot be read: nothing runs'));
  }
  override onMqtt(_topic: Bytes, payload: Bytes): void {
    onMessage(this.updater, payload);
  }
  override onTimer(id: u32): void {
    if (id == Timer.RESTART_SERVICE) this.services.spawn();
    else this.updater.onTimer(id);
  }
  override onMail(sender: u32, payload: Bytes): void {
    this.updater.onMail(sender, payload);
  }
  override onStarted(actor: u32): void {
    this.updater.onStarted(actor);
  }
  override onExited(actor: u32, reason: Bytes): void {
    if (!this.services.onExited(actor)) this.updater.onExited(actor, reason);
  }
  override onHealth(actor: u32, healthy: bool): void {
    this.updater.onHealth(actor, healthy);
  }
}

run(new Supervisor());

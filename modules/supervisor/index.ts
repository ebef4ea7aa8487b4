import { Bytes, Module, log, mqtt, run } from 'motekit/runtime/guest';
import { onMessage } from './assembly/messages';
import { Updater } from './assembly/updater';

/** The policy of the device: hands what arrives to the updater. */
class Supervisor extends Module {
  private updater: Updater = new Updater();

  override onStart(): void {
    mqtt.subscribe('ota');
    if (!this.updater.boot()) log.error('flash cannot be read: nothing runs');
  }
  override onMqtt(_topic: Bytes, payload: Bytes): void {
    onMessage(this.updater, payload);
  }
  override onTimer(id: u32): void {
    this.updater.onTimer(id);
  }
  override onMail(sender: u32, payload: Bytes): void {
    this.updater.onMail(sender, payload);
  }
  override onStarted(actor: u32): void {
    this.updater.onStarted(actor);
  }
  override onExited(actor: u32, reason: Bytes): void {
    this.updater.onExited(actor, reason);
  }
  override onHealth(actor: u32, healthy: bool): void {
    this.updater.onHealth(actor, healthy);
  }
}

run(new Supervisor());

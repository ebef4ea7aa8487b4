// Says over the log what it is called with, and calls whatever a timer's number asks for.
import {
  ActorBudget,
  ActorState,
  actors,
  adc,
  Bytes,
  Capability,
  clock,
  data,
  datagram,
  ErrorCode,
  errorCode,
  FlashRegion,
  flash,
  GpioEdge,
  GpioPull,
  GrantList,
  gpio,
  i2c,
  LogLevel,
  log,
  Module,
  MqttQos,
  mail,
  mqtt,
  oneWire,
  pwm,
  radio,
  random,
  run,
  Script,
  SpiMode,
  settings,
  spi,
  timer,
  UartConfig,
  UartParity,
  uart,
} from 'motekit/runtime/guest';

function hex(bytes: Bytes | null): string {
  if (!bytes) return `none (${errorCode()})`;
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += (<u32>bytes.get(i) + 0x100).toString(16).substring(1);
  return text;
}

class Probe extends Module {
  private seen: u32 = 0;
  private name: StaticArray<u8> = Bytes.utf8('kept').copy();
  private script: Script = new Script(24);

  override onStart(): void {
    log.info('start');
  }

  override onTick(): void {
    log.info(`tick ${++this.seen} ${Bytes.of(this.name).toString()}`);
  }

  override onRadio(frame: Bytes, rssi: i32): void {
    log.info(`radio ${hex(frame)} ${rssi}`);
  }

  override onMqtt(topic: Bytes, payload: Bytes): void {
    log.info(`mqtt ${topic.toString()} ${topic.isText('größe/🜁')} ${topic.isText('x')} ${hex(payload)}`);
  }

  override onMail(sender: u32, payload: Bytes): void {
    log.info(`mail ${sender} ${hex(payload)} ${mail.reply(payload.slice(1, 3))}`);
  }

  override onStarted(actor: u32): void {
    log.info(`started ${actor}`);
  }

  override onExited(actor: u32, reason: Bytes): void {
    log.info(`exited ${actor} ${reason.toString()}`);
  }

  override onHealth(actor: u32, healthy: bool): void {
    log.info(`health ${actor} ${healthy}`);
  }

  override onGpio(pin: u32, high: bool, count: u32, at: u32): void {
    log.info(`gpio ${pin} ${high} ${count} ${at}`);
  }

  override onUart(port: u32, bytes: Bytes, faults: u32): void {
    log.info(`uart ${port} ${hex(bytes)} ${faults}`);
  }

  override onDatagram(peer: Bytes, bytes: Bytes): void {
    log.info(`datagram ${peer.toString()} ${hex(bytes)} ${datagram.sendTo(peer, bytes)}`);
  }

  override isHealthy(): bool {
    return this.seen > 0;
  }

  override onStop(): void {
    log.info('stop');
  }

  override onTimer(id: u32): void {
    switch (id) {
      case 1: {
        log.debug('d');
        log.warn('w');
        log.error('e');
        log.write(LogLevel.Info, Bytes.utf8('größe 🜁 \u{d800}').slice(0, 100));
        break;
      }
      case 2:
        return log.info(`${clock.now()} ${clock.unix()}`);
      case 3: {
        const code = timer.set(7, 1500);
        timer.cancel(8);
        return log.info(`${code}`);
      }
      case 4:
        return log.info(hex(random.get(4)));
      case 5:
        return log.info(hex(settings.get('trust/keys')));
      case 6:
        return log.info(`${radio.send(Bytes.utf8('frame'))}`);
      case 7:
        return log.info(
          `${mqtt.connected()} ${mqtt.publish('a/b', Bytes.utf8('hi'))} ${mqtt.publish('c', Bytes.alloc(2), MqttQos.AtMostOnce)} ${mqtt.subscribe('d/#')}`,
        );
      case 8: {
        const geometry = flash.describe(FlashRegion.Slots);
        if (!geometry) return log.info(`none ${errorCode()}`);
        return log.info(`${geometry.size} ${geometry.sector} ${geometry.align} ${geometry.erased}`);
      }
      case 9:
        return log.info(
          `${hex(flash.read(FlashRegion.Journal, 4096, 3))} ${flash.program(FlashRegion.Slots, 8, Bytes.utf8('data'))} ${flash.erase(FlashRegion.Slots, 0, 4096)}`,
        );
      case 10:
        return log.info(`${mail.send(3, Bytes.utf8('letter'))}`);
      case 11: {
        const grants = new GrantList(2);
        const first = grants.add(Capability.MqttPublish, Bytes.utf8('t/'));
        const second = grants.add(Capability.Mail, Bytes.utf8(''));
        const third = grants.add(Capability.Flash, Bytes.utf8(''));
        const budget = new ActorBudget(4096, 512, 1000, 256);
        const builtin = actors.spawnBuiltin(Bytes.utf8('v'), Bytes.utf8('ml-dsa'), budget, grants);
        const stored = actors.spawnFlash(Bytes.utf8('app'), FlashRegion.Slots, 65536, 1234, budget, new GrantList(0));
        return log.info(`${first} ${second} ${third} ${builtin} ${stored} ${errorCode()}`);
      }
      case 12:
        return log.info(`${actors.stop(5)} ${actors.tick(6)} ${actors.check(7)}`);
      case 13: {
        const stats = actors.inspect(9);
        if (!stats) return log.info(`none ${errorCode()}`);
        const running = stats.state == ActorState.Running;
        return log.info(
          `${running} ${stats.handled} ${stats.denied} ${stats.dropped} ${stats.fuelPeak} ${stats.memory}`,
        );
      }
      case 14: {
        const bytes = Bytes.utf8('abc');
        bytes.set(0, 0x7a);
        const sliced = `${hex(bytes.slice(1))} ${hex(bytes.slice(-5, 2))} ${hex(bytes.slice(2, 1))} ${hex(bytes.slice(9))}`;
        return log.info(`${sliced} ${bytes.equals(Bytes.utf8('zbc'))} ${bytes.equals(Bytes.utf8('zb'))}`);
      }
      case 15:
        log.info(`${Bytes.alloc(3).get(3)}`);
        break;
      case 17: {
        const script = this.script.clear().write1(0xf7).read(8).delay(0x1234).stop();
        return log.info(hex(i2c.transfer(1, 0x76, script)));
      }
      case 18: {
        const script = this.script.clear().write2(1, 2).write3(3, 4, 5).exchange(Bytes.utf8('ab'));
        return log.info(hex(spi.transfer(0, 2, SpiMode.Mode3, 1000000, script)));
      }
      case 19: {
        const script = this.script.clear().stop().write(Bytes.utf8('x')).search(Bytes.utf8('12345678'));
        return log.info(hex(oneWire.transfer(3, script)));
      }
      case 20:
        return log.info(
          `${gpio.input(4, GpioPull.Up)} ${gpio.read(4)} ${gpio.watch(4, GpioEdge.Falling)} ${gpio.write(5, true)} ${gpio.shift(4, 5, 24, 25)}`,
        );
      case 21:
        return log.info(`${adc.read(0, 3, 16, 12)} ${pwm.set(1, 2, 1000, 250)}`);
      case 22:
        return log.info(
          `${uart.open(1, new UartConfig(9600, UartParity.Even, 4000))} ${uart.write(1, Bytes.utf8('hi'))} ${uart.close(1)}`,
        );
      case 23:
        return log.info(`${datagram.bind(1885)} ${datagram.send('gw:1885', Bytes.utf8('hi'))} ${datagram.close()}`);
      case 24:
        return log.info(`${timer.every(1, 60000)} ${timer.at(2, (<u64>1) << 33)}`);
      case 25:
        return log.info(`${mail.post(Bytes.utf8('delivery'), Bytes.utf8('letter'))}`);
      case 26:
        this.script.clear().write(Bytes.alloc(30));
        break;
      case 27: {
        const budget = new ActorBudget(4096, 512, 1000, 256);
        return log.info(
          `${actors.share(Bytes.utf8('table'), FlashRegion.Slots, 4096, 77)} ${actors.handover(FlashRegion.Slots, 8192, 1234, budget, 60000)} ${actors.feed(30000)}`,
        );
      }
      case 28:
        return log.info(`${data.size('table')} ${hex(data.read('table', 70, 7))}`);
      case 16:
        log.info(`${mqtt.publish('t', Bytes.alloc(1)) == ErrorCode.Denied}`);
        break;
    }
  }
}

run(new Probe());

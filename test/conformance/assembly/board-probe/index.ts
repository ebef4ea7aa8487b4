import {
  Bytes,
  clock,
  ErrorCode,
  errorCode,
  flash,
  FlashRegion,
  log,
  Module,
  mqtt,
  radio,
  random,
  run,
  settings,
  timer,
} from 'motekit/runtime/guest';

/** Uses every port of a board, as the words that come by MQTT ask for. */
class Probe extends Module {
  onStart(): void {
    log.info('up');
    mqtt.subscribe('do/#');
  }

  onRadio(frame: Bytes, rssi: i32): void {
    log.info('heard ' + frame.length.toString() + ' bytes at ' + rssi.toString());
    mqtt.publish('radio', frame);
  }

  onTimer(id: u32): void {
    log.info('timer ' + id.toString() + ' at ' + clock.now().toString());
  }

  onMqtt(topic: Bytes, payload: Bytes): void {
    if (topic.isText('do/echo')) mqtt.publish('echo', payload);
    else if (topic.isText('do/trap')) unreachable();
    else if (topic.isText('do/sleep')) timer.set(3, 250);
    else if (topic.isText('do/send')) log.info('sent ' + (<i32>radio.send(payload)).toString());
    else if (topic.isText('do/time')) log.info('unix ' + clock.unix().toString());
    else if (topic.isText('do/random')) this.answer(random.get(payload.get(0)));
    else if (topic.isText('do/setting')) this.answer(settings.get(payload.toString()));
    else if (topic.isText('do/program'))
      log.info('programmed ' + (<i32>flash.program(FlashRegion.Journal, 4096, payload)).toString());
    else if (topic.isText('do/erase'))
      log.info('erased ' + (<i32>flash.erase(FlashRegion.Journal, 4096, 4096)).toString());
    else if (topic.isText('do/read')) this.answer(flash.read(FlashRegion.Journal, 4096, payload.get(0)));
    else if (topic.isText('do/flash')) {
      const slots = flash.describe(FlashRegion.Slots)!;
      log.info([slots.size, slots.sector, slots.align, <u32>slots.erased].join(' '));
    } else log.warn('unknown: ' + topic.toString());
  }

  private answer(bytes: Bytes | null): void {
    if (bytes) mqtt.publish('answer', bytes);
    else log.info('nothing: ' + (<i32>errorCode()).toString());
  }
}

run(new Probe());

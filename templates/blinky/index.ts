import { gpio, log, Module, run, timer } from 'motekit/runtime/guest';
import { board } from 'motekit/runtime/guest/boards/{{board}}';

const BLINK: u32 = 0;
/** Milliseconds. */
const PERIOD: u32 = 500;

/** Makes the LED blink. */
class Blinky extends Module {
  private on: bool = false;

  override onStart(): void {
    log.info('blinking');
    timer.every(BLINK, PERIOD);
  }

  override onTimer(id: u32): void {
    this.on = !this.on;
    const error = gpio.write(board.pin.led, this.on);
    if (error) log.error(`the LED cannot be set: error ${error}`);
  }
}

run(new Blinky());

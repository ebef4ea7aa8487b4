import { Bytes, Module, run, timer } from 'motekit/runtime/guest';
import { board } from 'motekit/runtime/guest/boards/{{board}}';
import { Bme280 } from 'motekit/modules/sensors/assembly/bme280';
import { Config } from 'motekit/modules/sensors/assembly/config';
import { Part } from 'motekit/modules/sensors/assembly/part';

const ROOM: u32 = 0;
/** Milliseconds that the part has to start in. */
const POWER_UP: u32 = 100;

/** Reads temperature, pressure and humidity every minute and publishes them as SenML. */
class Sensor extends Module {
  private room: Part = new Part(
    ROOM,
    new Bme280(),
    new Config(Bytes.utf8(`bme280 bus=${board.i2c.main} address={{address.bme280}} every=60000 name=room`)),
  );

  override onStart(): void {
    timer.set(ROOM, POWER_UP);
  }

  /** A part sets its own timer: for the next reading, or for the next attempt when it failed. */
  override onTimer(id: u32): void {
    if (id == ROOM) this.room.step();
  }

  override onStop(): void {
    this.room.driver.sleep();
  }
}

run(new Sensor());

import { Bytes, log, Module, run, settings, timer } from 'motekit/runtime/guest';
import { Config } from './assembly/config';
import { driverFor } from './assembly/drivers';
import { Part } from './assembly/part';

/** Parts are the settings `sensors/0` to `sensors/7`, one line each (assembly/config.ts); numbers may be left out. */
const MAX_PARTS: i32 = 8;
/** Milliseconds that parts have to start in. */
const POWER_UP: u32 = 100;

/** Polls the parts that the owner configured, and publishes what they measure and how they fail. */
class Sensors extends Module {
  private parts: StaticArray<Part | null> = new StaticArray<Part | null>(MAX_PARTS);

  override onStart(): void {
    let count = 0;
    for (let id = 0; id < MAX_PARTS; id++) {
      const line = settings.get(`sensors/${id}`);
      if (line === null) continue;
      const config = new Config(line);
      const driver = driverFor(config);
      if (driver === null) {
        log.error(`sensors/${id}: no driver ${config.driver.toString()}`);
        continue;
      }
      this.parts[id] = new Part(id, driver, config);
      count++;
    }
    log.info(`${count} parts`);
    for (let id = 0; id < MAX_PARTS; id++) timer.set(id, POWER_UP);
  }

  override onTimer(id: u32): void {
    const part = id < <u32>MAX_PARTS ? this.parts[id] : null;
    if (part !== null) part.step();
  }

  /** Parts that nobody reads shall rest. */
  override onStop(): void {
    for (let id = 0; id < MAX_PARTS; id++) {
      const part = this.parts[id];
      if (part !== null) part.driver.sleep();
    }
  }

  override onUart(port: u32, bytes: Bytes, faults: u32): void {
    for (let id = 0; id < MAX_PARTS; id++) {
      const part = this.parts[id];
      if (part !== null) part.onBytes(port, bytes.ptr, bytes.length);
    }
  }

  override onGpio(pin: u32, high: bool, count: u32, at: u32): void {
    for (let id = 0; id < MAX_PARTS; id++) {
      const part = this.parts[id];
      if (part !== null) part.driver.onEdge(pin, high, count, at);
    }
  }
}

run(new Sensors());

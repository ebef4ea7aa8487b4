import { Bytes, Module, run, timer } from 'motekit/runtime/guest';
import { board } from 'motekit/runtime/guest/boards/{{board}}';
import { Config } from 'motekit/modules/sensors/assembly/config';
import { ModbusClient } from 'motekit/modules/sensors/assembly/modbus-client';
import { Part } from 'motekit/modules/sensors/assembly/part';
import { PLAN } from './assembly/plan';

const METER: u32 = 0;
/** Milliseconds that the meter has to start in. */
const POWER_UP: u32 = 100;

const line = new Config(
  Bytes.utf8(`modbus port=${board.uart.modbus} baud=19200 parity=even unit=1 every=10000 name=meter`),
);

/** Polls a meter over Modbus RTU and publishes its registers as SenML. */
class ModbusGateway extends Module {
  private meter: Part = new Part(METER, new ModbusClient(line, Bytes.utf8(PLAN)), line);

  override onStart(): void {
    timer.set(METER, POWER_UP);
  }

  override onTimer(id: u32): void {
    if (id == METER) this.meter.step();
  }

  override onUart(port: u32, bytes: Bytes, faults: u32): void {
    this.meter.onBytes(port, bytes.ptr, bytes.length);
  }
}

run(new ModbusGateway());

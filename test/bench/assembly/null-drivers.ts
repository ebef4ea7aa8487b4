// What a driver costs beside another one of its bus: the same calls, and nothing of a part.
import { SpiMode } from 'motekit/runtime/guest';
import { I2cDriver, oneWireTransfer, SpiDriver } from '../../../modules/sensors/assembly/bus';
import { Config } from '../../../modules/sensors/assembly/config';
import { Driver } from '../../../modules/sensors/assembly/driver';
import { Records } from '../../../modules/sensors/assembly/records';

const NOTHING = memory.data(8);

export class NullI2c extends I2cDriver {
  open(config: Config): i32 {
    this.place(config, 1, 1, 2);
    return 0;
  }

  override start(): i32 {
    return 0;
  }

  read(out: Records): i32 {
    return out.count > 100 ? this.transfer(NOTHING, 0, 0) : 0;
  }
}

export class NullSpi extends SpiDriver {
  open(config: Config): i32 {
    this.place(config);
    return 0;
  }

  override start(): i32 {
    return 0;
  }

  read(out: Records): i32 {
    return out.count > 100 ? this.transfer(SpiMode.Mode0, 1, NOTHING, 0, 0) : 0;
  }
}

/** 1-Wire, pins, converters, serial ports: what they need of their bus is their own. */
export class NullDriver extends Driver {
  private bus: i32 = 0;

  open(config: Config): i32 {
    this.bus = config.number('bus', 0, 0, 7);
    return 0;
  }

  override start(): i32 {
    return 0;
  }

  read(out: Records): i32 {
    return out.count > 100 ? oneWireTransfer(this.bus, NOTHING, 0, 0) : 0;
  }
}

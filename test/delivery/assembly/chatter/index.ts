/** Publishes telemetry beside the module that is driven: as much as it is told, and nobody is told what becomes of it. */
import { Bytes, Module, Priority, run, telemetry } from 'motekit/runtime/guest';

/** Frames to it: 'C' class, then the payload of a record. */
class Chatter extends Module {
  override onRadio(frame: Bytes, _rssi: i32): void {
    if (frame.get(0) == 0x43) telemetry.publish(frame.slice(2), <Priority>frame.get(1));
  }
}

run(new Chatter());

import { Bytes, log, Module, run, telemetry } from 'motekit/runtime/guest';
import { keyOf } from 'motekit/modules/gateway/assembly/keys';
import { CborWriter } from 'motekit/modules/lib/assembly/cbor';
import { decode, errorMessage, telegram, writeSenml } from 'motekit/modules/wmbus/assembly';
import { senmlBound } from 'motekit/modules/wmbus/assembly/senml';

/** Hears Wireless M-Bus and publishes what the meters say as SenML. Their keys are settings: `wmbus/KAM-12345678`. */
class MeterGateway extends Module {
  override onStart(): void {
    log.info('listening for meters');
  }

  override onRadio(frame: Bytes, rssi: i32): void {
    if (!decode(frame.ptr, frame.length, keyOf)) {
      log.warn(`telegram refused: ${errorMessage(telegram.error)}`);
      return;
    }
    telegram.rssi = rssi;
    const room = senmlBound();
    const start = heap.alloc(room);
    const pack = new CborWriter(start, start + room);
    writeSenml(pack);
    if (pack.overflow) return log.error('a telegram with more records than fit');
    const error = telemetry.publish(new Bytes(start, pack.length));
    if (error) log.warn(`reading not published: error ${error}`);
  }
}

run(new MeterGateway());

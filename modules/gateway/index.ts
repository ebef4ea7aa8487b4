import { Bytes, ErrorCode, Module, clock, log, mqtt, run, telemetry } from 'motekit/runtime/guest';
import { CborWriter } from '../lib/assembly/cbor';
import { decode, errorMessage, setNow, telegram, writeSenml } from '../wmbus/assembly';
import { senmlBound } from '../wmbus/assembly/senml';
import { keyOf } from './assembly/keys';

/** Bytes of a publication: three times what 39 records of dates take, which fill a frame. */
const MOST: u32 = 4096;

/** Hears Wireless M-Bus telegrams and hands what the meters say to delivery, as SenML. */
class Gateway extends Module {
  override onStart(): void {
    log.info('listening for meters');
  }

  override onRadio(frame: Bytes, rssi: i32): void {
    // Fragments of a message that come too far apart are none of one.
    setNow(<u32>clock.now());
    if (!decode(frame.ptr, frame.length, keyOf)) {
      log.warn(`telegram refused: ${errorMessage(telegram.error)}`);
      return;
    }
    telegram.rssi = rssi;
    const room = min<u32>(senmlBound(), MOST);
    const start = heap.alloc(room);
    const pack = new CborWriter(start, start + room);
    writeSenml(pack);
    if (pack.overflow) return log.error('telegram with more records than a message holds');
    const reading = new Bytes(start, pack.length);
    let error = telemetry.publish(reading);
    // A device without delivery, or a pack that is longer than its records: sent once, and kept by nobody.
    if (error == ErrorCode.NotFound || error == ErrorCode.TooBig) error = mqtt.publish('telemetry', reading);
    if (error) log.warn(`reading not published: error ${error}`);
  }
}

run(new Gateway());

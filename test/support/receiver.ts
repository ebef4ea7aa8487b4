/** The server's end of delivery for a device in this process: everything is taken and acknowledged at once (docs/delivery.md). */
import type { LocalMqtt } from '../../host-shim/board/local-mqtt.ts';
import { take } from '../../host-shim/fleet/receiver.ts';
import type { Cursor } from '../../host-shim/fleet/store.ts';
import { decodeTelemetry, encodeAck, TOPIC } from '../../host-shim/fleet/wire.ts';

/** Calls `hear` with each record of telemetry that is news, once. */
export function receiveTelemetry(mqtt: LocalMqtt, base: string, hear: (payload: Uint8Array) => void): void {
  let cursor: Cursor | undefined;
  mqtt.subscribe(`${base}/${TOPIC.telemetry}`, (_topic, message) => {
    const taken = take(cursor, decodeTelemetry(message));
    if (taken === null) return;
    cursor = taken.cursor;
    for (const { class: level, payload } of taken.records) if (level === 0) hear(payload);
    mqtt.publish(`${base}/${TOPIC.ack}`, encodeAck({ epoch: cursor.epoch, upto: cursor.upto }));
  });
}

/** Delivery as a whole device has it: the real supervisor spawns it, a signed module uses it, a reset comes between. */
import { encode } from 'cborg';
import { describe, expect, it } from 'vitest';
import { World } from '../delivery/world.ts';
import type { Receipt, Rig } from '../delivery/rig.ts';
import { take } from '../../host-shim/fleet/receiver.ts';
import type { Cursor } from '../../host-shim/fleet/store.ts';
import { decodeAuditEntry, decodeTelemetry, encodeAck } from '../../host-shim/fleet/wire.ts';
import type { Report } from '../../host-shim/release/protocol.ts';
import { testBundle, testDevice } from '../support/device.ts';

const BASE = 'acme/lab/esp32c6/one';
const UNIX = Date.UTC(2026, 10, 21);

describe('a module on a device', () => {
  it('publishes, is told its desired state and runs a command once, across a reset', async () => {
    const device = await testDevice({ unix: UNIX });
    const { board, clock, mqtt, ether } = device;
    const air = ether.attach();
    // The world of the proofs, on a whole board in the rig's place.
    const rig = {
      onPublish: (_topic: string, _payload: Uint8Array) => {},
      onReceipt: (_receipt: Receipt) => {},
      onDesired: (_version: number, _document: Uint8Array) => {},
      onRun: (_args: Uint8Array) => {},
      send: (topic: string, payload: Uint8Array) => mqtt.publish(`${BASE}/${topic}`, payload),
      publish: (priority: number, payload: Uint8Array, token: number) =>
        void air.send(Uint8Array.from([0x50, priority, token & 255, token >> 8, ...payload])),
    };
    const world = new World().attach(rig as unknown as Rig);
    air.listen((frame) => {
      const view = new DataView(frame.slice().buffer);
      if (frame[0] === 0x73)
        rig.onReceipt({ outcome: frame[1]!, token: view.getUint16(2, true), number: view.getUint32(4, true) });
      else if (frame[0] === 0x64) rig.onDesired(Number(view.getBigUint64(1, true)), frame.slice(9));
      else if (frame[0] === 0x78) rig.onRun(frame.slice(1));
    });
    for (const topic of ['tlm', 'res', 'reported', 'refused'])
      mqtt.subscribe(`${BASE}/${topic}`, (_topic, payload) => clock.soon(() => rig.onPublish(topic, payload)));

    board.start();
    const report = device.push(await testBundle('test/delivery/assembly/app'));
    expect(report).toMatchObject({ state: 'CONFIRMED', reason: null });
    const bad = device.push(await testBundle('test/fixtures/modules/faulty', { sequence: 2 }));
    expect(bad).toMatchObject({ state: 'REVERTED' });

    for (let i = 0; i < 40; i++) {
      world.publish(0, Buffer.from(`record ${i}`));
      clock.advance(200);
      if (i === 20) {
        board.reset();
        clock.advance(3000);
      }
    }
    const command = {
      id: Buffer.from('a command'),
      name: 'open',
      args: Buffer.from('the valve'),
      expiry: UNIX / 1000 + 3600,
    };
    world.desire(1, { interval: 60 });
    clock.advance(31_000);
    world.call(command);
    clock.advance(1000);
    board.reset();
    clock.advance(31_000);
    world.call(command);
    rig.send('get', encode(null));
    clock.advance(10_000);

    expect(world.finalOf(command)).toMatchObject({ status: 0, result: Buffer.from('the valve').toString('hex') });
    expect(world.checkCommands([command])).toEqual({ twice: 0, unanswered: 0, wrong: [] });
    expect(world.report).toMatchObject({ stored: 1, applied: 1, boots: 3 });
    expect(world.told.at(-1)).toBe(1);
    expect(world.stored.size).toBe(40);
    expect(world.check()).toMatchObject({ undeclared: 0, declared: 0, wrong: [] });
    // What was decided about updates stands in the audit chain, by its transfer.
    const epoch = world.receiver.epochs.get(world.receiver.current!)!;
    const entries = [...epoch.records.values()].filter((record) => record.class === 3);
    const words = entries.map(({ payload }) => decodeAuditEntry(payload).entry).filter(({ kind }) => kind === 5);
    const transfer = (of: Report | undefined) => Buffer.from(of!.transfer!).toString('hex');
    expect(words.map(({ detail }) => detail)).toEqual([
      [`CONFIRMED ${transfer(report)}`],
      [`REVERTED ${transfer(bad)} trap`],
    ]);
    await board.stop();
  });

  it('keeps in its audit chain that an update was reverted at a start, before delivery was there', async () => {
    const device = await testDevice();
    const words: unknown[] = [];
    let cursor: Cursor | undefined;
    device.mqtt.subscribe(`${BASE}/tlm`, (_topic, message) => {
      const taken = take(cursor, decodeTelemetry(message));
      cursor = taken?.cursor ?? cursor;
      const entries = (taken?.records ?? []).filter((record) => record.class === 3);
      for (const { payload } of entries) {
        const { kind, detail } = decodeAuditEntry(payload).entry;
        if (kind === 5) words.push(detail);
      }
      if (cursor) device.mqtt.publish(`${BASE}/ack`, encodeAck({ epoch: cursor.epoch, upto: cursor.upto }));
    });
    // A trial needs the broker: without it none comes to its end, and each start is another attempt.
    device.mqtt.subscribe(`${BASE}/ota-state`, () => {
      device.mqtt.online = device.reports.at(-1)?.state !== 'TRIAL';
    });
    device.board.start();
    device.after(100);
    device.push(await testBundle('test/fixtures/modules/steady', { sequence: 1 }), { ms: 3000 });
    expect(device.reports.at(-1)?.state).toBe('TRIAL');
    for (let start = 0; start < 5; start++) {
      device.board.reset();
      device.after(300);
    }
    device.mqtt.online = true;
    device.after(5000);
    expect(words).toEqual([[expect.stringMatching(/^REVERTED [0-9a-f]{16} interrupted$/)]]);
    await device.board.stop();
  });
});

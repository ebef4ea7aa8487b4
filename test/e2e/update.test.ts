/** Updates on the emulated board: the real kernel, supervisor and verifier, virtual time, no network. */
import { sha256 } from '@noble/hashes/sha2.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { NorFlash, PowerCut } from '../../host-shim/board/flash.ts';
import { openBundle } from '../../host-shim/release/bundle.ts';
import { type Report, transferOf } from '../../host-shim/release/protocol.ts';
import { CLASS, type TestDevice, testBundle, testDevice, testSigner, VENDOR } from '../support/device.ts';

const hex = (bytes: Uint8Array | null | undefined) => bytes && Buffer.from(bytes).toString('hex');
const digestOf = (bundle: Uint8Array) => hex(sha256(openBundle(bundle).payload));

let gateway: Uint8Array;
let faulty: Uint8Array;
let small: Uint8Array;

beforeAll(async () => {
  gateway = await testBundle('modules/gateway', { sequence: 1 });
  faulty = await testBundle('test/fixtures/modules/faulty', { sequence: 2 });
  small = await testBundle('test/fixtures/modules/steady', { sequence: 2 });
});

async function started(options?: Parameters<typeof testDevice>[0]): Promise<TestDevice> {
  const device = await testDevice(options);
  device.board.start();
  device.after(100);
  return device;
}

function stateOf(device: TestDevice): Report {
  device.send({ kind: 3 });
  const report = device.after(100);
  if (!report) throw new Error('the device does not answer');
  return report;
}

describe('an update', () => {
  it('is fetched, tried and confirmed, and runs again after a reset', async () => {
    const device = await started();
    const last = device.push(gateway);
    expect(last).toMatchObject({ state: 'CONFIRMED', reason: null, sequence: 1, component: 'gateway' });
    expect(hex(last?.running)).toBe(digestOf(gateway));
    const states = [...new Set(device.reports.map(({ state }) => state))];
    expect(states).toEqual(['FETCHING', 'STAGED', 'ARMED', 'TRIAL', 'CONFIRMED']);

    device.board.reset();
    device.after(2000);
    expect(hex(stateOf(device).running)).toBe(digestOf(gateway));
  });

  it('that traps on its third message is reverted, and the module before runs', async () => {
    const device = await started();
    device.push(gateway);
    const last = device.push(faulty);
    expect(last).toMatchObject({ state: 'REVERTED', reason: 'trap: unreachable executed' });
    expect(hex(last?.running)).toBe(digestOf(gateway));
    expect(device.log.filter(({ text }) => text === 'message 3')).toHaveLength(1);
  });

  it('that cannot reach a broker is reverted when its time is over', async () => {
    const device = await started();
    device.push(gateway);
    const { envelope, payload } = openBundle(small);
    const transfer = transferOf(envelope);
    device.send({ kind: 1, transfer, envelope });
    device.after(100);
    device.send({ kind: 2, transfer, offset: 0, data: payload });
    device.mqtt.online = false;
    device.after(20_000);
    device.mqtt.online = true;
    expect(stateOf(device)).toMatchObject({ state: 'REVERTED', reason: 'no-broker', sequence: 1 });
  });

  it('survives lost and repeated chunks', async () => {
    const device = await started();
    const last = device.push(gateway, {
      chaos: (offset) => ((offset / 1024) % 5 === 3 && device.clock.now() % 3000 < 1500 ? 'drop' : 'twice'),
    });
    expect(last?.state).toBe('CONFIRMED');
    expect(hex(last?.running)).toBe(digestOf(gateway));
  });

  it('resumes after a reset in the middle, at the last whole sector', async () => {
    const device = await started();
    const { envelope, payload } = openBundle(gateway);
    const transfer = transferOf(envelope);
    device.send({ kind: 1, transfer, envelope });
    device.after(100);
    for (let offset = 0; offset < 6 * 1024; offset += 1024) {
      device.send({ kind: 2, transfer, offset, data: payload.slice(offset, offset + 1024) });
      device.after(10);
    }
    device.board.reset();
    device.after(100);
    expect(stateOf(device)).toMatchObject({ state: 'FETCHING', next: 4096 });
    expect(device.push(gateway)?.state).toBe('CONFIRMED');
  });

  it('pushed again is answered with what it became', async () => {
    const device = await started();
    device.push(gateway);
    const writes = device.writes().programs;
    expect(device.push(gateway)).toMatchObject({ state: 'CONFIRMED', sequence: 1 });
    expect(device.writes().programs).toBe(writes);
  });
});

describe('a bundle is refused before anything is erased:', () => {
  const other = testSigner(9);
  const cases: [string, string, () => Promise<Uint8Array>][] = [
    ['by an unknown key', 'unknown-key', () => testBundle('modules/gateway', { sequence: 5, signers: [other] })],
    ['for another board', 'wrong-device', () => testBundle('modules/gateway', { sequence: 5, class: VENDOR })],
    ['of another vendor', 'wrong-device', () => testBundle('modules/gateway', { sequence: 5, vendor: CLASS })],
    ['for another contract', 'unsupported', () => testBundle('modules/gateway', { sequence: 5, abi: '9.9' })],
    ['not newer', 'rollback', () => testBundle('test/fixtures/modules/steady', { sequence: 1 })],
    ['expired', 'expired', () => testBundle('modules/gateway', { sequence: 5, expiry: 1_000_000 })],
    ['that grants flash', 'bad-grant', () => testBundle('modules/gateway', { sequence: 5, grants: ['flash'] })],
    [
      'that speaks as the supervisor',
      'bad-grant',
      () => testBundle('modules/gateway', { sequence: 5, grants: ['mqtt-publish:ota-state'] }),
    ],
    [
      'that publishes anywhere',
      'bad-grant',
      () => testBundle('modules/gateway', { sequence: 5, grants: ['mqtt-publish'] }),
    ],
    [
      'larger than a slot',
      'too-big',
      () => testBundle('modules/gateway', { sequence: 5, wasm: new Uint8Array(130_000) }),
    ],
  ];
  it.each(cases)('%s (%s)', async (_name, reason, make) => {
    const device = await started({ unix: 2_000_000_000_000 });
    device.push(gateway);
    const { programs, erases } = device.writes();
    expect(device.push(await make())).toMatchObject({ state: 'REFUSED', reason, sequence: 1 });
    expect(device.writes()).toMatchObject({ programs, erases });
    expect(hex(stateOf(device).running)).toBe(digestOf(gateway));
  });

  it('a signature over something else (bad-signature)', async () => {
    const device = await started();
    const { envelope } = openBundle(gateway);
    const damaged = envelope.slice();
    damaged[envelope.length - 1]! ^= 1;
    device.send({ kind: 1, transfer: transferOf(damaged), envelope: damaged });
    expect(device.after(500)).toMatchObject({ state: 'REFUSED', reason: 'bad-signature' });
    expect(device.writes()).toMatchObject({ programs: 0, erases: 0 });
  });

  it('every single flipped bit of an envelope, without a trap', async () => {
    const device = await started();
    const { envelope } = openBundle(small);
    // Signature and key are long and alike inside: every 61st bit there, each bit elsewhere.
    const dense = envelope.length - 3309 - 1952;
    for (let bit = 0; bit < envelope.length * 8; bit += bit < dense * 8 ? 7 : 997) {
      const damaged = envelope.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      device.send({ kind: 1, transfer: transferOf(damaged), envelope: damaged });
      const report = device.after(200);
      expect(report?.state, `bit ${bit}`).toBe('REFUSED');
    }
    expect(device.writes()).toMatchObject({ programs: 0, erases: 0 });
    expect(device.board.counters.resets).toBe(0);
  });
});

describe('bytes that are no message', () => {
  it('are passed over', async () => {
    const device = await started();
    for (const text of [
      '',
      '00',
      '80',
      '8103',
      '820100',
      '83014801020304050607084100',
      '9fff',
      'ff'.repeat(600),
      '8401'.repeat(200),
    ]) {
      device.mqtt.publish('acme/lab/esp32c6/one/ota', Buffer.from(text, 'hex'));
      device.after(50);
    }
    expect(device.board.counters.resets).toBe(0);
    expect(stateOf(device).state).toBe('IDLE');
  });
});

describe('a power cut', () => {
  /** Pushes `small` over `gateway`, cutting the power at each write in turn, and looks what runs afterwards. */
  it('before any flash write of an update leaves exactly the old or exactly the new module', async () => {
    const base = await started();
    base.push(gateway);
    const image = Buffer.concat([base.flash.dump(0), base.flash.dump(1), base.flash.dump(2)]);
    const [oldDigest, newDigest] = [digestOf(gateway), digestOf(small)];
    let cuts = 0;
    const outcomes = new Set<string>();
    for (let at = 1; ; at++) {
      const flash = new NorFlash({ image: new Uint8Array(image) });
      const device = await started({ flash });
      let cut = false;
      let writes = 0;
      flash.onOperation = ({ kind }) => {
        if (kind === 'read' || ++writes !== at) return;
        cut = true;
        throw new PowerCut();
      };
      device.board.on('powercut', () => {});
      device.push(small, { ms: 3000 });
      if (!cut) break;
      cuts++;
      flash.onOperation = undefined;
      device.board.start();
      device.after(3000);
      const running = hex(stateOf(device).running);
      expect([oldDigest, newDigest], `cut at write ${at}`).toContain(running);
      outcomes.add(running!);
      expect(device.push(small), `push after the cut at write ${at}`).toMatchObject({ state: 'CONFIRMED' });
      expect(hex(stateOf(device).running)).toBe(newDigest);
    }
    expect(cuts).toBeGreaterThan(8);
    expect(outcomes.size).toBe(2);
  });
});

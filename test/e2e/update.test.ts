import { sha256 } from '@noble/hashes/sha2.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBundle } from '../../host-shim/release/bundle.ts';
import { CLASS, owner, type TestDevice, testBundle, testDevice, testSigner } from '../support/device.ts';

const hex = (bytes: Uint8Array | null | undefined) => bytes && Buffer.from(bytes).toString('hex');
const digestOf = (bundle: Uint8Array) => hex(sha256(openBundle(bundle).payload));

let gateway: Uint8Array;
let faulty: Uint8Array;

beforeAll(async () => {
  gateway = await testBundle('modules/gateway', { sequence: 1 });
  faulty = await testBundle('test/fixtures/modules/faulty', { sequence: 2 });
});

async function started(options?: Parameters<typeof testDevice>[0]): Promise<TestDevice> {
  const device = await testDevice(options);
  device.board.start();
  device.after(100);
  return device;
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
    device.send({ kind: 3 });
    expect(hex(device.after(100)?.running)).toBe(digestOf(gateway));
  });

  it('that traps on its third message is reverted, and the module before runs', async () => {
    const device = await started();
    device.push(gateway);
    const last = device.push(faulty);
    expect(last?.state).toBe('REVERTED');
    expect(last?.reason).toMatch(/^trap: /);
    expect(hex(last?.running)).toBe(digestOf(gateway));
    expect(device.log.filter(({ text }) => text === 'message 3')).toHaveLength(1);
  });
});

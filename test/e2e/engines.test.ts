/** A whole update with either engine: the same reports, byte for byte, and the same log. */
import { beforeAll, expect, it } from 'vitest';
import { buildKernel } from '../../runtime/kernel/build/index.ts';
import { testBundle, testDevice } from '../support/device.ts';

let kernels: Record<'wasm3' | 'host', string>;
let gateway: Uint8Array;
let faulty: Uint8Array;

beforeAll(async () => {
  const [wasm3, host] = [await buildKernel(), await buildKernel({ engine: 'host' })];
  kernels = { wasm3: wasm3.file, host: host.file };
  gateway = await testBundle('modules/gateway', { sequence: 1 });
  faulty = await testBundle('test/fixtures/modules/faulty', { sequence: 2 });
}, 300_000);

async function story(kernel: string) {
  const device = await testDevice({ kernel });
  device.board.start();
  device.after(100);
  const first = device.push(gateway);
  device.ether.transmit(Buffer.from('1444AE0C7856341201078C2027780B134365877AC5', 'hex'));
  const second = device.push(faulty);
  device.board.reset();
  device.after(2000);
  return { first, second, reports: device.reports, log: device.log, flash: device.flash.counters };
}

it('an update, a bad one and a reset are the same with wasm3 and with the engine of this program', async () => {
  const reference = await story(kernels.wasm3);
  expect(reference.first?.state).toBe('CONFIRMED');
  expect(reference.second).toMatchObject({ state: 'REVERTED', reason: 'trap: unreachable executed' });
  expect(await story(kernels.host)).toEqual(reference);
}, 60_000);

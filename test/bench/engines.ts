// The Wireless M-Bus decoder in each engine of this machine, on the same telegrams in the same process.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { WmbusDecoder } from '../../host-shim/codec/wmbus.ts';
import { packageRoot } from '../../host-shim/files.ts';
import { testBundle, testDevice } from '../support/device.ts';
import { receiveTelemetry } from '../support/receiver.ts';
import { measure, type Row } from './pqc-measure.ts';

interface Telegram {
  hex: string;
  key?: string;
}

interface Component {
  wmbus: { senml(telegram: Uint8Array, key: Uint8Array): Uint8Array };
}

/** A telegram to SenML: in V8, through the typed component, and by the gateway on the emulated board under wasm3. */
export async function rows(): Promise<Row[]> {
  const root = packageRoot();
  const all: Telegram[] = JSON.parse(await readFile(join(root, 'test', 'fixtures', 'wmbus', 'telegrams.json'), 'utf8'));
  const telegrams = all
    .filter(({ key }) => key === undefined)
    .map(({ hex }) => new Uint8Array(Buffer.from(hex, 'hex')));
  const none = new Uint8Array(0);
  const decoder = await WmbusDecoder.load();
  const component: Component = await import(
    pathToFileURL(join(root, 'build', 'components', 'wmbus', 'wmbus-codec.js')).href
  );
  const device = await testDevice();
  let published = 0;
  receiveTelemetry(device.mqtt, 'acme/lab/esp32c6/one', () => published++);
  device.board.start();
  device.after(100);
  if (device.push(await testBundle('modules/gateway'))?.state !== 'CONFIRMED')
    throw new Error('the gateway does not run');

  const ms = measure({
    v8: () => {
      for (const telegram of telegrams) decoder.decode(telegram);
    },
    component: () => {
      for (const telegram of telegrams) component.wmbus.senml(telegram, none);
    },
    wasm3: () => {
      const before = published;
      for (const telegram of telegrams) {
        device.ether.transmit(telegram, -70);
        device.after(1);
      }
      if (published - before !== telegrams.length) throw new Error('the gateway did not publish each telegram');
    },
  });
  const rate = (engine: keyof typeof ms) => (1000 * telegrams.length) / ms[engine];
  const row = (name: string, engine: keyof typeof ms): Row => ({
    name,
    value: rate(engine),
    unit: 'telegrams/s',
    peer: 'gateway under wasm3',
    ratio: rate(engine) / rate('wasm3'),
    ok: true,
  });
  return [
    row('wM-Bus decode, V8, to JSON', 'v8'),
    row('wM-Bus decode, typed component, to SenML', 'component'),
    row('wM-Bus decode, emulated board under wasm3, to MQTT', 'wasm3'),
  ];
}

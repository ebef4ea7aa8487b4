/** One decoder, every host: the typed component and the gateway on the emulated device say the same, byte for byte. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { WmbusDecoder } from '../../host-shim/codec/wmbus.ts';
import { readSenml } from '../../host-shim/telemetry/senml.ts';
import { repoRoot, type TestDevice, testBundle, testDevice } from '../support/device.ts';

interface Telegram {
  name: string;
  hex: string;
  key?: string;
}

interface Component {
  wmbus: {
    decode(telegram: Uint8Array, key: Uint8Array): string;
    senml(telegram: Uint8Array, key: Uint8Array): Uint8Array;
  };
}

const bytes = (hex = '') => new Uint8Array(Buffer.from(hex, 'hex'));
const telegrams: Telegram[] = JSON.parse(await readFile(join(repoRoot, 'test/fixtures/wmbus/telegrams.json'), 'utf8'));
const { wmbus }: Component = await import(pathToFileURL(join(repoRoot, 'build/components/wmbus/wmbus-codec.js')).href);
const decoder = await WmbusDecoder.load();

async function gatewayWith(keys: Record<string, string>): Promise<TestDevice> {
  const device = await testDevice({ keys });
  device.board.start();
  device.after(100);
  expect(device.push(await testBundle('modules/gateway'))?.state).toBe('CONFIRMED');
  return device;
}

describe('the typed component', () => {
  it.each(telegrams)('decodes $name as the core module does', ({ hex, key }) => {
    const text = wmbus.decode(bytes(hex), bytes(key));
    expect(text).toBe(decoder.decode(bytes(hex), bytes(key)));
    expect(JSON.parse(text)).toMatchObject({ ok: true });
  });
});

describe('the gateway under wasm3', () => {
  let device: TestDevice;
  const heard: Uint8Array[] = [];

  beforeAll(async () => {
    const keys = telegrams.flatMap(({ hex, key }) => {
      if (!key) return [];
      const { meter } = JSON.parse(decoder.decode(bytes(hex), bytes(key)));
      return [[`wmbus/${meter.manufacturer}-${meter.id}`, key]];
    });
    device = await gatewayWith(Object.fromEntries(keys));
    device.mqtt.subscribe('acme/lab/esp32c6/one/telemetry', (_topic, payload) => heard.push(payload));
  });

  // Without a strength, which the component is not told.
  it.each(telegrams)('publishes $name as the component says it', ({ hex, key }) => {
    heard.length = 0;
    device.ether.transmit(bytes(hex), 0);
    device.after(100);
    expect(heard).toHaveLength(1);
    expect(Buffer.from(heard[0]!).toString('hex')).toBe(
      Buffer.from(wmbus.senml(bytes(hex), bytes(key))).toString('hex'),
    );
  });

  it('adds how strong it heard the telegram', () => {
    heard.length = 0;
    device.ether.transmit(bytes(telegrams[0]!.hex), -70);
    device.after(100);
    const rssi = readSenml(heard[0]!).find(({ name }) => name.endsWith(':rssi'));
    expect(rssi).toMatchObject({ unit: 'dBm', value: -70 });
  });

  it('publishes nothing for a damaged telegram, and goes on', () => {
    const encrypted = telegrams.find(({ key }) => key)!;
    heard.length = 0;
    device.ether.transmit(bytes(encrypted.hex).subarray(0, 14), -70);
    device.after(100);
    expect(heard).toHaveLength(0);
    device.ether.transmit(bytes(encrypted.hex), -70);
    device.after(100);
    expect(heard).toHaveLength(1);
  });

  it('publishes nothing for an encrypted telegram without its key', async () => {
    const keyless = await gatewayWith({});
    const published: Uint8Array[] = [];
    keyless.mqtt.subscribe('acme/lab/esp32c6/one/telemetry', (_topic, payload) => published.push(payload));
    for (const { hex, key } of telegrams) if (key) keyless.ether.transmit(bytes(hex), -70);
    keyless.after(1000);
    expect(published).toHaveLength(0);
    expect(keyless.log.filter(({ text }) => text.startsWith('telegram refused')).length).toBeGreaterThan(5);
  });
});

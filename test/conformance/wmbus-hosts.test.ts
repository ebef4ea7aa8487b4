/** One decoder, every host: the typed component and the gateway on the emulated device say the same, byte for byte. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { WmbusDecoder } from '../../host-shim/codec/wmbus.ts';
import { readSenml } from '../../host-shim/telemetry/senml.ts';
import { repoRoot, type TestDevice, testBundle, testDevice } from '../support/device.ts';
import { receiveTelemetry } from '../support/receiver.ts';

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

const BASE = 'acme/lab/esp32c6/one';
const bytes = (hex = '') => new Uint8Array(Buffer.from(hex, 'hex'));
const telegrams: Telegram[] = JSON.parse(await readFile(join(repoRoot, 'test/fixtures/wmbus/telegrams.json'), 'utf8'));
const { wmbus }: Component = await import(pathToFileURL(join(repoRoot, 'build/components/wmbus/wmbus-codec.js')).href);
const decoder = await WmbusDecoder.load();

async function gatewayWith(keys: Record<string, string>, heard: Uint8Array[]): Promise<TestDevice> {
  const device = await testDevice({ keys });
  receiveTelemetry(device.mqtt, BASE, (payload) => heard.push(payload));
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
    device = await gatewayWith(Object.fromEntries(keys), heard);
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

  it('publishes once and without delivery what is longer than a record of it', () => {
    // 48 times the maximum of a flow temperature, backward, of storage 2, tariff 1, subunit 1 (EN 13757-3): its names are long.
    const records = new Array(48).fill([0x91, 0x51, 0xdb, 0x3c, 1]).flat();
    const header = [0x44, 0xae, 0x0c, 0x78, 0x56, 0x34, 0x12, 0x01, 0x07, 0x7a, 0x2a, 0, 0, 0];
    const telegram = Uint8Array.from([header.length + records.length, ...header, ...records]);
    const direct: Uint8Array[] = [];
    device.mqtt.subscribe(`${BASE}/telemetry`, (_topic, payload) => direct.push(payload));
    heard.length = 0;
    device.ether.transmit(telegram, 0);
    device.after(100);
    expect(heard).toHaveLength(0);
    expect(direct.map((pack) => pack.length)).toEqual([wmbus.senml(telegram, bytes()).length]);
    expect(direct[0]!.length).toBeGreaterThan(2048);
  });

  it('publishes nothing for an encrypted telegram without its key', async () => {
    const published: Uint8Array[] = [];
    const keyless = await gatewayWith({}, published);
    for (const { hex, key } of telegrams) if (key) keyless.ether.transmit(bytes(hex), -70);
    keyless.after(1000);
    expect(published).toHaveLength(0);
    expect(keyless.log.filter(({ text }) => text.startsWith('telegram refused')).length).toBeGreaterThan(5);
  });
});

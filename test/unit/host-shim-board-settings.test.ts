import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Device, DeviceSettings, loadDevice, saveDevice, uuid5 } from '../../host-shim/board/settings.ts';
import { baseTopic, parseBase, parseProfile, profileBase } from '../../host-shim/board/topics.ts';
import { DEFAULTS } from '../../host-shim/defaults.ts';

const SECRET = '000102030405060708090A0B0C0D0E0F';
const device = (changes: Partial<Device> = {}): Device => ({
  identity: { org: 'acme', edge: 'site-1', thingType: 'meter', thing: 'a1' },
  vendor: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
  class: '6ba7b811-9dad-11d1-80b4-00c04fd430c8',
  trust: ['11'.repeat(32), 'AB'.repeat(32)],
  keys: { 'wmbus/KAM-12345678': SECRET, 'wmbus/default': '00'.repeat(16) },
  ...changes,
});

describe('settings as a module sees them', () => {
  it('gives identity, trust and keys as bytes', () => {
    const settings = new DeviceSettings(device());
    const hex = (name: string) => Buffer.from(settings.get(name) ?? []).toString('hex');
    expect(Buffer.from(settings.get('device/base')!).toString()).toBe('acme/site-1/meter/a1');
    expect(hex('device/vendor')).toBe('6ba7b8109dad11d180b400c04fd430c8');
    expect(hex('device/class')).toBe('6ba7b8119dad11d180b400c04fd430c8');
    expect(hex('trust/keys')).toBe('11'.repeat(32) + 'ab'.repeat(32));
    expect(hex('wmbus/KAM-12345678')).toBe(SECRET.toLowerCase());
    expect(settings.get('wmbus/KAM-00000000')).toBeUndefined();
    expect(settings.get('__proto__')).toBeUndefined();
  });

  it('has an empty list when nobody is trusted', () => {
    expect(new DeviceSettings(device({ trust: [] })).get('trust/keys')).toEqual(new Uint8Array());
  });

  it('prints no secret', () => {
    const settings = new DeviceSettings(device());
    const printed = `${inspect(settings, { depth: 9, showHidden: true })} ${JSON.stringify(settings)} ${settings}`;
    expect(printed.toUpperCase()).not.toContain(SECRET);
    expect(printed).not.toMatch(/0, *1, *2, *3|00 01 02 03/);
  });

  it.each<[string, unknown, RegExp]>([
    ['an unknown entry', { ...device(), colour: 'red' }, /colour/],
    ['a missing identity', { ...device(), identity: undefined }, /identity/],
    ['a short thumbprint', device({ trust: ['11'] }), /trust\.0.*64 hex/],
    ['nine thumbprints', device({ trust: Array(9).fill('11'.repeat(32)) }), /trust/],
    ['half a byte of key', device({ keys: { 'wmbus/default': '123' } }), /wmbus\/default.*hexadecimal/],
    ['a key of 257 bytes', device({ keys: { 'wmbus/default': '00'.repeat(257) } }), /wmbus\/default/],
    ['an empty key', device({ keys: { 'wmbus/default': '' } }), /wmbus\/default/],
    ['a key in the place of the identity', device({ keys: { 'device/base': '00' } }), /keys/],
    ['a key in the place of trust', device({ keys: { 'trust/keys': '00' } }), /keys/],
    ['a name without a group', device({ keys: { default: '00' } }), /keys/],
    ['no UUID', device({ vendor: 'acme' }), /vendor.*UUID/],
    ['no object', [], /./],
  ])('refuses %s and says where', (_, content, why) => {
    const read = () => new DeviceSettings(content as Device, 'here.json');
    expect(read).toThrow(expect.objectContaining({ key: 'device-damaged', message: expect.stringMatching(why) }));
  });

  it('does not repeat a mistyped key', () => {
    const read = () => new DeviceSettings(device({ keys: { 'wmbus/default': `${SECRET}x` } }));
    expect(read).toThrow(expect.objectContaining({ message: expect.not.stringContaining(SECRET) }));
  });

  it.each(['', 'a/b', '+', '#', 'a\n', 'a.b', 'a b', '\u00e9', 'x'.repeat(33), '$SYS', '\ud800'])(
    'refuses the level %j',
    (thing) => {
      const identity = { ...device().identity, thing };
      expect(() => new DeviceSettings(device({ identity }))).toThrow(expect.objectContaining({ key: 'topic-invalid' }));
    },
  );
});

describe('the device file', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mote-device-'));
    path = join(folder, 'device.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('comes back as it was written, for its owner only', async () => {
    await saveDevice(path, device());
    expect(await loadDevice(path)).toEqual(device());
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is refused when cut anywhere, and quotes nothing of it', async () => {
    await saveDevice(path, device());
    const whole = readFileSync(path);
    for (let length = 0; length < whole.length - 2; length += 7) {
      writeFileSync(path, whole.subarray(0, length));
      const error = await loadDevice(path).catch((e) => e);
      expect(error).toMatchObject({ key: 'device-damaged' });
      expect(String(error)).not.toContain('0001020304');
    }
  });

  it('is not written when it would not be read', async () => {
    await expect(saveDevice(path, device({ trust: ['x'] }))).rejects.toMatchObject({ key: 'device-damaged' });
    await expect(loadDevice(path)).rejects.toMatchObject({ key: 'file-missing' });
  });
});

describe('the base topic as text', () => {
  it('is read and written', () => {
    expect(parseBase('acme/site-1/meter/a1')).toEqual(device().identity);
    expect(baseTopic(parseBase(DEFAULTS.device))).toBe(DEFAULTS.device);
  });

  it.each(['', 'a/b/c', 'a/b/c/d/e', 'a/b/c/', 'a/b/#/d'])('refuses %j', (base) => {
    expect(() => parseBase(base)).toThrow(expect.objectContaining({ key: 'topic-invalid' }));
  });
});

describe('the base topic of a profile', () => {
  it('is below the channel of Magistrala', () => {
    const profile = parseProfile('magistrala:ops:b2a7d6e0-1c1f-4d43-9b55-6f5c1c0a1e11')!;
    expect(profileBase('acme/s/meter/a1', profile)).toBe(
      'm/ops/c/b2a7d6e0-1c1f-4d43-9b55-6f5c1c0a1e11/acme/s/meter/a1',
    );
    expect(profileBase('acme/s/meter/a1', parseProfile('plain')!)).toBe('acme/s/meter/a1');
  });

  it.each(['', 'magistrala', 'magistrala:a', 'magistrala:a/b:c', 'other:a:b'])('refuses %j', (text) => {
    expect(parseProfile(text)).toBeUndefined();
  });

  it('has no wildcards in the channel', () => {
    expect(() => profileBase('a/b/c/d', { name: 'magistrala', tenant: '+', channel: 'c' })).toThrow('does not name');
  });
});

describe('UUID version 5', () => {
  it('made the vendor and class of emulated boards', () => {
    const vendor = uuid5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'mote.example');
    expect([vendor, uuid5(vendor, 'esp32c6-devkitc')]).toEqual([DEFAULTS.vendor, DEFAULTS.class]);
  });

  it('gives the example of RFC 9562 appendix A.4', () => {
    expect(uuid5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe(
      '2ed6657d-e927-568b-95e1-2665a8aea6a2',
    );
  });
});

import { expect, test } from 'vitest';
import { uuid5 } from '../../host-shim/board/settings.ts';
import { DEFAULTS } from '../../host-shim/defaults.ts';

test('vendor and class of emulated boards are the name-based UUIDs that they are said to be', () => {
  const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
  expect(DEFAULTS.vendor).toBe(uuid5(dns, 'mote.example'));
  expect(DEFAULTS.class).toBe(uuid5(DEFAULTS.vendor, 'esp32c6-devkitc'));
});

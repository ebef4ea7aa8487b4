/** Flags that several commands share. */
import { Flags } from '@oclif/core';
import { DEFAULTS } from '../host-shim/defaults.ts';

export const keysFlag = Flags.string({
  description: 'folder of the key store',
  default: DEFAULTS.keys,
  env: 'MOTE_KEYS',
  helpValue: 'FOLDER',
});

export const brokerFlag = Flags.string({
  description: 'address of the MQTT broker',
  env: 'MOTE_BROKER',
  helpValue: 'mqtt://HOST:PORT',
});

export const deviceFlag = Flags.string({
  required: true,
  description: "the device's base topic",
  helpValue: 'ORG/EDGE/TYPE/THING',
});

/** How to sign: of `sign` and `release create`. */
export const signFlags = {
  key: Flags.string({
    required: true,
    multiple: true,
    multipleNonGreedy: true,
    description: 'name of a signing key; repeat for more',
    helpValue: 'NAME',
  }),
  alone: Flags.boolean({ description: 'without the Ed25519 key that "mote keys new" makes beside an ML-DSA-65 key' }),
  sequence: Flags.integer({ description: 'default: seconds since 1970', min: 1 }),
  expires: Flags.string({
    description: 'after that no device takes it (ISO 8601); default: never',
    helpValue: 'DATE',
  }),
  reproducible: Flags.boolean({
    description: 'sign without randomness: the same inputs give the same bytes',
    dependsOn: ['sequence'],
  }),
};

/** The key set and who signs it: of `keys rotate`, `keys revoke` and `keys cosign`. */
export const setFlags = {
  set: Flags.string({ description: 'file of the key set', default: DEFAULTS.keySet, helpValue: 'FILE' }),
  root: Flags.string({
    required: true,
    multiple: true,
    multipleNonGreedy: true,
    description: 'name of a root key that signs; repeat for more',
    helpValue: 'NAME',
  }),
};

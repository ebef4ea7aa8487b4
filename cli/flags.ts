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

/** What holds unless the user says otherwise. Light: the command line loads it for every command. */
export const DEFAULTS = {
  /** Signing keys. */
  keys: '.mote/keys',
  /** What emulated boards keep: one folder each. */
  boards: '.mote/boards',
  broker: 'mqtt://127.0.0.1:1883',
  /** Port of the embedded broker. */
  port: 1883,
  /** Base topic of the emulated board. */
  device: 'home/bench/gateway/emu-1',
  /**
   * Vendor and class id of emulated boards, and of modules that name none (RFC 9124 sections 3.3 and 3.4): the UUIDs of
   * version 5 of `motekit.example` in the DNS namespace, and of `esp32-c6` in that one.
   */
  vendor: 'd600b414-5c9e-509a-9103-1c2a216aefd0',
  class: '405a6856-edb8-5e34-930a-2f7326c06889',
} as const;

/** What holds unless the user says otherwise. Light: the command line loads it for every command. */
export const DEFAULTS = {
  /** Signing keys. */
  keys: '.mote/keys',
  /** Who may sign. */
  keySet: '.mote/keys.set',
  /** What emulated boards keep: one folder each. */
  boards: '.mote/boards',
  broker: 'mqtt://127.0.0.1:1883',
  /** Port of the embedded broker. */
  port: 1883,
  /** Base topic of the emulated board. */
  device: 'home/bench/gateway/emu-1',
  /**
   * Vendor and class id of emulated boards, and of modules that name none (RFC 9124 sections 3.3 and 3.4): the UUIDs of
   * version 5 of `mote.example` in the DNS namespace, and of `esp32c6-devkitc` in that one.
   */
  vendor: '446ad0c6-4369-5b7a-9649-734bdea039cc',
  class: '8a9e54d7-ffd3-5fc4-83f8-f9a3c9ba55e4',
} as const;

// Generated from runtime/abi/mote.wit by `npm run generate`. Do not edit.

/** The contract's version: what a manifest's `abi` names. */
export const ABI_VERSION = '0.1';

/** types.error as the kernel's C functions and ports answer it: MOTE_ERR_* of contract.h. 0 and above is success. */
export const ErrorCode = {
  /** The module's manifest does not grant it. Counted by the kernel. */
  denied: -1,
  /** An argument is out of range. */
  invalid: -2,
  'not-found': -3,
  /** Longer than the receiver's bound. */
  'too-big': -4,
  /** A queue is full: try again later. */
  busy: -5,
  /** The device failed: bus, flash or socket. */
  io: -6,
  /** There is no connection at the moment. */
  offline: -7,
} as const;
export type ErrorName = keyof typeof ErrorCode;

/**
 * What a manifest can grant. In a manifest a grant is written `capability` or `capability:scope`,
 * for example `mqtt-publish:telemetry`. An empty scope allows every argument; a scope that ends in `/`
 * allows the arguments that begin with it; any other scope allows the argument equal to it.
 */
export const Capability = {
  /** Scope: the setting's name. */
  settings: 0,
  'radio-receive': 1,
  'radio-send': 2,
  /** Scope: the topic, below the device's own base topic. */
  'mqtt-publish': 3,
  /** Scope: the topic filter, below the device's own base topic. */
  'mqtt-subscribe': 4,
  /** Scope: the region's name. */
  flash: 5,
  /** Start, watch and stop other modules. */
  actors: 6,
  /** Send to any other module. */
  mail: 7,
} as const;
export type Capability = keyof typeof Capability;

export const LogLevel = {
  debug: 0,
  info: 1,
  warn: 2,
  error: 3,
} as const;
export type LogLevel = keyof typeof LogLevel;

/** A frame on the air, as the link layer's bytes, and its strength in dBm. */
export interface RadioFrame {
  bytes: Uint8Array;
  rssi: number;
}

export const MqttQos = {
  'at-most-once': 0,
  'at-least-once': 1,
} as const;
export type MqttQos = keyof typeof MqttQos;

export interface MqttPublication {
  topic: string;
  payload: Uint8Array;
}

export const FlashRegion = {
  journal: 0,
  slots: 1,
} as const;
export type FlashRegion = keyof typeof FlashRegion;

/** Bytes. `align` is the smallest programmable unit; `erased` the value of a byte after `erase`. */
export interface FlashGeometry {
  size: number;
  sector: number;
  align: number;
  erased: number;
}

export interface MailLetter {
  sender: number;
  payload: Uint8Array;
}

export interface ActorsGrant {
  capability: Capability;
  scope: string;
}

/**
 * `memory`: linear memory in bytes. `stack`: the engine's stack in bytes. `fuel`: loop heads and calls for each message.
 * `mailbox`: bytes of messages that may wait.
 */
export interface ActorsBudget {
  memory: number;
  stack: number;
  fuel: number;
  mailbox: number;
}

export interface ActorsExtent {
  region: FlashRegion;
  offset: number;
  len: number;
}

export type ActorsSource =
  /** A module that is part of the firmware, by name. */
  | { tag: 'builtin'; val: string }
  /** Bytes in flash. The caller has verified them. */
  | { tag: 'flash'; val: ActorsExtent };
/** Discriminants. */
export const ActorsSourceTag = {
  builtin: 0,
  flash: 1,
} as const;

export const ActorsState = {
  starting: 0,
  running: 1,
  dead: 2,
} as const;
export type ActorsState = keyof typeof ActorsState;

export interface ActorsStats {
  state: ActorsState;
  handled: number;
  denied: number;
  dropped: number;
  fuelPeak: number;
  memory: number;
}

export interface ActorsExit {
  actor: number;
  reason: string;
}

export interface ActorsVitals {
  actor: number;
  healthy: boolean;
}

export type ActorMessage =
  /** A sign of life is asked for. */
  | { tag: 'tick' }
  | { tag: 'timer'; val: number }
  | { tag: 'radio'; val: RadioFrame }
  | { tag: 'mqtt'; val: MqttPublication }
  | { tag: 'mail'; val: MailLetter }
  /** To the one that spawned: the module runs. */
  | { tag: 'started'; val: number }
  /** To the one that spawned: the module ended by a trap, a budget or a refusal to load. */
  | { tag: 'exited'; val: ActorsExit }
  | { tag: 'health'; val: ActorsVitals };
/** Discriminants. */
export const ActorMessageTag = {
  tick: 0,
  timer: 1,
  radio: 2,
  mqtt: 3,
  mail: 4,
  started: 5,
  exited: 6,
  health: 7,
} as const;

/** Records in linear memory: bytes, and where each field begins. A list or string is an address and a length. */
export const LAYOUT = {
  RadioFrame: { size: 12, align: 4, at: { bytes: 0, rssi: 8 } },
  MqttPublication: { size: 16, align: 4, at: { topic: 0, payload: 8 } },
  FlashGeometry: { size: 16, align: 4, at: { size: 0, sector: 4, align: 8, erased: 12 } },
  MailLetter: { size: 12, align: 4, at: { sender: 0, payload: 4 } },
  ActorsGrant: { size: 12, align: 4, at: { capability: 0, scope: 4 } },
  ActorsBudget: { size: 16, align: 4, at: { memory: 0, stack: 4, fuel: 8, mailbox: 12 } },
  ActorsExtent: { size: 12, align: 4, at: { region: 0, offset: 4, len: 8 } },
  ActorsStats: { size: 24, align: 4, at: { state: 0, handled: 4, denied: 8, dropped: 12, fuelPeak: 16, memory: 20 } },
  ActorsExit: { size: 12, align: 4, at: { actor: 0, reason: 4 } },
  ActorsVitals: { size: 8, align: 4, at: { actor: 0, healthy: 4 } },
} as const;

export interface ContractImport {
  module: string;
  field: string;
  /** wasm3's notation: result, then parameters; i i32, I i64, f f32, F f64, v nothing. */
  signature: string;
  /** What a call needs a grant of. */
  capability: Capability | null;
  /** What the scope of such a grant is: any text, the name of an enum's case, or nothing. */
  scope: 'text' | 'region' | null;
}

export interface ContractExport {
  field: string;
  signature: string;
}

export interface ContractWorld {
  imports: readonly ContractImport[];
  exports: readonly ContractExport[];
}

/** What every module exports beside the functions of its world. */
export const RUNTIME_EXPORTS: readonly ContractExport[] = [
  { field: 'cabi_realloc', signature: 'i(iiii)' },
  { field: 'arena_reset', signature: 'v()' },
];

export type WorldName = 'module' | 'wmbus-codec';

export const WORLDS: Record<WorldName, ContractWorld> = {
  module: {
    imports: [
      { module: 'log', field: 'write', signature: 'v(iii)', capability: null, scope: null },
      { module: 'clock', field: 'now', signature: 'I()', capability: null, scope: null },
      { module: 'clock', field: 'unix', signature: 'v(i)', capability: null, scope: null },
      { module: 'timer', field: 'set', signature: 'v(iii)', capability: null, scope: null },
      { module: 'timer', field: 'cancel', signature: 'v(i)', capability: null, scope: null },
      { module: 'random', field: 'get', signature: 'v(ii)', capability: null, scope: null },
      { module: 'settings', field: 'get', signature: 'v(iii)', capability: 'settings', scope: 'text' },
      { module: 'radio', field: 'send', signature: 'v(iii)', capability: 'radio-send', scope: null },
      { module: 'mqtt', field: 'connected', signature: 'i()', capability: null, scope: null },
      { module: 'mqtt', field: 'publish', signature: 'v(iiiiii)', capability: 'mqtt-publish', scope: 'text' },
      { module: 'mqtt', field: 'subscribe', signature: 'v(iii)', capability: 'mqtt-subscribe', scope: 'text' },
      { module: 'flash', field: 'describe', signature: 'v(ii)', capability: 'flash', scope: 'region' },
      { module: 'flash', field: 'read', signature: 'v(iiii)', capability: 'flash', scope: 'region' },
      { module: 'flash', field: 'program', signature: 'v(iiiii)', capability: 'flash', scope: 'region' },
      { module: 'flash', field: 'erase', signature: 'v(iiii)', capability: 'flash', scope: 'region' },
      { module: 'mail', field: 'send', signature: 'v(iiii)', capability: 'mail', scope: null },
      { module: 'mail', field: 'reply', signature: 'v(iii)', capability: null, scope: null },
      { module: 'actors', field: 'spawn', signature: 'v(iiiiiiiiiiiii)', capability: 'actors', scope: null },
      { module: 'actors', field: 'stop', signature: 'v(ii)', capability: 'actors', scope: null },
      { module: 'actors', field: 'tick', signature: 'v(ii)', capability: 'actors', scope: null },
      { module: 'actors', field: 'check', signature: 'v(ii)', capability: 'actors', scope: null },
      { module: 'actors', field: 'inspect', signature: 'v(ii)', capability: 'actors', scope: null },
    ],
    exports: [
      { field: 'start', signature: 'v()' },
      { field: 'handle', signature: 'v(iiiii)' },
      { field: 'health', signature: 'i()' },
      { field: 'stop', signature: 'v()' },
    ],
  },
  'wmbus-codec': {
    imports: [],
    exports: [
      { field: 'decode', signature: 'i(iiii)' },
      { field: 'senml', signature: 'i(iiii)' },
    ],
  },
};

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
  /** Nothing on the bus answered, or it refused a byte. */
  nack: -8,
  /** The bus did not answer in time: a clock held low, a line that never came back. */
  timeout: -9,
  /** Another master won the bus. */
  arbitration: -10,
} as const;
export type ErrorName = keyof typeof ErrorCode;

/**
 * What a manifest can grant. In a manifest a grant is written `capability` or `capability:scope`,
 * for example `mqtt-publish:telemetry`. An empty scope allows every argument; a scope that ends in `/`
 * allows the arguments that begin with it; any other scope allows the argument equal to it.
 *
 * Of a bus the scope is written as the pattern above the function says, for example `i2c:i2c0:0x76`, `gpio:9:in`.
 * A number is decimal or hexadecimal and may be a range (`i2c:i2c0:0x76-0x77`, `gpio:4-7:out`); what is left out at
 * the end, from a `:` on, allows all (`i2c:i2c0`, `gpio:9`).
 *
 * A device takes no manifest with a grant whose scope `@refused` names: in quotes the very scope, with a `*` all that begin
 * so. With them a module could replace itself, speak in the supervisor's name, or read the device's private key.
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
  /** Scope: the region's name, or of one thing that is done with it: `slots:read`, `slots:write`. */
  flash: 5,
  /** Start, watch and stop other modules. */
  actors: 6,
  /** Send to other modules. Scope: the module's name, for `mail.post`; only an empty one allows `mail.send`. */
  mail: 7,
  /** Scope: `i2c<bus>:<address>`; a 10-bit address is 0xa000 + address. */
  i2c: 8,
  /** Scope: `spi<bus>:<select>`. */
  spi: 9,
  /** Scope: `<pin>:in` or `<pin>:out`. */
  gpio: 10,
  /** Scope: `adc<unit>:<channel>`. */
  adc: 11,
  /** Scope: `pwm<unit>:<channel>`. */
  pwm: 12,
  /** Scope: `uart<port>`. */
  uart: 13,
  /** Scope: `onewire<bus>`. */
  'one-wire': 14,
  /** Scope: the peer as `host:port`, or `local`: every peer on the board's own links. */
  datagram: 15,
  /** Scope: the name of the component that is shared. */
  data: 16,
  /** Scope: the address, for instance `https://releases.example/`. */
  http: 17,
} as const;
export type Capability = keyof typeof Capability;

/**
 * How the script of a transfer is written: a step's number, its length as a byte, and what the step says.
 *
 * The bytes that are read come back one behind the other. A script has at most 256 bytes and reads at most 256;
 * its delays are at most 10 ms together: what takes longer waits for a timer. The first step that fails ends the
 * transfer, which then has no result but the error; the bus is left free.
 */
export const Step = {
  /** i2c: STOP. spi: deselect. one-wire: reset, and `nack` when nothing is present. Without a length. */
  stop: 0,
  /** Length 1 to 255, then the bytes. */
  write: 1,
  /** Length 1 to 255. */
  read: 2,
  /** Without a length: microseconds as u16, little endian. On i2c a STOP comes before it. */
  delay: 3,
  /** spi: length and bytes as with `write`; as many come back, full duplex. */
  exchange: 4,
  /**
   * one-wire: length n, then n bytes of directions, bit 0 first: a search (ROM SEARCH) goes through 8 n bits. For each bit
   * the direction counts where parts disagree. n bytes of the bits taken come back, then n bytes in which the bits are
   * set where parts disagreed; `nack` when none answers.
   */
  search: 5,
} as const;
export type Step = keyof typeof Step;

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

/** `retained`: at least once, and the broker keeps it for those who subscribe later. */
export const MqttQos = {
  'at-most-once': 0,
  'at-least-once': 1,
  retained: 2,
} as const;
export type MqttQos = keyof typeof MqttQos;

export interface MqttPublication {
  topic: string;
  payload: Uint8Array;
}

/** `delivery`: the journal of modules/delivery. A board may have none: `describe` then says `invalid`. */
export const FlashRegion = {
  journal: 0,
  slots: 1,
  delivery: 2,
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

/** Clock polarity and phase, as numbered everywhere: mode 1 samples at the second edge, mode 2 idles high. */
export const SpiMode = {
  mode0: 0,
  mode1: 1,
  mode2: 2,
  mode3: 3,
} as const;
export type SpiMode = keyof typeof SpiMode;

export const GpioPull = {
  none: 0,
  up: 1,
  down: 2,
} as const;
export type GpioPull = keyof typeof GpioPull;

export const GpioEdge = {
  none: 0,
  rising: 1,
  falling: 2,
  both: 3,
} as const;
export type GpioEdge = keyof typeof GpioEdge;

/**
 * `high`: the level after the edge. `count`: edges since `watch`, so that lost messages lose no count.
 * `at`: the low 32 bits of `clock.now` at the edge.
 */
export interface GpioChange {
  pin: number;
  high: boolean;
  count: number;
  at: number;
}

export const UartParity = {
  none: 0,
  even: 1,
  odd: 2,
} as const;
export type UartParity = keyof typeof UartParity;

/**
 * `data-bits`: 5 to 8. `stop-bits`: 1 or 2. A message is sent when the line was silent for `gap` microseconds
 * (1 to 1,000,000) behind a byte, or when `most` bytes (1 to 256) are there.
 */
export interface UartConfig {
  baud: number;
  dataBits: number;
  parity: UartParity;
  stopBits: number;
  gap: number;
  most: number;
}

/** `faults`: bit 0: bytes were lost; bit 1: parity or framing was wrong, and such bytes are not among these. */
export interface UartChunk {
  port: number;
  bytes: Uint8Array;
  faults: number;
}

export interface DatagramPacket {
  peer: string;
  bytes: Uint8Array;
}

/**
 * `head`: three u32, little endian: the status (0: no answer, or one that is none), where in the file `bytes` begin, and
 * how long the file is; behind them the strong entity tag as it was sent (none when there was none). `bytes`: of status
 * 206 and 200, at most as many as were asked for. A redirection is not followed.
 */
export interface HttpAnswer {
  head: Uint8Array;
  bytes: Uint8Array;
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
  | { tag: 'health'; val: ActorsVitals }
  /** To the one that watches the pin. */
  | { tag: 'gpio'; val: GpioChange }
  /** To the one that opened the port. */
  | { tag: 'uart'; val: UartChunk }
  | { tag: 'datagram'; val: DatagramPacket }
  /** To the one that asked. */
  | { tag: 'http'; val: HttpAnswer };
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
  gpio: 8,
  uart: 9,
  datagram: 10,
  http: 11,
} as const;

/** Grants that no application module has: written with a `:`; a `*` at the end stands for any text. */
export const REFUSED_GRANTS: readonly string[] = [
  'settings:',
  'settings:unwrap-seed',
  'mqtt-publish:',
  'mqtt-publish:ota*',
  'mqtt-publish:#*',
  'mqtt-publish:+*',
  'mqtt-subscribe:',
  'mqtt-subscribe:ota*',
  'mqtt-subscribe:#*',
  'mqtt-subscribe:+*',
  'flash:*',
  'actors:*',
];

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
  GpioChange: { size: 16, align: 4, at: { pin: 0, high: 4, count: 8, at: 12 } },
  UartConfig: { size: 16, align: 4, at: { baud: 0, dataBits: 4, parity: 5, stopBits: 6, gap: 8, most: 12 } },
  UartChunk: { size: 16, align: 4, at: { port: 0, bytes: 4, faults: 12 } },
  DatagramPacket: { size: 16, align: 4, at: { peer: 0, bytes: 8 } },
  HttpAnswer: { size: 16, align: 4, at: { head: 0, bytes: 8 } },
} as const;

export interface ContractImport {
  module: string;
  field: string;
  /** wasm3's notation: result, then parameters; i i32, I i64, f f32, F f64, v nothing. */
  signature: string;
  /** What a call needs a grant of. */
  capability: Capability | null;
  /** What the scope of such a grant is: any text, numbers in a pattern, the name of an enum's case, or nothing. */
  scope: 'text' | 'region' | 'line' | 'any' | null;
  /** Of a `line`: how the scope is written, # for a number. Of an enum: what may stand behind the name. Empty otherwise. */
  pattern: string;
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
      { module: 'log', field: 'write', signature: 'v(iii)', capability: null, scope: null, pattern: '' },
      { module: 'clock', field: 'now', signature: 'I()', capability: null, scope: null, pattern: '' },
      { module: 'clock', field: 'unix', signature: 'v(i)', capability: null, scope: null, pattern: '' },
      { module: 'timer', field: 'set', signature: 'v(iii)', capability: null, scope: null, pattern: '' },
      { module: 'timer', field: 'cancel', signature: 'v(i)', capability: null, scope: null, pattern: '' },
      { module: 'timer', field: 'every', signature: 'v(iii)', capability: null, scope: null, pattern: '' },
      { module: 'timer', field: 'at', signature: 'v(iIi)', capability: null, scope: null, pattern: '' },
      { module: 'random', field: 'get', signature: 'v(ii)', capability: null, scope: null, pattern: '' },
      { module: 'settings', field: 'get', signature: 'v(iii)', capability: 'settings', scope: 'text', pattern: '' },
      { module: 'radio', field: 'send', signature: 'v(iii)', capability: 'radio-send', scope: null, pattern: '' },
      { module: 'mqtt', field: 'connected', signature: 'i()', capability: null, scope: null, pattern: '' },
      { module: 'mqtt', field: 'publish', signature: 'v(iiiiii)', capability: 'mqtt-publish', scope: 'text', pattern: '' },
      { module: 'mqtt', field: 'subscribe', signature: 'v(iii)', capability: 'mqtt-subscribe', scope: 'text', pattern: '' },
      { module: 'flash', field: 'describe', signature: 'v(ii)', capability: 'flash', scope: 'region', pattern: ':read' },
      { module: 'flash', field: 'read', signature: 'v(iiii)', capability: 'flash', scope: 'region', pattern: ':read' },
      { module: 'flash', field: 'program', signature: 'v(iiiii)', capability: 'flash', scope: 'region', pattern: ':write' },
      { module: 'flash', field: 'erase', signature: 'v(iiii)', capability: 'flash', scope: 'region', pattern: ':write' },
      { module: 'mail', field: 'send', signature: 'v(iiii)', capability: 'mail', scope: null, pattern: '' },
      { module: 'mail', field: 'post', signature: 'v(iiiii)', capability: 'mail', scope: 'text', pattern: '' },
      { module: 'mail', field: 'reply', signature: 'v(iii)', capability: null, scope: null, pattern: '' },
      { module: 'actors', field: 'spawn', signature: 'v(iiiiiiiiiiiii)', capability: 'actors', scope: null, pattern: '' },
      { module: 'actors', field: 'stop', signature: 'v(ii)', capability: 'actors', scope: null, pattern: '' },
      { module: 'actors', field: 'tick', signature: 'v(ii)', capability: 'actors', scope: null, pattern: '' },
      { module: 'actors', field: 'check', signature: 'v(ii)', capability: 'actors', scope: null, pattern: '' },
      { module: 'actors', field: 'inspect', signature: 'v(ii)', capability: 'actors', scope: null, pattern: '' },
      { module: 'actors', field: 'share', signature: 'v(iiiiii)', capability: 'actors', scope: null, pattern: '' },
      { module: 'actors', field: 'handover', signature: 'v(iiiiiiiii)', capability: 'actors', scope: null, pattern: '' },
      { module: 'actors', field: 'feed', signature: 'v(ii)', capability: 'actors', scope: null, pattern: '' },
      { module: 'i2c', field: 'transfer', signature: 'v(iiiii)', capability: 'i2c', scope: 'line', pattern: 'i2c#:#' },
      { module: 'spi', field: 'transfer', signature: 'v(iiiiiii)', capability: 'spi', scope: 'line', pattern: 'spi#:#' },
      { module: 'gpio', field: 'input', signature: 'v(iii)', capability: 'gpio', scope: 'line', pattern: '#:in' },
      { module: 'gpio', field: 'read', signature: 'v(ii)', capability: 'gpio', scope: 'line', pattern: '#:in' },
      { module: 'gpio', field: 'watch', signature: 'v(iii)', capability: 'gpio', scope: 'line', pattern: '#:in' },
      { module: 'gpio', field: 'write', signature: 'v(iii)', capability: 'gpio', scope: 'line', pattern: '#:out' },
      { module: 'gpio', field: 'shift', signature: 'v(iiiiii)', capability: 'gpio', scope: 'line', pattern: '#:in' },
      { module: 'adc', field: 'read', signature: 'v(iiiii)', capability: 'adc', scope: 'line', pattern: 'adc#:#' },
      { module: 'pwm', field: 'set', signature: 'v(iiiii)', capability: 'pwm', scope: 'line', pattern: 'pwm#:#' },
      { module: 'uart', field: 'open', signature: 'v(iiiiiiii)', capability: 'uart', scope: 'line', pattern: 'uart#' },
      { module: 'uart', field: 'write', signature: 'v(iiii)', capability: 'uart', scope: 'line', pattern: 'uart#' },
      { module: 'uart', field: 'close', signature: 'v(ii)', capability: 'uart', scope: 'line', pattern: 'uart#' },
      { module: 'one_wire', field: 'transfer', signature: 'v(iiii)', capability: 'one-wire', scope: 'line', pattern: 'onewire#' },
      { module: 'datagram', field: 'bind', signature: 'v(ii)', capability: 'datagram', scope: 'any', pattern: '' },
      { module: 'datagram', field: 'send', signature: 'v(iiiii)', capability: 'datagram', scope: 'any', pattern: '' },
      { module: 'datagram', field: 'close', signature: 'v(i)', capability: 'datagram', scope: 'any', pattern: '' },
      { module: 'data', field: 'size', signature: 'v(iii)', capability: 'data', scope: 'text', pattern: '' },
      { module: 'data', field: 'read', signature: 'v(iiiii)', capability: 'data', scope: 'text', pattern: '' },
      { module: 'http', field: 'get', signature: 'v(iiiiiii)', capability: 'http', scope: 'text', pattern: '' },
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
      { field: 'places', signature: 'i(iiii)' },
    ],
  },
};

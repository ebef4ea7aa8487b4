/**
 * What happens to a kernel, as a list of events, and instructions for the module test/unit/kernel/assembly/probe.ts.
 * A scenario is text, so that every host of the kernel can play the same one.
 */
import { Capability, LAYOUT } from '../../../runtime/abi/generated/contract.ts';

/** Opcodes of the probe: the imports in the contract's order, then its own. */
export const OPCODE = {
  logWrite: 0,
  clockNow: 1,
  clockUnix: 2,
  timerSet: 3,
  timerCancel: 4,
  timerEvery: 5,
  timerAt: 6,
  randomGet: 7,
  settingsGet: 8,
  radioSend: 9,
  mqttConnected: 10,
  mqttPublish: 11,
  mqttSubscribe: 12,
  flashDescribe: 13,
  flashRead: 14,
  flashProgram: 15,
  flashErase: 16,
  mailSend: 17,
  mailPost: 18,
  mailReply: 19,
  actorsSpawn: 20,
  actorsStop: 21,
  actorsTick: 22,
  actorsCheck: 23,
  actorsInspect: 24,
  actorsShare: 25,
  actorsHandover: 26,
  actorsFeed: 27,
  i2cTransfer: 28,
  spiTransfer: 29,
  gpioInput: 30,
  gpioRead: 31,
  gpioWatch: 32,
  gpioWrite: 33,
  gpioShift: 34,
  adcRead: 35,
  pwmSet: 36,
  uartOpen: 37,
  uartWrite: 38,
  uartClose: 39,
  oneWireTransfer: 40,
  datagramBind: 41,
  datagramSend: 42,
  datagramClose: 43,
  dataSize: 44,
  dataRead: 45,
  httpGet: 46,
  trap: 100,
  spin: 101,
  recurse: 102,
  grow: 103,
  well: 104,
  realloc: 105,
  recurseThenRandom: 106,
  burn: 107,
  load: 108,
  wide: 109,
  divide: 110,
} as const;

/** The probe's return area. */
export const RET = 0xdddd0000;
const DATA = 0xeeee0000;

/** Collects instructions and the bytes that they refer to. */
export class Script {
  readonly #data: number[] = [];
  readonly #code: number[] = [];

  /** Bytes for later arguments; returns what stands for their address. */
  data(bytes: ArrayLike<number>): number {
    const at = this.#data.length;
    this.#data.push(...Array.from(bytes));
    return DATA + at;
  }

  text(words: string): number {
    return this.data(Buffer.from(words));
  }

  op(name: keyof typeof OPCODE, ...words: number[]): this {
    this.#code.push(OPCODE[name], words.length, ...words.flatMap(little));
    return this;
  }

  spawn(name: string, module: string, budget: Partial<Budget> = {}, grants: Grant[] = []): this {
    const { memory, stack, fuel, mailbox } = { ...BUDGET, ...budget };
    const { size } = LAYOUT.ActorsGrant;
    const records = grants.flatMap(({ capability, scope = '' }) => {
      const record = [Capability[capability], 0, 0, 0, ...little(this.text(scope)), ...little(scope.length)];
      if (record.length !== size) throw new Error('the contract has another list<grant> than this test');
      return record;
    });
    while ((this.#data.length + 2) % 4) this.#data.push(0);
    const list = this.data(records);
    const source = [0, this.text(module), module.length, 0];
    const named = [this.text(name), name.length];
    return this.op('actorsSpawn', ...named, ...source, memory, stack, fuel, mailbox, list, grants.length, RET);
  }

  bytes(): Uint8Array {
    return Uint8Array.from([this.#data.length & 0xff, this.#data.length >> 8, ...this.#data, ...this.#code]);
  }
}

export interface Grant {
  capability: Capability;
  scope?: string;
}

interface Budget {
  memory: number;
  stack: number;
  fuel: number;
  mailbox: number;
}

export const BUDGET: Budget = { memory: 8192, stack: 4096, fuel: 200_000, mailbox: 4096 };

export type Event =
  | { kind: 'mqtt'; actor: number; payload: Uint8Array }
  | { kind: 'radio'; frame: Uint8Array; rssi: number }
  | { kind: 'gpio'; actor: number; pin: number; high: boolean; count: number; at: number }
  | { kind: 'uart'; actor: number; port: number; bytes: Uint8Array; faults: number }
  | { kind: 'datagram'; actor: number; peer: string; local: boolean; bytes: Uint8Array }
  | { kind: 'http'; actor: number; head: Uint8Array; bytes: Uint8Array }
  | { kind: 'time'; now: number };

export const tell = (actor: number, script: Script): Event => ({ kind: 'mqtt', actor, payload: script.bytes() });

/** One event a line, for play.c. */
export function scenarioText(events: Event[]): string {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex') || '-';
  const lines = events.map((event) => {
    if (event.kind === 'mqtt') return `mqtt ${event.actor} ${hex(event.payload)}`;
    if (event.kind === 'radio') return `radio ${event.rssi} ${hex(event.frame)}`;
    if (event.kind === 'time') return `time ${event.now} -`;
    throw new Error(`play.c knows no ${event.kind}`);
  });
  return `${lines.join('\n')}\n`;
}

export function little(word: number): number[] {
  return [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, (word >>> 24) & 0xff];
}

/** Everybody around a device: a receiver with its ledger, a caller of commands, an owner of the twin. */
import { decode, encode } from 'cborg';
import { take } from '../../host-shim/fleet/receiver.ts';
import type { Cursor } from '../../host-shim/fleet/store.ts';
import { decodeTelemetry } from '../../host-shim/fleet/wire.ts';
import { Receiver } from './receiver.ts';
import type { Rig } from './rig.ts';

export const FINAL_STATUS = 6;
export const STATUS = {
  OK: 0,
  FAILED: 1,
  EXPIRED: 2,
  NOCLOCK: 3,
  UNKNOWN: 4,
  NOT_FOUND: 5,
  CONFLICT: 6,
  BUSY: 7,
  REJECTED: 8,
  FORGOTTEN: 9,
};

export interface Command {
  id: Uint8Array;
  name: string;
  args: Uint8Array;
  expiry?: number;
  cls?: number;
  twin?: number;
}

export interface Answer {
  status: number;
  result: string;
  code: number | undefined;
}

export interface Report {
  epoch: number;
  reported: number;
  document: Map<string, unknown>;
  stored: number;
  applied: number;
  audits: number;
  head: string;
  outbox: number[];
  boots: number;
}

export function commandBytes({ id, name, args, expiry, cls, twin }: Command): Uint8Array {
  const map = new Map<number, unknown>([
    [1, id],
    [2, name],
    [3, args],
  ]);
  if (expiry !== undefined) map.set(4, expiry);
  if (cls !== undefined) map.set(5, cls);
  if (twin !== undefined) map.set(6, twin);
  return encode(map);
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** What is known outside of a device. It outlives the device's lives, and can be copied for another try. */
export class World {
  receiver = new Receiver();
  /** Payload by number, of what the application module was told is stored; and what it was told is dropped. */
  stored = new Map<number, string>();
  dropped = new Set<number>();
  /** Of tokens that no receipt has come for. */
  tokens = new Map<number, string>();
  /** Everything that a module ever published, with its class. */
  published = new Map<string, number>();
  /** Records that the flash did not take. */
  failed = 0;
  answers = new Map<string, Answer[]>();
  /** How often the effect of a command was seen, by its arguments. */
  runs = new Map<string, number>();
  reports: Report[] = [];
  refusals: number[] = [];
  /** Versions that the module was told, in order. */
  told: number[] = [];
  wrong: string[] = [];
  /** What motekit/fleet makes of the same messages. */
  fleet: { cursor: Cursor | undefined; records: number; undeclared: number } = {
    cursor: undefined,
    records: 0,
    undeclared: 0,
  };
  /** While false the receiver neither hears nor answers. */
  receiving = true;
  onRun: (args: Uint8Array) => void = () => {};
  #token = 0;
  #rig!: Rig;

  attach(rig: Rig): this {
    this.#rig = rig;
    rig.onPublish = (topic, payload) => this.#hear(topic, payload);
    rig.onReceipt = ({ token, outcome, number }) => {
      const payload = this.tokens.get(token);
      if (payload === undefined) return;
      this.tokens.delete(token);
      if (outcome === 0) {
        if (this.stored.has(number)) this.wrong.push(`number ${number} was given twice`);
        this.stored.set(number, payload);
      } else if (outcome === 1) this.dropped.add(number);
      else this.failed++;
    };
    rig.onDesired = (version) => {
      const before = this.told.at(-1) ?? 0;
      if (version < before) this.wrong.push(`desired ${version} after ${before}`);
      this.told.push(version);
    };
    rig.onRun = (args) => {
      const key = hex(args);
      this.runs.set(key, (this.runs.get(key) ?? 0) + 1);
      this.onRun(args);
    };
    return this;
  }

  copy(): World {
    const made = new World();
    made.receiver = structuredReceiver(this.receiver);
    made.fleet = { ...this.fleet };
    made.stored = new Map(this.stored);
    made.dropped = new Set(this.dropped);
    made.published = new Map(this.published);
    made.answers = new Map([...this.answers].map(([id, list]) => [id, [...list]]));
    made.runs = new Map(this.runs);
    made.reports = this.reports.slice(-1);
    made.told = this.told.slice(-1);
    made.#token = this.#token;
    return made;
  }

  publish(priority: number, payload: Uint8Array): void {
    this.#token = (this.#token % 65_535) + 1;
    this.tokens.set(this.#token, hex(payload));
    this.published.set(hex(payload), priority);
    this.#rig.publish(priority, payload, this.#token);
  }

  /** A record of `length` bytes, longer than a frame on the air. */
  publishLong(priority: number, length: number): void {
    this.#token = (this.#token % 65_535) + 1;
    const payload = Buffer.alloc(length, this.#token & 255).toString('hex');
    this.tokens.set(this.#token, payload);
    this.published.set(payload, priority);
    this.#rig.frame(Uint8Array.from([0x4c, priority, this.#token & 255, this.#token >> 8, length & 255, length >> 8]));
  }

  call(command: Command): void {
    this.#rig.send('cmd', commandBytes(command));
  }

  desire(version: number, document: unknown): void {
    this.#rig.send(
      'desired',
      encode(
        new Map<number, unknown>([
          [1, version],
          [2, document],
        ]),
      ),
    );
  }

  patch(version: number, base: number, patch: unknown): void {
    this.#rig.send(
      'desired',
      encode(
        new Map<number, unknown>([
          [1, version],
          [3, base],
          [4, patch],
        ]),
      ),
    );
  }

  get report(): Report | undefined {
    return this.reports.at(-1);
  }

  /** The answer that ends the waiting for a command. */
  finalOf(command: Command): Answer | undefined {
    return this.answers
      .get(hex(command.id))
      ?.find(({ status }) => status <= FINAL_STATUS || status === STATUS.FORGOTTEN);
  }

  /** Lets time pass until the receiver has every number that the device has given; false when that does not happen. */
  drain(hours = 48): boolean {
    const rig = this.#rig;
    for (let i = 0; i < hours * 60; i++) {
      if (!rig.on) rig.boot();
      if (i > 0) rig.after(60_000);
      rig.send('get', new Uint8Array());
      rig.after(2_000);
      const { current, epochs } = this.receiver;
      const report = this.report;
      if (current === undefined || report?.epoch !== current || !rig.on) continue;
      const upto = epochs.get(current)!.upto;
      const highest = Math.max(0, ...[...this.stored.keys()].slice(-1), ...[...this.dropped].slice(-1));
      if (report.outbox[0] === report.outbox[1]! - 1 && upto >= highest && upto >= report.outbox[0]!) return true;
    }
    return false;
  }

  /** Stored records that are neither here nor declared lost, and what else is wrong. */
  check(): { undeclared: number; declared: number; alarms: number; wrong: string[] } {
    const { current, epochs, wrong } = this.receiver;
    const epoch = current === undefined ? undefined : epochs.get(current);
    const found = [...this.wrong, ...wrong];
    if (epoch && (this.fleet.records !== epoch.records.size || this.fleet.cursor?.upto !== epoch.upto))
      found.push(`motekit/fleet has ${this.fleet.records} records, not ${epoch.records.size}`);
    if (this.fleet.undeclared > 0) found.push(`motekit/fleet misses ${this.fleet.undeclared} numbers`);
    let undeclared = 0;
    let declared = 0;
    let alarms = 0;
    for (const [number, payload] of this.stored) {
      const record = epoch?.records.get(number);
      if (record) {
        if (hex(record.payload) !== payload) found.push(`number ${number} came with another payload`);
        continue;
      }
      if (epoch?.gaps.has(number)) declared++;
      else undeclared++;
      if (this.published.get(payload) === 2) alarms++;
    }
    for (const { number, class: cls, payload } of epoch?.records.values() ?? [])
      if (cls < 3 && !this.published.has(hex(payload)))
        found.push(`number ${number} is of no record that was published`);
    for (const number of this.dropped) if (!epoch?.gaps.has(number)) undeclared++;
    return { undeclared, declared: declared + this.dropped.size, alarms, wrong: found };
  }

  /** Commands that ran too often, or whose answers do not agree. */
  checkCommands(commands: Command[]): { twice: number; unanswered: number; wrong: string[] } {
    let twice = 0;
    let unanswered = 0;
    const found: string[] = [];
    const known = new Set(commands.map(({ args }) => hex(args)));
    for (const args of this.runs.keys()) if (!known.has(args)) found.push(`something ran with the arguments "${args}"`);
    for (const command of commands) {
      const runs = this.runs.get(hex(command.args)) ?? 0;
      if (runs > 1 && (command.cls ?? 0) === 0) twice++;
      const answers = this.answers.get(hex(command.id)) ?? [];
      const finals = answers.filter(({ status }) => status <= FINAL_STATUS);
      const forgotten = answers.findIndex(({ status }) => status === STATUS.FORGOTTEN);
      if (finals.length === 0 && forgotten < 0) unanswered++;
      if (forgotten >= 0 && answers.slice(forgotten).some(({ status }) => status !== STATUS.FORGOTTEN))
        found.push(`${hex(command.id)} was forgotten and then answered`);
      const kinds = new Set(finals.map(({ status, result }) => `${status} ${result}`));
      if (kinds.size > 1) found.push(`${hex(command.id)} was answered ${[...kinds].join(' and ')}`);
      const status = finals[0]?.status;
      if (status === STATUS.OK && runs === 0) found.push(`${hex(command.id)} is OK and did not run`);
      if (runs > 0 && [STATUS.EXPIRED, STATUS.NOCLOCK, STATUS.NOT_FOUND, STATUS.CONFLICT].includes(status!))
        found.push(`${hex(command.id)} ran and is said not to have begun (${status})`);
    }
    return { twice, unanswered, wrong: found };
  }

  #take(payload: Uint8Array): void {
    const taken = take(this.fleet.cursor, decodeTelemetry(payload));
    if (!taken) return;
    this.fleet.cursor = taken.cursor;
    this.fleet.records += taken.records.length;
    for (const { from, to, declared } of taken.losses) if (!declared) this.fleet.undeclared += to - from + 1;
  }

  #hear(topic: string, payload: Uint8Array): void {
    const rig = this.#rig;
    if (topic === 'tlm') {
      if (!this.receiving) return;
      const ack = this.receiver.receive(payload);
      if (ack) rig.send('ack', ack);
      this.#take(payload);
      return;
    }
    const map = decode(payload, { useMaps: true }) as Map<number, unknown>;
    if (topic === 'res') {
      const id = hex(map.get(1) as Uint8Array);
      const list = this.answers.get(id) ?? [];
      const result = map.get(3) as Uint8Array | undefined;
      list.push({
        status: map.get(2) as number,
        result: result ? hex(result) : '',
        code: map.get(4) as number | undefined,
      });
      this.answers.set(id, list);
    } else if (topic === 'reported') {
      const [audits, head] = map.get(6) as [number, Uint8Array];
      this.reports.push({
        epoch: map.get(1) as number,
        reported: map.get(2) as number,
        document: map.get(3) as Map<string, unknown>,
        stored: map.get(4) as number,
        applied: map.get(5) as number,
        audits,
        head: hex(head),
        outbox: map.get(7) as number[],
        boots: (map.get(8) as number[])[0]!,
      });
      if (this.reports.length > 1000) this.reports.splice(0, 500);
      const ack = this.receiver.ack(map.get(2) as number);
      if (ack && this.receiving) rig.send('ack', ack);
    } else if (topic === 'refused') this.refusals.push(map.get(2) as number);
    else this.wrong.push(`a publication on ${topic}`);
  }
}

function structuredReceiver(from: Receiver): Receiver {
  const made = new Receiver();
  made.current = from.current;
  for (const [epoch, { upto, records, gaps, first }] of from.epochs)
    made.epochs.set(epoch, { upto, records: new Map(records), gaps: new Map(gaps), first });
  return made;
}

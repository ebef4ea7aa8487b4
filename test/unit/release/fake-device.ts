/** The receiving end of docs/update-protocol.md with faults to order: what push() is tested against. */
import { createHash } from 'node:crypto';
import mqtt from 'mqtt';
import {
  decodeToDevice,
  encodeReport,
  type Report,
  type State,
  type ToDevice,
  transferOf,
} from '../../../host-shim/release/protocol.ts';

export interface Faults {
  /** Roots that have to sign a key set; default 2. */
  roots?: number;
  /** Offsets of chunks that are lost the first time. */
  lose?: number[];
  /** Every report is sent this many times. */
  repeat?: number;
  /** Answer every offer with REFUSED and this reason. */
  refuse?: string;
  /** End the trial with REVERTED and this reason. */
  revert?: string;
  /** Take no notice of the first offers. */
  deaf?: number;
  /** Say nothing more once that many bytes have come. */
  dieAt?: number;
  /** Forget everything once that many bytes have come, as after a power cut; the last full sector is kept. */
  cutAt?: number;
  /** Lose the report CONFIRMED; it is only told when asked. */
  loseConfirmed?: boolean;
  /** Reports leave this late, ms. */
  slow?: number;
  /** Send this before every report. */
  noise?: Uint8Array;
}

const SECTOR = 4096;

export class FakeDevice {
  readonly received: ToDevice[] = [];
  readonly module: Uint8Array;
  state: State = 'IDLE';
  next = 0;
  /** Bytes that stand beyond `next`. */
  ahead = 0;
  /** Most bytes that came beyond the last `next` that was reported. */
  furthestAhead = 0;
  #told = 0;
  readonly #client: mqtt.MqttClient;
  readonly #base: string;
  readonly #faults: Faults;
  #transfer: Uint8Array | null = null;
  readonly #roots = new Set<string>();
  #dead = false;

  /** After `dieAt`: it hears again, and knows what it had. */
  revive(): void {
    this.#dead = false;
    delete this.#faults.dieAt;
  }

  private constructor(client: mqtt.MqttClient, base: string, size: number, faults: Faults) {
    this.#client = client;
    this.#base = base;
    this.#faults = { ...faults, lose: [...(faults.lose ?? [])] };
    this.module = new Uint8Array(size);
  }

  /** `size`: of the module that will come, which the real device learns from the manifest. */
  static async start(url: string, base: string, size: number, faults: Faults = {}): Promise<FakeDevice> {
    const client = await mqtt.connectAsync(url, { protocolVersion: 4 });
    const device = new FakeDevice(client, base, size, faults);
    client.on('message', (_, payload) => device.#handle(decodeToDevice(payload)));
    await client.subscribeAsync(`${base}/ota`, { qos: 1 });
    return device;
  }

  stop(): Promise<void> {
    return this.#client.endAsync(true);
  }

  get chunks(): number[] {
    return this.received.flatMap((message) => (message.kind === 2 ? [message.offset] : []));
  }

  #handle(message: ToDevice): void {
    this.received.push(message);
    if (this.#dead) return;
    if (message.kind === 1) this.#offer(message.envelope);
    else if (message.kind === 3) this.#report(true);
    else if (message.kind === 4) this.#keys(message.envelope);
    else if (message.kind === 2 && Buffer.compare(message.transfer, this.#transfer ?? Buffer.alloc(0)) === 0)
      this.#chunk(message.offset, message.data);
  }

  #offer(envelope: Uint8Array): void {
    if ((this.#faults.deaf ?? 0) > 0) {
      this.#faults.deaf! -= 1;
      return;
    }
    const known = this.#transfer !== null && Buffer.compare(transferOf(envelope), this.#transfer) === 0;
    this.#transfer = transferOf(envelope);
    if (this.#faults.refuse !== undefined) this.#enter('REFUSED');
    else if (known && this.state !== 'IDLE') this.#report();
    else {
      this.#enter('OFFERED');
      this.#enter('FETCHING');
    }
  }

  #keys(envelope: Uint8Array): void {
    if ((this.#faults.deaf ?? 0) > 0) {
      this.#faults.deaf! -= 1;
      return;
    }
    this.#transfer = transferOf(envelope);
    this.#roots.add(Buffer.from(envelope).toString('hex'));
    if (this.#faults.refuse !== undefined) this.#enter('REFUSED');
    else this.#enter(this.#roots.size < (this.#faults.roots ?? 2) ? 'OFFERED' : 'CONFIRMED');
  }

  #chunk(offset: number, data: Uint8Array): void {
    this.furthestAhead = Math.max(this.furthestAhead, offset + data.length - this.#told);
    const lost = this.#faults.lose!.indexOf(offset);
    if (lost >= 0) {
      this.#faults.lose!.splice(lost, 1);
      return;
    }
    if (this.state !== 'FETCHING' || offset !== this.next + this.ahead) return;
    this.module.set(data, offset);
    this.ahead += data.length;
    const has = this.next + this.ahead;
    if (this.#faults.dieAt !== undefined && has >= this.#faults.dieAt) this.#dead = true;
    if (this.#faults.cutAt !== undefined && has >= this.#faults.cutAt) {
      delete this.#faults.cutAt;
      this.ahead = 0;
      this.state = 'IDLE';
      const kept = this.#transfer;
      this.#transfer = null;
      this.#report();
      this.#transfer = kept;
      this.state = 'FETCHING';
      return;
    }
    if (this.ahead === SECTOR || has === this.module.length) {
      this.next = has;
      this.ahead = 0;
      if (has < this.module.length) this.#report();
      else this.#finish();
    }
  }

  #finish(): void {
    for (const state of ['STAGED', 'ARMED', 'TRIAL'] as const) this.#enter(state);
    setTimeout(() => this.#enter(this.#faults.revert === undefined ? 'CONFIRMED' : 'REVERTED'), 50);
  }

  #enter(state: State): void {
    this.state = state;
    if (state === 'CONFIRMED' && this.#faults.loseConfirmed) return;
    this.#report();
  }

  #report(asked = false): void {
    if (this.#dead && !asked) return;
    const reason = { REFUSED: this.#faults.refuse, REVERTED: this.#faults.revert }[
      this.state as 'REFUSED' | 'REVERTED'
    ];
    const report: Report = {
      state: this.state,
      transfer: this.#transfer,
      next: this.next,
      reason: reason ?? null,
      running: this.state === 'CONFIRMED' ? new Uint8Array(createHash('sha256').update(this.module).digest()) : null,
      component: 'gateway',
      sequence: 1,
    };
    const send = (payload: Uint8Array) =>
      this.#client.publishAsync(`${this.#base}/ota-state`, Buffer.from(payload), { qos: 1 });
    setTimeout(() => {
      this.#told = report.next;
      if (this.#faults.noise) void send(this.#faults.noise);
      for (let n = this.#faults.repeat ?? 1; n > 0; n--) void send(encodeReport(report));
    }, this.#faults.slow ?? 0);
  }
}

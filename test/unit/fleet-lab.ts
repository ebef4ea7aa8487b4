/** A bus in one process, and a device that follows docs/delivery.md as far as a server can tell. */
import { createHash } from 'node:crypto';
import { LocalMqtt } from '../../host-shim/board/local-mqtt.ts';
import type { Bus, Hear } from '../../host-shim/fleet/bus.ts';
import { mergePatch } from '../../host-shim/fleet/patch.ts';
import {
  decodeCommand,
  decodeDesired,
  type Document,
  encodeAnswer,
  encodeReported,
  type Reported,
  TOPIC,
} from '../../host-shim/fleet/wire.ts';
import { encodeCbor } from '../../host-shim/release/cbor.ts';

export class LocalBus implements Bus {
  readonly local: LocalMqtt;
  published = 0;

  constructor(local = new LocalMqtt()) {
    this.local = local;
  }

  async publish(topic: string, payload: Uint8Array, { retain = false } = {}): Promise<void> {
    this.published++;
    this.local.publish(topic, payload, { retain });
  }

  async subscribe(filter: string, hear: Hear): Promise<() => Promise<void>> {
    const end = this.local.subscribe(filter, hear);
    return async () => end();
  }
}

/** `deaf`: how many messages of a kind it does not hear. */
export class ModelDevice {
  stored = 0;
  applied = 0;
  document: Document = {};
  runs: string[] = [];
  deaf = { get: 0, desired: 0, cmd: 0 };
  accepts = true;
  busy = 0;
  readonly #answers = new Map<string, { status: number; result: Uint8Array }>();
  readonly #thing: string;
  readonly #bus: LocalBus;

  constructor(bus: LocalBus, thing: string) {
    this.#bus = bus;
    this.#thing = thing;
    bus.local.subscribe(`${thing}/#`, (topic, payload) => this.#hear(topic.slice(thing.length + 1), payload));
  }

  report(): void {
    const reported: Reported = {
      epoch: 7,
      version: 1,
      document: { level: 3 },
      stored: this.stored,
      applied: this.applied,
      audit: { count: 0, head: new Uint8Array(32) },
      outbox: { acked: 4, next: 9, records: 4, bytes: 200, capacity: 40_000, dropped: 1 },
      life: { boots: 2, uptime: 60, unix: null },
    };
    void this.#bus.publish(`${this.#thing}/${TOPIC.reported}`, encodeReported(reported), { retain: true });
  }

  #hear(topic: string, payload: Uint8Array): void {
    if (topic in this.deaf && this.deaf[topic as 'get']-- > 0) return;
    if (topic === TOPIC.get) this.report();
    if (topic === TOPIC.desired) {
      const { version, document, base, patch } = decodeDesired(payload);
      if (version > this.stored && (document || base === this.stored)) {
        this.document = document ?? (mergePatch(this.document, patch!) as Document);
        this.stored = version;
        if (this.accepts) this.applied = version;
      }
      this.report();
    }
    if (topic === TOPIC.command) this.#command(payload);
  }

  #command(payload: Uint8Array): void {
    const { id, name, arguments: args } = decodeCommand(payload);
    const key = Buffer.from(id).toString('hex');
    const answer = (status: number, result = new Uint8Array(), code?: number) =>
      void this.#bus.publish(
        `${this.#thing}/${TOPIC.answer}`,
        encodeAnswer({ id, status, ...(result.length > 0 && { result }), ...(code !== undefined && { code }) }),
      );
    if (this.busy-- > 0 || name === 'reject') {
      answer(name === 'reject' ? 8 : 7, undefined, name === 'reject' ? 6 : undefined);
      return;
    }
    const known = this.#answers.get(key);
    if (!known) this.runs.push(key);
    const status = known?.status ?? (name === 'fail' ? 1 : name === 'gone' ? 5 : 0);
    this.#answers.set(key, { status, result: args });
    answer(status, args.slice(0, 128));
  }
}

/** The entries of an audit chain as a device writes them. */
export function chain(kinds: [kind: number, detail: unknown[]][]): Uint8Array[] {
  let hash: Uint8Array = new Uint8Array(32);
  return kinds.map(([kind, detail], at) => {
    const entry = [at + 1, 1_700_000_000 + at, kind, detail];
    hash = createHash('sha256').update(hash).update(encodeCbor(entry)).digest();
    return encodeCbor([...entry, new Uint8Array(hash)]);
  });
}

// The server's side of docs/delivery.md: what is kept, what is answered, what is refused.
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seededChance } from '../../host-shim/board/random.ts';
import { auditOf, describeEntry, type Link, verifyAudit } from '../../host-shim/fleet/audit.ts';
import { callCommand, outcomeFault } from '../../host-shim/fleet/command.ts';
import { makePatch, mergePatch, same } from '../../host-shim/fleet/patch.ts';
import { Receiver } from '../../host-shim/fleet/receiver.ts';
import { FileStore, readStore } from '../../host-shim/fleet/file-store.ts';
import { MemoryStore, type Store } from '../../host-shim/fleet/store.ts';
import { getTwin, lastReported, setDesired } from '../../host-shim/fleet/twin.ts';
import {
  decodeAck,
  decodeTelemetry,
  type DeviceRecord,
  type Document,
  encodeTelemetry,
  type Gap,
  TOPIC,
  type Value,
} from '../../host-shim/fleet/wire.ts';
import { chain, LocalBus, ModelDevice } from './fleet-lab.ts';

const THING = 'acme/lab/pump/p1';
const bytes = (text: string) => new TextEncoder().encode(text);
const record = (seq: number, text = `r${seq}`): DeviceRecord => ({ seq, class: 0, time: null, payload: bytes(text) });
const message = (epoch: number, ...items: (DeviceRecord | Gap)[]) => encodeTelemetry({ epoch, items });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mote-fleet-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the receiver', () => {
  test('keeps each number once and answers every message', async () => {
    const store = new MemoryStore();
    const receiver = new Receiver(store);
    expect(await receiver.receive(THING, message(5, record(1), record(2)))).toEqual({ epoch: 5, upto: 2 });
    expect(await receiver.receive(THING, message(5, record(1), record(2)))).toEqual({ epoch: 5, upto: 2 });
    expect(await receiver.receive(THING, message(5, record(2), record(3), { from: 4, to: 6 }, record(7)))).toEqual({
      epoch: 5,
      upto: 7,
    });
    const kept = store.deliveries.flatMap(({ delivery }) => delivery.records.map(({ seq }) => seq));
    expect(kept).toEqual([1, 2, 3, 7]);
    expect(receiver.counters).toMatchObject({ records: 4, declared: 3, undeclared: 0, repeated: 3 });
  });

  test('knows a record that came from the gap that stands there later', async () => {
    const store = new MemoryStore();
    const receiver = new Receiver(store);
    await receiver.receive(THING, message(5, record(1), record(2)));
    // The acknowledgement was lost, and meanwhile the outbox dropped 1 and 2.
    await receiver.receive(THING, message(5, { from: 1, to: 3 }, record(4)));
    expect(store.deliveries[1]!.delivery.losses).toEqual([{ from: 3, to: 3, declared: true }]);
  });

  test('begins anywhere in an epoch that is new to it, and says what others had', async () => {
    const seen: number[] = [];
    const receiver = new Receiver(new MemoryStore(), { onDelivery: (_, { before }) => seen.push(before) });
    expect(await receiver.receive(THING, message(5, record(40)))).toEqual({ epoch: 5, upto: 40 });
    expect(seen).toEqual([39]);
  });

  test('calls what was acknowledged in its name lost, not declared', async () => {
    const store = new MemoryStore();
    const receiver = new Receiver(store);
    await receiver.receive(THING, message(5, record(1)));
    expect(await receiver.receive(THING, message(5, record(9)))).toEqual({ epoch: 5, upto: 9 });
    expect(store.deliveries[1]!.delivery.losses).toEqual([{ from: 2, to: 8, declared: false }]);
    expect(receiver.counters.undeclared).toBe(7);
  });

  test('does not answer a late copy of an epoch that is over', async () => {
    const receiver = new Receiver(new MemoryStore());
    await receiver.receive(THING, message(5, record(1)));
    expect(await receiver.receive(THING, message(6, record(1)))).toEqual({ epoch: 6, upto: 1 });
    expect(await receiver.receive(THING, message(5, record(1), record(2)))).toBeNull();
    expect(receiver.counters.records).toBe(2);
  });

  test('acknowledges nothing that its store has not taken', async () => {
    const broken: Store = { cursor: async () => undefined, commit: async () => Promise.reject(new Error('disk full')) };
    const refused: string[] = [];
    const bus = new LocalBus();
    const acks: Uint8Array[] = [];
    bus.local.subscribe(`${THING}/ack`, (_, payload) => acks.push(payload));
    await new Receiver(broken, { onRefused: (_, why) => refused.push(why) }).serve(bus, 'acme/+/+/+');
    await bus.publish(`${THING}/tlm`, message(5, record(1)));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(acks).toEqual([]);
    expect(refused).toEqual(['Error: disk full']);
  });

  test('says on the bus that it has seen what is reported', async () => {
    const bus = new LocalBus();
    const acks: unknown[] = [];
    bus.local.subscribe(`${THING}/ack`, (_, payload) => acks.push(decodeAck(payload)));
    const end = await new Receiver(new MemoryStore()).serve(bus, 'acme/+/+/+');
    await bus.publish(`${THING}/tlm`, message(7, record(1)));
    await new Promise((resolve) => setTimeout(resolve, 5));
    new ModelDevice(bus, THING).report();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(acks).toEqual([
      { epoch: 7, upto: 1 },
      { epoch: 7, upto: 1, reported: 1 },
    ]);
    await end();
  });

  test('bounds what waits for its store', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const slow: Store = { cursor: async () => undefined, commit: () => gate };
    const receiver = new Receiver(slow);
    const answers = Array.from({ length: 50 }, (_, at) => receiver.receive(THING, message(5, record(at + 1))));
    release();
    expect((await Promise.all(answers)).filter((answer) => answer !== null).length).toBe(4);
  });

  test.each([
    ['nothing', []],
    ['no items', [5, []]],
    ['epoch 0', [0, [[1, 0, null, new Uint8Array()]]]],
    [
      'a hole',
      [
        5,
        [
          [1, 0, null, new Uint8Array()],
          [3, 0, null, new Uint8Array()],
        ],
      ],
    ],
    [
      'an overlap',
      [
        5,
        [
          [1, 3],
          [3, 0, null, new Uint8Array()],
        ],
      ],
    ],
    ['a gap backwards', [5, [[3, 2]]]],
    ['class 4', [5, [[1, 4, null, new Uint8Array()]]]],
    ['17 items', [5, Array.from({ length: 17 }, (_, at) => [at + 1, at + 1])]],
    ['too long a payload', [5, [[1, 0, null, new Uint8Array(2049)]]]],
  ])('refuses %s', async (_, value) => {
    const { encodeCbor } = await import('../../host-shim/release/cbor.ts');
    expect(() => decodeTelemetry(encodeCbor(value))).toThrow();
    expect(await new Receiver(new MemoryStore()).receive(THING, encodeCbor(value))).toBeNull();
  });

  test('survives 20,000 mutated messages: a message is taken whole or refused', () => {
    const chance = seededChance('fleet-fuzz');
    const whole = message(5, record(1), { from: 2, to: 300 }, record(301, 'x'.repeat(40)));
    let taken = 0;
    for (let n = 0; n < 20_000; n++) {
      const mutant = whole.slice(0, chance() < 0.2 ? Math.floor(chance() * whole.length) : whole.length);
      for (let flips = Math.ceil(chance() * 3); flips > 0; flips--)
        mutant[Math.floor(chance() * mutant.length)] = chance() * 256;
      try {
        const { items } = decodeTelemetry(mutant);
        expect(items.length).toBeLessThanOrEqual(16);
        taken++;
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }
    expect(taken).toBeGreaterThan(100);
  });

  // The device of docs/delivery.md against the receiver: losses both ways, doubles, late copies, a full outbox, and a receiver
  // that dies before or after its store has the records.
  test.each(['a', 'b', 'c'])('seed %s: nothing undeclared, nothing twice', async (seed) => {
    const chance = seededChance(`receiver-${seed}`);
    let store = await FileStore.open(folder);
    let receiver = new Receiver(store);
    const outbox = new Map<number, DeviceRecord>();
    const produced: number[] = [];
    const dropped = new Set<number>();
    let acked = 0;
    let next = 1;
    const late: Uint8Array[] = [];
    const deliver = async (payload: Uint8Array) => {
      const answer = await receiver.receive(THING, payload);
      if (chance() < 0.05) {
        await store.close();
        store = await FileStore.open(folder);
        receiver = new Receiver(store);
      }
      if (answer && chance() < 0.8 && answer.upto > acked && answer.upto < next) {
        acked = answer.upto;
        for (const seq of [...outbox.keys()]) if (seq <= acked) outbox.delete(seq);
      }
    };
    const round = async () => {
      if (acked === next - 1) return;
      const items: (DeviceRecord | Gap)[] = [];
      for (let seq = acked + 1; seq < next && items.length < 6; seq++) {
        const last = items.at(-1);
        const kept = outbox.get(seq);
        if (kept) items.push(kept);
        else if (last && 'from' in last) last.to = seq;
        else items.push({ from: seq, to: seq });
      }
      const payload = message(9, ...items);
      if (chance() < 0.2) late.push(payload);
      if (chance() < 0.75) await deliver(payload);
      if (chance() < 0.1) await deliver(payload);
      if (late.length > 0 && chance() < 0.2) await deliver(late.splice(Math.floor(chance() * late.length), 1)[0]!);
    };
    for (let n = 0; n < 150; n++) {
      outbox.set(next, record(next));
      produced.push(next++);
      if (outbox.size > 4) {
        const oldest = outbox.keys().next().value!;
        outbox.delete(oldest);
        dropped.add(oldest);
      }
      if (chance() < 0.5) await round();
    }
    for (let n = 0; n < 500 && acked < next - 1; n++) await round();
    await store.close();
    const all = (await readStore(folder)).map(({ delivery }) => delivery);
    const kept = all.flatMap(({ records }) => records.map(({ seq }) => seq));
    const lost = all.flatMap(({ losses }) => losses);
    expect(new Set(kept).size).toBe(kept.length);
    expect(lost.every(({ declared }) => declared)).toBe(true);
    const declared = lost.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, at) => from + at));
    expect([...kept, ...declared].sort((a, b) => a - b)).toEqual(produced);
    expect(declared.every((seq) => dropped.has(seq))).toBe(true);
    expect(declared.length).toBeGreaterThan(0);
  });
});

describe('the file store', () => {
  test('goes on where it was, and removes half a line', async () => {
    let store = await FileStore.open(folder);
    await new Receiver(store).receive(THING, message(5, record(1), { from: 2, to: 3 }));
    await store.close();
    const whole = readFileSync(store.file);
    for (const cut of [1, 20, 60]) {
      appendFileSync(store.file, whole.subarray(0, cut));
      store = await FileStore.open(folder);
      expect(await store.cursor(THING)).toEqual({ epoch: 5, upto: 3, past: [] });
      await store.close();
      expect(readFileSync(store.file)).toEqual(whole);
    }
  });

  test('refuses to go on over a damaged line', async () => {
    const store = await FileStore.open(folder);
    const receiver = new Receiver(store);
    for (const seq of [1, 2]) await receiver.receive(THING, message(5, record(seq)));
    await store.close();
    writeFileSync(store.file, readFileSync(store.file, 'utf8').replace('{', '['));
    await expect(FileStore.open(folder)).rejects.toMatchObject({ code: 'MOTE-5122' });
  });
});

describe('the folder of a file store', () => {
  test('is one writer’s', async () => {
    const first = await FileStore.open(folder);
    await expect(FileStore.open(folder)).rejects.toMatchObject({ code: 'MOTE-5125', exit: 1 });
    // Who only reads need not wait.
    expect(await readStore(folder)).toEqual([]);
    await first.close();
    await (await FileStore.open(folder)).close();
    expect(readdirSync(folder)).toEqual(['telemetry.jsonl']);
  });

  test('is taken over from a process that has gone, and not from another machine', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    for (let round = 0; round < 30; round++) {
      writeFileSync(join(folder, 'lock'), `${pid} ${hostname()} ${round}\n`);
      const stores = await Promise.allSettled(Array.from({ length: 5 }, () => FileStore.open(folder)));
      const opened = stores.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      expect(opened).toHaveLength(1);
      await opened[0]!.close();
    }
    writeFileSync(join(folder, 'lock'), '1 elsewhere 00\n');
    await expect(FileStore.open(folder)).rejects.toMatchObject({ code: 'MOTE-5125' });
  });

  const other = 'acme/lab/pump/p2';

  test('holds files of a bounded size, and every place in the last one', async () => {
    let store = await FileStore.open(folder, { rotateAt: 2000 });
    let receiver = new Receiver(store);
    await receiver.receive(other, message(3, record(1)));
    for (let seq = 1; seq <= 60; seq++) {
      await receiver.receive(THING, message(5, record(seq)));
      if (seq % 25 !== 0) continue;
      await store.close();
      store = await FileStore.open(folder, { rotateAt: 2000 });
      receiver = new Receiver(store);
    }
    await store.close();
    const files = readdirSync(folder).sort();
    expect(files.length).toBeGreaterThan(3);
    expect(files.at(-1)).toBe('telemetry.jsonl');
    for (const file of files) expect(statSync(join(folder, file)).size).toBeLessThan(2600);
    const all = await readStore(folder);
    const kept = all.filter(({ thing }) => thing === THING).flatMap(({ delivery }) => delivery.records);
    expect(kept.map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, at) => at + 1));
    for (const file of files.slice(0, -1)) rmSync(join(folder, file));
    store = await FileStore.open(folder);
    expect(await store.cursor(other)).toEqual({ epoch: 3, upto: 1, past: [] });
    expect(await store.cursor(THING)).toEqual({ epoch: 5, upto: 60, past: [] });
    await store.close();
  });

  test.each([
    [
      'before the file is put aside',
      (at: (name: string) => string) => writeFileSync(at('telemetry.jsonl.next'), '{"thing"'),
    ],
    [
      'between the two names',
      (at: (name: string) => string) => {
        writeFileSync(at('telemetry.jsonl.next'), readFileSync(at('telemetry.jsonl')));
        renameSync(at('telemetry.jsonl'), at('telemetry-000001.jsonl'));
      },
    ],
  ])('survives a power cut %s', async (_, cut) => {
    let store = await FileStore.open(folder);
    await new Receiver(store).receive(THING, message(5, record(1)));
    await store.close();
    cut((name) => join(folder, name));
    store = await FileStore.open(folder);
    expect(await store.cursor(THING)).toEqual({ epoch: 5, upto: 1, past: [] });
    expect(await new Receiver(store).receive(THING, message(5, record(1), record(2)))).toEqual({ epoch: 5, upto: 2 });
    await store.close();
    expect(readdirSync(folder)).not.toContain('telemetry.jsonl.next');
  });
});

describe('merge patches', () => {
  // RFC 7396 appendix A.
  test.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ] as [Value, Value, Value][])('%j with %j is %j', (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });

  test('a patch that was made makes it', () => {
    const chance = seededChance('patches');
    const value = (depth: number): Value =>
      depth > 0 && chance() < 0.5
        ? Object.fromEntries(['a', 'b', '__proto__'].filter(() => chance() < 0.6).map((key) => [key, value(depth - 1)]))
        : ([1, 'x', true, [1, null]] as Value[])[Math.floor(chance() * 4)]!;
    for (let n = 0; n < 500; n++) {
      const [from, to] = [
        { k: value(3), l: value(2) },
        { k: value(3), m: value(2) },
      ] as Document[];
      expect(same(mergePatch(from!, makePatch(from!, to!)!), to)).toBe(true);
    }
    expect(makePatch({ a: 1 }, { a: null })).toBeUndefined();
  });
});

describe('the twin', () => {
  let bus: LocalBus;
  let device: ModelDevice;
  beforeEach(() => {
    bus = new LocalBus();
    device = new ModelDevice(bus, THING);
  });
  const options = () => ({ bus, thing: THING, timeout: 5000 });

  test('is asked for, and set by patch and whole', { timeout: 15_000 }, async () => {
    device.deaf.get = 1;
    expect(await getTwin(options())).toMatchObject({ document: { level: 3 }, outbox: { next: 9, dropped: 1 } });
    const first = await setDesired({ ...options(), change: { document: { level: 4, mode: 'auto' } } });
    expect(first.stored).toBeGreaterThan(0);
    const kept: (boolean | undefined)[] = [];
    await (await bus.subscribe(`${THING}/${TOPIC.desired}`, (_topic, _payload, retained) => kept.push(retained)))();
    expect(kept).toEqual([true]);
    await setDesired({
      ...options(),
      change: { patch: { mode: null, limit: 2.5 } },
      expect: first.stored,
      until: 'applied',
    });
    expect(device.document).toEqual({ level: 4, limit: 2.5 });
    const late = setDesired({ ...options(), change: { patch: { level: 1 } }, expect: first.stored });
    await expect(late).rejects.toMatchObject({ code: 'MOTE-5101', exit: 4 });
    expect(device.document).toEqual({ level: 4, limit: 2.5 });
  });

  test('is read at the broker when the device is away, and that is no answer of the device', async () => {
    expect(await lastReported({ ...options(), timeout: 50 })).toEqual({ reported: null, online: null });
    device.report();
    await bus.publish(`${THING}/${TOPIC.state}`, bytes('offline'), { retain: true });
    const seen: boolean[] = [];
    const acks: Uint8Array[] = [];
    bus.local.subscribe(`${THING}/ack`, (_topic, payload) => acks.push(payload));
    const receiver = new Receiver(new MemoryStore(), {
      onReported: (_thing, _reported, retained) => seen.push(retained),
    });
    const end = await receiver.serve(bus, 'acme/+/+/+');
    expect(await lastReported(options())).toMatchObject({ reported: { document: { level: 3 } }, online: false });
    expect([seen, acks]).toEqual([[true], []]);
    device.deaf.get = 100;
    await expect(getTwin({ ...options(), timeout: 200 })).rejects.toMatchObject({
      code: 'MOTE-5004',
      message: expect.stringContaining('the broker says that it is offline'),
    });
    await end();
  });

  test('of two who set at once, one is told that he lost', async () => {
    const both = ['a', 'b'].map((who) => setDesired({ ...options(), change: { patch: { who } } }));
    const outcomes = await Promise.allSettled(both);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const winner = outcomes[0]!.status === 'fulfilled' ? 'a' : 'b';
    expect(device.document).toEqual({ who: winner });
  });

  test('tells kept from applied, and a silent device from both', { timeout: 15_000 }, async () => {
    device.accepts = false;
    const change = { patch: { level: 9 } };
    await expect(setDesired({ ...options(), change, timeout: 1500, until: 'applied' })).rejects.toMatchObject({
      code: 'MOTE-5103',
    });
    const nobody = { ...options(), thing: 'acme/lab/pump/p2', timeout: 300 };
    await expect(getTwin(nobody)).rejects.toMatchObject({ code: 'MOTE-5004', exit: 5 });
    await expect(setDesired({ ...options(), change: { document: { x: 'y'.repeat(2000) } } })).rejects.toMatchObject({
      code: 'MOTE-5102',
    });
  });
});

describe('commands', () => {
  let bus: LocalBus;
  let device: ModelDevice;
  beforeEach(() => {
    bus = new LocalBus();
    device = new ModelDevice(bus, THING);
  });
  const call = (name: string, more = {}) =>
    callCommand({ bus, thing: THING, name, repeat: 20, timeout: 1000, ...more });

  test('are repeated under one id until the answer comes, and run once', async () => {
    device.deaf.cmd = 2;
    device.busy = 1;
    const busy: string[] = [];
    const outcome = await call('open', { arguments: bytes('42'), onProgress: (status: string) => busy.push(status) });
    expect(outcome).toMatchObject({ status: 'OK', attempts: 4 });
    expect(Buffer.from(outcome.result).toString()).toBe('42');
    expect(await call('open', { id: outcome.id, arguments: bytes('42') })).toMatchObject({ status: 'OK', attempts: 1 });
    expect(device.runs).toEqual([Buffer.from(outcome.id).toString('hex')]);
    expect(busy).toEqual(['BUSY']);
  });

  test('tell what became of them', async () => {
    expect(outcomeFault('open', THING, await call('open'))).toBeUndefined();
    expect(outcomeFault('fail', THING, await call('fail'))).toMatchObject({ code: 'MOTE-5114', exit: 1 });
    expect(outcomeFault('gone', THING, await call('gone'))).toMatchObject({ code: 'MOTE-5118', exit: 3 });
    await expect(call('reject')).rejects.toMatchObject({ code: 'MOTE-5112', exit: 4 });
    await expect(call('no blanks')).rejects.toMatchObject({ code: 'MOTE-5113', exit: 2 });
    device.deaf.cmd = 1000;
    await expect(call('open', { timeout: 100, id: bytes('12345678') })).rejects.toMatchObject({
      code: 'MOTE-5111',
      exit: 5,
      help: expect.stringContaining('--id 3132333435363738'),
    });
  });
});

describe('the audit', () => {
  const payloads = chain([
    [1, [1]],
    [2, [bytes('12345678'), 0, new Uint8Array()]],
    [3, [4, new Uint8Array(32)]],
    [4, [1, 2_000_000]],
    [5, ['gateway 1.1']],
  ]);
  const links = payloads.map((payload): Link => ({ payload }));

  test('holds, and reads in words', () => {
    const { entries, bad, missing } = verifyAudit(links, { count: 5, head: payloads[4]!.slice(-32) });
    expect([entries.length, bad, missing]).toEqual([5, null, []]);
    expect(entries.map(describeEntry)[1]).toBe('command 3132333435363738 decided: status 0');
  });

  test('any bit that is flipped is found, in its entry', () => {
    for (const [at, payload] of payloads.entries()) {
      for (let bit = 0; bit < payload.length * 8; bit++) {
        const flipped = payload.slice();
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        const { bad } = verifyAudit(links.with(at, { payload: flipped }));
        expect([at, bit, bad?.index]).toEqual([at, bit, at + 1]);
      }
    }
  });

  test('an entry that is taken out is found, unless the device declared it lost', () => {
    expect(verifyAudit(links.toSpliced(2, 1)).bad).toMatchObject({ index: 3 });
    expect(verifyAudit(links.toSpliced(2, 1, { gap: { from: 8, to: 9 } }))).toMatchObject({
      bad: null,
      missing: [{ from: 3, to: 3 }],
    });
    // A declared hole in telemetry excuses no changed entry.
    const forged = chain([
      [1, [1]],
      [2, [bytes('87654321'), 0, new Uint8Array()]],
    ])[1]!;
    expect(
      verifyAudit([links[0]!, { gap: { from: 2, to: 2 } }, { payload: forged }, ...links.slice(2)]).bad?.index,
    ).toBe(3);
    expect(verifyAudit(links.slice(0, 3), { count: 3, head: payloads[4]!.slice(-32) }).bad).toMatchObject({ index: 3 });
    expect(verifyAudit(links, { count: 3, head: payloads[2]!.slice(-32) }).bad).toMatchObject({ index: 4 });
  });

  test('is read from a store, of one device and its last epoch', async () => {
    const store = new MemoryStore();
    const receiver = new Receiver(store);
    const audit = (seq: number, payload: Uint8Array) => ({ seq, class: 3, time: null, payload });
    await receiver.receive(THING, message(5, record(1), audit(2, payloads[0]!)));
    await receiver.receive(THING, message(6, audit(1, payloads[0]!), { from: 2, to: 2 }, audit(3, payloads[2]!)));
    await receiver.receive('acme/lab/pump/p2', message(6, audit(1, payloads[1]!)));
    expect(verifyAudit(auditOf(store.deliveries, THING))).toMatchObject({ bad: null, missing: [{ from: 2, to: 2 }] });
  });
});

/** The emulated board with the real kernel and a module that uses every port. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type Board,
  type BoardOptions,
  createBoard,
  type Device,
  DeviceSettings,
  Ether,
  FileFlash,
  LocalMqtt,
  MqttClient,
  NorFlash,
  PowerCut,
  seededRandom,
  startBroker,
  startMeters,
  VirtualClock,
} from '../../host-shim/index.ts';
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';
import { compileModule } from '../../runtime/guest/compiler/index.ts';
import { buildKernel } from '../../runtime/kernel/build/index.ts';

const device = (thing: string): Device => ({
  identity: { org: 'acme', edge: 'site', thingType: 'meter', thing },
  vendor: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
  class: '6ba7b811-9dad-11d1-80b4-00c04fd430c8',
  trust: ['11'.repeat(32)],
  keys: { 'wmbus/KAM-12345678': '000102030405060708090a0b0c0d0e0f' },
});

let parts: Pick<BoardOptions, 'kernel' | 'builtins' | 'supervisor'>;
let scratch: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'mote-board-'));
  const { file } = await buildKernel();
  const probe = await compileModule(join(import.meta.dirname, 'assembly', 'board-probe'), { out: scratch });
  const supervisor = { name: 'board-probe', budget: probe.manifest.budgets };
  parts = { kernel: file, builtins: { 'board-probe': probe.wasm }, supervisor };
}, 300_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A board in virtual time and without a network, and what it said. */
async function lab(thing = 'a1', options: Partial<BoardOptions> = {}) {
  const clock = (options.clock as VirtualClock | undefined) ?? new VirtualClock(1_700_000_000_000);
  const hub = new LocalMqtt();
  const settings = new DeviceSettings(device(thing));
  const lines: string[] = [];
  const said: string[] = [];
  const flash = new NorFlash();
  const log = ({ time, level, actor, text }: { time: number; level: string; actor: string; text: string }) =>
    lines.push(`${time} ${level} ${actor}: ${text}`);
  const link = hub.link(settings.base);
  const board = await createBoard({ ...parts, name: thing, flash, settings, mqtt: link, clock, log, ...options });
  hub.subscribe(`${settings.base}/+`, (topic, payload) =>
    said.push(`${topic.split('/').at(-1)} ${Buffer.from(payload).toString('hex')}`),
  );
  /** Asks the module to do something, and lets it. */
  const ask = (what: string, payload: string | number[] = []) => {
    hub.publish(
      `${settings.base}/do/${what}`,
      typeof payload === 'string' ? Buffer.from(payload) : Uint8Array.from(payload),
    );
    clock.advance(0);
  };
  board.start();
  clock.advance(0);
  return { board, clock, hub, flash, lines, said, ask };
}

describe('the emulated board with the real kernel', () => {
  it('boots a built-in module as its first actor, which logs and hears by MQTT', async () => {
    const { lines, said, ask } = await lab();
    expect(lines).toEqual(['0 info board-probe: up']);
    ask('echo', 'hello');
    ask('nonsense');
    expect(said).toEqual([`echo ${Buffer.from('hello').toString('hex')}`]);
    expect(lines.at(-1)).toBe('0 warn board-probe: unknown: do/nonsense');
  });

  it('gives settings, random bytes and the time', async () => {
    const { lines, said, ask } = await lab('a1', { random: seededRandom('x') });
    ask('setting', 'device/base');
    ask('setting', 'wmbus/KAM-12345678');
    ask('setting', 'trust/keys');
    ask('setting', 'wmbus/default');
    ask('random', [5]);
    ask('time');
    const expected = new Uint8Array(5);
    seededRandom('x')(expected);
    expect(said).toEqual([
      `answer ${Buffer.from('acme/site/meter/a1').toString('hex')}`,
      'answer 000102030405060708090a0b0c0d0e0f',
      `answer ${'11'.repeat(32)}`,
      `answer ${Buffer.from(expected).toString('hex')}`,
    ]);
    expect(lines.slice(1)).toEqual([
      `0 info board-probe: nothing: ${ErrorCode['not-found']}`,
      '0 info board-probe: unix 1700000000000',
    ]);
  });

  it('wakes for timers at their time', async () => {
    const { lines, ask, clock } = await lab();
    clock.advance(100);
    ask('sleep');
    clock.advance(249);
    expect(lines).toHaveLength(1);
    clock.advance(1);
    expect(lines.at(-1)).toBe('350 info board-probe: timer 3 at 350');
  });

  it('has flash with the rules of NOR', async () => {
    const { lines, said, ask, flash } = await lab();
    ask('flash');
    ask('program', [1, 2, 3, 4]);
    ask('program', [0, 0, 0, 0]);
    ask('program', [1, 2]);
    ask('read', [6]);
    ask('erase');
    ask('read', [2]);
    expect(lines.slice(1).map((line) => line.split(': ')[1])).toEqual([
      '262144 4096 4 255',
      'programmed 0',
      `programmed ${ErrorCode.io}`,
      `programmed ${ErrorCode.invalid}`,
      'erased 0',
    ]);
    expect(said).toEqual(['answer 01020304ffff', 'answer ffff']);
    expect(flash.counters).toEqual({ reads: 2, programs: 1, erases: 1 });
  });

  it('hears virtual meters and other boards', async () => {
    const ether = new Ether();
    const a = await lab('a1', { radio: ether.attach(-44) });
    const b = await lab('b1', { radio: ether.attach(), clock: a.clock });
    startMeters(ether, a.clock, [{ telegrams: ['2e44 9315'], interval: 1000, rssi: -90 }]);
    a.clock.advance(1000);
    for (const { lines, said } of [a, b]) {
      expect(lines.at(-1)).toBe('1000 info board-probe: heard 4 bytes at -90');
      expect(said).toEqual(['radio 2e449315']);
    }
    a.ask('send', [7, 8, 9]);
    expect(a.lines.at(-1)).toBe('1000 info board-probe: sent 0');
    expect(b.lines.at(-1)).toBe('1000 info board-probe: heard 3 bytes at -44');
    expect(a.said).toHaveLength(1);
    a.ask('send', Array(291).fill(0));
    expect(a.lines.at(-1)).toBe(`1000 info board-probe: sent ${ErrorCode['too-big']}`);
  });

  it('resets when the supervisor traps, keeping its flash', async () => {
    const { board, lines, said, ask, clock } = await lab();
    const halted = vi.fn();
    board.on('halted', halted);
    ask('program', [1, 2, 3, 4]);
    clock.advance(5000);
    ask('trap');
    expect(halted).toHaveBeenCalledOnce();
    expect(lines.some((line) => line === '5000 error board: the supervisor ended')).toBe(true);
    // The new life counts its time from 0, has subscribed again, and finds its flash.
    expect(lines.at(-1)).toBe('0 info board-probe: up');
    ask('read', [4]);
    expect(said).toEqual(['answer 01020304']);
  });

  it('is off after a cut of the power, and boots again on what the cut left', async () => {
    const { board, lines, said, ask, flash, clock } = await lab();
    const cut = vi.fn();
    board.on('powercut', cut);
    flash.onOperation = ({ kind }) => {
      if (kind === 'program')
        throw new PowerCut((before, after) => before.map((byte, i) => (i < 3 ? after[i]! : byte)));
    };
    ask('program', [1, 2, 3, 4]);
    expect(cut).toHaveBeenCalledOnce();
    expect(board.running).toBe(false);
    flash.onOperation = undefined;
    board.start();
    clock.advance(0);
    ask('read', [4]);
    expect(lines.map((line) => line.split(': ')[1])).toEqual(['up', 'up']);
    expect(said).toEqual(['answer 010203ff']);
  });

  it('gives the same log for the same events, many boards in one process', async () => {
    const story = async () => {
      const clock = new VirtualClock(0);
      const ether = new Ether({ loss: 0.2, noise: 0.001, seed: 'story' });
      const boards = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          lab(`n${i}`, { clock, radio: ether.attach(), random: seededRandom(`${i}`) }),
        ),
      );
      startMeters(ether, clock, [{ telegrams: ['00112233', 'aabb'], interval: 97 }]);
      for (let i = 0; i < 20; i++) {
        boards[i % 8]!.ask('random', [8]);
        clock.advance(50);
      }
      return boards.map(({ lines, said }) => ({ lines, said }));
    };
    const first = await story();
    expect(first.some(({ said }) => said.length > 3)).toBe(true);
    expect(await story()).toEqual(first);
  });
});

describe('the emulated board in real time, with a broker and a flash file', () => {
  it('echoes over MQTT, comes back after the broker was away, and finds its flash after a restart', async () => {
    let broker = await startBroker();
    const { port, url } = broker;
    const client = await mqtt.connectAsync(url, { protocolVersion: 4, reconnectPeriod: 50 });
    const got: string[] = [];
    client.on('message', (topic, payload) => got.push(`${topic} ${payload.toString('hex')}`));
    await client.subscribeAsync('acme/+/+/+/+', { qos: 1 });
    const settings = new DeviceSettings(device('a1'));
    const path = join(scratch, 'flash.bin');
    const boards: Board[] = [];
    const boot = async () => {
      const flash = await FileFlash.open(path);
      const link = new MqttClient({ url, base: settings.base, retry: { first: 20, last: 50 } });
      const lines: string[] = [];
      const board = await createBoard({
        ...parts,
        name: 'a1',
        flash,
        settings,
        mqtt: link,
        log: ({ text }) => lines.push(text),
      });
      boards.push(board);
      board.start();
      return { board, flash, lines };
    };
    const ask = (what: string, payload: number[] = []) =>
      client.publishAsync(`${settings.base}/do/${what}`, Buffer.from(payload), { qos: 1 });
    /** A subscription needs a moment: ask until the answer comes. */
    const answered = (what: string, payload: number[], answer: string) =>
      vi.waitFor(
        async () => {
          await ask(what, payload);
          expect(got).toContain(`${settings.base}/${answer}`);
        },
        { timeout: 5000, interval: 50 },
      );

    try {
      const first = await boot();
      await answered('echo', [1], 'echo 01');
      await ask('program', [1, 2, 3, 4]);
      await vi.waitFor(() => expect(first.lines).toContain('programmed 0'));
      await broker.stop();
      broker = await startBroker({ port });
      await vi.waitFor(() => expect(client.connected).toBe(true), { timeout: 5000 });
      await answered('echo', [2], 'echo 02');
      await first.board.stop();
      first.flash.close();

      const second = await boot();
      await answered('read', [4], 'answer 01020304');
      await second.board.stop();
      second.flash.close();
    } finally {
      await Promise.all(boards.map((board) => board.stop()));
      await client.endAsync(true);
      await broker.stop();
    }
  }, 30_000);
});

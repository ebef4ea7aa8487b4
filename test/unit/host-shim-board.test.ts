import { beforeAll, describe, expect, it, vi } from 'vitest';
import { Board, type BoardOptions, createBoard } from '../../host-shim/board/board.ts';
import { VirtualClock } from '../../host-shim/board/clock.ts';
import { NorFlash, PowerCut } from '../../host-shim/board/flash.ts';
import { Kernel } from '../../host-shim/board/kernel.ts';
import type { MqttDelivery, MqttLink } from '../../host-shim/board/ports.ts';
import { Ether } from '../../host-shim/board/radio.ts';
import { MoteError } from '../../host-shim/errors.ts';
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';
import { scriptedKernel } from './host-shim-board-machine.ts';

const budget = { memory: 1024, stack: 512, fuel: 1, mailbox: 77 };
let kernel: WebAssembly.Module;
beforeAll(async () => {
  kernel = await scriptedKernel();
});

/** A broker's side in the same process. */
class Link implements MqttLink {
  deliver: MqttDelivery | undefined;
  readonly calls: string[] = [];
  start(deliver: MqttDelivery) {
    this.calls.push('start');
    this.deliver = deliver;
  }
  async stop() {
    this.calls.push('stop');
    this.deliver = undefined;
  }
  connected = () => true;
  publish = () => 0;
  subscribe = (actor: number, filter: string) => this.calls.push(`subscribe ${actor} ${filter}`) * 0;
  forget() {}
  send(payload: string, topic = 'in') {
    this.deliver?.(7, topic, new TextEncoder().encode(payload));
  }
}

function make(script: string, options: Partial<BoardOptions> = {}) {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const board = new Board({
    name: 'test',
    flash: new NorFlash(),
    settings: { get: () => undefined },
    clock,
    supervisor: { name: script, budget },
    log: ({ time, actor, text }) => lines.push(`${time} ${actor || '-'} ${text}`),
    ...options,
    machine: (ports) => new Kernel(kernel, ports),
    builtins: {},
  });
  return { board, clock, lines };
}

describe('a board', () => {
  it('boots the named module with its budget, and sleeps until its timers', () => {
    const { board, clock, lines } = make('timer');
    clock.advance(500);
    board.start();
    board.start();
    expect(lines).toEqual(['0 - timer 1024 77']);
    clock.advance(2999);
    expect(lines.slice(1)).toEqual(['1000 - timer 1000', '2000 - timer 2000']);
    clock.advance(1);
    expect(lines.at(-1)).toBe('3000 - timer 3000');
    expect(board.tail).toHaveLength(4);
  });

  it('does nothing after stop', async () => {
    const { board, clock, lines } = make('timer');
    board.start();
    clock.advance(1000);
    await board.stop();
    expect(board.running).toBe(false);
    clock.advance(10_000);
    expect(lines).toHaveLength(2);
  });

  it('stops in the middle of its work, and hears nothing more', async () => {
    const mqtt = new Link();
    const ether = new Ether();
    const { board, clock, lines } = make('plain', { mqtt, radio: ether.attach() });
    board.start();
    mqtt.send('waits');
    const { deliver } = mqtt;
    await board.stop();
    deliver!(7, 'in', new Uint8Array());
    ether.transmit(Uint8Array.of(1));
    clock.advance(0);
    expect(lines).toHaveLength(1);
    expect(ether.counters.heard).toBe(0);
  });

  it('wakes by itself on the real clock', async () => {
    const { board, lines } = make('timer', { clock: undefined as never });
    board.start();
    await vi.waitFor(() => expect(lines.length).toBe(2), { timeout: 3000 });
    await board.stop();
    expect(Number(lines[1]!.split(' ')[0])).toBeGreaterThanOrEqual(1000);
  });

  it.each(['plain', 'slow'])(
    'hands over what comes, and loses nothing to a mailbox full for a moment: %s',
    (script) => {
      const mqtt = new Link();
      const ether = new Ether();
      const { board, clock, lines } = make(script, { mqtt, radio: ether.attach() });
      board.start();
      for (let i = 0; i < 20; i++) mqtt.send(String(i));
      ether.transmit(Uint8Array.of(9), -81);
      clock.advance(0);
      expect(lines.slice(1)).toEqual([...Array(20).keys()].map((i) => `0 - 7 in ${i}`).concat('0 - radio 9 -81'));
      expect(mqtt.calls).toEqual([`subscribe 7 ${script}`, 'start']);
      expect(board.counters.dropped).toBe(0);
    },
  );

  it('drops, and counts, what is too long, what a module never takes, and what floods it', () => {
    const mqtt = new Link();
    const { board, clock, lines } = make('stuck', { mqtt });
    board.start();
    mqtt.send('x'.repeat(101));
    for (let i = 0; i < 3; i++) mqtt.send('y');
    clock.advance(0);
    expect(lines.slice(1)).toEqual(['0 board dropped an event: too-big', '0 board dropped an event: busy']);
    for (let i = 0; i < 65; i++) mqtt.send('z');
    expect(lines.at(-1)).toBe('0 board dropped an event: inbox full');
    expect(board.counters.dropped).toBe(3);
  });

  it('does not hear itself, and sends within a step', () => {
    const ether = new Ether();
    const sender = make('echo', { radio: ether.attach(-44) });
    const hearer = make('plain', { radio: ether.attach(), clock: sender.clock });
    hearer.board.start();
    sender.board.start();
    sender.clock.advance(0);
    expect(sender.lines).toHaveLength(2);
    expect(hearer.lines[1]).toMatch(/radio \d+ -44$/);
  });

  it('lets others run while a module never rests', async () => {
    const { board } = make('spin', { clock: undefined as never });
    board.start();
    const before = board.counters.steps;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(board.counters.steps).toBeGreaterThan(before);
    await board.stop();
  });

  it('says so when time stands still in a test', () => {
    const { board, clock } = make('spin');
    board.start();
    expect(() => clock.advance(1)).toThrow(/time stands still/);
  });
});

describe('what goes wrong on a board', () => {
  it.each([
    ['refuse', /refuse: not-found/],
    ['boot-trap', /unreachable/],
  ])('names why it cannot boot: %s', (script, why) => {
    const { board } = make(script);
    expect(() => board.start()).toThrow(
      expect.objectContaining({ key: 'board-boot', message: expect.stringMatching(why) }),
    );
    expect(board.running).toBe(false);
  });

  it('refuses a kernel that is none, and names one that is missing', async () => {
    const rest = {
      name: 'test',
      flash: new NorFlash(),
      settings: { get: () => undefined },
      builtins: {},
      supervisor: { name: 'x', budget },
    };
    await expect(createBoard({ ...rest, kernel: Uint8Array.of(1, 2, 3) })).rejects.toMatchObject({ key: 'board-boot' });
    await expect(createBoard({ ...rest, kernel: '/no/kernel.wasm' })).rejects.toMatchObject({ key: 'not-built' });
    const wants = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    const board = await createBoard({ ...rest, kernel: wants });
    expect(() => board.start()).toThrow(expect.objectContaining({ key: 'board-boot' }));
  });

  it('surfaces a trap of the kernel with the last lines of the log', () => {
    const { board, clock } = make('trap');
    const errors: MoteError[] = [];
    board.on('error', (error) => errors.push(error as MoteError));
    board.start();
    clock.advance(0);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ key: 'board-crashed', cause: expect.any(WebAssembly.RuntimeError) });
    expect(errors[0]!.message).toMatch(/test crashed: unreachable.*\n.*trap 1024 77/);
    expect(board.running).toBe(false);
  });

  it('throws it when nobody listens', () => {
    const { board, clock } = make('trap');
    board.start();
    expect(() => clock.advance(0)).toThrow(MoteError);
  });

  it('resets when the supervisor ends, and gives up when that goes on', async () => {
    const mqtt = new Link();
    const { board, clock, lines } = make('halt', { mqtt });
    const events: string[] = [];
    board.on('halted', () => events.push('halted'));
    board.on('reset', () => events.push('reset'));
    board.on('error', (error) => events.push((error as MoteError).key));
    board.start();
    clock.advance(0);
    expect(events).toEqual([...Array(16).fill(['halted', 'reset']).flat(), 'halted', 'board-gave-up']);
    expect(board.counters.resets).toBe(16);
    expect(board.running).toBe(false);
    expect(lines.filter((line) => line.endsWith('the supervisor ended'))).toHaveLength(17);
    // Each life begins with a boot that subscribes anew; nothing of the last one is left.
    expect(mqtt.calls.slice(0, 6)).toEqual(['subscribe 7 halt', 'start', 'stop', 'subscribe 7 halt', 'start', 'stop']);
  });

  it('keeps only flash and settings through a reset', () => {
    const flash = new NorFlash();
    const { board, clock, lines } = make('flash', { flash });
    board.start();
    clock.advance(10);
    board.reset();
    clock.advance(10);
    // The second life programs the same unit again and is refused; its time begins anew.
    expect(lines).toEqual(['0 - flash 1024 77', '0 - 0', '0 - flash 1024 77', `0 - ${ErrorCode.io}`]);
  });

  it('goes off when the power is cut within an operation of the flash', () => {
    const flash = new NorFlash();
    const { board, clock, lines } = make('flash', { flash });
    const cut = vi.fn();
    board.on('powercut', cut);
    board.start();
    flash.onOperation = () => {
      throw new PowerCut();
    };
    clock.advance(0);
    expect(cut).toHaveBeenCalledOnce();
    expect(board.running).toBe(false);
    flash.onOperation = undefined;
    board.start();
    clock.advance(0);
    expect(lines.at(-1)).toBe('0 - 0');
  });
});

import { describe, expect, it } from 'vitest';
import { RealClock, VirtualClock } from '../../host-shim/board/clock.ts';
import { formatLine, LogTail } from '../../host-shim/board/log.ts';
import { startMeters } from '../../host-shim/board/meters.ts';
import type { LogLine } from '../../host-shim/board/ports.ts';
import { Ether, MAX_FRAME } from '../../host-shim/board/radio.ts';
import { seededRandom, systemRandom } from '../../host-shim/board/random.ts';
import { matches, validFilter, validTopic } from '../../host-shim/board/topics.ts';
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';

const frame = (...bytes: number[]) => Uint8Array.from(bytes);

describe('virtual clock', () => {
  it('runs tasks and alarms in order of time, each at its time', () => {
    const clock = new VirtualClock(1_000_000);
    const seen: [string, number][] = [];
    const note = (name: string) => () => seen.push([name, clock.now()]);
    clock.at(30, note('late'));
    clock.at(10, () => {
      note('early')();
      clock.soon(note('soon'));
      clock.at(20, note('nested'));
    });
    clock.at(15, note('never'))();
    clock.advance(29);
    expect(seen).toEqual([
      ['early', 10],
      ['soon', 10],
      ['nested', 20],
    ]);
    expect(clock.unix()).toBe(1_000_029);
    clock.advance(1);
    expect(seen.at(-1)).toEqual(['late', 30]);
    expect(new VirtualClock().unix()).toBeUndefined();
  });
});

describe('real clock', () => {
  it('wakes not before its time, and not when cancelled', async () => {
    const clock = new RealClock();
    clock.at(0, () => expect.unreachable())();
    const time = clock.now() + 20;
    await new Promise<void>((resolve) => clock.at(time, resolve));
    expect(clock.now()).toBeGreaterThanOrEqual(time);
    expect(Math.abs(clock.unix()! - Date.now())).toBeLessThan(1000);
  });
});

describe('random', () => {
  it('differs each time, or repeats itself by its seed', () => {
    const take = (random: typeof systemRandom) => {
      const out = new Uint8Array(40);
      random(out);
      return out.join();
    };
    expect(take(systemRandom)).not.toBe(take(systemRandom));
    const [a, b] = [seededRandom('one'), seededRandom('one')];
    expect([take(a), take(a)]).toEqual([take(b), take(b)]);
    expect(take(seededRandom('one'))).not.toBe(take(seededRandom('two')));
  });
});

describe('log', () => {
  const line: LogLine = { time: 1234, level: 'warn', actor: 'meter', text: 'a\u001b[31m\nb\u2028c' };

  it('is one line of printable text', () => {
    expect(formatLine(line)).toBe('     1.234 warn  meter: a\\x1b[31m\\x0ab\\x2028c');
  });

  it('keeps a tail of what goes through', () => {
    const through: LogLine[] = [];
    const tail = new LogTail((l) => through.push(l), 2);
    for (const time of [1, 2, 3]) tail.write({ ...line, time });
    expect(through).toHaveLength(3);
    expect(tail.lines().map(({ time }) => time)).toEqual([2, 3]);
  });
});

describe('ether', () => {
  it('carries a frame to all others, as a copy, with its strength', () => {
    const ether = new Ether();
    const heard: string[] = [];
    const hear = (who: string) => (bytes: Uint8Array, rssi: number) => {
      heard.push(`${who} ${bytes.join()} ${rssi}`);
      bytes.fill(0);
    };
    const a = ether.attach(-50);
    const b = ether.attach();
    a.listen(hear('a'));
    const deaf = b.listen(hear('b'));
    b.listen(hear('b2'));
    expect(a.send(frame(1, 2))).toBe(0);
    deaf();
    ether.transmit(frame(3), -90);
    expect(heard).toEqual(['b 1,2 -50', 'b2 1,2 -50', 'a 3 -90', 'b2 3 -90']);
  });

  it.each([
    [0, ErrorCode.invalid],
    [1, 0],
    [MAX_FRAME, 0],
    [MAX_FRAME + 1, ErrorCode['too-big']],
  ])('answers a frame of %i bytes with %i', (length, answer) => {
    expect(new Ether().transmit(new Uint8Array(length))).toBe(answer);
  });

  it('loses and damages as its seed says', () => {
    const run = (seed: string) => {
      const ether = new Ether({ loss: 0.3, noise: 0.01, seed });
      const heard: string[] = [];
      ether.attach().listen((bytes) => heard.push(Buffer.from(bytes).toString('hex')));
      for (let i = 0; i < 500; i++) ether.transmit(new Uint8Array(10));
      return { ...ether.counters, heard };
    };
    const one = run('1');
    expect(run('1')).toEqual(one);
    expect(run('2').heard).not.toEqual(one.heard);
    expect(one.lost + one.heard.length).toBe(500);
    // Expected 150 lost, and of the others 55 % damaged (1 - 0.99^80): bounds of five standard deviations.
    expect(Math.abs(one.lost - 150)).toBeLessThan(51);
    expect(Math.abs(one.damaged / one.heard.length - 0.55)).toBeLessThan(0.14);
    expect(one.damaged).toBe(one.heard.filter((bytes) => bytes !== '00'.repeat(10)).length);
  });
});

describe('virtual meters', () => {
  it('send their telegrams in turn until stopped', () => {
    const clock = new VirtualClock();
    const ether = new Ether();
    const heard: string[] = [];
    ether.attach().listen((bytes, rssi) => heard.push(`${clock.now()} ${bytes.join()} ${rssi}`));
    const stop = startMeters(ether, clock, [
      { telegrams: ['01 02', frame(3)], interval: 100, rssi: -70 },
      { telegrams: ['04'], interval: 1000, first: 50 },
    ]);
    clock.advance(300);
    expect(heard).toEqual(['50 4 -60', '100 1,2 -70', '200 3 -70', '300 1,2 -70']);
    stop();
    clock.advance(10_000);
    expect(heard).toHaveLength(4);
  });

  it.each([['0'], ['0g'], [''], ['00'.repeat(MAX_FRAME + 1)]])('refuse %j', (telegram) => {
    const start = () => startMeters(new Ether(), new VirtualClock(), [{ telegrams: [telegram], interval: 1 }]);
    expect(start).toThrow(expect.objectContaining({ key: 'telegram-malformed' }));
  });
});

describe('topics', () => {
  // MQTT 3.1.1 clause 4.7.1 and its examples, below a base topic.
  it.each([
    ['sport/tennis/player1/#', 'sport/tennis/player1', true],
    ['sport/tennis/player1/#', 'sport/tennis/player1/score/wimbledon', true],
    ['sport/#', 'sport', true],
    ['#', 'sport/a', true],
    ['sport/tennis/+', 'sport/tennis/player1', true],
    ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
    ['sport/+', 'sport', false],
    ['sport/+', 'sport/', true],
    ['+/+', '/finance', true],
    ['+', '/finance', false],
    ['ota', 'ota', true],
    ['ota', 'ota-state', false],
    ['a/b', 'a', false],
  ])('%s matches %s: %s', (filter, topic, answer) => {
    expect(matches(filter, topic)).toBe(answer);
  });

  it('tells good from bad', () => {
    for (const good of ['ota', 'a/b', '/', 'a b', 'é']) expect(validTopic(good), good).toBe(true);
    for (const bad of ['', '+', 'a/#', 'a\0', '\ud800', 'x'.repeat(257)]) expect(validTopic(bad), bad).toBe(false);
    for (const good of ['#', '+', 'a/+/b', 'a/#', '+/#']) expect(validFilter(good), good).toBe(true);
    for (const bad of ['', 'a+', 'a#', '#/a', 'a/#/b', '++', '\n']) expect(validFilter(bad), bad).toBe(false);
  });
});

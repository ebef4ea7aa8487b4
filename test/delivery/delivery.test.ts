/** A share of `npm run test:delivery`, in every build. */
import { beforeAll, describe, expect, it } from 'vitest';
import { audits } from './audit.ts';
import { clocks, executions, floods, sleeper } from './commands.ts';
import { crashes, decay } from './crash.ts';
import { MUTANTS, mutants } from './mutants.ts';
import { MIDNIGHT, Rig, type Subject, subject } from './rig.ts';
import type { Row } from './row.ts';
import { losses, overflow, payloadOf, saturation, shares, storms, WEATHERS } from './telemetry.ts';
import { twins } from './twin.ts';
import { chance } from './link.ts';
import { World } from './world.ts';

let made: Subject;
beforeAll(async () => {
  made = await subject();
});

const failures = (rows: Row[]) => rows.filter(({ ok }) => !ok);

describe('delivery', () => {
  it('loses no record without saying so, at any loss, and the flash pays at most 1.2 programs for one', () => {
    expect(failures(losses(made, 1, 500))).toEqual([]);
  });
  it('survives power cuts in, before and after writes, and in the recovery from them', () => {
    expect(failures(crashes(made, 83, 1))).toEqual([]);
  });
  it('begins a command once and answers it, whatever is lost, doubled, replayed or cut', () => {
    expect(failures(executions(made, 120))).toEqual([]);
  });
  it('begins nothing after its expiry, by whatever clock', () => {
    expect(failures(clocks(made))).toEqual([]);
  });
  it('ends with the newest desired state, and merges patches as RFC 7396 does', () => {
    expect(failures(twins(made, 100))).toEqual([]);
  });
  it('drops from a full outbox the oldest of what matters least, and declares exactly that', () => {
    expect(failures(overflow(made))).toEqual([]);
    expect(failures(saturation(made))).toEqual([]);
  });
  it('lets a chatty module push out its own records alone', () => {
    expect(failures(shares(made))).toEqual([]);
  });
  it('comes back after storms of disconnections', () => {
    expect(failures(storms(made))).toEqual([]);
  });
  it('does what waited for a sleeper, once', () => {
    expect(failures(sleeper(made))).toEqual([]);
  });
  it('shows where its audit chain was changed', () => {
    expect(failures(audits(made))).toEqual([]);
  });
  it('bounds what a peer that floods can make it do', () => {
    expect(failures(floods(made, 3000))).toEqual([]);
  });

  it('declares what decays in the flash, and gives no number twice', () => {
    expect(failures(decay(made, 60))).toEqual([]);
  });

  it.each([
    ['with a large unit of programming', 8, 32],
    ['with the largest', 12, 64],
  ])('works on flash %s', (_name, sectors, align) => {
    const rig = new Rig({ subject: made, sectors, align, weather: WEATHERS[2]! });
    const world = new World().attach(rig);
    const random = chance(align);
    rig.boot();
    for (let i = 0; i < 700; i++) {
      world.publish(i % 3, payloadOf(align, i, random));
      rig.after(1500);
      if (i % 100 === 50) rig.boot();
    }
    expect(world.drain()).toBe(true);
    expect(world.check()).toMatchObject({ undeclared: 0, wrong: [] });
    expect(Math.min(...rig.erases)).toBeGreaterThan(0);
  });

  it.each([8, 16])('keeps records of up to 2048 bytes, and refuses one more, on %s sectors', (sectors) => {
    const rig = new Rig({ subject: made, sectors, weather: WEATHERS[1]! });
    const world = new World().attach(rig);
    const random = chance(sectors);
    rig.boot();
    for (let i = 0; i < 500; i++) {
      const offline = i % 100 > 60;
      rig.link.down = offline;
      world.publishLong(i % 3, i % 7 === 0 ? 2048 : Math.floor(random() * 2049));
      rig.after(offline ? 300 : 8_000);
      if (random() < 0.05) rig.boot();
    }
    rig.link.down = false;
    expect(world.failed).toBe(0);
    world.publishLong(0, 2049);
    rig.after(1000);
    expect(rig.log).toContain('warn app: longer than a record');
    expect(world.failed).toBe(1);
    expect(world.drain()).toBe(true);
    expect(world.check()).toMatchObject({ undeclared: 0, wrong: [] });
    expect(world.receiver.epochs.get(world.receiver.current!)!.records.size).toBeGreaterThan(300);
  });

  it('declares lost what no message carries, and what waits behind it goes on', () => {
    const rig = new Rig({ subject: made, weather: WEATHERS[2]! });
    const world = new World().attach(rig);
    // What a datagram of MQTT-SN holds.
    rig.most = 1391;
    rig.boot();
    for (let i = 0; i < 40; i++) {
      world.publishLong(i % 3, i % 5 === 0 ? 1500 : 300);
      rig.after(2_000);
    }
    expect(world.drain()).toBe(true);
    expect(world.check()).toMatchObject({ undeclared: 0, declared: 8, wrong: [] });
    expect(rig.log.filter((line) => line.includes('longer than a message'))).toHaveLength(8);
  });

  it('is all that a module with the grant mail:delivery can write to', () => {
    const rig = new Rig({ subject: made });
    new World().attach(rig);
    rig.boot();
    rig.frame(Buffer.from('M'));
    // -1: denied.
    expect(rig.log).toEqual(['info app: root 0 -1, by number -1']);
  });

  it('is started anew after it fell, and knows modules again when they write', () => {
    const rig = new Rig({ subject: made });
    rig.mayEnd = true;
    const world = new World().attach(rig);
    rig.boot();
    rig.after(31_000);
    rig.frame(Buffer.from('K'));
    rig.after(31_000);
    world.publish(0, Buffer.from('after the fall'));
    rig.after(1_000);
    const expiry = Math.floor((MIDNIGHT + rig.now) / 1000) + 60;
    const command = { id: Buffer.from('after the fall'), name: 'open', args: Buffer.from('valve'), expiry };
    world.call(command);
    rig.after(1_000);
    expect(world.finalOf(command)?.status).toBe(0);
    expect(world.drain()).toBe(true);
    expect(world.check()).toMatchObject({ undeclared: 0, wrong: [] });
    expect(world.stored.size).toBe(1);
  });

  it('ends where the board has no flash for it, and who publishes is told', () => {
    const rig = new Rig({ subject: made, sectors: 2 });
    rig.mayEnd = true;
    new World().attach(rig);
    rig.boot();
    rig.publish(0, Buffer.from('nowhere'), 1);
    rig.after(1000);
    expect(rig.log).toEqual([
      'error delivery: no flash for a journal',
      'warn delivery: trap: unreachable executed',
      'warn app: nobody keeps records',
    ]);
  });
});

it('a planted bug is noticed (all of them by npm run test:delivery -- --mutants)', async () => {
  const sample = [1, 4, 7, 13, 19, 22];
  const verdicts = await mutants(made, (index) => sample.includes(index));
  expect(verdicts.filter(({ noticed }) => !noticed)).toEqual([]);
  expect(verdicts).toHaveLength(sample.length);
  expect(MUTANTS.length).toBeGreaterThan(20);
}, 180_000);

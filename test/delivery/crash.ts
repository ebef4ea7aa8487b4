/**
 * D2, and the crash share of D3 and D5: a script that uses everything, cut at every call that the kernel makes of its host, the
 * flash operation under way torn in several ways, on a ring that has come round so that sectors are emptied on the way.
 */
import type { PowerCut } from '../../host-shim/board/flash.ts';
import { chance } from './link.ts';
import { MIDNIGHT, Rig, type Subject } from './rig.ts';
import { none, type Row } from './row.ts';
import { payloadOf } from './telemetry.ts';
import { type Command, World } from './world.ts';

const SECTORS = 8;

const part =
  (share: (length: number) => number): PowerCut['tear'] =>
  (before, after) => {
    const torn = before.slice();
    torn.set(after.subarray(0, share(after.length)));
    return torn;
  };

/** What the cells hold when the power goes within a write. */
export const TEARS: readonly [string, PowerCut['tear']][] = [
  ['one byte into', part(() => 1)],
  ['half of', part((length) => length >> 1)],
  ['all but one byte of', part((length) => length - 1)],
  [
    'in the last half of',
    (before, after) => Uint8Array.from(after, (byte, i) => (i < after.length >> 1 ? before[i]! : byte)),
  ],
  [
    'random bits of',
    (before, after) =>
      Uint8Array.from(after, (byte, i) => {
        const mask = Math.imul(i + after.length, 2654435761) >>> 24;
        return (byte & mask) | (before[i]! & ~mask);
      }),
  ],
  ['after', part((length) => length)],
];

export interface Base {
  image: Uint8Array;
  world: World;
  now: number;
}

/**
 * A device whose ring has come round, with records of every class that nobody has acknowledged in all of its sectors, and
 * `room` bytes or less left in the newest: the script empties a sector on its way.
 */
export function base(subject: Subject, room: number): Base {
  const rig = new Rig({ subject, sectors: SECTORS, seed: 3 });
  const world = new World().attach(rig);
  const random = chance(3);
  rig.boot();
  for (let i = 0; i < 400 || 4096 - (rig.end % 4096) > room; i++) {
    if (i === 60) world.desire(1, { interval: 60, old: true });
    if (i === 80) world.receiving = false;
    world.publish(i % 9 === 0 ? 2 : i % 4 === 0 ? 1 : 0, payloadOf(3, i, random));
    rig.after(300);
  }
  rig.off();
  rig.link.clear();
  world.receiving = true;
  return { image: rig.image(), world, now: rig.now };
}

const bytes = (text: string) => Buffer.from(text);

export function scriptCommands(): Command[] {
  const expiry = Math.floor(MIDNIGHT / 1000) + 7200;
  return [
    { id: bytes('command-0001'), name: 'open', args: bytes('one'), expiry },
    { id: bytes('command-0002'), name: 'open', args: bytes('two'), expiry, cls: 1 },
    { id: bytes('command-0003'), name: 'fail', args: bytes('three'), expiry },
    { id: bytes('command-0004'), name: 'nobody', args: bytes('four'), expiry },
  ];
}

/** One life with everything in it, from `start` on; cut at `cutAt` when given, then begun again and carried to its end. */
export function play(subject: Subject, start: Base, cutAt?: number, tear?: PowerCut['tear'], cutAgain?: number) {
  const rig = new Rig({ subject, sectors: SECTORS, seed: 11, image: start.image.slice() });
  rig.now = start.now;
  const world = start.world.copy().attach(rig);
  const random = chance(17);
  const commands = scriptCommands();
  rig.cutAt = cutAt;
  rig.tear = tear;
  let second = cutAgain;
  const live = () => {
    if (rig.on) return;
    // The recovery is cut, too.
    rig.cutAt = second === undefined ? undefined : rig.calls + second;
    second = undefined;
    rig.boot();
    if (!rig.on) {
      rig.cutAt = undefined;
      rig.boot();
    }
  };
  rig.boot();
  for (let step = 0; step < 24; step++) {
    live();
    if (step % 2 === 0) world.publish(step % 3, payloadOf(99, step, random));
    if (step === 5) world.desire(3, { interval: 30, mode: 'eco' });
    if (step === 6) world.desire(2, { interval: 90 });
    if (step === 9) rig.frame(Buffer.from([0x52, 0xa1, 0x61, 0x61, step]));
    // Modules start, too: before half a minute is over an unknown name is not answered.
    for (const command of commands) if (step >= 2 && !world.finalOf(command)) world.call(command);
    rig.after(step > 18 ? 15_000 : 1_500);
  }
  rig.cutAt = undefined;
  live();
  const isApplied = () => world.report?.stored === 3 && world.report.applied === 3;
  for (let i = 0; i < 20 && (!isApplied() || commands.some((command) => !world.finalOf(command))); i++) {
    world.desire(2, { interval: 90 });
    for (const command of commands) if (!world.finalOf(command)) world.call(command);
    if (!isApplied()) world.desire(3, { interval: 30, mode: 'eco' });
    rig.after(10_000);
  }
  // Late copies of everything.
  for (const command of commands) world.call(command);
  world.desire(2, { interval: 90 });
  rig.after(5_000);
  const drained = world.drain();
  return { rig, world, commands, drained };
}

/** What is wrong at the end of a life. */
export function judge({ world, commands, drained }: ReturnType<typeof play>): string[] {
  const { undeclared, alarms, wrong } = world.check();
  const found = [...wrong];
  if (!drained) found.push('the outbox does not empty');
  if (undeclared > 0) found.push(`${undeclared} records are lost without declaration`);
  // The outbox is full of what matters less: no alarm has to go.
  if (alarms > 0) found.push(`${alarms} alarms are lost`);
  if (world.failed > 0) found.push(`${world.failed} records were not taken by a flash that works`);
  const checked = world.checkCommands(commands);
  found.push(...checked.wrong);
  if (checked.twice > 0) found.push('a command ran twice');
  if (checked.unanswered > 0) found.push('a command has no final answer');
  const again = commands.find(({ cls }) => cls === 1)!;
  if (!world.runs.has(Buffer.from(again.args).toString('hex'))) found.push('a command of class 1 did not run');
  if (world.report?.stored !== 3) found.push(`the twin stored ${world.report?.stored}`);
  if (world.report?.applied !== 3) found.push(`the twin applied ${world.report?.applied}`);
  if (world.told.at(-1) !== 3) found.push(`the module knows ${world.told.at(-1)}`);
  const { current, epochs } = world.receiver;
  if (epochs.size !== 1) found.push('there is another epoch');
  const gaps = [...epochs.get(current!)!.gaps.keys()].filter((n) => !world.stored.has(n) && !world.dropped.has(n));
  if (gaps.length > 64) found.push(`${gaps.length} numbers are void`);
  return found;
}

export interface Sweep {
  calls: number;
  points: number;
  pairs: number;
  bad: string[];
}

/** Every `every`-th call; of those that write, each tear. `pairs`: of how many of them the recovery is cut as well. */
export function sweep(subject: Subject, room: number, every = 1, pairs = 0): Sweep {
  const start = base(subject, room);
  const whole = play(subject, start);
  const bad = judge(whole).map((text) => `not cut: ${text}`);
  if (whole.rig.erases.every((count) => count === 0)) bad.push('no sector was emptied: the script is too short');
  const { calls } = whole.rig;
  let points = 0;
  let played = 0;
  for (let at = 1; at <= calls && bad.length < 20; at += every) {
    let writes = false;
    const uncut = play(subject, start, at, (before) => {
      writes = true;
      return before;
    });
    points++;
    bad.push(...judge(uncut).map((text) => `cut at call ${at}: ${text}`));
    // How it is torn makes a difference where the cut is within a write.
    for (const [name, tear] of writes ? TEARS : []) {
      points++;
      bad.push(...judge(play(subject, start, at, tear)).map((text) => `cut ${name} call ${at}: ${text}`));
    }
  }
  for (let i = 0; i < pairs && bad.length < 20; i++) {
    const at = 1 + Math.floor((i * calls) / pairs);
    const [name, tear] = TEARS[i % TEARS.length]!;
    for (let second = 1 + (i % 7); second < 90; second += 7) {
      played++;
      const wrong = judge(play(subject, start, at, tear, second));
      bad.push(...wrong.map((text) => `cut ${name} call ${at}, then ${second}: ${text}`));
    }
  }
  return { calls, points, pairs: played, bad };
}

/** Room left in the newest sector where the script begins: it is emptied at another step each time. */
export const ROOMS = [250, 900, 2000];

/** D2 in all its places; `every`: a share of them. */
export function crashes(subject: Subject, every = 1, pairs = 0, rooms = ROOMS): Row[] {
  const sweeps = rooms.map((room) => sweep(subject, room, every, pairs));
  const sum = (pick: (each: Sweep) => number) => sweeps.reduce((total, each) => total + pick(each), 0);
  const bad = sweeps.flatMap((each) => each.bad);
  return [
    { name: 'D2 host calls', value: sum(({ calls }) => calls), unit: 'calls', ok: true },
    { name: 'D2 crash points', value: sum(({ points }) => points), unit: 'cuts', ok: true },
    { name: 'D2 cuts of a recovery', value: sum((each) => each.pairs), unit: 'cuts', ok: true },
    none('D2 crash points with a fault', bad.length, 'faults', bad),
  ];
}

/** Bytes of a sector's head. */
const HEAD = 156;

/** Flash that decays: one bit, anywhere, while the device is off. What it takes is declared lost, and no number comes twice. */
export function decay(subject: Subject, flips: number, seed = 81): Row[] {
  const random = chance(seed);
  const bad: string[] = [];
  for (let i = 0; i < flips; i++) {
    const start = bases(subject)[i % 2]!;
    const image = start.image.slice();
    const region = image.length - SECTORS * 4096;
    const at = placeOf(i, random);
    image[region + at]! ^= 1 << Math.floor(random() * 8);
    const rig = new Rig({ subject, sectors: SECTORS, seed: 12, image });
    rig.now = start.now;
    const world = start.world.copy().attach(rig);
    rig.boot();
    for (let n = 0; n < 12; n++) {
      world.publish(n % 3, payloadOf(7, n, random));
      rig.after(200);
      if (n === 6) rig.boot();
    }
    if (!world.drain()) bad.push(`flip at ${at}: the outbox does not empty`);
    const checked = world.check();
    if (checked.undeclared > 0) bad.push(`flip at ${at}: ${checked.undeclared} records are lost without declaration`);
    bad.push(...checked.wrong.map((text) => `flip at ${at}: ${text}`));
  }
  return [
    { name: 'decay: flipped bits', value: flips, unit: 'bits, half of them in heads of sectors', ok: true },
    none('decay: faults', bad.length, 'faults', bad),
  ];
}

/** First the length of each sector's first record, then every other time in the head of a sector: that is where it hurts. */
function placeOf(i: number, random: () => number): number {
  if (i < 2 * SECTORS) return (i >> 1) * 4096 + HEAD + 2;
  const within = i % 2 === 0 ? ((i >> 1) % SECTORS) * 4096 + random() * HEAD : random() * SECTORS * 4096;
  return Math.floor(within);
}

let made: { subject: Subject; bases: Base[] } | undefined;

/** One whose newest records have been received and are not acknowledged to the device, and one whose have not been received. */
function bases(subject: Subject): Base[] {
  if (made?.subject === subject) return made.bases;
  const silent = base(subject, 900);
  const rig = new Rig({ subject, sectors: SECTORS, seed: 5, image: silent.image.slice() });
  rig.now = silent.now;
  const world = silent.world.copy().attach(rig);
  rig.boot();
  world.drain();
  const random = chance(4);
  for (let i = 0; i < 30; i++) {
    world.publish(i % 3, payloadOf(6, i, random));
    rig.after(500);
  }
  rig.off();
  rig.link.clear();
  made = { subject, bases: [silent, { image: rig.image(), world, now: rig.now }] };
  return made.bases;
}

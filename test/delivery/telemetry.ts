/** D1, D6, D7, D9: records under loss, a full outbox, a link that goes and comes, and what the flash pays. */
import { chance, type Weather } from './link.ts';
import { Rig, type Subject } from './rig.ts';
import { atMost, none, type Row } from './row.ts';
import { World } from './world.ts';

export const WEATHERS: readonly Weather[] = [0, 0.05, 0.2, 0.4].map((loss) => ({
  loss,
  duplicate: 0.05,
  reorder: 0.2,
}));

/** A payload of 20 to 100 bytes that no other record has. */
export function payloadOf(seed: number, i: number, random: () => number): Uint8Array {
  const payload = new Uint8Array(20 + Math.floor(random() * 81));
  new DataView(payload.buffer).setUint32(0, seed);
  new DataView(payload.buffer).setUint32(4, i);
  for (let at = 8; at < payload.length; at++) payload[at] = random() * 256;
  return payload;
}

export interface Outcome {
  records: number;
  undeclared: number;
  declared: number;
  wrong: string[];
  programsPerRecord: number;
  pagesPerRecord: number;
  eraseSpread: number;
}

/** One device's records in one weather, the power cut now and then. */
export function campaign(subject: Subject, weather: Weather, seed: number, records: number, cuts = 10): Outcome {
  const rig = new Rig({ subject, weather, seed });
  const world = new World().attach(rig);
  const random = chance(seed * 31 + 7);
  const wrong: string[] = [];
  rig.boot();
  for (let i = 0; i < records; i++) {
    if (cuts > 0 && random() < cuts / records) rig.cutAt = rig.calls + 1 + Math.floor(random() * 60);
    if (!rig.on) rig.boot();
    world.publish(random() < 0.02 ? 2 : random() < 0.1 ? 1 : 0, payloadOf(seed, i, random));
    rig.after(500 + Math.floor(random() * 1500));
  }
  rig.cutAt = undefined;
  if (!world.drain()) wrong.push(`loss ${weather.loss}, seed ${seed}: the outbox does not empty`);
  const checked = world.check();
  const least = Math.min(...rig.erases);
  return {
    records: world.stored.size + world.dropped.size,
    undeclared: checked.undeclared,
    declared: checked.declared,
    wrong: [...wrong, ...checked.wrong],
    programsPerRecord: rig.programs / world.stored.size,
    pagesPerRecord: rig.pages / world.stored.size,
    eraseSpread: least > 0 ? Math.max(...rig.erases) / least : Number.POSITIVE_INFINITY,
  };
}

/** D1 and D9. */
export function losses(subject: Subject, seeds: number, records: number, weathers = WEATHERS): Row[] {
  const bad: string[] = [];
  let total = 0;
  let undeclared = 0;
  let declared = 0;
  let wear = 0;
  let pages = 0;
  let spread = 1;
  for (const weather of weathers) {
    for (let seed = 1; seed <= seeds; seed++) {
      const outcome = campaign(subject, weather, seed, records);
      total += outcome.records;
      undeclared += outcome.undeclared;
      declared += outcome.declared;
      bad.push(...outcome.wrong);
      wear = Math.max(wear, outcome.programsPerRecord);
      pages = Math.max(pages, outcome.pagesPerRecord);
      if (records >= 3000) spread = Math.max(spread, outcome.eraseSpread);
    }
  }
  return [
    { name: 'D1 records', value: total, unit: `records, ${seeds} seeds, loss 0 to 40 %`, ok: total > 0 },
    none('D1 lost without declaration', undeclared, 'records', bad),
    { name: 'D1 declared lost', value: declared, unit: 'records', ok: true },
    { ...atMost('D9 flash programs for a record', wear, 1.2, 'programs, the worst run'), worst: true },
    {
      ...atMost('D9 page programs for a record', pages, 1.2, 'page programs of 256 bytes, the worst run'),
      worst: true,
    },
    ...(records >= 3000
      ? [{ ...atMost('D9 spread of erases', spread, 2, 'max / min of sectors, the worst run'), worst: true }]
      : []),
  ];
}

/** D6: three times what the outbox holds, with nobody to take it. */
export function overflow(subject: Subject, seed = 5): Row[] {
  const rig = new Rig({ subject, seed });
  const world = new World().attach(rig);
  world.receiving = false;
  rig.boot();
  rig.after(1000);
  const classes = new Map<string, number>();
  const before = rig.programs;
  const wanted = 1500;
  fill(rig, world, seed, wanted, (i) => (i % 40 === 0 ? 2 : i % 8 === 0 ? 1 : 0), classes);
  const wear = (rig.programs - before) / wanted;
  world.receiving = true;
  const bad: string[] = [];
  if (world.dropped.size > 0)
    bad.push(`${world.dropped.size} records were dropped on arrival, though older ones mattered no more`);
  if (!world.drain()) bad.push('the outbox does not empty');
  const { undeclared, declared, wrong } = world.check();
  const epoch = world.receiver.epochs.get(world.receiver.current!)!;
  let mattered = 0;
  let younger = 0;
  let oldest = Number.POSITIVE_INFINITY;
  for (const [number, payload] of [...world.stored].sort(([a], [b]) => a - b)) {
    const cls = classes.get(payload)!;
    const isLost = !epoch.records.has(number);
    if (cls > 0 && isLost) mattered++;
    if (cls > 0) continue;
    if (!isLost) oldest = Math.min(oldest, number);
    else if (number > oldest) younger++;
  }
  return [
    none('D6 lost without declaration by a full outbox', undeclared, 'records', [...bad, ...wrong]),
    { name: 'D6 declared lost', value: declared, unit: `records of ${wanted}`, ok: declared > wanted / 2 },
    none('D6 events and alarms lost while there was telemetry', mattered, 'records'),
    none('D6 lost though older ones of their class were kept', younger, 'records'),
    none('D6 declared lost that never were', strangers(world), 'numbers'),
    atMost('D6 flash programs for a record while full', wear, 1.5, 'programs'),
  ];
}

/** The same with alarms alone, telemetry that is dropped on arrival, and resets: its numbers must not be given again. */
export function saturation(subject: Subject, seed = 6): Row[] {
  const rig = new Rig({ subject, seed });
  const world = new World().attach(rig);
  world.receiving = false;
  rig.boot();
  rig.after(1000);
  fill(rig, world, seed, 300, () => 0);
  fill(rig, world, seed + 1, 450, () => 2);
  for (let i = 0; i < 6; i++) {
    fill(rig, world, seed + 2 + i, 13, () => 0);
    rig.boot();
  }
  const bad: string[] = [];
  if (world.dropped.size === 0) bad.push('nothing was dropped on arrival: the test is too small');
  world.receiving = true;
  if (!world.drain()) bad.push('the outbox does not empty');
  fill(rig, world, seed + 20, 40, () => 0);
  if (!world.drain()) bad.push('the outbox does not empty again');
  const { undeclared, wrong } = world.check();
  const { boots } = rig.counters;
  return [
    none('D6 lost without declaration by an outbox full of alarms', undeclared, 'records', [...bad, ...wrong]),
    atMost('D6 numbers that a reset makes void', strangers(world) / boots, 64, 'numbers a reset'),
  ];
}

function fill(
  rig: Rig,
  world: World,
  seed: number,
  count: number,
  classOf: (i: number) => number,
  classes = new Map<string, number>(),
): void {
  const random = chance(seed);
  for (let i = 0; i < count; i++) {
    const payload = payloadOf(seed, i, random);
    classes.set(Buffer.from(payload).toString('hex'), classOf(i));
    world.publish(classOf(i), payload);
    rig.after(200);
  }
}

/** Numbers that are declared lost and that no record ever had. */
function strangers(world: World): number {
  const { gaps } = world.receiver.epochs.get(world.receiver.current!)!;
  return [...gaps.keys()].filter((number) => !world.stored.has(number) && !world.dropped.has(number)).length;
}

/** A module that chats all day beside one that says little, with nobody to take it, and a reset: each keeps its own. */
export function shares(subject: Subject, seed = 8): Row[] {
  const rig = new Rig({ subject, seed });
  const world = new World().attach(rig);
  const random = chance(seed);
  world.receiving = false;
  for (let life = 0; life < 3; life++) {
    rig.boot();
    rig.frame(Buffer.from('S'));
    rig.after(1000);
    // Who is first after a reset is not always the same.
    if (life === 1) world.publish(0, payloadOf(seed, 999, random));
    for (let i = 0; i < 500; i++) {
      rig.frame(Buffer.from([0x43, i % 9 === 0 ? 1 : 0, ...payloadOf(seed + 1, 1000 * life + i, random)]));
      rig.after(100);
      if (i % 25 === 24) world.publish(i % 50 === 49 ? 1 : 0, payloadOf(seed, 1000 * life + i, random));
      rig.after(100);
    }
  }
  world.receiving = true;
  const bad = world.drain() ? [] : ['the outbox does not empty'];
  const { records, gaps } = world.receiver.epochs.get(world.receiver.current!)!;
  if (gaps.size < 500) bad.push(`only ${gaps.size} were dropped: the test is too small`);
  const lost = [...world.stored.keys()].filter((number) => !records.has(number)).length;
  return [none('D6 lost of a quiet module beside a chatty one', lost, `records of ${world.stored.size}`, bad)];
}

/** D7: the link goes and comes, the broker throws the device out again and again. */
export function storms(subject: Subject, seed = 9): Row[] {
  const rig = new Rig({ subject, seed, weather: WEATHERS[2]! });
  const world = new World().attach(rig);
  const random = chance(seed);
  rig.boot();
  let worst = 0;
  for (let i = 0; i < 300; i++) {
    rig.online = false;
    rig.link.down = random() < 0.5;
    world.publish(0, payloadOf(seed, i, random));
    rig.after(6_000 + Math.floor(random() * 24_000));
    rig.online = true;
    rig.link.down = false;
    const since = rig.now;
    const published = rig.counters.published;
    while (rig.counters.published === published && rig.now - since < 120_000) rig.after(50);
    worst = Math.max(worst, rig.now - since);
    rig.after(Math.floor(random() * 3_000));
  }
  const bad: string[] = [];
  if (!world.drain()) bad.push('the outbox does not empty');
  const { undeclared, wrong } = world.check();
  return [
    none('D7 lost without declaration in storms', undeclared, 'records', [...bad, ...wrong]),
    atMost('D7 first message after the link is back', worst / 1000, 15, 's (3 x 5 s)'),
  ];
}

/** D3, D4, D8 and floods: commands that are lost, doubled, replayed, cut, late, and far too many. */
import { chance, type Weather } from './link.ts';
import { MIDNIGHT, Rig, type Subject } from './rig.ts';
import { atMost, none, type Row } from './row.ts';
import { type Command, commandBytes, FINAL_STATUS, STATUS, World } from './world.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const WEATHER: Weather = { loss: 0.15, duplicate: 0.3, reorder: 0.3 };

function idOf(random: () => number): Uint8Array {
  return Uint8Array.from({ length: 8 + Math.floor(random() * 9) }, () => random() * 256);
}

const unixOf = (rig: Rig) => Math.floor((rig.unix! + rig.now + rig.clockError) / 1000);

/** D3: each command cut at another call, requests doubled and replayed. */
export function executions(subject: Subject, count: number, seed = 21): Row[] {
  const rig = new Rig({ subject, seed, weather: WEATHER });
  const world = new World().attach(rig);
  const random = chance(seed);
  const commands: Command[] = [];
  const unrun: string[] = [];
  rig.boot();
  rig.after(31_000);
  for (let i = 0; i < count; i++) {
    const cls = i % 5 === 4 ? 1 : 0;
    const command: Command = {
      id: idOf(random),
      name: i % 11 === 10 ? 'fail' : 'open',
      args: Buffer.from(`command ${i}`),
      expiry: unixOf(rig) + 120,
      ...(cls && { cls }),
    };
    commands.push(command);
    rig.cutAt = rig.calls + 1 + (i % 30);
    for (let tries = 0; tries < 60 && !world.finalOf(command); tries++) {
      world.call(command);
      if (i > 0) world.call(commands[Math.floor(random() * i)]!);
      rig.after(1_500);
      if (!rig.on) rig.boot();
    }
    if (cls && !world.runs.has(hex(command.args)) && world.finalOf(command)?.status === STATUS.OK)
      unrun.push(hex(command.id));
    if (i % 50 === 0) for (let back = 0; back < 20 && back < i; back++) world.call(commands[i - back]!);
  }
  rig.cutAt = undefined;
  if (!rig.on) rig.boot();
  // What was answered by silence alone: the caller goes on asking.
  for (let round = 0; round < 40; round++) {
    for (const command of commands) if (!world.finalOf(command)) world.call(command);
    rig.after(40_000);
  }
  const { twice, unanswered, wrong } = world.checkCommands(commands);
  const drained = world.drain();
  const { undeclared } = world.check();
  const kinds = new Map<number, number>();
  for (const command of commands) {
    const status = world.finalOf(command)?.status ?? -1;
    kinds.set(status, (kinds.get(status) ?? 0) + 1);
  }
  const ran = commands.filter((command) => world.runs.has(hex(command.args))).length;
  const once = kinds.get(STATUS.OK) ?? 0;
  return [
    {
      name: 'D3 commands',
      value: count,
      unit: `commands, ${rig.counters.cuts} of them with a power cut`,
      ok: rig.counters.cuts > count / 4,
    },
    none('D3 run twice', twice, 'commands', [...wrong, ...unrun]),
    none('D3 unanswered', unanswered, 'commands'),
    {
      name: 'D3 ran',
      value: ran,
      unit: `commands, ${once} OK, ${kinds.get(STATUS.UNKNOWN) ?? 0} UNKNOWN`,
      ok: once > count / 2,
    },
    none(
      'D3 audit entries lost without declaration',
      undeclared,
      'entries',
      drained ? [] : ['the outbox does not empty'],
    ),
  ];
}

/** D4: the edge of an expiry, a clock that is set, and none. */
export function clocks(subject: Subject, seed = 33): Row[] {
  const random = chance(seed);
  const late: string[] = [];
  const bad: string[] = [];
  let tried = 0;
  let noClock = 0;
  const rig = new Rig({ subject, seed });
  const world = new World().attach(rig);
  const expiries = new Map<string, number>();
  world.onRun = (args) => {
    const expiry = expiries.get(hex(args));
    if (expiry !== undefined && rig.unix !== null && unixOf(rig) >= expiry)
      late.push(`ran at ${unixOf(rig)}, expiry ${expiry}`);
  };
  const commands: Command[] = [];
  const make = (ahead: number): Command => {
    const command = {
      id: idOf(random),
      name: 'open',
      args: Buffer.from(`clock ${tried++}`),
      expiry: unixOf(rig) + ahead,
    };
    expiries.set(hex(command.args), command.expiry);
    commands.push(command);
    return command;
  };
  rig.boot();
  rig.after(31_000);
  const offsets = [-3600, -60, -1, 0, 1, 2, 60, 3600];
  for (let round = 0; round < 12; round++) {
    rig.clockError += [0, 3_600_000, -3_600_000, -3_600_000, 3_600_000, 0][round % 6]!;
    const made = offsets.map(make);
    for (const command of made) world.call(command);
    rig.after(900);
    for (const command of made) {
      const answer = world.finalOf(command);
      if (!answer) bad.push(`no final answer, ${command.expiry! - unixOf(rig)} s ahead, round ${round}`);
    }
    // And again, everything so far, by another clock, and after a reset.
    if (round % 4 === 3) rig.boot();
    rig.after(40_000);
    for (const command of commands) world.call(command);
    rig.after(30_000);
  }
  noClock = blind(subject, seed + 1, bad);
  const { twice, wrong } = world.checkCommands(commands);
  if (noClock !== 20) bad.push(`${noClock} of 20 answered NOCLOCK`);
  return [
    {
      name: 'D4 commands at the edge of their expiry',
      value: tried,
      unit: 'commands, clock set by an hour 8 times',
      ok: world.runs.size > 20,
    },
    none('D4 executed after their expiry', late.length, 'commands', late),
    none('D4 run twice by a clock that was set back', twice, 'commands', [...bad, ...wrong]),
  ];
}

/** A device that does not know the time. How many of 20 commands it answered with NOCLOCK. */
function blind(subject: Subject, seed: number, bad: string[]): number {
  const rig = new Rig({ subject, seed, unix: null });
  const world = new World().attach(rig);
  const random = chance(seed);
  rig.boot();
  rig.after(31_000);
  const commands: Command[] = Array.from({ length: 20 }, (_, i) => ({
    id: idOf(random),
    name: 'open',
    args: Buffer.from(`blind ${i}`),
    expiry: MIDNIGHT / 1000 + 3600,
  }));
  const send = () => {
    for (const command of commands) world.call(command);
    rig.after(20_000);
  };
  send();
  if (world.runs.size > 0) bad.push('a command with an expiry ran without a clock');
  const answered = commands.filter((command) => world.finalOf(command)?.status === STATUS.NOCLOCK).length;
  // The clock is known after all, and after a reset: what was refused for good does not begin.
  rig.unix = MIDNIGHT;
  send();
  rig.boot();
  rig.after(31_000);
  send();
  if (world.runs.size > 0) bad.push('NOCLOCK was not final');
  bad.push(...world.checkCommands(commands).wrong);
  return answered;
}

/** D8: a device that sleeps a minute and wakes for two seconds; thirty commands wait for it. */
export function sleeper(subject: Subject, seed = 41): Row[] {
  const rig = new Rig({ subject, seed, weather: { loss: 0.1, duplicate: 0.1, reorder: 0.1 } });
  const world = new World().attach(rig);
  const random = chance(seed);
  rig.boot();
  rig.after(31_000);
  const commands: Command[] = Array.from({ length: 30 }, (_, i) => ({
    id: idOf(random),
    name: 'open',
    args: Buffer.from(`asleep ${i}`),
    expiry: unixOf(rig) + 7200,
  }));
  let cycles = 0;
  while (commands.some((command) => !world.finalOf(command)) && cycles < 40) {
    rig.link.down = true;
    rig.online = false;
    rig.after(60_000);
    rig.link.down = false;
    rig.online = true;
    for (const command of commands) if (!world.finalOf(command)) world.call(command);
    rig.after(2_000);
    cycles++;
  }
  const { twice, unanswered, wrong } = world.checkCommands(commands);
  const once = commands.filter((command) => world.runs.get(hex(command.args)) === 1).length;
  return [
    {
      name: 'D8 commands that waited for a sleeper',
      value: once,
      unit: `of 30 ran once, ${cycles} cycles`,
      ok: once === 30,
    },
    none('D8 run twice or unanswered', twice + unanswered, 'commands', wrong),
  ];
}

/** Ten thousand messages of somebody who means no good, as fast as they come. */
export function floods(subject: Subject, count = 10_000, seed = 51): Row[] {
  const rig = new Rig({ subject, seed });
  const world = new World().attach(rig);
  const random = chance(seed);
  rig.boot();
  rig.after(31_000);
  const programs = rig.programs;
  const published = rig.counters.published;
  const topics = ['cmd', 'cmd', 'desired', 'cmd', 'ack', 'cmd', 'get'];
  const good = commandBytes({ id: idOf(random), name: 'open', args: new Uint8Array(8), expiry: unixOf(rig) + 3000 });
  const started = rig.now;
  // Each of these has a final status, and room for it is made by forgetting the one before.
  for (let i = 0; i < count / 4; i++) {
    const expiry = unixOf(rig) - 1000 + (i % 500);
    rig.deliver('cmd', commandBytes({ id: idOf(random), name: 'open', args: new Uint8Array(4), expiry }));
  }
  for (let i = 0; i < count; i++) {
    const topic = topics[i % 7]!;
    let payload: Uint8Array;
    if (i % 5 === 0) payload = Uint8Array.from({ length: Math.floor(random() * 300) }, () => random() * 256);
    else if (i % 5 === 1) {
      payload = good.slice();
      payload[Math.floor(random() * payload.length)]! ^= 1 << Math.floor(random() * 8);
    } else if (i % 5 === 2) payload = good.subarray(0, Math.floor(random() * good.length));
    else if (i % 5 === 3)
      payload = commandBytes({
        id: idOf(random),
        name: 'open',
        args: Buffer.from(`flood ${i}`),
        expiry: unixOf(rig) + 1 + (i % 5000),
      });
    else
      payload = commandBytes({
        id: idOf(random),
        name: 'nobody',
        args: Buffer.alloc(400),
        expiry: unixOf(rig) - (i % 100),
      });
    rig.deliver(topic, payload);
    if (i % 100 === 99) rig.after(100);
  }
  const seconds = (rig.now - started) / 1000;
  // It works on.
  rig.after(40_000);
  const command = {
    id: idOf(random),
    name: 'open',
    args: Buffer.from('after the flood'),
    expiry: unixOf(rig) + 100_000,
  };
  rig.deliver('cmd', commandBytes(command));
  rig.after(1000);
  world.publish(0, Buffer.from('after the flood'));
  rig.after(1000);
  const answer = world.answers.get(hex(command.id))?.[0];
  const bad: string[] = [];
  if (answer?.status !== STATUS.REJECTED || answer.code !== 6)
    bad.push(`a command of another day got ${answer?.status} ${answer?.code}`);
  if (!world.drain()) bad.push('the outbox does not empty');
  const { undeclared, wrong } = world.check();
  const finals = [...world.answers.values()].flat().filter(({ status }) => status <= FINAL_STATUS).length;
  return [
    atMost(
      'flood: flash programs',
      rig.programs - programs,
      2 * (64 + 2 * (seconds + 45)) + 40,
      `programs for ${count} messages in ${seconds} s`,
    ),
    { name: 'flood: publications', value: rig.counters.published - published, unit: 'publications', ok: true },
    {
      name: 'flood: refusals',
      value: world.refusals.length,
      unit: `messages on refused, codes ${[...new Set(world.refusals)].sort()}`,
      ok: world.refusals.length > 0,
    },
    { name: 'flood: commands decided', value: finals, unit: 'answers', ok: finals > 0 },
    none('flood: lost without declaration', undeclared, 'records', [...bad, ...wrong]),
  ];
}

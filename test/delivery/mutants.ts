/**
 * Planted bugs: one for each promise of docs/delivery.md. Each is compiled into a copy of modules/delivery, and some test has to
 * notice it.
 */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileModule } from '../../runtime/guest/compiler/index.ts';
import { audits } from './audit.ts';
import { clocks, executions, floods } from './commands.ts';
import { base, decay, judge, play, TEARS } from './crash.ts';
import { repoRoot, type Subject } from './rig.ts';
import type { Row } from './row.ts';
import { losses, overflow, saturation, shares, storms } from './telemetry.ts';
import { twins } from './twin.ts';

interface Mutant {
  name: string;
  file: string;
  find: string;
  put: string;
  /** The test that has to fail. */
  by: (subject: Subject) => Row[];
}

const short = (subject: Subject): Row[] => losses(subject, 2, 400);
const commands = (subject: Subject): Row[] => executions(subject, 120);

/** The power goes within each write of the script, torn in one way after the other. */
function cuts(subject: Subject): Row[] {
  const bad: string[] = [];
  for (const room of [250, 2000]) {
    const start = base(subject, room);
    const { writes } = play(subject, start).rig;
    for (const [i, at] of writes.entries()) {
      if (bad.length > 0) break;
      bad.push(...judge(play(subject, start, at, TEARS[i % TEARS.length]![1])));
    }
  }
  return [{ name: 'cuts', value: bad.length, unit: 'faults', ok: bad.length === 0, bad }];
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a record is told stored before it is',
    file: 'store.ts',
    find: 'const at = this.journal.commit(kind, sub, number, seconds(), length);\n',
    put: 'const at = number % 7 == 3 ? 4096 : this.journal.commit(kind, sub, number, seconds(), length);\n',
    by: cuts,
  },
  {
    name: 'what a broker has taken counts as acknowledged',
    file: 'delivery.ts',
    find: 'this.again = clock.now() + jittered(this.retry);',
    put: 'this.again = clock.now() + jittered(this.retry); this.outbox.free(state.next - 1);',
    by: short,
  },
  {
    name: 'a gap is not declared',
    file: 'outbox.ts',
    find: 'if (number > next) {',
    put: 'if (number > next && number < 0) {',
    by: overflow,
  },
  {
    name: 'a record dropped on arrival gets no number that lasts',
    file: 'outbox.ts',
    find: 'if (!this.journal.mark()) return false;',
    put: '',
    by: saturation,
  },
  {
    name: 'numbers begin again after a reset',
    file: 'delivery.ts',
    find: 'state.next = max(state.next, number + 1);',
    put: 'if (number <= state.acked) state.next = max(state.next, number + 1);',
    by: cuts,
  },
  {
    name: 'a full outbox drops the newest',
    file: 'outbox.ts',
    find: 'if (victim < 0) return false;',
    put: 'return false;',
    by: overflow,
  },
  {
    name: 'a full outbox drops alarms like telemetry',
    file: 'outbox.ts',
    find: 'const victim = this.victim(share, cost);',
    put: 'const victim: i32 = this.records ? shareAt(this.first) : -1;',
    by: overflow,
  },
  {
    name: 'a chatty module pushes out what others have',
    file: 'outbox.ts',
    find: 'if (!taken || wanted <= most) continue;',
    put: 'if (!taken || (found >= 0 && wanted >= most)) continue;',
    by: shares,
  },
  {
    name: 'whose a record is, is forgotten by a reset',
    file: 'delivery.ts',
    find: 'else this.senders.restore(this.journal.sub);',
    put: '',
    by: shares,
  },
  {
    name: 'a torn record counts',
    file: 'journal.ts',
    find: 'return load<u32>(BUFFER, 16) == this.checksum(length, salt);',
    put: 'return true;',
    by: cuts,
  },
  {
    name: 'a sector is emptied without copying what counts',
    file: 'journal.ts',
    find: 'if (this.kind == Kind.MARK || !this.keeper.counts(from)) continue;',
    put: 'continue;',
    by: overflow,
  },
  {
    name: 'a sector that was not emptied to its end is taken for empty',
    file: 'journal.ts',
    find: 'if (!this.wasEmptied()) {',
    put: 'if (false) {',
    by: cuts,
  },
  {
    name: 'writing goes on where a power cut left something',
    file: 'journal.ts',
    find: 'this.pos = (at + PAGE - 1) & ~(PAGE - 1);',
    put: '',
    by: cuts,
  },
  {
    name: 'a command begins before that is durable',
    file: 'commands.ts',
    find: 'const at = this.store.journal.commit(Kind.RUN, 0, 0, seconds(), length);',
    put: 'store<u8>(place, RUNNING, STATE); this.send(place, handler, request.name, request.nameLength, request.arguments, request.argumentsLength); const at = 4096;',
    by: cuts,
  },
  {
    name: 'an id is not looked up',
    file: 'commands.ts',
    find: 'const known = this.find(request.id, request.idLength);',
    put: 'const known: usize = 0;',
    by: commands,
  },
  {
    name: 'ids are forgotten by a reset',
    file: 'delivery.ts',
    find: 'if (kind != Kind.RECORD) this.commands.restore(kind, at, size);',
    put: '',
    by: commands,
  },
  {
    name: 'a command of class 0 runs again after a reset',
    file: 'commands.ts',
    find: 'if (load<u8>(place, CLASS) == 0) this.decide(place, Status.UNKNOWN, 0, 0);',
    put: 'store<u8>(place, 1, CLASS);',
    by: cuts,
  },
  {
    name: 'an answer is sent before it is durable',
    file: 'commands.ts',
    find: 'if (!this.store.record(Kind.DECIDED, DECISION_SIZE)) return false;',
    put: 'this.answer(place + ID, idLength, status, result, length); if (!this.store.record(Kind.DECIDED, DECISION_SIZE)) return false;',
    by: cuts,
  },
  {
    name: 'the expiry is not looked at',
    file: 'commands.ts',
    find: 'else if (request.hasExpiry && request.expiry <= unix) status = Status.EXPIRED;',
    put: '',
    by: clocks,
  },
  {
    name: 'an expiry counts by a clock that is not known',
    file: 'commands.ts',
    find: 'if (request.hasExpiry && !unix) status = Status.NOCLOCK;',
    put: 'if (false) status = Status.NOCLOCK;',
    by: clocks,
  },
  {
    name: 'the floor of forgotten ids is not kept',
    file: 'commands.ts',
    find: 'if (floor <= state.floor) return;',
    put: 'return;',
    by: clocks,
  },
  {
    name: 'commands are not bounded',
    file: 'bucket.ts',
    find: 'if (this.level < 1000) return false;',
    put: 'if (this.level < 1000) return true;',
    by: floods,
  },
  {
    name: 'an older desired state is taken',
    file: 'twin.ts',
    find: 'if (version <= this.stored || (isPatch',
    put: 'if (version == this.stored || (isPatch',
    by: (subject) => twins(subject),
  },
  {
    name: 'a patch is taken over another base',
    file: 'twin.ts',
    find: '(isPatch && base != this.stored)',
    put: 'false',
    by: (subject) => twins(subject),
  },
  {
    name: 'null does not delete',
    file: 'merge.ts',
    find: 'if (patch.nothing()) {',
    put: 'if (false) {',
    by: (subject) => twins(subject),
  },
  {
    name: 'the chain leaves out the entry before',
    file: 'audit.ts',
    find: '.updateRaw(state.head, HASH_SIZE)',
    put: '',
    by: (subject) => audits(subject),
  },
  {
    name: 'a sector whose head has decayed is overlooked',
    file: 'journal.ts',
    find: 'return this.readRecord(sector * this.region.sector + this.sizeOf(STATE_SIZE), this.salt(serial));',
    put: 'return false;',
    by: (subject) => decay(subject, 200),
  },
  {
    name: 'a lost connection is not noticed',
    file: 'delivery.ts',
    find: 'if (this.wasOffline) this.retry = RETRY_FIRST;',
    put: 'if (now < this.again) { timer.set(Timer.SEND, <u32>(this.again - now)); return; }',
    by: storms,
  },
];

const folder = join(repoRoot, 'build', 'delivery-mutants');

export interface Verdict {
  name: string;
  noticed: boolean;
  /** What the test said. */
  why: string;
}

/** Compiles and tries the mutants; `names`: only those whose name contains it. */
export async function mutants(
  subject: Subject,
  wanted: (index: number, name: string) => boolean = () => true,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const [index, mutant] of MUTANTS.entries()) {
    if (!wanted(index, mutant.name)) continue;
    const wasm = await compileMutant(mutant);
    const planted = { ...subject, builtins: { ...subject.builtins, delivery: wasm } };
    let why = '';
    try {
      const failed = mutant.by(planted).filter(({ ok }) => !ok);
      why = failed.map(({ name, value, bad }) => `${name}: ${value} ${bad?.[0] ?? ''}`).join('; ');
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
    }
    verdicts.push({ name: mutant.name, noticed: why !== '', why: why.slice(0, 200) });
  }
  return verdicts;
}

async function compileMutant({ name, file, find, put }: Mutant): Promise<Uint8Array> {
  const copy = join(folder, 'modules', 'delivery');
  await rm(folder, { recursive: true, force: true });
  await mkdir(copy, { recursive: true });
  await cp(join(repoRoot, 'modules', 'delivery'), copy, { recursive: true });
  // What it imports.
  for (const room of ['lib', 'mqtt-sn']) {
    const assembly = join('modules', room, 'assembly');
    await cp(join(repoRoot, assembly), join(folder, assembly), { recursive: true });
  }
  const path = join(copy, 'assembly', file);
  const text = await readFile(path, 'utf8');
  if (text.split(find).length !== 2)
    throw new Error(`the mutant "${name}" does not fit: ${file} has not exactly one ${find}`);
  await writeFile(
    path,
    text.replace(find, () => put),
  );
  const { wasm } = await compileModule(copy, { out: join(folder, 'out'), optimizeLevel: 1, shrinkLevel: 0 });
  return wasm;
}

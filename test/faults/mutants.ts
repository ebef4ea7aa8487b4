/**
 * Planted bugs: each switches one invariant off, and the proof must notice. They are all in one build of the firmware,
 * behind a number that stands in a global: 0 is the firmware as it is.
 */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileAssembly, readManifest } from '../../runtime/guest/compiler/index.ts';
import { HELPERS, repoRoot, type Subject } from './rig.ts';

export interface Mutant {
  /** The invariant that is gone. */
  name: string;
  file: string;
  /** Exactly once in the file; what is there instead. */
  find: string;
  put: string;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'at every cut one slot verifies (the slot that runs is written)',
    file: 'supervisor/assembly/download.ts',
    find: 'place.candidate = place.active == 1 ? 2 : 1;',
    put: 'place.candidate = place.active == 2 ? 2 : 1;',
  },
  {
    name: 'what runs is exactly old or exactly new (the digest is not compared)',
    file: 'verifier/assembly/judge.ts',
    find: 'if (!equal(question.digest(), signed, 32)) return this.answer(Reason.BAD_DIGEST);',
    put: '',
  },
  {
    name: 'a record is durable before its step (success is reported first)',
    file: 'supervisor/assembly/trial.ts',
    find: 'if (!device.enter(State.CONFIRMED)) return this.reset();',
    put: 'now.state = <u8>State.CONFIRMED; device.focus.running.copy(device.focus.tried); device.report(); if (!device.enter(State.CONFIRMED)) return this.reset();',
  },
  {
    name: 'the floor moves at CONFIRMED only',
    file: 'supervisor/assembly/trial.ts',
    find: 'now.attempts--;',
    put: 'now.attempts--; device.focus.place.floor = load<u64>(checker.verdict, 24);',
  },
  {
    name: 'trial boots are bounded',
    file: 'supervisor/assembly/trial.ts',
    find: 'now.attempts--;',
    put: '',
  },
  {
    name: 'a resume loses one sector at most',
    file: 'supervisor/assembly/download.ts',
    find: 'device.next = device.now.offset;',
    put: 'device.next = 0;',
  },
  {
    name: 'an older release is refused',
    file: 'verifier/assembly/judge.ts',
    find: 'if (manifest.sequence <= question.floorAt(place)) return Reason.ROLLBACK;',
    put: '',
  },
  {
    name: 'an expired manifest is refused',
    file: 'verifier/assembly/judge.ts',
    find: 'if (hasEnded(manifest.expiry)) return Reason.EXPIRED;',
    put: '',
  },
  {
    name: 'an unknown key is refused',
    file: 'verifier/assembly/trust.ts',
    find: "return isIn(THUMBPRINT, 'trust/keys') ? Reason.NONE : Reason.UNKNOWN_KEY;",
    put: 'return Reason.NONE;',
  },
  {
    name: 'a signature that does not hold is refused',
    file: 'supervisor/assembly/checker.ts',
    find: 'if (!holds) return this.end(Reason.BAD_SIGNATURE);',
    put: '',
  },
  {
    name: 'every signature that the policy asks for is checked',
    file: 'supervisor/assembly/checker.ts',
    find: 'if (this.left != 0) return this.askLetter();',
    put: '',
  },
  {
    name: 'a revoked key is refused',
    file: 'verifier/assembly/keyset.ts',
    find: 'return running ? Reason.NONE : Reason.REVOKED_KEY;',
    put: 'return Reason.NONE;',
  },
  {
    name: 'as many roots sign a key set as have to',
    file: 'supervisor/assembly/credentials.ts',
    find: 'if (!enough) return device.publish(State.OFFERED, offered, Reason.NONE, count, device.focus);',
    put: '',
  },
  {
    name: 'the roots that take over sign as well',
    file: 'supervisor/assembly/credentials.ts',
    find: 'if (popcnt(this.own) < <u32>load<u8>(verdict, VERDICT_OWN_THRESHOLD)) enough = false;',
    put: '',
  },
  {
    name: 'a key set that no known root has signed is not looked at',
    file: 'supervisor/assembly/credentials.ts',
    find: 'if (root == 0) return download.refuse(offered, Reason.UNKNOWN_KEY);',
    put: '',
  },
  {
    name: 'nothing is taken without a rollout where the keys ask for one',
    file: 'supervisor/assembly/download.ts',
    find: 'if (reason == Reason.NONE && !rollout.allowsOffer()) reason = Reason.NO_ROLLOUT;',
    put: '',
  },
  {
    name: 'a transfer that goes on is not taken away',
    file: 'supervisor/assembly/download.ts',
    find: 'if (reason == Reason.NONE && this.isRival(index)) reason = Reason.BUSY;',
    put: '',
  },
  {
    name: 'an older rollout is refused',
    file: 'supervisor/assembly/rollout.ts',
    find: 'if (reason == Reason.NONE && sequence < device.now.rollout) reason = Reason.ROLLBACK;',
    put: '',
  },
  {
    name: 'a rollout is for those that it names',
    file: 'verifier/assembly/judge.ts',
    find: 'if (base === null || !rollout.isFor(base.ptr, base.length)) return Reason.WRONG_DEVICE;',
    put: '',
  },
  {
    name: 'a key signs in its role alone',
    file: 'verifier/assembly/keyset.ts',
    find: 'if (its != role) return Reason.UNKNOWN_KEY;',
    put: '',
  },
  {
    name: 'an older key set is refused',
    file: 'verifier/assembly/judge.ts',
    find: 'if (this.keys.sequence <= trust.set.sequence) return this.answer(Reason.ROLLBACK);',
    put: '',
  },
  {
    name: 'a rollback needs no broker',
    file: 'supervisor/assembly/runner.ts',
    find: 'if (this.offline || mqtt.connected()) this.pass();',
    put: 'if (mqtt.connected()) this.pass();',
  },
  {
    name: 'a rollback goes to what its owner expects, and to nothing else',
    file: 'supervisor/assembly/return.ts',
    find: 'if (!equal(EXPECTED, verdict + VERDICT_DIGEST, 32)) return this.next();',
    put: '',
  },
  {
    name: 'a module that failed by itself is not fetched again',
    file: 'supervisor/assembly/download.ts',
    find: 'if (known && (device.state != State.REVERTED || this.hasFailed)) return device.report();',
    put: 'if (known && device.state != State.REVERTED) return device.report();',
  },
  {
    name: 'a size beyond the slot is refused before the first byte is erased',
    file: 'verifier/assembly/judge.ts',
    find: 'if (!this.fits()) return Reason.TOO_BIG;',
    put: '',
  },
  {
    name: 'a torn record is no record',
    file: 'supervisor/assembly/record.ts',
    find: 'return load<u32>(ptr + size - 4) == crc32(ptr, size - 4) ? size : 0;',
    put: 'return size;',
  },
  {
    name: 'what belongs together becomes active together (the first of a set is armed alone)',
    file: 'supervisor/assembly/download.ts',
    find: 'return staged < device.now.members;',
    put: 'return false;',
  },
  {
    name: 'all of a set pass their trial (the first decides)',
    file: 'supervisor/assembly/trial.ts',
    find: 'if (component.status != Status.TRIAL || !component.runner.passed) return;',
    put: 'if (component.status != Status.TRIAL) return;',
  },
  {
    name: 'a set is one list (any other of as many members joins it)',
    file: 'supervisor/assembly/download.ts',
    find: 'if (now.set != set) joins = false;',
    put: '',
  },
  {
    name: 'what a component needs is there',
    file: 'verifier/assembly/needs.ts',
    find: 'return missing(name, len);',
    put: 'continue;',
  },
  {
    name: 'what others need is not rolled back',
    file: 'verifier/assembly/needs.ts',
    find: 'return missing(other.component.ptr, other.component.len);',
    put: 'continue;',
  },
  {
    name: 'a rollback does not go below what the release says',
    file: 'supervisor/assembly/return.ts',
    find: 'if (load<u64>(verdict, VERDICT_SEQUENCE) < oldest) return download.refuse(0, Reason.ROLLBACK);',
    put: '',
  },
  {
    name: 'a component does not take the place of another',
    file: 'verifier/assembly/judge.ts',
    find: 'if (taken == id) return place;',
    put: 'return place;',
  },
  {
    name: 'a device without the group key erases nothing for what it cannot open',
    file: 'verifier/assembly/judge.ts',
    find: 'if (isEncrypted(manifest.encoding) && !this.hasKeyOf(manifest.group)) return Reason.NO_KEY;',
    put: '',
  },
  {
    name: 'what arrived encrypted is checked before it is opened',
    file: 'verifier/assembly/judge.ts',
    find: 'if (!equal(question.digest(), signed, 32)) return this.answer(Reason.BAD_DIGEST);',
    put: 'if (!question.has(FLAG_WIRE) && !equal(question.digest(), signed, 32)) return this.answer(Reason.BAD_DIGEST);',
  },
  {
    name: 'a delivered group key is signed',
    file: 'supervisor/assembly/checker.ts',
    find: 'if (this.left > 0) return this.askLetter();',
    put: 'if (this.purpose == Purpose.GROUP) return this.end(Reason.NONE); if (this.left > 0) return this.askLetter();',
  },
  {
    name: 'an older group key is refused',
    file: 'verifier/assembly/judge.ts',
    find: 'if (this.group.sequence < held) return Reason.ROLLBACK;',
    put: '',
  },
  {
    name: 'a group key that this device cannot open is not kept',
    file: 'supervisor/assembly/unpacker.ts',
    find: 'if (payload.length != 1 + KEY_BYTES || answer != 1) return this.end(Reason.NO_KEY);',
    put: 'if (answer != 1) return this.end(Reason.NONE);',
  },
  {
    name: 'a tag that does not hold is refused',
    file: 'decrypt/index.ts',
    find: 'if (!this.gcm.verify(TAG)) return Answer.BAD_PAYLOAD;',
    put: '',
  },
  {
    name: 'a difference is made with the module that runs, or not at all',
    file: 'supervisor/assembly/download.ts',
    find: 'if (reason == Reason.NONE && !hasBase(index)) reason = Reason.NO_BASE;',
    put: '',
  },
  {
    name: 'what was unpacked is judged as what arrived was',
    file: 'supervisor/assembly/trial.ts',
    find: 'component.checked = Checked.UNPACKED;',
    put: 'component.checked = this.ready;',
  },
  {
    name: 'data that failed with their set are not read any more',
    file: 'supervisor/assembly/trial.ts',
    find: 'if (component.place.candidate) component.status = Status.DOWN;',
    put: '',
  },
  {
    name: 'what is tried was judged in this life of the device',
    file: 'supervisor/assembly/trial.ts',
    find: 'if (!checker.holds(component, slot)) return updater.check(component, slot, 0, Purpose.TRY);',
    put: '',
  },
  {
    name: 'a supervisor on trial gives signs of life before it passes',
    file: 'supervisor/assembly/runner.ts',
    find: 'if (!this.self) actors.tick(this.actor);',
    put: 'if (this.self) this.healthy = true; else actors.tick(this.actor);',
  },
  {
    name: 'trials of a supervisor are bounded',
    file: 'supervisor/assembly/succession.ts',
    find: 'if (tried) now.attempts -= 1;',
    put: '',
  },
  {
    name: 'starts of a supervisor that is never well are bounded',
    file: 'supervisor/assembly/succession.ts',
    find: 'if (!tried) now.starts++;',
    put: '',
  },
  {
    name: 'a supervisor is only run as it was signed',
    file: 'supervisor/assembly/succession.ts',
    find: 'if (tried) slot = component.place.candidate;',
    put: 'if (component.place.candidate) slot = component.place.candidate;',
  },
  {
    name: 'the newest record is never erased',
    file: 'supervisor/assembly/journal.ts',
    find: 'if (this.last / this.sectorSize == other) sector = full;',
    put: '',
  },
];

const folder = join(repoRoot, 'build', 'faults');

/** The firmware with every bug in it, switched off. */
export async function mutableFirmware(): Promise<(mutant: number) => Subject> {
  const modules = join(folder, 'modules');
  await rm(modules, { recursive: true, force: true });
  for (const name of ['supervisor', ...HELPERS]) {
    await cp(join(repoRoot, 'modules', name), join(modules, name), { recursive: true });
    await writeFile(join(modules, name, 'mutable.ts'), "export { MUTANT } from '../mutant';\nimport './index';\n");
  }
  await cp(join(repoRoot, 'modules', 'lib', 'assembly'), join(modules, 'lib', 'assembly'), { recursive: true });
  for (const library of ['ml-kem', 'x25519']) {
    await cp(join(repoRoot, 'modules', library), join(modules, library), { recursive: true });
  }
  await writeFile(join(modules, 'mutant.ts'), 'export let MUTANT: i32 = 0;\n');
  for (const file of new Set(MUTANTS.map((mutant) => mutant.file))) await plant(join(modules, file), file);
  const compile = async (name: string) => {
    const { budgets } = await readManifest(join(repoRoot, 'modules', name));
    const entries = [join(modules, name, 'mutable.ts'), join(repoRoot, 'runtime', 'guest', 'exports.ts')];
    const { wasm } = await compileAssembly(entries, {
      memory: budgets.memory,
      asc: { exportStart: 'start' },
      optimizeLevel: 1,
      shrinkLevel: 0,
    });
    return { mailbox: budgets.mailbox, module: await WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>) };
  };
  const { mailbox, module } = await compile('supervisor');
  const helpers = new Map<string, WebAssembly.Module>();
  for (const name of HELPERS) helpers.set(name, (await compile(name)).module);
  return (mutant) => ({
    module,
    mailbox,
    helpers,
    prepare: ({ exports }) => {
      (exports.MUTANT as WebAssembly.Global).value = mutant;
    },
  });
}

async function plant(path: string, file: string): Promise<void> {
  let text = await readFile(path, 'utf8');
  const places = new Map<string, number[]>();
  for (const [i, mutant] of MUTANTS.entries()) {
    if (mutant.file !== file) continue;
    if (text.split(mutant.find).length !== 2) {
      throw new Error(`the mutant "${mutant.name}" does not fit: ${file} has not exactly one ${mutant.find}`);
    }
    places.set(mutant.find, [...(places.get(mutant.find) ?? []), i]);
  }
  for (const [find, mutants] of places) {
    let code = find;
    for (const i of mutants) code = `if (MUTANT == ${i + 1}) { ${MUTANTS[i]!.put} } else { ${code} }`;
    text = text.replace(find, () => code);
  }
  const up = '../'.repeat(file.split('/').length - 1);
  await writeFile(path, `import { MUTANT } from '${up}mutant';\n${text}`);
}

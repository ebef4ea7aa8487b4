/**
 * Planted bugs: each switches one invariant off, and the proof must notice. They are all in one build of the supervisor,
 * behind a number that stands in a global: 0 is the supervisor as it is.
 */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileAssembly, readManifest } from '../../runtime/guest/compiler/index.ts';
import { repoRoot, type Subject } from './rig.ts';

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
    file: 'updater.ts',
    find: 'now.candidate = now.active == 1 ? 2 : 1;',
    put: 'now.candidate = now.active == 2 ? 2 : 1;',
  },
  {
    name: 'what runs is exactly old or exactly new (the digest is not compared)',
    file: 'checker.ts',
    find: 'if (!equal(DIGEST, this.manifest.digest.ptr, this.manifest.digest.len)) return this.end(Reason.BAD_DIGEST);',
    put: '',
  },
  {
    name: 'a record is durable before its step (success is reported first)',
    file: 'updater.ts',
    find: 'if (!this.enter(State.CONFIRMED)) return this.reset();',
    put: 'now.state = State.CONFIRMED; this.running.copy(this.tried); this.report(); if (!this.enter(State.CONFIRMED)) return this.reset();',
  },
  {
    name: 'the floor moves at CONFIRMED only',
    file: 'updater.ts',
    find: 'now.attempts--;',
    put: 'now.attempts--; now.floor = this.checker.manifest.sequence;',
  },
  {
    name: 'trial boots are bounded',
    file: 'updater.ts',
    find: 'now.attempts--;',
    put: '',
  },
  {
    name: 'a resume loses one sector at most',
    file: 'updater.ts',
    find: 'this.next = now.offset;',
    put: 'this.next = 0;',
  },
  {
    name: 'an older release is refused',
    file: 'updater.ts',
    find: 'if (manifest.sequence <= this.journal.now.floor) return Reason.ROLLBACK;',
    put: '',
  },
  {
    name: 'an expired manifest is refused',
    file: 'updater.ts',
    find: 'if (manifest.expiry != 0 && time != 0 && time / 1000 >= manifest.expiry) return Reason.EXPIRED;',
    put: '',
  },
  {
    name: 'an unknown key is refused',
    file: 'trust.ts',
    find: "return isIn(THUMBPRINT, 'trust/keys') ? Reason.NONE : Reason.UNKNOWN_KEY;",
    put: 'return Reason.NONE;',
  },
  {
    name: 'a signature that does not hold is refused',
    file: 'checker.ts',
    find: 'if (!holds) return this.end(Reason.BAD_SIGNATURE);',
    put: '',
  },
  {
    name: 'every signature that the policy asks for is checked',
    file: 'checker.ts',
    find: 'if (this.signed == required) return this.end(Reason.NONE);',
    put: 'if (this.signed > 0) return this.end(Reason.NONE);',
  },
  {
    name: 'a revoked key is refused',
    file: 'keyset.ts',
    find: 'return running ? Reason.NONE : Reason.REVOKED_KEY;',
    put: 'return Reason.NONE;',
  },
  {
    name: 'as many roots sign a key set as have to',
    file: 'updater.ts',
    find: "if (count < this.trust.threshold) return this.publish('OFFERED', this.offered, Reason.NONE, count);",
    put: '',
  },
  {
    name: 'an older key set is refused',
    file: 'updater.ts',
    find: 'if (keys.sequence <= this.trust.set.sequence) return this.refuse(transfer, Reason.ROLLBACK);',
    put: '',
  },
  {
    name: 'a rollback needs no broker',
    file: 'runner.ts',
    find: 'if (this.offline || mqtt.connected()) return this.pass();',
    put: 'if (mqtt.connected()) return this.pass();',
  },
  {
    name: 'a rollback goes to what its owner expects, and to nothing else',
    file: 'updater.ts',
    find: 'if (!equal(EXPECTED, this.checker.manifest.digest.ptr, 32)) return this.refuse(0, Reason.NOT_FOUND);',
    put: '',
  },
  {
    name: 'a module that failed by itself is not fetched again',
    file: 'updater.ts',
    find: 'if (known) return this.report();',
    put: 'if (known && now.state != State.REVERTED) return this.report();',
  },
  {
    name: 'a size beyond the slot is refused before the first byte is erased',
    file: 'updater.ts',
    find: 'if (manifest.size > <u64>this.slots.capacity) return Reason.TOO_BIG;',
    put: '',
  },
  {
    name: 'a torn record is no record',
    file: 'record.ts',
    find: 'load<u32>(ptr, RECORD_SIZE - 4) == crc32(ptr, RECORD_SIZE - 4) &&',
    put: '',
  },
];

const folder = join(repoRoot, 'build', 'faults');

/** The supervisor with every bug in it, switched off. */
export async function mutableSupervisor(): Promise<(mutant: number) => Subject> {
  const source = join(repoRoot, 'modules', 'supervisor');
  const copy = join(folder, 'modules', 'supervisor');
  await rm(join(folder, 'modules'), { recursive: true, force: true });
  await mkdir(copy, { recursive: true });
  await cp(source, copy, { recursive: true });
  await cp(join(repoRoot, 'modules', 'lib', 'assembly'), join(folder, 'modules', 'lib', 'assembly'), {
    recursive: true,
  });
  const files = [...new Set(MUTANTS.map(({ file }) => file))];
  for (const file of files) {
    const path = join(copy, 'assembly', file);
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
      const isExpression = find.endsWith('&&');
      let code = find;
      for (const i of mutants) {
        const { put } = MUTANTS[i]!;
        code = isExpression
          ? `(MUTANT == ${i + 1} || ${find.slice(0, -2).trim()}) &&`
          : `if (MUTANT == ${i + 1}) { ${put} } else { ${code} }`;
      }
      text = text.replace(find, () => code);
    }
    await writeFile(path, `import { MUTANT } from './mutant';\n${text}`);
  }
  await writeFile(join(copy, 'assembly', 'mutant.ts'), 'export let MUTANT: i32 = 0;\n');
  const entry = join(copy, 'mutable.ts');
  await writeFile(entry, "export { MUTANT } from './assembly/mutant';\nimport './index';\n");
  const { budgets } = await readManifest(source);
  const { wasm } = await compileAssembly([entry, join(repoRoot, 'runtime', 'guest', 'exports.ts')], {
    memory: budgets.memory,
    asc: { exportStart: 'start' },
    optimizeLevel: 1,
    shrinkLevel: 0,
  });
  const module = await WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>);
  return (mutant) => ({
    module,
    mailbox: budgets.mailbox,
    prepare: ({ exports }) => {
      (exports.MUTANT as WebAssembly.Global).value = mutant;
    },
  });
}

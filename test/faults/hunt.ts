/** The hunt for planted bugs: each has to be noticed by an attack or by a sweep, which pass where it is switched off. */
import { ATTACKS } from './checks.ts';
import { SMALLEST } from './geometries.ts';
import { MUTANTS, mutableFirmware } from './mutants.ts';
import type { Subject } from './rig.ts';
import { scenarios } from './scenarios.ts';
import { sweep } from './sweep.ts';

interface Check {
  name: string;
  /** What is wrong with this firmware; undefined: nothing that is noticed here. */
  wrong(subject: Subject): string | undefined;
}

const CHECKS: readonly Check[] = [
  ...ATTACKS.map(({ name, run }) => ({
    name,
    wrong(subject: Subject) {
      run(subject);
      return undefined;
    },
  })),
  ...scenarios(SMALLEST).map((scenario) => ({
    name: `cuts: ${scenario.name}`,
    wrong: (subject: Subject) => sweep(subject, SMALLEST, scenario, { every: 2, first: true }).bad[0],
  })),
];

/** Where a mutant was noticed before is looked first. Only the order: the others are looked at when it is not there. */
const NOTICED_BY: Record<string, string> = {
  'at every cut one slot verifies (the slot that runs is written)':
    'partial bundle: half a module never runs, the rest completes it',
  'what runs is exactly old or exactly new (the digest is not compared)':
    'mix-and-match: the module of one release under the envelope of another',
  'a record is durable before its step (success is reported first)': 'cuts: install',
  'the floor moves at CONFIRMED only': 'rollback: the floor moves at CONFIRMED only',
  'trial boots are bounded': 'a module that takes the device down is entered three times at most',
  'a resume loses one sector at most': 'partial bundle: half a module never runs, the rest completes it',
  'an older release is refused': 'rollback: an older release is refused, and one of the same number',
  'an unknown key is refused': 'arbitrary software: an unknown key',
  'a signature that does not hold is refused':
    'mix-and-match: the signature of one release over the manifest of another',
  'every signature that the policy asks for is checked':
    'policy: both signatures are asked for, and one of them is missing, of a stranger, or does not hold',
  'a revoked key is refused': 'arbitrary software: a key that the roots revoked, while what it signed goes on',
  'as many roots sign a key set as have to':
    'key set: by one root only, by one root twice, by strangers, of an older number, for nobody who runs',
  'the roots that take over sign as well':
    'key set: other roots, without those before, without themselves, or out of order',
  'a key set that no known root has signed is not looked at':
    'key set: other roots, without those before, without themselves, or out of order',
  'nothing is taken without a rollout where the keys ask for one':
    'rollout: none, of a release key, of another bundle, for others, ended, taken back',
  'a transfer that goes on is not taken away':
    'two senders: what comes goes on, a newer release takes its place, and so does any when nothing comes',
  'an older rollout is refused': 'rollout: none, of a release key, of another bundle, for others, ended, taken back',
  'a rollout is for those that it names':
    'rollout: none, of a release key, of another bundle, for others, ended, taken back',
  'a key signs in its role alone': 'arbitrary software: a key below its least sequence number, and one of another role',
  'an older key set is refused':
    'key set: by one root only, by one root twice, by strangers, of an older number, for nobody who runs',
  'a rollback needs no broker':
    'owner: back to the module before, without a broker, twice in a row, and only to what is expected',
  'a rollback goes to what its owner expects, and to nothing else':
    'owner: back to the module before, without a broker, twice in a row, and only to what is expected',
  'a module that failed by itself is not fetched again':
    'a module that failed its trial is not fetched again, one that saw no broker is',
  'a size beyond the slot is refused before the first byte is erased':
    'endless data: nothing beyond the signed size is written, and no size beyond the slot accepted',
  'a torn record is no record': 'cuts: install',
  'what belongs together becomes active together (the first of a set is armed alone)':
    'set: half of it changes nothing, another update replaces it, and halves of two do not make one',
  'all of a set pass their trial (the first decides)': 'rollback: the floor moves at CONFIRMED only',
  'a set is one list (any other of as many members joins it)':
    'set: half of it changes nothing, another update replaces it, and halves of two do not make one',
  'what a component needs is there': 'needs: what is missing is named, and nothing is erased; what is there suffices',
  'what others need is not rolled back': 'needs: what another one needs is not rolled back',
  'a rollback does not go below what the release says': 'rollback: not below what the release that runs allows',
  'a component does not take the place of another':
    'components: each has its own place and floor, and one too many finds no room',
  'a device without the group key erases nothing for what it cannot open':
    'encrypted: a device without the key, or with that of another group, says so and stays as it is',
  'what arrived encrypted is checked before it is opened':
    'mix-and-match: the module of one release under the envelope of another',
  'a delivered group key is signed': 'group key: by strangers, for another device, older, damaged',
  'an older group key is refused': 'group key: by strangers, for another device, older, damaged',
  'a group key that this device cannot open is not kept': 'group key: by strangers, for another device, older, damaged',
  'a tag that does not hold is refused':
    'encrypted: a device without the key, or with that of another group, says so and stays as it is',
  'a difference is made with the module that runs, or not at all':
    'packed: what becomes more, less, or something else than was signed, or of another module than runs',
  'what was unpacked is judged as what arrived was':
    'packed: what becomes more, less, or something else than was signed, or of another module than runs',
  'data that failed with their set are not read any more': 'rollback: the floor moves at CONFIRMED only',
  'what is tried was judged in this life of the device':
    'a module that takes the device down is entered three times at most',
  'a supervisor on trial gives signs of life before it passes':
    'supervisor: one on trial that begins well and falls is not confirmed',
  'trials of a supervisor are bounded':
    'supervisor: one on trial is entered three times at most, and only on trial, whatever resets the device meanwhile',
  'starts of a supervisor that is never well are bounded':
    'supervisor: one that was confirmed and then never comes up again is left after three starts, and can be replaced',
  'a supervisor is only run as it was signed':
    'supervisor: one on trial is entered three times at most, and only on trial, whatever resets the device meanwhile',
  'the newest record is never erased': 'journal: however many writes fail, the newest record stays',
};

/** `bad`: the mutants that nothing noticed, and checks that find fault with the firmware as it is. */
export async function hunt(say: (text: string) => void): Promise<{ value: number; bad: string[] }> {
  const make = await mutableFirmware();
  const bad: string[] = [];
  const trusted = new Set<Check>();
  for (const [i, { name }] of MUTANTS.entries()) {
    const caught = notice(make(i + 1), NOTICED_BY[name]);
    if (!caught) {
      bad.push(name);
      continue;
    }
    say(`  caught: ${name}\n    by ${caught.check.name}: ${caught.wrong.slice(0, 140)}`);
    trusted.add(caught.check);
  }
  // What it was noticed by must not have been there without it.
  for (const check of trusted) {
    const wrong = outcome(check, make(0));
    if (wrong) bad.push(`the firmware without a planted bug fails in "${check.name}": ${wrong}`);
  }
  return { value: MUTANTS.length, bad };
}

function notice(subject: Subject, first: string | undefined): { check: Check; wrong: string } | undefined {
  const order = [...CHECKS.filter(({ name }) => name === first), ...CHECKS.filter(({ name }) => name !== first)];
  for (const check of order) {
    const wrong = outcome(check, subject);
    if (wrong) return { check, wrong };
  }
  return undefined;
}

function outcome(check: Check, subject: Subject): string | undefined {
  try {
    return check.wrong(subject);
  } catch (error) {
    return `${(error as Error).message}`.replaceAll(/\s+/g, ' ');
  }
}

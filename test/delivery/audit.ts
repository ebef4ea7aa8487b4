/** D10: the hash chain, and that whoever changes it is found out. */
import { createHash } from 'node:crypto';
import { decode, encode } from 'cborg';
import { verifyAudit } from '../../host-shim/fleet/audit.ts';
import { chance } from './link.ts';
import { MIDNIGHT, Rig, type Subject } from './rig.ts';
import { none, type Row } from './row.ts';
import { type Command, World } from './world.ts';

/** The index of the first bad entry, counted from 1; 0: all hold. `head`: what `reported` says of the last. */
export function firstBad(entries: Uint8Array[], head?: { count: number; hash: string }): number {
  let before: Uint8Array = new Uint8Array(32);
  for (const [i, entry] of entries.entries()) {
    let items: unknown[];
    try {
      items = decode(entry) as unknown[];
    } catch {
      return i + 1;
    }
    const hash = items[4];
    if (!Array.isArray(items) || items.length !== 5 || items[0] !== i + 1 || !(hash instanceof Uint8Array))
      return i + 1;
    const body = entry.slice(0, entry.length - 34);
    body[0] = 0x84;
    const wanted = createHash('sha256').update(before).update(body).digest();
    if (wanted.compare(hash) !== 0 || entry[0] !== 0x85) return i + 1;
    before = hash;
  }
  if (head && (head.count !== entries.length || head.hash !== Buffer.from(before).toString('hex')))
    return entries.length + 1;
  return 0;
}

export function audits(subject: Subject, seed = 71): Row[] {
  const rig = new Rig({ subject, seed });
  const world = new World().attach(rig);
  const random = chance(seed);
  rig.boot();
  rig.after(31_000);
  for (let i = 0; i < 40; i++) {
    const command: Command = {
      id: Uint8Array.from({ length: 12 }, () => random() * 256),
      name: ['open', 'fail', 'nobody'][i % 3]!,
      args: Buffer.from(`audit ${i}`),
      expiry: Math.floor((MIDNIGHT + rig.now + rig.clockError) / 1000) + (i % 4 === 3 ? -5 : 30),
    };
    world.call(command);
    rig.after(1_000);
    if (i % 8 === 0) world.desire(i + 1, { round: i });
    if (i % 10 === 9) rig.clockError += 7_200_000;
    if (i % 13 === 12) {
      rig.boot();
      rig.after(31_000);
    }
  }
  const bad: string[] = [];
  if (!world.drain()) bad.push('the outbox does not empty');
  const { records } = world.receiver.epochs.get(world.receiver.current!)!;
  const entries = [...records.values()]
    .filter(({ class: cls }) => cls === 3)
    .sort((a, b) => a.number - b.number)
    .map(({ payload }) => payload);
  const kinds = new Set(entries.map((entry) => (decode(entry) as unknown[])[2]));
  for (const kind of [1, 2, 3, 4]) if (!kinds.has(kind)) bad.push(`no entry of kind ${kind}`);
  const head = { count: world.report!.audits, hash: world.report!.head };
  if (firstBad(entries, head) !== 0) bad.push(`entry ${firstBad(entries, head)} does not hold`);
  const verdict = verifyAudit(
    entries.map((payload) => ({ payload })),
    { count: head.count, head: Buffer.from(head.hash, 'hex') },
  );
  if (verdict.bad !== null || verdict.missing.length > 0) bad.push(`motekit/fleet finds ${JSON.stringify(verdict)}`);
  let missed = 0;
  let changed = 0;
  for (const [i, entry] of entries.entries()) {
    for (let bit = 0; bit < entry.length * 8; bit += 1 + Math.floor(random() * 5)) {
      const forged = entries.slice();
      forged[i] = entry.slice();
      forged[i]![bit >> 3]! ^= 1 << (bit & 7);
      changed++;
      if (firstBad(forged, head) !== i + 1) missed++;
    }
    const without = entries.filter((_, j) => j !== i);
    changed++;
    if (firstBad(without, head) !== i + 1) missed++;
    // Forged whole, with a hash of its own: the next entry tells, or the head.
    const items = decode(entry) as unknown[];
    const body = encode([items[0], items[1], 5, ['forged']]);
    const before = i === 0 ? new Uint8Array(32) : entries[i - 1]!.slice(-32);
    const hash = createHash('sha256').update(before).update(body).digest();
    const forged = entries.slice();
    forged[i] = encode([items[0], items[1], 5, ['forged'], new Uint8Array(hash)]);
    changed++;
    if (firstBad(forged, head) !== i + 2) missed++;
  }
  return [
    {
      name: 'D10 audit entries',
      value: entries.length,
      unit: `entries, ${changed} changes tried`,
      ok: entries.length > 50,
    },
    none('D10 changes that were not found at their place', missed, 'changes', bad),
  ];
}

/** Verifies the chain of docs/delivery.md, "Audit": where it was changed, and where it has declared holes. */
import { createHash } from 'node:crypto';
import type { Delivery } from './store.ts';
import { type AuditEntry, decodeAuditEntry } from './wire.ts';

/** An entry's bytes as telemetry carried them, or a hole that the device declared. */
export type Link = { payload: Uint8Array } | { gap: { from: number; to: number } };

export interface Verdict {
  entries: AuditEntry[];
  /** Where it is not what the device wrote; null: nowhere. `index`: the first bad one's, as it should be. */
  bad: { index: number; why: string } | null;
  /** Indexes that nobody has, after a declared hole: both included. */
  missing: { from: number; to: number }[];
}

/** `links`: of one device and epoch, in order. `head`: what the device reports of its chain. */
export function verifyAudit(links: Iterable<Link>, head?: { count: number; head: Uint8Array }): Verdict {
  const entries: AuditEntry[] = [];
  const missing: Verdict['missing'] = [];
  let previous: Uint8Array = new Uint8Array(32);
  let next = 1;
  let hole = false;
  const end = (index: number, why: string): Verdict => ({ entries, bad: { index, why }, missing });
  for (const link of links) {
    if ('gap' in link) {
      hole = true;
      continue;
    }
    let read: ReturnType<typeof decodeAuditEntry>;
    try {
      read = decodeAuditEntry(link.payload);
    } catch (error) {
      return end(next, `it cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
    const { entry, covered } = read;
    if (entry.index !== next && !(hole && entry.index > next)) return end(next, `${entry.index} stands there`);
    if (entry.index === next) {
      const hash = createHash('sha256').update(previous).update(covered).digest();
      if (Buffer.compare(hash, entry.hash) !== 0)
        return end(next, 'its hash is not that of its content and the one before');
    } else missing.push({ from: next, to: entry.index - 1 });
    entries.push(entry);
    previous = entry.hash;
    next = entry.index + 1;
    hole = false;
  }
  // What the device counts beyond may be under way; what it counts short of is not its own.
  if (head && head.count === next - 1 && Buffer.compare(head.head, previous) !== 0) {
    return end(next - 1, 'the device reports another hash for it');
  }
  if (head && head.count < next - 1) return end(head.count + 1, `the device reports ${head.count} entries`);
  return { entries, bad: null, missing };
}

/** The chain of one device in what a store holds, of its last epoch. */
export function auditOf(deliveries: Iterable<{ thing: string; delivery: Delivery }>, thing: string): Link[] {
  let epoch: number | undefined;
  let links: Link[] = [];
  for (const { thing: of, delivery } of deliveries) {
    if (of !== thing) continue;
    if (delivery.cursor.epoch !== epoch) links = [];
    epoch = delivery.cursor.epoch;
    const items = [
      ...delivery.records
        .filter((record) => record.class === 3)
        .map((record) => ({ at: record.seq, link: { payload: record.payload } })),
      ...delivery.losses.map(({ from, to }) => ({ at: from, link: { gap: { from, to } } })),
    ];
    links.push(...items.sort((a, b) => a.at - b.at).map(({ link }) => link));
  }
  return links;
}

/** An entry in words, for people. */
export function describeEntry({ kind, detail }: AuditEntry): string {
  const [first, second] = Array.isArray(detail) ? (detail as unknown[]) : [];
  const hex = (value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value));
  switch (kind) {
    case 1:
      return `started, boot ${hex(first)}`;
    case 2:
      return `command ${hex(first)} decided: status ${hex(second)}`;
    case 3:
      return `desired version ${hex(first)} stored, SHA-256 ${hex(second)}`;
    case 4:
      return `clock set from ${hex(first)} to ${hex(second)}`;
    case 5:
      return `what runs has changed: ${hex(first)}`;
    default:
      return `kind ${kind}`;
  }
}

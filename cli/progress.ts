/** A transfer on the terminal: one line that moves on a TTY, otherwise a line for each state and each sector. */
import { ux } from '@oclif/core';
import type { Progress } from '../host-shim/release/push.ts';

export function progress(note: (text: string) => void, quiet: boolean): { show(now: Progress): void; end(): void } {
  if (quiet) return { show: () => {}, end: () => {} };
  if (process.stderr.isTTY) {
    ux.action.start('pushing');
    return { show: (now) => (ux.action.status = line(now)), end: () => ux.action.stop(ux.action.status ?? '') };
  }
  let last = '';
  const show = (now: Progress) => {
    const next = line(now);
    if (next !== last) note(next);
    last = next;
  };
  return { show, end: () => {} };
}

function line({ state, received, total }: Progress): string {
  const share = total === 0 ? 100 : Math.floor((100 * received) / total);
  return `${state ?? 'offering'} ${received.toLocaleString('en')} of ${total.toLocaleString('en')} B (${share} %)`;
}

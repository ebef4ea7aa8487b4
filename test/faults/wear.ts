/** Flash wear, counted: the table of docs/updates.md. */
import { FLASH_LAYOUT, type FlashOperation } from '../../host-shim/board/flash.ts';
import { keySet } from './keys.ts';
import { offer, owner, Rig, signer, type Subject } from './rig.ts';
import { confirm } from './scenarios.ts';

export interface Wear {
  what: string;
  /** Records written to the journal. */
  records: number;
  /** Program operations and erased sectors in the slots. */
  programs: number;
  sectors: number;
  /** Bytes programmed, all together. */
  bytes: number;
}

const KIB = 1024;

/** What each of these costs a device with the ESP32-C6's layout that has been updated before. */
export function wear(subject: Subject): Wear[] {
  const first = () => offer({ name: 'first' }, 1, 9000);
  const second = (size: number) => offer({ name: 'second' }, 2, size);
  const push = (size: number) => (rig: Rig) => confirm(rig, second(size));
  return [
    count(subject, 'update of 4 KiB', push(4 * KIB)),
    count(subject, 'update of 28 KiB', push(28 * KIB)),
    count(subject, 'update of 100 KiB', push(100 * KIB)),
    count(subject, 'update of 28 KiB that is reverted', (rig) => {
      rig.push(offer({ name: 'ill', health: false }, 2, 28 * KIB));
    }),
    count(subject, 'update of 28 KiB that resets the device in each trial', (rig) => {
      rig.push(offer({ name: 'looping', start: 'reset' }, 2, 28 * KIB));
    }),
    count(subject, 'offer that is refused', (rig) => {
      rig.push(offer({ name: 'second' }, 2, 28 * KIB, { signers: [signer(9)] }), 5000);
    }),
    count(subject, 'rollback', (rig) => rig.rollback(first().digest), push(9000)),
    count(subject, 'key set', (rig) => rig.keys(keySet({ sequence: 1, release: [{ signer: owner[0]! }] }))),
    count(subject, 'start', (rig) => {
      rig.boot();
      rig.after(15_000);
    }),
  ];
}

function count(
  subject: Subject,
  what: string,
  act: (rig: Rig) => unknown,
  prepare: (rig: Rig) => void = () => {},
): Wear {
  const rig = new Rig({ subject, layout: FLASH_LAYOUT });
  rig.boot();
  confirm(rig, offer({ name: 'first' }, 1, 9000));
  prepare(rig);
  const wear: Wear = { what, records: 0, programs: 0, sectors: 0, bytes: 0 };
  rig.flash.onOperation = ({ kind, region, length }: FlashOperation) => {
    if (kind === 'program') {
      wear.bytes += length;
      if (region === 'journal') wear.records++;
      else wear.programs++;
    } else if (kind === 'erase' && region === 'slots') {
      wear.sectors += length / 4096;
    }
  };
  act(rig);
  return wear;
}

export function wearTable(rows: readonly Wear[]): string {
  const lines = rows.map(({ what, records, programs, sectors, bytes }) => {
    return `| ${what} | ${records} | ${programs} | ${sectors} | ${bytes.toLocaleString('en')} |`;
  });
  return [
    '| | journal records | programs of slots | sectors of slots erased | bytes programmed |',
    '|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

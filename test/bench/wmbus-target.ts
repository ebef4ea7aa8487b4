// The gateway's work on telegrams on rv32imac under QEMU and wasm3: instructions from the frame in the mailbox to a SenML
// publication, and the C stack.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blankImage } from '../../host-shim/board/flash.ts';
import { buildBoard, QemuMachine } from '../../host-shim/qemu/index.ts';
import { compileModule } from '../../runtime/guest/compiler/index.ts';
import { root } from '../vectors/wmbus-harness.ts';
import type { Row } from './pqc-measure.ts';

const GOALS = { long: 6_000_000, mean: 1_600_000, stack: 4096 };

export interface Sample {
  data: Uint8Array;
  key: Uint8Array;
}

/** Rows for a telegram of 255 bytes in mode 5 and for the mix. Throws when there is no QEMU or compiler for it. */
export async function targetRows(long: Sample, mix: Sample[]): Promise<Row[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'mote-bench-'));
  let key: Uint8Array = new Uint8Array(0);
  let published = 0;
  try {
    const { elf } = await buildBoard();
    const gateway = await compileModule(join(root, 'modules/gateway'));
    const flash = join(scratch, 'flash.bin');
    writeFileSync(flash, blankImage());
    const machine = new QemuMachine(
      { elf, flash, count: true },
      {
        log: () => {},
        now: () => 0,
        unix: () => undefined,
        random: (out) => out.fill(7),
        settings: { get: () => (key.length ? key : undefined) },
        flash: undefined as never,
        builtins: { gateway: gateway.wasm },
        radio: undefined,
        mqtt: {
          start: () => {},
          stop: async () => {},
          connected: () => true,
          publish: () => {
            published++;
            return 0;
          },
          subscribe: () => 0,
          forget: () => {},
        },
      },
    );
    try {
      machine.boot('gateway', gateway.manifest.budgets);
      while (machine.step());
      machine.gauge();
      const spend = (sample: Sample): number => {
        key = sample.key;
        machine.onRadio(sample.data, 0);
        let spent = 0;
        while (machine.step()) spent += machine.instructions;
        return spent;
      };
      const one = spend(long);
      if (published !== 1) throw new Error('the gateway did not publish the long telegram');
      const all = mix.map(spend);
      const mean = all.reduce((sum, n) => sum + n, 0) / all.length;
      const { stack } = machine.gauge();
      return [
        row(`wM-Bus on rv32: ${long.data.length} bytes in mode 5 to SenML`, one, 'instructions', GOALS.long),
        row(
          `wM-Bus on rv32: mean of ${all.length} telegrams, ${published - 1} published`,
          mean,
          'instructions',
          GOALS.mean,
        ),
        row('wM-Bus on rv32: the most of them', Math.max(...all), 'instructions'),
        row('wM-Bus on rv32: C stack', stack, 'bytes', GOALS.stack),
      ];
    } finally {
      machine.stop();
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function row(name: string, value: number, unit: string, goal?: number): Row {
  return { name, value, unit, ...(goal === undefined ? {} : { goal }), ok: goal === undefined || value <= goal };
}

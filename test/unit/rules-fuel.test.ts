/** What the most work costs modules/rules, against its manifest. */
import { join } from 'node:path';
import { encode } from 'cborg';
import { expect, it } from 'vitest';
import { packageRoot } from '../../host-shim/files.ts';
import { createBoard, LocalMqtt, NorFlash, VirtualClock } from '../../host-shim/index.ts';
import { compileModule, readManifest } from '../../runtime/guest/compiler/index.ts';
import { buildKernel } from '../../runtime/kernel/build/index.ts';

it('the longest letter to the most rules stays within the fuel of the manifest', async () => {
  const { fuel } = (await readManifest(join(packageRoot(), 'modules', 'rules'))).budgets;
  const out = join(packageRoot(), 'build', 'test-modules', 'rules');
  const { wasm } = await compileModule(join(packageRoot(), 'modules', 'rules'), { out });
  // Every record is read by every rule, of the kind with the most work.
  const on = 'r'.repeat(64);
  const rules = Object.fromEntries(
    Array.from({ length: 16 }, (_, i) => [`rule${i}`, { on, change: 1 + i, within: 604800 }]),
  );
  const document = encode({ rules });
  const pack = encode(
    Array.from(
      { length: 64 },
      (_, i) =>
        new Map<number, unknown>([
          [0, on],
          [2, i % 2 ? 1000 : -1000],
        ]),
    ),
  );
  expect(document.length).toBeLessThan(2048);
  const feeder = await compileModule(join(import.meta.dirname, 'sensors', 'assembly', 'feeder'), { out });
  const kernel = await buildKernel();
  const clock = new VirtualClock();
  const hub = new LocalMqtt();
  const log: string[] = [];
  const board = await createBoard({
    name: 'one',
    clock,
    flash: new NorFlash(),
    settings: { get: () => undefined },
    mqtt: hub.link('a/b/c/d'),
    kernel: kernel.file,
    builtins: { rules: wasm, delivery: feeder.wasm },
    supervisor: { name: 'delivery', budget: feeder.manifest.budgets },
    log: ({ text }) => log.push(text),
  });
  board.start();
  clock.advance(100);
  // A desired document as delivery writes it: verb, version, document.
  const letter = (bytes: Uint8Array) => {
    hub.publish('a/b/c/d/do/letter', bytes);
    clock.advance(100);
  };
  letter(Buffer.concat([Uint8Array.of(0x82, 1, 0, 0, 0, 0, 0, 0, 0), document]));
  // All slices of the changes are over when the second comes.
  letter(pack);
  clock.advance(700_000_000);
  letter(pack);
  hub.publish('a/b/c/d/do/inspect', new Uint8Array());
  clock.advance(100);
  await board.stop();
  expect(log.filter((line) => /ended|letter/.test(line))).toEqual([]);
  const peak = Number(log.at(-1)?.slice(5));
  expect(peak, log.join('; ')).toBeGreaterThan(10_000);
  expect(peak, `${peak} of ${fuel}`).toBeLessThan(fuel);
});

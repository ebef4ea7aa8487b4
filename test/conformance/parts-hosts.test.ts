/**
 * Drivers against the same virtual parts on every host: kernel.wasm, the engine of this program, and rv32 under QEMU. The same
 * readings, the same faults, and on the buses the same transfers at the same times.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blankImage } from '../../host-shim/board/flash.ts';
import type { BoardOptions } from '../../host-shim/board/board.ts';
import { DriverSession } from '../../host-shim/parts/kit/session.ts';
import { replaysOf, type TraceLine } from '../../host-shim/parts/trace.ts';
import { buildBoard, QemuMachine } from '../../host-shim/qemu/index.ts';
import type { CompiledModule } from '../../runtime/guest/compiler/index.ts';
import { buildKernel } from '../../runtime/kernel/build/index.ts';
import { describeTarget } from '../support/tools.ts';
import { compileSubjects, type Host, playDriver, type Subject, SUBJECTS } from './hosts/parts.ts';

const scratch = mkdtempSync(join(tmpdir(), 'mote-parts-hosts-'));
let modules: Map<string, CompiledModule>;
const reference = new Map<string, string>();

beforeAll(async () => {
  modules = await compileSubjects();
}, 300_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const played = (subject: Subject, board: Host) => playDriver(modules.get(subject.name)!, subject, board);

async function expected(subject: Subject): Promise<string> {
  const known = reference.get(subject.name) ?? (await played(subject, {}));
  reference.set(subject.name, known);
  return known;
}

test.each(SUBJECTS)('$name reads, fails and reads again on kernel.wasm', async (subject) => {
  const seen = await expected(subject);
  expect(seen).toMatch(/"code":0,"fault":"","records":\[\{/);
  expect(seen).toMatch(/absent .*"code":-/);
  expect(seen.split('\n').filter((line) => /healed .*"code":0/.test(line))).toHaveLength(4);
});

test.each(SUBJECTS)('a recorded trace plays the part of $name: the same readings without it', async (subject) => {
  const lines: TraceLine[] = [];
  const open = (wires: Parameters<typeof DriverSession.open>[0]['wires'], trace?: (line: TraceLine) => void) =>
    DriverSession.open({
      module: modules.get(subject.name)!,
      config: subject.config,
      wires,
      ...(subject.settings && { settings: subject.settings }),
      ...(trace && { trace }),
    });
  const real = await open([{ part: subject.part, at: subject.at }], (line) => lines.push(line));
  real.clock.advance(1000);
  const readings = [real.fresh(), real.reading(), real.reading()];
  await real.close();
  expect(readings.every(({ code, records }) => code === 0 && records.length > 0)).toBe(true);
  const replays = replaysOf(lines);
  const played = await open(replays);
  // A receiver of bytes begins when it is opened.
  played.clock.advance(1000);
  expect([played.fresh(), played.reading(), played.reading()]).toEqual(readings);
  expect(replays.map(({ replay }) => replay.left)).toEqual(replays.map(() => 0));
  // One more than was recorded: the board stops and says why.
  const errors: Error[] = [];
  played.board.on('error', (error) => errors.push(error));
  expect(() => played.reading()).toThrow();
  expect(errors[0]?.message).toContain('the trace ends after');
  await played.close();
});

describe('the engine of this program', () => {
  let kernel: WebAssembly.Module;
  beforeAll(async () => {
    kernel = await WebAssembly.compile(await readFile((await buildKernel({ engine: 'host' })).file));
  }, 300_000);

  test.each(SUBJECTS)('$name', async (subject) => {
    expect(await played(subject, { kernel })).toBe(await expected(subject));
  });
});

describeTarget('rv32 under QEMU', () => {
  let elf: string;
  beforeAll(async () => {
    ({ elf } = await buildBoard());
  }, 300_000);

  test.each(SUBJECTS)('$name', async (subject) => {
    const flash = join(scratch, 'flash.bin');
    writeFileSync(flash, blankImage());
    const machine: BoardOptions['machine'] = (ports) => new QemuMachine({ elf, flash }, ports);
    expect(await played(subject, { machine })).toBe(await expected(subject));
  });
});

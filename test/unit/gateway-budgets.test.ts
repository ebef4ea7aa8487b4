/** modules/gateway does its work within the budgets of its module.json: the fullest telegrams, and the longest way through the code. */
import { createCipheriv } from 'node:crypto';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { NorFlash } from '../../host-shim/board/flash.ts';
import { Kernel, type KernelPorts } from '../../host-shim/board/kernel.ts';
import { readBounded } from '../../host-shim/files.ts';
import { packageRoot } from '../../runtime/abi/package-root.ts';
import { type CompiledModule, compileModule } from '../../runtime/guest/compiler/index.ts';
import { buildKernel } from '../../runtime/kernel/build/index.ts';

const KEY = new Uint8Array(16).fill(9);
let kernel: WebAssembly.Module;
let gateway: CompiledModule;

beforeAll(async () => {
  kernel = await WebAssembly.compile(await readBounded((await buildKernel()).file));
  gateway = await compileModule(join(packageRoot(), 'modules', 'gateway'));
}, 120_000);

/** Frame format A without CRCs (EN 13757-4), short transport header, these records over and over. */
function plain(record: number[]): Uint8Array {
  const records = new Array(Math.floor(240 / record.length)).fill(record).flat();
  const body = [0x44, 0xae, 0x0c, 0x78, 0x56, 0x34, 0x12, 0x01, 0x07, 0x7a, 0x2a, 0x00, 0x00, 0x00, ...records];
  return Uint8Array.from([body.length, ...body]);
}

/** The same in mode 5 (EN 13757-7): 255 bytes, 39 records of volume. */
function encrypted(): Uint8Array {
  const header = [254, 0x44, 0xae, 0x0c, 0x78, 0x56, 0x34, 0x12, 0x01, 0x07, 0x7a, 0x2a, 0x00, 0xf0, 0x05];
  const text = new Uint8Array(240).fill(0x2f);
  for (let record = 0; record < 39; record++) text.set([0x04, 0x13, record, 1, 0, 0], 2 + 6 * record);
  const iv = Uint8Array.from([...header.slice(2, 10), ...new Array(8).fill(0x2a)]);
  const cipher = createCipheriv('aes-128-cbc', KEY, iv).setAutoPadding(false);
  return Uint8Array.from([...header, ...cipher.update(text), ...cipher.final()]);
}

it.each([
  ['39 encrypted volumes', encrypted()],
  ['40 dates', plain([0x04, 0x6d, 0x11, 0x11, 0x11, 0x11])],
  ['40 floating-point powers', plain([0x05, 0x2b, 0x11, 0x11, 0x11, 0x41])],
  ['48 texts', plain([0x0d, 0x78, 0x02, 0x41, 0x42])],
  ['60 volumes', plain([0x02, 0x13, 0x11, 0x11])],
])('%s', (_, frame) => {
  const published: Uint8Array[] = [];
  const said: string[] = [];
  const ports = {
    log: (_level: string, _actor: string, text: string) => said.push(text),
    now: () => 0,
    unix: () => 1_700_000_000_000,
    random: (out: Uint8Array) => out.fill(7),
    settings: { get: () => KEY },
    flash: new NorFlash(),
    builtins: { gateway: gateway.wasm },
    radio: { send: () => 0, listen: () => () => {} },
    mqtt: {
      start: () => {},
      stop: async () => {},
      connected: () => true,
      publish: (_topic: string, payload: Uint8Array) => {
        published.push(payload);
        return 0;
      },
      subscribe: () => 0,
      forget: () => {},
    },
  } as unknown as KernelPorts;
  const machine = new Kernel(kernel, ports);
  expect(machine.boot('gateway', gateway.manifest.budgets)).toBe(1);
  while (machine.step());
  machine.onRadio(frame, -60);
  while (machine.step());
  expect(said.slice(1)).toEqual([]);
  expect(machine.halted()).toBe(false);
  expect(published).toHaveLength(1);
  expect(published[0]!.length).toBeGreaterThan(300);
});

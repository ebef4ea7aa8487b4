/** ML-KEM and ML-DSA on the rv32 board under QEMU: an actor that computes, and its instructions. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blankImage } from '../../host-shim/board/flash.ts';
import { buildBoard, QemuMachine, TOOLS } from '../../host-shim/qemu/index.ts';
import { packageRoot } from '../../runtime/abi/package-root.ts';
import { compileModule } from '../../runtime/guest/compiler/index.ts';

/** Debian packages that the board wants and this machine lacks. */
export function missingTools(): string[] {
  return Object.entries(TOOLS)
    .filter(([command]) => command !== 'wasm2c' && spawnSync(command, ['--version']).status !== 0)
    .flatMap(([, packages]) => packages);
}

/** What `PqcTarget.call` takes: see test/fixtures/modules/ml-kem and ml-dsa. */
export const KEM = { keygen: 0, encaps: 1, decaps: 2 } as const;
export const DSA = { keygen: 0, sign: 1, verify: 2 } as const;

export class PqcTarget {
  readonly #folder: string;
  readonly #machine: QemuMachine;
  readonly #out: { bytes: Uint8Array };

  private constructor(folder: string, machine: QemuMachine, out: { bytes: Uint8Array }) {
    this.#folder = folder;
    this.#machine = machine;
    this.#out = out;
  }

  /** `count`: count instructions, which is about three times slower. Throws what building the board throws. */
  static async start(actor: 'ml-kem' | 'ml-dsa', count: boolean): Promise<PqcTarget> {
    const { elf } = await buildBoard();
    const root = packageRoot();
    const module = await compileModule(join(root, 'test/fixtures/modules', actor), {
      out: join(root, 'build/test-modules', actor),
    });
    const folder = mkdtempSync(join(tmpdir(), 'mote-pqc-'));
    const flash = join(folder, 'flash.bin');
    writeFileSync(flash, blankImage());
    const out = { bytes: new Uint8Array() };
    const machine = new QemuMachine(
      { elf, flash, count },
      {
        log: () => {},
        now: () => 0,
        unix: () => undefined,
        random: (bytes) => bytes.fill(7),
        settings: { get: () => undefined },
        flash: undefined as never,
        builtins: { [actor]: module.wasm },
        radio: undefined,
        mqtt: {
          start: () => {},
          stop: async () => {},
          connected: () => true,
          publish: (_topic, payload) => {
            out.bytes = Uint8Array.from(payload);
            return 0;
          },
          subscribe: () => 0,
          forget: () => {},
        },
      },
    );
    const made = new PqcTarget(folder, machine, out);
    machine.boot(actor, module.manifest.budgets);
    made.#work();
    return made;
  }

  #work(): number {
    let most = 0;
    while (this.#machine.step()) most = Math.max(most, this.#machine.instructions);
    return most;
  }

  /** The operation's output, and the instructions that handling its message took. */
  call(operation: number, set: number, ...inputs: Uint8Array[]): { output: Uint8Array; instructions: number } {
    this.#out.bytes = new Uint8Array();
    const message = Buffer.concat([Uint8Array.of(operation, set & 255, set >> 8), ...inputs]);
    if (this.#machine.onMqtt(1, 't', message) !== 0) throw new Error('the board did not take the message');
    const instructions = this.#work();
    if (this.#out.bytes.length === 0) throw new Error('the board did not answer');
    return { output: this.#out.bytes, instructions };
  }

  stop(): void {
    this.#machine.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

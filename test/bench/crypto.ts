// Ed25519, X25519, HKDF and AES-256-GCM: in V8 against noble in the same process, on rv32imac under QEMU by instructions,
// and sizes. npm run bench -- crypto
import { createCipheriv, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gcm } from '@noble/ciphers/aes.js';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { blankImage } from '../../host-shim/board/flash.ts';
import { buildBoard, QemuMachine } from '../../host-shim/qemu/index.ts';
import { packageRoot } from '../../runtime/abi/package-root.ts';
import { type CompiledModule, compileAssembly, compileModule } from '../../runtime/guest/compiler/index.ts';
import { measure, type Row, size, speed } from './pqc-measure.ts';

/** A tenth above what was measured: a build that costs more is looked at. */
const GOALS = { verifier: 7424, verify: 23_500_000, agree: 20_000_000 };
const [MHZ, CPI] = [160, 1.5];
const SECTOR = 2048;
const root = packageRoot();

export async function rows(): Promise<Row[]> {
  const verifier = await compileModule(join(root, 'modules', 'ed25519'));
  return [...(await inV8()), ...(await onDevice(verifier)), ...sizes(verifier)];
}

function sizes(verifier: CompiledModule): Row[] {
  return [
    size('modules/ed25519, Wasm', verifier.bytes, GOALS.verifier),
    size('modules/ed25519, linear memory in use before a letter', verifier.memory.staticEnd, verifier.memory.limit),
  ];
}

interface Probe {
  memory: WebAssembly.Memory;
  place(): number;
  [name: string]: unknown;
}

/** A test's probe, and its memory from the place of its inputs. */
async function probe(name: string) {
  const { wasm } = await compileAssembly(join(root, 'test', 'unit', 'assembly', `${name}-probe.ts`));
  const x = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(wasm))).exports as unknown as Probe;
  const put = (bytes: Uint8Array) => new Uint8Array(x.memory.buffer).set(bytes, x.place());
  const call = (name: string, argument = 0) => (x[name] as (argument: number) => number)(argument);
  return { put, call };
}

async function inV8(): Promise<Row[]> {
  const secret = randomBytes(32);
  const message = randomBytes(300);
  const [key, signature] = [ed25519.getPublicKey(secret), ed25519.sign(message, secret)];
  const verifier = await probe('ed25519');
  const signed = Buffer.concat([key, signature, message]);
  const agreement = await probe('x25519');
  const peer = x25519.getPublicKey(randomBytes(32));
  const opener = await probe('gcm');
  const { iv, ciphertext, tag } = sealed(secret, SECTOR);
  const open = () => {
    opener.put(Buffer.concat([secret, iv]));
    opener.call('begin');
    opener.put(ciphertext);
    opener.call('authenticate', SECTOR);
    opener.put(tag);
    if (!opener.call('verify')) throw new Error('a valid tag was refused');
    opener.put(ciphertext);
    opener.call('decrypt', SECTOR);
  };
  const whole = Buffer.concat([ciphertext, tag]);
  const ms = measure({
    verify: () => {
      verifier.put(signed);
      if (verifier.call('answerLetter', signed.length) !== 1) throw new Error('a valid signature was refused');
    },
    nobleVerify: () => {
      if (!ed25519.verify(signature, message, key, { zip215: false })) throw new Error('noble refused');
    },
    agree: () => {
      agreement.put(Buffer.concat([secret, peer]));
      if (!agreement.call('agree')) throw new Error('a valid key was refused');
    },
    nobleAgree: () => void x25519.getSharedSecret(secret, peer),
    open,
    nobleOpen: () => void gcm(secret, iv).decrypt(whole),
  });
  return [
    speed('Ed25519 verify of 300 bytes, V8', ms.verify, ms.nobleVerify, '@noble/curves 2.4.0'),
    speed('X25519, V8', ms.agree, ms.nobleAgree, '@noble/curves 2.4.0'),
    speed(`AES-256-GCM, ${SECTOR} bytes verified and decrypted, V8`, ms.open, ms.nobleOpen, '@noble/ciphers 2.4.0'),
  ];
}

function sealed(key: Uint8Array, length: number) {
  const iv = new Uint8Array(12).fill(3);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const ciphertext = Buffer.concat([cipher.update(new Uint8Array(length)), cipher.final()]);
  return { iv, ciphertext, tag: cipher.getAuthTag() };
}

/** Instructions of the modules' turns under wasm3: exact, and the same in every run. */
async function onDevice(verifier: CompiledModule): Promise<Row[]> {
  const { elf } = await buildBoard();
  const relay = await compileModule(join(root, 'test/fixtures/modules/relay'), {
    out: join(root, 'build/test-modules/relay'),
  });
  const { wasm } = await compileAssembly(join(root, 'test/bench/assembly/crypto.ts'), {
    memory: 24_576,
    asc: { exportStart: 'start' },
  });
  const scratch = mkdtempSync(join(tmpdir(), 'mote-bench-'));
  try {
    const secret = new Uint8Array(32).fill(7);
    const message = new Uint8Array(300).fill(1);
    const verify = spend(join(scratch, 'a'), elf, relay, verifier.wasm);
    const signature = ed25519.sign(message, secret);
    const letter = Buffer.concat([ed25519.getPublicKey(secret), signature, message]);
    const verified = verify(letter);
    verify.stop();
    const crypto = spend(join(scratch, 'b'), elf, relay, wasm);
    const letters = (what: number, ...parts: Uint8Array[]) => crypto(Buffer.concat([Uint8Array.of(what), ...parts]));
    const { iv, ciphertext, tag } = sealed(secret, SECTOR);
    const agreed = letters(1, secret, x25519.getPublicKey(new Uint8Array(32).fill(9)));
    const begun = letters(2, secret, iv);
    const authenticated = letters(3, ciphertext);
    letters(4, tag);
    const decrypted = letters(5, ciphertext);
    const derived = letters(6, new Uint8Array(96));
    crypto.stop();
    return [
      instructions('Ed25519 verify of 300 bytes, interpreted', verified, GOALS.verify),
      instructions('X25519, interpreted', agreed, GOALS.agree),
      instructions('HKDF-SHA-256 of 64 bytes to 32, interpreted', derived),
      instructions('AES-256-GCM begin, interpreted', begun),
      instructions(`AES-256-GCM authenticate ${SECTOR} bytes, interpreted`, authenticated),
      instructions(`AES-256-GCM decrypt ${SECTOR} bytes, interpreted`, decrypted),
    ];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function instructions(name: string, value: number, goal?: number): Row {
  const ms = ((value * CPI) / (MHZ * 1000)).toPrecision(3);
  return {
    name,
    value,
    unit: 'instructions',
    peer: `${ms} ms at ${MHZ} MHz, ${CPI} cycles each`,
    ...(goal === undefined ? {} : { goal }),
    ok: goal === undefined || value <= goal,
  };
}

/** A machine that hands letters to `peer`; each call gives the instructions of the longest turn. */
function spend(flash: string, elf: string, relay: CompiledModule, peer: Uint8Array) {
  writeFileSync(flash, blankImage());
  const made = new QemuMachine(
    { elf, flash, count: true },
    {
      log: () => {},
      now: () => 0,
      unix: () => undefined,
      random: (out) => out.fill(7),
      settings: { get: () => undefined },
      flash: undefined as never,
      builtins: { relay: relay.wasm, peer },
      radio: undefined,
      mqtt: undefined,
    },
  );
  made.boot('relay', relay.manifest.budgets);
  const work = () => {
    let most = 0;
    while (made.step()) most = Math.max(most, made.instructions);
    return most;
  };
  work();
  const call = (letter: Uint8Array): number => {
    made.onMqtt(1, 't', letter);
    return work();
  };
  return Object.assign(call, { stop: () => made.stop() });
}

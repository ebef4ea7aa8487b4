// Runs an image with a network, without root and without a port on this machine:
//
//   node zephyr-board/run.mjs [zephyr.elf | zephyr.exe] [--memory file] [--broker host:port]
//
// The console comes to standard output. --memory names the file in which the flash outlives the run.
//
// An .elf is of qemu_riscv32. The file is its RAM; inside, 10.0.2.100:1883 is the broker. The machine has one UART and no network
// card: this program joins the Ethernet frames on the UART (SLIP, RFC 1055) with QEMU's own user network.
// An .exe is of native_sim. It gets a TAP interface in a network namespace of its own, where 192.0.2.2:1883 is the broker.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const RAM = 64 * 1024 * 1024;
/** Where the simulated flash stands in RAM (app/boards/qemu_riscv32.overlay). */
const FLASH = { offset: 10 * 1024 * 1024, size: 1024 * 1024 };
/** RFC 1055. */
const [END, ESC, ESC_END, ESC_ESC] = [0xc0, 0xdb, 0xdc, 0xdd];
/** An Ethernet frame is not longer. */
const MAX_FRAME = 2048;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    memory: { type: 'string' },
    broker: { type: 'string', default: '127.0.0.1:1883' },
    relay: { type: 'boolean' },
    inside: { type: 'string' },
  },
});
if (values.relay) relay(values.broker);
else if (values.inside) runInside(values.inside);
else if (positionals[0]?.endsWith('.exe')) runNative();
else run();

/** native_sim: this program once more, in a namespace; a socket in a file leads out of it. */
async function runNative() {
  const folder = mkdtempSync(join(tmpdir(), 'mote-zephyr-'));
  const way = join(folder, 'broker');
  const [, host, port] = /^(.*):(\d+)$/.exec(values.broker);
  const server = net.createServer((socket) => couple(socket, net.connect(Number(port), host)));
  await new Promise((ready) => server.listen(way, ready));
  const image = resolve(positionals[0]);
  const memory = resolve(values.memory ?? join(folder, 'flash'));
  const inner = [fileURLToPath(import.meta.url), image, '--memory', memory, '--inside', way];
  const child = spawn('unshare', ['-rn', process.execPath, ...inner], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill());
  child.on('error', (error) => process.stderr.write(`unshare does not start: ${error.message}\n`));
  child.on('exit', (status) => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(status ?? 1);
  });
}

/** In the namespace: the interface, the broker's address, the image. */
function runInside(way) {
  for (const line of [
    'link set lo up',
    'tuntap add dev zeth mode tap',
    'address add 192.0.2.2/24 dev zeth',
    'link set zeth up',
  ]) {
    const { status, stderr } = spawnSync('ip', line.split(' '), { encoding: 'utf8' });
    if (status !== 0) {
      process.stderr.write(`ip ${line}: ${stderr}`);
      process.exit(1);
    }
  }
  net.createServer((socket) => couple(socket, net.connect(way))).listen(1883, '192.0.2.2');
  const child = spawn(positionals[0], [`-flash=${values.memory}`, '-rt'], { stdio: ['ignore', 'inherit', 'inherit'] });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill());
  child.on('exit', (status) => process.exit(status ?? 1));
}

function couple(a, b) {
  a.pipe(b).pipe(a);
  for (const socket of [a, b]) socket.on('error', () => [a, b].map((each) => each.destroy()));
}

/** QEMU starts this program for each connection of the guest to the broker. */
function relay(broker) {
  const [, host, port] = /^(.*):(\d+)$/.exec(broker);
  const socket = net.connect(Number(port), host);
  process.stdin.pipe(socket).pipe(process.stdout);
  for (const end of [socket, process.stdin, process.stdout]) end.on('error', () => process.exit(1));
  socket.on('close', () => process.exit(0));
}

async function run() {
  const self = fileURLToPath(import.meta.url);
  const image = resolve(positionals[0] ?? join(dirname(self), '..', 'build/zephyr/qemu_riscv32/zephyr/zephyr.elf'));
  const folder = mkdtempSync(join(tmpdir(), 'mote-zephyr-'));
  const memory = resolve(values.memory ?? join(folder, 'memory'));
  if (!existsSync(memory)) makeMemory(memory);
  const [serial, network] = await Promise.all([listen(join(folder, 'serial')), listen(join(folder, 'network'))]);
  const qemu = spawn(
    'qemu-system-riscv32',
    [
      ['-machine', 'virt,memory-backend=ram', '-m', '64M', '-bios', 'none', '-display', 'none', '-monitor', 'none'],
      ['-object', `memory-backend-file,id=ram,size=64M,mem-path=${memory},share=on`],
      ['-chardev', 'stdio,id=console,signal=off'],
      ['-semihosting-config', 'enable=on,target=native,chardev=console'],
      ['-chardev', `socket,id=serial,path=${serial.path},server=off`, '-serial', 'chardev:serial'],
      [
        '-netdev',
        `user,id=user,guestfwd=tcp:10.0.2.100:1883-cmd:${process.execPath} ${self} --relay --broker ${values.broker}`,
      ],
      ['-netdev', 'hubport,hubid=0,netdev=user,id=a', '-netdev', 'hubport,hubid=0,netdev=frames,id=b'],
      ['-netdev', `stream,id=frames,server=off,addr.type=unix,addr.path=${network.path}`],
      ['-kernel', image],
    ].flat(),
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  qemu.stdout.pipe(process.stdout);
  // A machine whose UART is its network card has a hub without cards.
  qemu.stderr.on('data', (text) => /hub 0 with no nics/.test(text) || process.stderr.write(text));
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => qemu.kill());
  const end = (status) => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(status);
  };
  qemu.on('error', (error) => {
    process.stderr.write(`qemu-system-riscv32 does not start (Debian: qemu-system-misc): ${error.message}\n`);
    end(1);
  });
  qemu.on('exit', (status) => end(status ?? 0));
  bridge(await serial.peer, await network.peer);
}

function makeMemory(file) {
  const out = openSync(file, 'wx');
  writeSync(out, Buffer.alloc(FLASH.size, 0xff), 0, FLASH.size, FLASH.offset);
  writeSync(out, Buffer.alloc(1), 0, 1, RAM - 1);
  closeSync(out);
}

/** The one who connects to this path. */
function listen(path) {
  return new Promise((ready) => {
    const server = net.createServer();
    const peer = new Promise((found) => server.once('connection', (socket) => found(socket.on('error', () => {}))));
    server.listen(path, () => ready({ path, peer }));
  });
}

/** SLIP on one side, QEMU's frames (a length of 4 bytes, then the frame) on the other. */
function bridge(serial, network) {
  let frame = [];
  let escaped = false;
  serial.on('data', (bytes) => {
    for (const byte of bytes) {
      if (byte === END) {
        if (frame.length > 0) network.write(Buffer.from([0, 0, frame.length >> 8, frame.length & 255, ...frame]));
        frame = [];
      } else if (byte === ESC) escaped = true;
      else if (frame.length < MAX_FRAME) {
        frame.push(escaped && byte === ESC_END ? END : escaped && byte === ESC_ESC ? ESC : byte);
        escaped = false;
      }
    }
  });
  let waiting = Buffer.alloc(0);
  network.on('data', (bytes) => {
    waiting = Buffer.concat([waiting, bytes]);
    while (waiting.length >= 4 && waiting.length >= 4 + waiting.readUInt32BE(0)) {
      const end = 4 + waiting.readUInt32BE(0);
      const out = [END];
      for (const byte of waiting.subarray(4, end)) {
        if (byte === END) out.push(ESC, ESC_END);
        else if (byte === ESC) out.push(ESC, ESC_ESC);
        else out.push(byte);
      }
      serial.write(Buffer.from([...out, END]));
      waiting = waiting.subarray(end);
    }
  });
}

import { createReadStream } from 'node:fs';
import { Flags } from '@oclif/core';
import { EXIT, fault } from '../../../host-shim/errors.ts';
import { readBounded } from '../../../host-shim/files.ts';
import { MoteCommand } from '../../base.ts';
import { PROTOCOLS, type Protocol } from '../../../host-shim/codec/receivers.ts';

/** What the receivers are set to when they are new; meters of EN 13757-2 begin with 2400. */
const BAUD = { lines: 57_600, im871a: 57_600, rc1180: 19_200, wired: 2_400 } as const;

export default class WmbusListen extends MoteCommand {
  static override summary = 'Listen to a Wireless M-Bus receiver and show the meters in a table.';
  static override description =
    `Reads a serial receiver, a file or standard input until it ends or Ctrl-C. Lines are hex digits, CUL (b…), rtl_wmbus
(T1;…;0x…) or JSON Lines {"telegram","key","rssi"}. On a terminal the table is live; else each telegram gives a line,
and the table comes at the end. --json prints each telegram as mote wmbus decode does, with the strength as link.rssi,
and drops those that a repeater or a second way brings again. The key table has lines PATTERN KEY, for example
"KAM-1234* 0011…"; all keys that fit a meter are tried. It runs the same Wasm as the device.`;
  static override examples = [
    { description: 'A receiver', command: '<%= config.bin %> wmbus listen --port /dev/ttyUSB0 --protocol im871a' },
    { description: 'A software radio', command: 'rtl_wmbus | <%= config.bin %> wmbus listen --keys keys.txt' },
    { description: 'A recording', command: '<%= config.bin %> wmbus listen --file heard.txt --json' },
  ];
  static override flags = {
    port: Flags.string({ description: 'serial port of the receiver', exclusive: ['file'], helpValue: 'PATH' }),
    baud: Flags.integer({ description: 'its speed', min: 300, max: 3_000_000, helpValue: 'BAUD' }),
    file: Flags.string({ description: 'a recording instead', helpValue: 'FILE' }),
    protocol: Flags.option({ description: 'what comes', options: PROTOCOLS, default: 'lines' as Protocol })(),
    keys: Flags.string({ description: 'table of keys', helpValue: 'FILE' }),
    key: Flags.string({ description: 'AES-128 key for meters that the table does not name', helpValue: 'HEX' }),
    window: Flags.integer({
      description: 'seconds within which the same telegram again is a repetition',
      min: 0,
      max: 86_400,
      default: 60,
      helpValue: 'SECONDS',
    }),
    repeated: Flags.boolean({ description: 'with --json: print repetitions, too', dependsOn: ['json'] }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(WmbusListen);
    if (!flags.port && !flags.file && process.stdin.isTTY) {
      throw fault('usage', {
        what: 'nothing to listen to: no --port, no --file, no pipe',
        command: 'mote wmbus listen',
      });
    }
    const { listen } = await import('../../listen.ts');
    const { Keys } = await import('../../../host-shim/codec/meters.ts');
    const { stopSignal } = await import('../../signals.ts');
    const keys = new Keys(flags.keys ? Buffer.from(await readBounded(flags.keys)).toString('utf8') : '');
    if (flags.key) keys.add('*', flags.key);
    const source = flags.port
      ? await openPort(flags.port, flags.baud ?? BAUD[flags.protocol])
      : flags.file
        ? createReadStream(flags.file)
        : process.stdin;
    const { protocol, repeated } = flags;
    const options = { protocol, keys, json: this.jsonEnabled(), repeated, window: 1000 * flags.window };
    const ended = listen(source, process.stdout, options);
    const why = await Promise.race([stopSignal(), ended.then(() => 'ended' as const)]);
    if (why === 'ended') return;
    source.destroy();
    await ended;
    this.exit(EXIT.interrupted);
  }
}

async function openPort(path: string, baudRate: number) {
  const { SerialPort } = await import('serialport');
  return new Promise<InstanceType<typeof SerialPort>>((resolve, reject) => {
    const port = new SerialPort({ path, baudRate, autoOpen: false });
    port.open((error) =>
      error ? reject(fault('usage', { what: error.message, command: 'mote wmbus listen' })) : resolve(port),
    );
  });
}

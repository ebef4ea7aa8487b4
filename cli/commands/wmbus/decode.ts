import { Args, Flags } from '@oclif/core';
import { fault } from '../../../host-shim/errors.ts';
import { MoteCommand } from '../../base.ts';
import { describe } from '../../report.ts';

export default class WmbusDecode extends MoteCommand {
  static override summary = 'Decode Wireless M-Bus telegrams to JSON Lines.';
  static override description =
    `Telegrams are hex, from the L field on, with or without link-layer CRCs; wired long frames as well. They come as
arguments, or on standard input, one in a line: its digits, or JSON Lines {"telegram":"hex","key":"hex"}. Each gives one
line on standard output, in order and at once: {"ok":true,…} or {"ok":false,"error":{…}}. Exit code 1 when one of them
failed.
It runs the same Wasm as the device.`;
  static override examples = [
    {
      description: 'One telegram',
      command:
        '<%= config.bin %> wmbus decode 2E44931578563412330333637A2A0020255923C95AAA26D1B2E7493B2A8B013EC4A6F6D3529B520EDFF0EA6DEFC9',
    },
    {
      description: 'An encrypted one',
      command: '<%= config.bin %> wmbus decode --key 0102030405060708090A0B0C0D0E0F11 2E449315…',
    },
    { description: 'A recording', command: '<%= config.bin %> wmbus decode < telegrams.jsonl > readings.jsonl' },
  ];
  static override strict = false;
  static override args = { telegram: Args.string({ ignoreStdin: true, description: 'hex; any number of them' }) };
  static override flags = {
    key: Flags.string({ description: 'AES-128 key for telegrams that bring none', helpValue: 'HEX' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(WmbusDecode);
    const { decodeAll } = await import('../../decode.ts');
    if (argv.length === 0 && process.stdin.isTTY) {
      throw fault('usage', { what: 'no telegram was given, and nothing is piped in', command: 'mote wmbus decode' });
    }
    const count = await decodeAll(argv as string[], process.stdin, process.stdout, flags.key);
    if (count.failed === 0) return;
    // Standard output is for the telegrams alone, also with --json.
    process.stderr.write(describe(fault('telegrams-failed', count)));
    this.exit(1);
  }
}

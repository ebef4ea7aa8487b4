import { Args, Flags } from '@oclif/core';
import { DEFAULTS } from '../../../host-shim/defaults.ts';
import { MoteCommand, prose } from '../../base.ts';
import { deviceFlags, parseValue, toJson, withDevice } from '../../device.ts';

export default class DeviceCall extends MoteCommand {
  static override summary = 'Call a command of a device and wait for its final answer.';
  static override description =
    prose(`The request is repeated until the answer has come; the device runs it at most once. When no answer comes (exit code 5)
    the message names the id: with --id the same command is asked about again and does not run twice. Exit codes: 0 OK, 1 failed
    or unknown, 3 no such command, 4 refused, 5 too late or no answer.`);
  static override examples = [
    {
      description: 'Without arguments',
      command: `<%= config.bin %> device call identify --on ${DEFAULTS.device}`,
    },
    {
      description: 'With arguments; it must begin within 10 seconds',
      command: `<%= config.bin %> device call valve.open --on ${DEFAULTS.device} --args '{"percent": 40}' --expires 10`,
    },
  ];
  static override args = {
    name: Args.string({ ignoreStdin: true, required: true, description: 'the command' }),
  };
  static override flags = {
    on: deviceFlags.on,
    broker: deviceFlags.broker,
    args: Flags.string({ description: 'arguments, sent as CBOR', helpValue: 'JSON', exclusive: ['bytes'] }),
    bytes: Flags.string({ description: 'arguments as they are', helpValue: 'HEX' }),
    id: Flags.string({ description: '8 to 16 bytes; default: random', helpValue: 'HEX' }),
    expires: Flags.integer({
      description: 'it must begin within that time',
      min: 1,
      max: 86_400,
      default: 60,
      helpValue: 'SECONDS',
    }),
    'no-expiry': Flags.boolean({ description: 'it may begin at any time; with --class 1 alone' }),
    class: Flags.integer({ description: '1: it may run again after a power cut', min: 0, max: 1, default: 0 }),
    twin: Flags.integer({
      description: 'only over this version of the desired document',
      min: 0,
      helpValue: 'VERSION',
    }),
    timeout: Flags.integer({
      description: 'wait for the answer; default: 15 s beyond --expires',
      min: 1,
      helpValue: 'SECONDS',
    }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(DeviceCall);
    const { callCommand, outcomeFault } = await import('../../../host-shim/fleet/command.ts');
    const { decodeValue, encodeValue } = await import('../../../host-shim/fleet/wire.ts');
    const { fault } = await import('../../../host-shim/errors.ts');
    const hex = (text: string, what: string) => {
      if (!/^([0-9a-fA-F]{2})*$/.test(text))
        throw fault('command-invalid', { name: args.name, why: `${what} is not hexadecimal` });
      return new Uint8Array(Buffer.from(text, 'hex'));
    };
    const payload =
      flags.args !== undefined
        ? encodeValue(parseValue(flags.args, '--args'))
        : flags.bytes !== undefined
          ? hex(flags.bytes, '--bytes')
          : undefined;
    const outcome = await withDevice(flags, (bus) =>
      callCommand({
        ...{ bus, thing: flags.on, name: args.name, class: flags.class as 0 | 1 },
        expiry: flags['no-expiry'] ? null : Math.floor(Date.now() / 1000) + flags.expires,
        ...(payload !== undefined && { arguments: payload }),
        ...(flags.id !== undefined && { id: hex(flags.id, '--id') }),
        ...(flags.twin !== undefined && { twin: flags.twin }),
        ...(flags.timeout !== undefined && { timeout: flags.timeout * 1000 }),
        onProgress: (status) => this.note(`${status}: asked again`),
      }),
    );
    const { id, status, result, attempts } = outcome;
    const value = (() => {
      try {
        return result.length === 0 ? null : toJson(decodeValue(result));
      } catch {
        return null;
      }
    })();
    const answer = {
      ...{ command: args.name, id: Buffer.from(id).toString('hex'), status, attempts },
      ...{ result: value, bytes: Buffer.from(result).toString('hex') },
    };
    this.evidence = answer;
    const wrong = outcomeFault(args.name, flags.on, outcome);
    if (wrong) throw wrong;
    this.log(value === null ? answer.bytes || status : JSON.stringify(value, null, 2));
    return answer;
  }
}

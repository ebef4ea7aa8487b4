import { Args, Flags } from '@oclif/core';
import { DEFAULTS } from '../../host-shim/defaults.ts';
import { fault } from '../../host-shim/errors.ts';
import type { PushOptions, PushResult } from '../../host-shim/release/push.ts';
import { MoteCommand } from '../base.ts';
import { brokerFlag } from '../flags.ts';

export default class Push extends MoteCommand {
  static override summary = 'Send a bundle or a key set to one device and wait until it is in force there.';
  static override description =
    `The device checks the signature before it takes a byte, runs the module on trial and confirms it, or goes back to what
it ran before. Broken off, the same command goes on where it stopped. Exit code 0 when confirmed, 4 when refused,
1 when reverted, 5 when the device is silent.`;
  static override examples = [
    {
      description: 'To the emulated board of "mote run"',
      command: `<%= config.bin %> push gateway.mote --to ${DEFAULTS.device}`,
    },
    {
      description: 'Over a broker elsewhere',
      command: '<%= config.bin %> push gateway.mote --to acme/cellar/gateway/g7 --broker mqtt://broker.example:1883',
    },
    {
      description: 'Two that become active together or not at all',
      command: `<%= config.bin %> push gateway.mote rules.mote --to ${DEFAULTS.device}`,
    },
    {
      description: 'From a web server, of which only what the device lacks is fetched',
      command: `<%= config.bin %> push https://releases.example/gateway.mote --to ${DEFAULTS.device}`,
    },
    {
      description: 'From a web server, which the device asks by itself',
      command: `<%= config.bin %> push https://releases.example/gateway.mote --to ${DEFAULTS.device} --pull`,
    },
    {
      description: 'To a device that asks who is to have it (mote rollout)',
      command: `<%= config.bin %> push gateway.mote --to ${DEFAULTS.device} --rollout gateway.rollout`,
    },
    {
      description: 'With a power cut in the middle, on an emulated board',
      command: `<%= config.bin %> push gateway.mote --to ${DEFAULTS.device} --chaos cut@17`,
    },
  ];
  static override args = {
    bundle: Args.string({
      ignoreStdin: true,
      required: true,
      multiple: true,
      description: 'the bundle file, its http(s) address, or the file of a key set; several are those of one set',
    }),
  };
  static override flags = {
    to: Flags.string({ required: true, description: "the device's base topic", helpValue: 'ORG/EDGE/TYPE/THING' }),
    broker: brokerFlag,
    chaos: Flags.string({
      description: 'cut the power of a board of "mote run --chaos" at its N-th write of flash from now on',
      helpValue: 'cut@N',
    }),
    pull: Flags.boolean({ description: 'the device fetches the bytes from the http(s) address by itself' }),
    rollout: Flags.string({
      description: 'file of "mote rollout", for devices whose key set asks for one',
      helpValue: 'FILE',
    }),
    timeout: Flags.integer({ description: 'longest wait without progress, in seconds', default: 60, min: 1 }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Push);
    const [file, ...others] = args.bundle as [string, ...string[]];
    const { readBounded } = await import('../../host-shim/files.ts');
    const { push } = await import('../../host-shim/release/push.ts');
    const { progress } = await import('../progress.ts');
    const { parseChaos } = await import('../../host-shim/board/chaos.ts');
    const chaos = flags.chaos === undefined ? undefined : parseChaos(flags.chaos);
    const { isUrl, urlSource } = await import('../../host-shim/release/source.ts');
    const bundle = isUrl(file) ? await urlSource(file) : await readBounded(file);
    const bar = progress((text) => this.note(text), this.jsonEnabled());
    const broker = flags.broker ?? DEFAULTS.broker;
    const rollout = flags.rollout === undefined ? undefined : await readBounded(flags.rollout);
    const options = {
      name: file,
      broker,
      device: flags.to,
      timeoutMs: flags.timeout * 1000,
      onProgress: bar.show,
    };
    if (others.length > 0)
      return this.finish(
        flags.to,
        await this.pushSeveral(args.bundle, { ...options, chaos, rollout }).finally(bar.end),
      );
    const { isKeySet } = await import('../../host-shim/release/keyset.ts');
    if (bundle instanceof Uint8Array && isKeySet(bundle)) {
      const { pushKeys } = await import('../../host-shim/release/push-keys.ts');
      const { envelopes } = await pushKeys({ ...options, bundle }).finally(bar.end);
      this.log(`CONFIRMED: the key set is in force on ${flags.to} (${envelopes} signatures)`);
      return { state: 'CONFIRMED', envelopes };
    }
    const { isDelivery } = await import('../../host-shim/release/group.ts');
    if (bundle instanceof Uint8Array && isDelivery(bundle)) {
      const { pushDelivery } = await import('../../host-shim/release/push-keys.ts');
      const { group } = await pushDelivery({ ...options, bundle }).finally(bar.end);
      this.log(`CONFIRMED: ${flags.to} has the key of the group ${group}`);
      return { state: 'CONFIRMED', group };
    }
    return this.finish(flags.to, await push({ ...options, bundle, chaos, rollout, pull: flags.pull }).finally(bar.end));
  }

  private async pushSeveral(
    files: string[],
    { name: _, ...options }: Omit<PushOptions, 'bundle'>,
  ): Promise<PushResult> {
    const { readBounded } = await import('../../host-shim/files.ts');
    const { pushSet } = await import('../../host-shim/release/push-set.ts');
    const bundles = await Promise.all(files.map(async (name) => ({ name, bundle: await readBounded(name) })));
    return pushSet({ ...options, bundles });
  }

  private finish(device: string, result: PushResult): PushResult {
    const { state, chunks, bytes, reason = 'no reason', running } = result;
    this.evidence = result;
    if (state === 'REFUSED') throw fault('device-refused', { device, reason });
    if (state === 'REVERTED') throw fault('device-reverted', { device, reason });
    this.log(`${state}: ${device} runs ${running ?? 'it'} (${chunks} chunks, ${bytes.toLocaleString('en')} B sent)`);
    return result;
  }
}

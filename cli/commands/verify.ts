import { Args, Flags } from '@oclif/core';
import { fault } from '../../host-shim/errors.ts';
import { MoteCommand } from '../base.ts';
import { keysFlag } from '../flags.ts';

export default class Verify extends MoteCommand {
  static override summary = 'Check a bundle as a device would.';
  static override description =
    `Each rule has its line; the first that fails gives the reason that a device would report. Without --trust all keys of
the key store are trusted. Exit code 4 when a device would refuse.`;
  static override examples = [
    { description: 'Against your own keys', command: '<%= config.bin %> verify gateway.mote' },
    {
      description: 'As a device that trusts one key and runs sequence 41',
      command: '<%= config.bin %> verify gateway.mote --trust release --running 41',
    },
  ];
  static override args = { bundle: Args.string({ ignoreStdin: true, required: true, description: 'the bundle file' }) };
  static override flags = {
    trust: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'name of a key, or a thumbprint; repeat for more',
      helpValue: 'KEY',
    }),
    require: Flags.option({
      multiple: true,
      multipleNonGreedy: true,
      description: "algorithm that has to sign: the device's policy; repeat for more, default ML-DSA-65",
      options: ['ML-DSA-65', 'Ed25519'] as const,
    })(),
    running: Flags.integer({ description: 'sequence number of what the device runs', min: 0, helpValue: 'N' }),
    vendor: Flags.string({ description: "the device's vendor id", helpValue: 'UUID' }),
    class: Flags.string({ description: "the device's class id", helpValue: 'UUID' }),
    slot: Flags.integer({ description: "bytes of the device's slot", min: 1, helpValue: 'N' }),
    keys: keysFlag,
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Verify);
    const { readBounded } = await import('../../host-shim/files.ts');
    const { listKeys, resolveTrust } = await import('../../host-shim/release/keystore.ts');
    const { verifyBundle } = await import('../../host-shim/release/verify.ts');
    const { columns } = await import('../format.ts');
    const bytes = await readBounded(args.bundle);
    const trust = await resolveTrust(flags.keys, flags.trust ?? (await listKeys(flags.keys)).map(({ kid }) => kid));
    const device = {
      trust,
      policy: flags.require,
      sequence: flags.running,
      vendor: flags.vendor,
      class: flags.class,
      slot: flags.slot,
    };
    const { ok, reason, checks } = verifyBundle(bytes, { ...device, now: Date.now() / 1000 }, args.bundle);
    this.log(columns(checks.map((check) => [check.ok ? 'ok' : 'FAILED', check.rule, check.detail])));
    if (ok) return { ok, reason, checks };
    this.evidence = { ok, reason, checks };
    throw fault('bundle-refused', { reason: reason!, why: checks.find((check) => !check.ok)!.detail });
  }
}

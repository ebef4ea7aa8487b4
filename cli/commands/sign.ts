import { Args, Flags } from '@oclif/core';
import type { Signed } from '../../host-shim/release/sign.ts';
import { fault } from '../../host-shim/errors.ts';
import { MoteCommand } from '../base.ts';
import { keysFlag, signFlags } from '../flags.ts';

export default class Sign extends MoteCommand {
  static override summary = 'Sign a module: one bundle file of module and manifest.';
  static override description =
    `The manifest comes from module.json. A device takes a bundle only when its sequence number is above that of the
module it runs; without --sequence it is the time, in seconds since 1970. A key <name> signs together with its companion
<name>-ed25519, when there is one. What no device would accept is not written.`;
  static override examples = [
    {
      description: 'Build and sign a module',
      command: '<%= config.bin %> sign modules/gateway --key release --out gateway.mote',
    },
    {
      description: 'Sign Wasm that was built elsewhere, with two keys, until the end of 2030',
      command:
        '<%= config.bin %> sign gateway.wasm --manifest modules/gateway/module.json --key release --key other --alone --expires 2031-01-01 --out gateway.mote',
    },
    {
      description: 'Two modules that become active together, into the folder releases',
      command: '<%= config.bin %> sign modules/gateway modules/rules --key release --out releases',
    },
    {
      description: 'A table that modules read',
      command: '<%= config.bin %> sign meters.bin --data meter-table --key release --out meters.mote',
    },
    {
      description: 'For devices that run the release before: only what differs travels',
      command: '<%= config.bin %> sign modules/gateway --key release --delta-from gateway-1.mote --out gateway-2.mote',
    },
  ];
  static override args = {
    module: Args.string({
      ignoreStdin: true,
      required: true,
      multiple: true,
      description: "the module's folder, or a .wasm file; several become a set",
    }),
  };
  static override flags = {
    ...signFlags,
    out: Flags.string({ required: true, description: 'the bundle file; of a set, its folder', helpValue: 'FILE' }),
    data: Flags.string({
      description: 'it is a file of data: this component, which modules may read',
      helpValue: 'NAME',
      exclusive: ['manifest', 'previous'],
    }),
    'data-version': Flags.string({ description: 'version of the data', default: '1', helpValue: 'TEXT' }),
    encrypt: Flags.string({
      description: 'only devices that have the key of this group can open it (mote keys group new)',
      helpValue: 'GROUP',
    }),
    manifest: Flags.string({
      description: 'module.json of a .wasm file; default: the one beside it',
      helpValue: 'FILE',
    }),
    previous: Flags.string({
      description:
        'refuse what breaks this one without saying so in its version: a folder, a .tm.json file or a release',
      helpValue: 'PLACE',
    }),
    compress: Flags.boolean({ description: 'travel as a zlib stream, where that is shorter' }),
    'delta-from': Flags.string({
      description: 'travel as what differs from the module that the devices run: its .wasm file or bundle',
      helpValue: 'FILE',
      exclusive: ['compress'],
    }),
    keys: keysFlag,
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Sign);
    const [module, ...others] = args.module as [string, ...string[]];
    const { signData, signModule, signSet } = await import('../../host-shim/release/sign.ts');
    const { askPassphrase } = await import('../passphrase.ts');
    const options = { ...flags, deltaFrom: flags['delta-from'], passphrase: askPassphrase };
    if (others.length > 0) {
      const { join } = await import('node:path');
      const alone = ['data', 'manifest', 'previous', 'delta-from'].find((name) => name in flags);
      if (alone)
        throw fault('usage', { what: `--${alone} is for one module alone, not for a set`, command: 'mote sign' });
      const signed = await signSet(args.module, options);
      const outcomes = [];
      for (const one of signed) outcomes.push(await this.write(join(flags.out, `${one.manifest.component}.mote`), one));
      return outcomes;
    }
    const one =
      flags.data === undefined
        ? await signModule(module, options)
        : await signData(module, flags.data, flags['data-version'], options);
    const outcome = await this.write(flags.out, one);
    if ((flags.compress || options.deltaFrom) && !one.manifest.packing)
      this.note('it would be no shorter packed: it travels whole');
    return outcome;
  }

  private async write(file: string, { bundle, manifest, signatures }: Signed): Promise<object> {
    const { writeWhole } = await import('../../host-shim/files.ts');
    await writeWhole(file, bundle);
    const { component, version, sequence, expiry } = manifest;
    const algorithms = signatures.map(({ algorithm, alg }) => algorithm?.name ?? String(alg));
    const digest = Buffer.from(manifest.digest).toString('hex');
    const { bytes } = await import('../format.ts');
    this.log(
      `signed ${component} ${version}, sequence ${sequence}, with ${algorithms.join(' and ')}: ${bytes(bundle.length)}  ${file}`,
    );
    const { wireOf } = await import('../../host-shim/release/manifest.ts');
    if (manifest.packing) this.log(`${bytes(wireOf(manifest).size)} travel instead of ${bytes(manifest.size)}`);
    return { file, bytes: bundle.length, component, version, sequence, expiry, digest, algorithms };
  }
}

import { Args, Flags } from '@oclif/core';
import { DEFAULTS } from '../../../host-shim/defaults.ts';
import { fault } from '../../../host-shim/errors.ts';
import { MoteCommand, prose } from '../../base.ts';
import { brokerFlag } from '../../flags.ts';

export default class SchemaShow extends MoteCommand {
  static override summary =
    'Show what a module sends and takes: its Thing Model, a Thing Description, or JSON Schemas.';
  static override description =
    prose(`Telemetry are events, the twin is properties, commands are actions (W3C WoT Thing Description 1.1). With --on it becomes the
    description of that device, with addresses. What is printed is JSON.`);
  static override examples = [
    { description: 'Of a module here', command: '<%= config.bin %> schema show modules/gateway' },
    {
      description: 'Of a release, for one device',
      command: `<%= config.bin %> schema show localhost:5000/gateway:1.0 --on ${DEFAULTS.device} > emu-1.td.json`,
    },
    {
      description: "The JSON Schema of a command's arguments",
      command: '<%= config.bin %> schema show modules/pump --json-schema | jq \'."actions/pump.run/input"\'',
    },
  ];
  static override args = {
    module: Args.string({
      ignoreStdin: true,
      required: true,
      description: "a module's folder, a .tm.json file, a release folder, or host/name:tag",
    }),
  };
  static override flags = {
    on: Flags.string({
      description: 'base topic of a device',
      helpValue: 'ORG/EDGE/TYPE/THING',
      exclusive: ['json-schema'],
    }),
    broker: brokerFlag,
    'json-schema': Flags.boolean({ description: 'JSON Schemas (draft 2020-12), by where they stand' }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(SchemaShow);
    const { findModel } = await import('../../../host-shim/schema/load.ts');
    const { jsonSchemas, thingDescription } = await import('../../../host-shim/schema/describe.ts');
    const { registryLogin } = await import('../../../host-shim/release/release.ts');
    const { model } = await findModel(args.module, registryLogin());
    if (model === null) throw fault('schema-none', { place: args.module });
    const shown = flags['json-schema']
      ? jsonSchemas(model)
      : flags.on === undefined
        ? model
        : thingDescription(model, { thing: flags.on, broker: flags.broker ?? DEFAULTS.broker });
    this.log(JSON.stringify(shown, null, 2));
    return shown;
  }
}

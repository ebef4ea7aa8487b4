import { Flags } from '@oclif/core';
import { DEFAULTS } from '../../host-shim/defaults.ts';
import { TARGETS, type Target } from '../../host-shim/targets.ts';
import { EXIT } from '../../host-shim/errors.ts';
import { MoteCommand } from '../base.ts';
import { brokerFlag, keysFlag } from '../flags.ts';

export default class Run extends MoteCommand {
  static override summary = 'Run an emulated board and print its log.';
  static override description =
    `The board stays up until Ctrl-C (exit code 130) or for the time given. Its flash and its settings are files, so that it
is the same board the next time. New settings trust every ML-DSA-65 key of the key store. Without --broker it brings
an MQTT broker that only this machine can reach.`;
  static override examples = [
    { description: 'A board with a broker of its own', command: '<%= config.bin %> run' },
    {
      description: 'A second one beside it',
      command: `<%= config.bin %> run --name home/bench/gateway/emu-2 --broker ${DEFAULTS.broker}`,
    },
    {
      description: 'For ten seconds, with files of its own',
      command: '<%= config.bin %> run --flash flash.bin --settings device.json --port 0 --for 10',
    },
    {
      description: 'Over UDP: first "mote gateway mqtt-sn", then',
      command: '<%= config.bin %> run --gateway 127.0.0.1:10000',
    },
    { description: 'With a sensor of each kind on its buses', command: '<%= config.bin %> run --board virtual' },
    {
      description: 'With a trace of all that they say',
      command: '<%= config.bin %> run --board virtual --record trace.jsonl',
    },
    {
      description: 'With breakpoints in the TypeScript of a module',
      command: '<%= config.bin %> run --target host --inspect --source modules/gateway',
    },
    { description: "On the ESP32-C6's instruction set", command: '<%= config.bin %> run --target qemu' },
  ];
  static override flags = {
    name: Flags.string({
      description: `base topic; default: that of its settings, or ${DEFAULTS.device}`,
      helpValue: 'ORG/EDGE/TYPE/THING',
    }),
    flash: Flags.string({ description: `flash image; default: in ${DEFAULTS.boards}`, helpValue: 'FILE' }),
    settings: Flags.string({ description: `settings; default: in ${DEFAULTS.boards}`, helpValue: 'FILE' }),
    broker: brokerFlag,
    port: Flags.integer({
      description: 'port of its own broker, 0 for any',
      default: DEFAULTS.port,
      min: 0,
      max: 65_535,
    }),
    gateway: Flags.string({
      description: 'speak MQTT-SN over UDP to this gateway instead of MQTT to a broker',
      helpValue: 'HOST:PORT',
    }),
    profile: Flags.string({
      description: 'where the broker wants the topics: plain, or magistrala:TENANT:CHANNEL',
      default: 'plain',
    }),
    for: Flags.integer({ description: 'end after that many seconds', min: 0, helpValue: 'SECONDS' }),
    target: Flags.string({
      description:
        'what runs the modules: the interpreter of the device, the WebAssembly of this program, or an rv32imac under QEMU',
      options: [...TARGETS],
      default: 'wasm',
    }),
    chaos: Flags.boolean({ description: 'obey "mote push --chaos": lose power when asked to, and come back' }),
    board: Flags.string({
      description:
        'wire the virtual parts of this board (mote board list), or of a description (*.json); default: what package.json names',
      helpValue: 'NAME',
    }),
    record: Flags.string({
      description: 'write what is asked of its buses, and what comes from them, to this file as a trace; needs a board',
      helpValue: 'FILE',
    }),
    replay: Flags.string({
      description: 'let this trace stand for the parts that it was recorded from; needs a board',
      helpValue: 'FILE',
    }),
    inspect: Flags.boolean({
      description:
        "open a port for a debugger (chrome://inspect) that shows the modules' TypeScript; needs --target host",
    }),
    source: Flags.string({
      description: "folder of a module that it shows; repeat for more; default: mote's own",
      helpValue: 'DIR',
      multiple: true,
      dependsOn: ['inspect'],
    }),
    keys: keysFlag,
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(Run);
    const { launchBoard } = await import('../../host-shim/launch.ts');
    const { formatLine } = await import('../../host-shim/board/log.ts');
    const { stopSignal } = await import('../signals.ts');
    if (flags.inspect && flags.target !== 'host') this.error('--inspect needs --target host', { exit: EXIT.usage });
    const signal = stopSignal(flags.for);
    const inspect = flags.inspect ? await this.#debugger(flags.source) : undefined;
    const { projectBoard } = await import('../../host-shim/parts/boards.ts');
    const wired = flags.board ?? (await projectBoard('.'));
    if (!wired && (flags.record ?? flags.replay) !== undefined)
      this.error('--record and --replay need the buses of a board: --board virtual', { exit: EXIT.usage });
    const running = await launchBoard({
      ...flags,
      board: wired,
      target: flags.target as Target,
      inspect,
      log: (line) => this.log(formatLine(line)),
      onBuild: (line) => this.note(line),
    });
    const { board, device, broker } = running;
    if (wired) this.note(`with the virtual parts of ${wired}`);
    this.note(`${device} on ${broker}; push to it: mote push <bundle> --to ${device} --broker ${broker}`);
    if (running.trust.length === 0) {
      this.note(`it trusts no key: make one (mote keys new release) and remove ${running.settings}`);
    }
    const why = await Promise.race([signal, running.failed]).finally(running.stop);
    const { tail, counters } = board;
    if (why === 'interrupted') this.exit(EXIT.interrupted);
    return { device, broker, flash: running.flash, settings: running.settings, counters, log: tail };
  }

  /** Opens the port, unless Node was started with one; the folders whose modules it shows. */
  async #debugger(folders: string[] | undefined): Promise<string[]> {
    const inspector = await import('node:inspector');
    const { moduleFolders } = await import('../../host-shim/engine/sources.ts');
    if (inspector.url() === undefined) inspector.open(0);
    this.note(`debugger at ${inspector.url()}: open chrome://inspect, or attach an editor to that port`);
    return folders ?? moduleFolders();
  }
}

import { Args, Flags } from '@oclif/core';
import { MoteCommand, prose } from '../base.ts';

export default class Flash extends MoteCommand {
  static override summary = 'Write firmware to an ESP32-C6 over a serial port.';
  static override description = prose(
    `Every file is checked against the chip before the first byte is written, and compared after the last. A file goes to
    address 0, or to the address behind its @. Keep BOOT pressed while you connect the board if it does not answer.`,
  );
  static override strict = false;
  static override examples = [
    {
      description: 'An image with everything in it',
      command: '<%= config.bin %> flash firmware.bin --port /dev/ttyACM0',
    },
    {
      description: 'Boot loader and application apart',
      command: '<%= config.bin %> flash mcuboot.bin zephyr.signed.bin@0x20000 --port /dev/ttyACM0',
    },
  ];
  static override args = {
    image: Args.string({
      ignoreStdin: true,
      required: true,
      description: 'the file, and where it goes: FILE[@ADDRESS]',
    }),
  };
  static override flags = {
    port: Flags.string({ required: true, description: 'the serial port', helpValue: 'PATH' }),
    baud: Flags.integer({ description: 'speed of the transfer', default: 460_800, min: 9600, max: 3_000_000 }),
  };

  async run(): Promise<object> {
    const { argv, flags } = await this.parse(Flash);
    const { readBounded } = await import('../../host-shim/files.ts');
    const { checkParts, flashChip } = await import('../../host-shim/esp/flash.ts');
    const { serialPort } = await import('../../host-shim/esp/serial.ts');
    const parts = await Promise.all(
      (argv as string[]).map(async (text) => {
        const [, name, address = '0'] = /^(.*?)(?:@(0x[0-9a-f]+|\d+))?$/i.exec(text)!;
        return { name: name!, address: Number(address), bytes: await readBounded(name!) };
      }),
    );
    checkParts(parts);
    let before = -1;
    const result = await flashChip({
      port: await serialPort(flags.port),
      parts,
      baud: flags.baud,
      onProgress: ({ name }, sent, total) => {
        const share = Math.floor((10 * sent) / total);
        if (share !== before) this.note(`${name}: ${share * 10} %`);
        before = share;
      },
    });
    const { chip, bytes, flashSize } = result;
    this.log(`${chip} with ${flashSize / 1024 / 1024} MB: ${bytes.toLocaleString('en')} B written and compared`);
    return result;
  }
}

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { listen } from '../../../cli/listen.ts';
import { Keys } from '../../../host-shim/codec/meters.ts';
import { type Protocol, telegrams } from '../../../host-shim/codec/receivers.ts';
import { WmbusDecoder } from '../../../host-shim/codec/wmbus.ts';
import { MoteError } from '../../../host-shim/errors.ts';
import { packageRoot } from '../../../host-shim/files.ts';
import { compileModule } from '../../../runtime/guest/compiler/index.ts';
import { crc } from '../wmbus-encoder.ts';
import { mote } from './harness.ts';

const PLAIN = '1244AE0C7856341201078C2027780B13436587';
const OTHER = '1244AE0C7856341201078C2028780B13446587';
const GAS =
  '2E44931578563412330333637A2A0020255923C95AAA26D1B2E7493BC2AD013EC4A6F6D3529B520EDFF0EA6DEFC955B29D6D69EBF3EC8A';
const GAS_KEY = '0102030405060708090A0B0C0D0E0F11';
const WRONG = 'FF'.repeat(16);

const bytes = (hex: string) => Buffer.from(hex, 'hex');
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex').toUpperCase();

async function heard(chunks: (string | Buffer)[], protocol: Protocol): Promise<[string, number | undefined][]> {
  const found: [string, number | undefined][] = [];
  for await (const { telegram, rssi } of telegrams(Readable.from(chunks), protocol)) found.push([hex(telegram), rssi]);
  return found;
}

function x25(data: Buffer): Buffer {
  let crc = 0xffff;
  for (const byte of data) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >> 1) ^ 0x8408 : crc >> 1;
  }
  const out = Buffer.alloc(2);
  out.writeUInt16LE(crc ^ 0xffff);
  return out;
}

describe('receivers', () => {
  test('lines of each kind, and noise between them', async () => {
    const lines = [
      PLAIN.toLowerCase(),
      'nonsense',
      `b${GAS}`,
      `bY${PLAIN}`,
      `T1;1;1;2020-01-01 00:00:00.000;75;110;12345678;0x${PLAIN}`,
      JSON.stringify({ telegram: OTHER, rssi: -60 }),
      '{"telegram":',
      '0123',
    ].join('\r\n');
    const want = [
      [PLAIN, undefined],
      [GAS, undefined],
      [PLAIN, undefined],
      [PLAIN, -110],
      [OTHER, -60],
    ];
    expect(await heard([lines], 'lines')).toEqual(want);
    expect(
      await heard(
        [...`${lines}\n`].map((c) => Buffer.from(c)),
        'lines',
      ),
    ).toEqual(want);
  });

  test('iM871A: HCI frames with RSSI and CRC, however they are cut, after noise', async () => {
    const body = Buffer.concat([bytes('C203'), bytes(PLAIN), Buffer.from([0xb0])]);
    const frame = Buffer.concat([Buffer.from([0xa5]), body, x25(body)]);
    const broken = Buffer.from(frame);
    broken[10]! ^= 1;
    const stream = Buffer.concat([bytes('0011'), frame, broken, bytes('A50204'), frame]);
    const want = [
      [PLAIN, -80],
      [PLAIN, -80],
    ];
    expect(await heard([stream], 'im871a')).toEqual(want);
    expect(
      await heard(
        [...stream].map((byte) => Buffer.from([byte])),
        'im871a',
      ),
    ).toEqual(want);
  });

  test('RC1180: start, length with RSSI and CRC, stop', async () => {
    const l = bytes(PLAIN)[0]!;
    const frame = Buffer.concat([Buffer.from([0x68, l + 3]), bytes(PLAIN).subarray(1), bytes('A0123416')]);
    expect(await heard([bytes('FF00'), frame, bytes('6805'), frame], 'rc1180')).toEqual([
      [PLAIN, -80],
      [PLAIN, -80],
    ]);
  });
});

describe('keys', () => {
  test('by pattern, several for one meter', async () => {
    const { file } = await compileModule(join(packageRoot(), 'modules', 'wmbus'));
    const decoder = await WmbusDecoder.load(file);
    const keys = new Keys(`# house\nELS-1234* ${WRONG}\n\nels-12345678 ${GAS_KEY} # gas\nKAM-* ${WRONG}`);
    expect(hex(keys.of(decoder, { manufacturer: 'ELS', id: '12345678' }))).toBe(WRONG + GAS_KEY);
    expect(hex(keys.of(decoder, { manufacturer: 'ELS', id: '99345678' }, null))).toBe('');
  });

  test.each(['ELS-1 00', 'ELS', `ELS-1 ${GAS_KEY} more`, `(.*)+ ${GAS_KEY}`])('refuses %s', (line) => {
    expect(() => new Keys(line)).toThrow(MoteError);
  });
});

const built = existsSync(join(packageRoot(), 'build', 'modules', 'wmbus.wasm'));
describe.skipIf(!built)(
  `listen${built ? '' : ' (SKIPPED: build/modules/wmbus.wasm is missing, run npm run build)'}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'mote-listen-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    async function run(lines: string[], options: Parameters<typeof listen>[2] = {}, isTTY = false) {
      const output = Object.assign(new PassThrough(), { isTTY });
      const meters = await listen(Readable.from([lines.join('\n')]), output, options);
      output.end();
      return { meters, text: (await output.toArray()).join('') };
    }

    test('a line for each telegram, then the table: readings, strength, what is repeated, what is refused and noise', async () => {
      let now = 0;
      const { meters, text } = await run(
        [
          `T1;1;1;time;75;110;12345678;0x${PLAIN}`,
          PLAIN,
          `T1;1;1;time;75;70;12345678;0x${OTHER}`,
          GAS,
          `${GAS.slice(0, 40)}00${GAS.slice(42)}`,
        ],
        { now: () => (now += 1000) },
      );
      const [lines, table] = text.split('\n\n').map((part) =>
        part
          .trimEnd()
          .split('\n')
          .map((line) => line.trim().split(/ {2,}/)),
      );
      expect(lines).toEqual([
        ['1970-01-01T00:00:02.000Z', 'CEN-12345678', 'water', '876.543 m3', '-110 dBm'],
        ['1970-01-01T00:00:04.000Z', 'CEN-12345678', 'water', 'repeated'],
        ['1970-01-01T00:00:06.000Z', 'CEN-12345678', 'water', '876.544 m3', '-70 dBm'],
        ['1970-01-01T00:00:08.000Z', 'ELS-12345678', 'gas', 'no-key'],
      ]);
      expect(table![0]).toEqual([
        'meter',
        'medium',
        'reading',
        'RSSI',
        'min',
        'mean',
        'max',
        'good',
        'every',
        'repeated',
        'refused',
        'heard',
      ]);
      const water = [
        'CEN-12345678',
        'water',
        '876.544 m3',
        '-70 dBm',
        '-110',
        '-90',
        '-70',
        '2',
        '4 s',
        '1',
        '0',
        '6 s ago',
      ];
      expect(table![1]).toEqual(water);
      expect(table![2]).toEqual(['ELS-12345678', 'gas', 'no-key', '0', '0', '1', '4 s ago']);
      expect(table![3]).toEqual(['1 damaged']);
      expect(meters.noise).toBe(1);
      expect(meters.all.get('CEN-12345678')).toMatchObject({ interval: 4000, telegrams: 2, repeated: 1 });
    });

    test('what a repeater changes makes no other telegram, another access number does', async () => {
      // ELL: hop and repeat bits of its communication control (EN 13757-4, 13.2.7).
      const hopped = PLAIN.replace('8C20', '8C31');
      const unchanged = PLAIN.replace('8C2027', '8C2028');
      const { meters } = await run([PLAIN, hopped, unchanged]);
      expect(meters.all.get('CEN-12345678')).toMatchObject({ telegrams: 2, repeated: 1 });
    });

    test('the same telegram with CRCs of either format, and with another hop counter, is a repetition', async () => {
      const withCrc = (...blocks: Buffer[]) =>
        hex(
          Buffer.concat(
            blocks.flatMap((block) => {
              const sum = Buffer.alloc(2);
              sum.writeUInt16BE(crc(block));
              return [block, sum];
            }),
          ),
        );
      const frame = bytes(PLAIN);
      const inA = withCrc(frame.subarray(0, 10), frame.subarray(10));
      const inB = withCrc(Buffer.concat([Buffer.from([frame[0]! + 2]), frame.subarray(1)]));
      const { meters } = await run([PLAIN, inA, inB]);
      expect(meters.all.get('CEN-12345678')).toMatchObject({ telegrams: 1, repeated: 2, refused: new Map() });

      // Short header, no encryption: bits 0 and 1 of the configuration field count hops (EN 13757-7, 7.6).
      const header = (configuration: string) => `1344AE0C7856341201077A2700${configuration}0B13436587`;
      const hops = await run([header('0000'), header('0100'), header('0200'), header('0000').replace('7A27', '7A28')]);
      expect(hops.meters.all.get('CEN-12345678')).toMatchObject({ telegrams: 2, repeated: 2 });
    });

    test('a repeated telegram is new again after a minute', async () => {
      let now = 0;
      const { meters } = await run([PLAIN, PLAIN, PLAIN], { now: () => (now += 61_000) });
      expect(meters.all.get('CEN-12345678')).toMatchObject({ telegrams: 3, repeated: 0 });
    });

    test('the window is what is asked for', async () => {
      let now = 0;
      const options = { now: () => (now += 40_000), window: 200_000 };
      const { meters } = await run([PLAIN, PLAIN, PLAIN], options);
      expect(meters.all.get('CEN-12345678')).toMatchObject({ telegrams: 1, repeated: 2 });
    });

    test('JSON has the strength, and repetitions only when they are asked for', async () => {
      const hopped = PLAIN.replace('8C20', '8C31');
      const lines = [
        `T1;1;1;time;75;71;12345678;0x${PLAIN}`,
        hopped,
        PLAIN.replace('8C2027', '8C2028'),
        GAS.slice(0, 60),
      ];
      const read = ({ text }: { text: string }) =>
        text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line))
          .map(({ ok, link, meter }) => [ok, link?.rssi, meter?.access]);
      const once = [
        [true, -71, 39],
        [true, undefined, 40],
        [false, undefined, undefined],
      ];
      expect(read(await run(lines, { json: true }))).toEqual(once);
      const again = await run(lines, { json: true, repeated: true });
      expect(read(again)).toEqual([once[0], [true, undefined, 39], ...once.slice(1)]);
      // Numbers stand as the decoder wrote them.
      const decoder = await WmbusDecoder.load();
      const plain = decoder.decode(bytes(PLAIN));
      expect(again.text.split('\n')[0]).toBe(plain.replace('"ci":"78"}', '"ci":"78","rssi":-71}'));
    });

    test('keys of the table are tried in turn; a wrong one says so', async () => {
      const right = await run([GAS], { keys: new Keys(`ELS-* ${WRONG}\nELS-12345678 ${GAS_KEY}`) });
      expect(right.meters.all.get('ELS-12345678')).toMatchObject({ telegrams: 1, reading: '28504.27 m3' });
      const wrong = await run([GAS], { keys: new Keys(`ELS-* ${WRONG}`) });
      expect([...wrong.meters.all.get('ELS-12345678')!.refused]).toEqual([['wrong-key', 1]]);
    });

    test('on a terminal the table is drawn with every telegram, on a screen of its own', async () => {
      const { text } = await run([PLAIN, OTHER], {}, true);
      expect(text.startsWith('\x1b[?1049h')).toBe(true);
      expect(text.split('\x1b[H')).toHaveLength(3);
      const [screen, after] = text.split('\x1b[?1049l');
      expect(screen).toContain('876.543 m3');
      expect(after).toContain('876.544 m3');
      expect(after).not.toContain('\x1b');
    });

    test('on a terminal nothing is drawn that does not fit', async () => {
      const output = Object.assign(new PassThrough(), { isTTY: true, rows: 5, columns: 40 });
      const meters = Array.from({ length: 6 }, (_, n) => PLAIN.replace('AE0C7856', `AE0C785${n}`));
      await listen(Readable.from([meters.join('\n')]), output);
      output.end();
      const [live] = (await output.toArray()).join('').split('\x1b[?1049l');
      // What stands between the sequences that steer a terminal.
      const last = live!.split('\x1b[H').at(-1)!.replace('\x1b[?25h', '');
      const lines = last.split('\n').map((line) => line.replaceAll('\x1b[K', '').replaceAll('\x1b[J', ''));
      expect(lines).toHaveLength(4);
      expect(Math.max(...lines.map((line) => line.length))).toBe(39);
      expect(lines.at(-1)).toBe('… 4 more');
    });

    test('--file --json prints what decode prints', async () => {
      const decoder = await WmbusDecoder.load();
      const file = join(folder, 'heard.txt');
      writeFileSync(file, `${PLAIN}\n${GAS}\n`);
      const keys = join(folder, 'keys.txt');
      writeFileSync(keys, `ELS-* ${GAS_KEY}\n`);
      const output = new PassThrough();
      await listen(Readable.from([readFileSync(file)]), output, {
        json: true,
        keys: new Keys(readFileSync(keys, 'utf8')),
      });
      output.end();
      const want = [decoder.decode(bytes(PLAIN)), decoder.decode(bytes(GAS), bytes(GAS_KEY))];
      expect((await output.toArray()).join('')).toBe(`${want.join('\n')}\n`);
      const { exit, stdout } = await mote('wmbus', 'listen', '--file', file, '--keys', keys);
      expect(exit).toBe(0);
      expect(stdout).toContain('28504.27 m3');
    });
  },
);

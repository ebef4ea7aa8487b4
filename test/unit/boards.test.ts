import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../host-shim/files.ts';
import { boardNames, loadBoard, parseBoard, usersOf } from '../../runtime/boards/description.ts';
import { boardFiles, generateBoards } from '../../runtime/boards/generate.ts';
import { overlayFaults } from '../../runtime/boards/overlay.ts';
import { compileAssembly } from '../../runtime/guest/compiler/index.ts';

const read = (path: string) => readFileSync(join(packageRoot(), path), 'utf8');
const s0 = loadBoard('s0')!;
const overlay = read('zephyr-board/app/boards/s0.overlay');

test('there are the DevKitC, A0, S0 and the virtual board', () => {
  expect(boardNames()).toEqual(['a0', 'esp32c6_devkitc', 's0', 'virtual']);
  expect(loadBoard('../../package')).toBeUndefined();
});

test('what is made of them is fresh, and the overlays agree (npm run generate)', () => {
  expect(generateBoards({ check: true })).toEqual([]);
  expect([...boardFiles().keys()]).toContain('runtime/guest/boards/a0.ts');
});

describe('an overlay that differs', () => {
  test.each<[string, string, string, RegExp]>([
    ['a signal', 'UART1_TX_GPIO23', 'UART1_TX_GPIO21', /UART1_TX_GPIO21: s0\.json says GPIO23/],
    [
      'a chip select',
      '<&gpio0 21 GPIO_ACTIVE_LOW>',
      '<&gpio0 20 GPIO_ACTIVE_LOW>',
      /cs-gpios are 6, 7, 20: s0\.json says 6, 7, 21/,
    ],
    [
      'a pin',
      'int-gpios = <&gpio0 3 ',
      'int-gpios = <&gpio0 4 ',
      /GPIO4 is in the overlay.*GPIO3 is not in the overlay/s,
    ],
  ])('%s', (_, good, bad, said) => {
    expect(overlay).toContain(good);
    expect(overlayFaults(s0, overlay)).toEqual([]);
    expect(overlayFaults(s0, overlay.replace(good, bad)).join('\n')).toMatch(said);
  });

  test('has a bus of which the board says nothing', () => {
    expect(overlayFaults({ ...s0, buses: [] }, overlay)).toContain('UART0_TX_GPIO16: s0.json says nothing');
  });

  test('lacks a bus that the board says it sets', () => {
    const without = overlay.replace(/UART1_[TR]X_GPIO\d+/g, '');
    expect(overlayFaults(s0, without)).toContain('uart1 has no pins in the overlay');
  });

  test('says it in a comment alone', () => {
    expect(overlayFaults(s0, `${overlay}\n// UART1_TX_GPIO1\n/* <&gpio0 30 0> */`)).toEqual([]);
  });
});

describe('a description is refused', () => {
  const json = JSON.parse(read('runtime/boards/s0.json'));
  test.each<[string, (board: typeof json) => void, RegExp]>([
    ['a pin used twice', (b) => (b.pins[0].gpio = 21), /GPIO21 is .* and .*"shared"/],
    ['sharing without need', (b) => (b.shared = [{ gpio: 2, why: 'no' }]), /GPIO2 is shared by nobody/],
    ['half a bus', (b) => delete b.buses[0].pins.rx, /uart modem lacks rx/],
    ['a foreign signal', (b) => (b.buses[0].pins.cts = 30), /uart modem has no signal cts/],
    ['lines of a uart', (b) => (b.buses[0].lines = [{ name: 'x', gpio: 30, use: 'x' }]), /uart modem has no lines/],
    ['a unit twice', (b) => (b.buses[1].unit = 0), /two of bus uart0/],
    ['a name twice', (b) => (b.pins[1].name = b.pins[0].name), /two of pin ethernet_reset/],
    ['a part on no bus', (b) => (b.parts[0].at = 'i2c0:0x76'), /SIM7080G is at i2c0:0x76, and there is no i2c0/],
    ['two parts at a place', (b) => (b.parts[1].at = 'uart0'), /two of place uart0/],
    ['a place without form', (b) => (b.parts[0].at = 'uart'), /parts\.0\.at/],
    ['a GPIO beyond', (b) => (b.pins[0].gpio = 64), /pins\.0\.gpio/],
    ['a name with a blank', (b) => (b.pins[0].name = 'my pin'), /pins\.0\.name: is a word/],
    ['an unknown field', (b) => (b.colour = 'red'), /colour/],
  ])('%s', (_, spoil, said) => {
    const board = structuredClone(json);
    spoil(board);
    expect(() => parseBoard(JSON.stringify(board))).toThrow(said);
  });
});

test('a pin is shared when the board says why', () => {
  const board = parseBoard(
    JSON.stringify({
      ...s0,
      pins: [...s0.pins, { name: 'tap', gpio: 21, direction: 'in', use: 'test' }],
      shared: [{ gpio: 21, why: 'a probe' }],
    }),
  );
  expect(usersOf(board).get(21)).toEqual(['spi0:2 (wmbus)', 'tap (in)']);
});

test.each(boardNames())('the constants of %s compile, and are the numbers of the description', async (name) => {
  const board = loadBoard(name)!;
  const values = board.buses.map(
    ({ kind, name, unit }) => [`${kind === 'onewire' ? 'oneWire' : kind}.${name}`, unit] as const,
  );
  const camel = (text: string) => text.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  const source = [
    `import { board } from 'motekit/runtime/guest/boards/${name}';`,
    ...values.map(([path], at) => `export function bus${at}(): u32 { return board.${path}; }`),
    ...board.pins.map(({ name }, at) => `export function pin${at}(): u32 { return board.pin.${camel(name)}; }`),
  ].join('\n');
  const folder = join(packageRoot(), 'build', 'test', 'boards');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, source);
  const { wasm } = await compileAssembly(file);
  const exports = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(wasm))).exports as Record<
    string,
    () => number
  >;
  for (const [at, [, unit]] of values.entries()) expect(exports[`bus${at}`]!()).toBe(unit);
  for (const [at, { gpio }] of board.pins.entries()) expect(exports[`pin${at}`]!()).toBe(gpio);
});

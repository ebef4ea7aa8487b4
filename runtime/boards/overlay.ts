/**
 * Whether a Zephyr overlay sets the pins that the description says. Looks at the words that name a GPIO, not at the
 * devicetree's structure: Zephyr's own tools check that.
 */
import type { BoardDescription } from './description.ts';

/** The signals of pinctrl's words: `UART0_TX_GPIO16`, `SPIM2_SCLK_GPIO20`, `I2C0_SDA_GPIO6`. */
const SIGNAL: Record<string, string> = {
  TX: 'tx',
  RX: 'rx',
  SCLK: 'sck',
  MOSI: 'mosi',
  MISO: 'miso',
  SDA: 'sda',
  SCL: 'scl',
};
const KIND: Record<string, string> = { UART: 'uart', SPIM: 'spi', I2C: 'i2c' };
/** SPI2 is the only SPI controller of an ESP32-C6 for parts: it is spi0 of the contract. */
const FIRST_SPI = 2;

/** What differs, a line each; none: they agree. */
export function overlayFaults(board: BoardDescription, overlay: string): string[] {
  const text = overlay.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
  const faults: string[] = [];
  const found = new Set<string>();
  for (const [word, device, unit, signal, gpio] of text.matchAll(/\b(UART|SPIM|I2C)(\d)_([A-Z]+)_GPIO(\d+)\b/g)) {
    const kind = KIND[device!]!;
    const number = Number(unit) - (kind === 'spi' ? FIRST_SPI : 0);
    const bus = board.buses.find((candidate) => candidate.kind === kind && candidate.unit === number);
    const said = bus?.pins[SIGNAL[signal!] ?? ''];
    found.add(`${kind}${number}`);
    if (said !== Number(gpio))
      faults.push(`${word}: ${board.name}.json says ${said === undefined ? 'nothing' : `GPIO${said}`}`);
  }
  for (const { kind, unit, from } of board.buses) {
    if (from === 'overlay' && !found.has(`${kind}${unit}`)) faults.push(`${kind}${unit} has no pins in the overlay`);
  }
  const selects = /cs-gpios\s*=([^;]*);/.exec(text)?.[1];
  const lines = board.buses.find(({ kind, from }) => kind === 'spi' && from === 'overlay')?.lines ?? [];
  const said = lines.map(({ gpio }) => gpio).join(', ');
  const set = selects === undefined ? '' : gpiosOf(selects).join(', ');
  if (said !== set) faults.push(`cs-gpios are ${set || 'none'}: ${board.name}.json says ${said || 'none'}`);
  const named = gpiosOf(text.replace(/cs-gpios\s*=[^;]*;/, ''));
  const pins = board.pins.filter(({ overlay }) => overlay).map(({ gpio }) => gpio);
  for (const gpio of named)
    if (!pins.includes(gpio)) faults.push(`GPIO${gpio} is in the overlay, not in ${board.name}.json`);
  for (const gpio of pins) if (!named.includes(gpio)) faults.push(`GPIO${gpio} is not in the overlay`);
  return faults;
}

const gpiosOf = (text: string): number[] => [...text.matchAll(/<&gpio0\s+(\d+)/g)].map(([, gpio]) => Number(gpio));

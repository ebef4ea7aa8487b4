import { definePart } from '../description.ts';
import type { PartState } from '../part.ts';

const bcd = (value: number) => ((value / 10) << 4) | (value % 10);
const now = (part: PartState) => new Date((part.knob('time') || 0) * 1000);
const field = (name: string, value: (part: PartState) => number) => ({ name, value, writable: 0xff });

/** Real-time clock; the knob is what it shows (seconds since 1970), and stands still. */
export const pcf8563 = definePart({
  name: 'PCF8563',
  datasheet: 'NXP PCF8563, 11',
  kind: 'registers',
  bus: 'i2c',
  addresses: [0x51],
  startMicros: 0,
  knobs: { time: { unit: 's', min: 946684800, max: 7258118399, start: 1700000000 } },
  registers: {
    0: { name: 'Control_status_1', reset: 0x08, writable: 0xa8 },
    1: { name: 'Control_status_2', writable: 0x1f },
    2: {
      ...field('VL_seconds', (part) => bcd(now(part).getUTCSeconds()) | (part.memory.set ? 0 : 0x80)),
      written: (part) => (part.memory.set = 1),
    },
    3: field('Minutes', (part) => bcd(now(part).getUTCMinutes())),
    4: field('Hours', (part) => bcd(now(part).getUTCHours())),
    5: field('Days', (part) => bcd(now(part).getUTCDate())),
    6: field('Weekdays', (part) => now(part).getUTCDay()),
    7: field('Century_months', (part) => bcd(now(part).getUTCMonth() + 1) | (century(part) ? 0x80 : 0)),
    8: field('Years', (part) => bcd(now(part).getUTCFullYear() % 100)),
  },
});

function century(part: PartState): boolean {
  return now(part).getUTCFullYear() >= 2100;
}

import { definePart } from '../define.ts';
import type { PartState } from '../part.ts';

/** A field of the time in BCD, as the data sheet's tables have it. */
const field = (name: string, of: (now: Date, part: PartState) => number) => ({
  name,
  writable: 0xff,
  value: (part: PartState) => {
    const value = of(new Date(part.knob('time') * 1000), part);
    return Math.floor(value / 10) * 16 + (value % 10);
  },
});

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
    // VL until the seconds are written (8.4.1); C in the months is the century (8.4.6).
    2: {
      ...field('VL_seconds', (now, { memory }) => now.getUTCSeconds() + (memory.set ? 0 : 80)),
      written: (part) => (part.memory.set = 1),
    },
    3: field('Minutes', (now) => now.getUTCMinutes()),
    4: field('Hours', (now) => now.getUTCHours()),
    5: field('Days', (now) => now.getUTCDate()),
    6: field('Weekdays', (now) => now.getUTCDay()),
    7: field('Century_months', (now) => now.getUTCMonth() + 1 + (now.getUTCFullYear() >= 2100 ? 80 : 0)),
    8: field('Years', (now) => now.getUTCFullYear() % 100),
  },
});

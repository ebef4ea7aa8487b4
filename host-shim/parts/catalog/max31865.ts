import { definePart } from '../define.ts';
import { resistanceOf } from '../formulas/rtd.ts';
import type { PartState } from '../part.ts';

/** The RTD register: 15 bits and the fault bit. */
function rtd(part: PartState): number {
  const code = Math.min(32767, Math.round((resistanceOf(part.knob('temperature')) / 430) * 32768));
  return part.knob('wire') ? 0xffff : code << 1;
}

/** A PT100 and a reference of 430 ohms; `wire` 1 is a broken one. */
export const max31865 = definePart({
  name: 'MAX31865',
  datasheet: 'Maxim 19-6478, 3',
  kind: 'registers',
  bus: 'spi',
  spi: { modes: [1, 3], hertz: 5_000_000, read: 0x00, write: 0x80 },
  startMicros: 0,
  knobs: {
    temperature: { unit: 'Cel', min: -200, max: 850, start: 20, noise: 0.02 },
    wire: { unit: '1', min: 0, max: 1, start: 0 },
  },
  registers: {
    0: { name: 'Configuration', writable: 0xd1, identity: true }, // 1-shot and fault clear clear themselves
    1: { name: 'RTD', bytes: 2, value: rtd },
    3: { name: 'High fault threshold', bytes: 2, reset: 0xffff, writable: 0xffff },
    5: { name: 'Low fault threshold', bytes: 2, writable: 0xffff },
    7: { name: 'Fault status', value: (part) => (part.knob('wire') ? 0x80 : 0) },
  },
  conversion: {
    micros: (part) => (part.register(0) & 1 ? 62_500 : 52_000),
    trigger: { register: 0, mask: 0xa0, equals: 0xa0 },
  },
});

import { definePart } from '../define.ts';
import type { PartState } from '../part.ts';

const line = (body: string) => {
  const sum = [...body].reduce((x, c) => x ^ c.charCodeAt(0), 0);
  return `$${body}*${sum.toString(16).toUpperCase().padStart(2, '0')}\r\n`;
};

/** dddmm.mmmmm and the letter of the side. */
function angle(degrees: number, digits: number, [positive, negative]: [string, string]): string {
  const tenMicro = Math.round(Math.abs(degrees) * 60 * 100_000);
  const minutes = tenMicro % 6_000_000;
  const whole = String(Math.floor(tenMicro / 6_000_000)).padStart(digits, '0');
  return `${whole}${(minutes / 100_000).toFixed(5).padStart(8, '0')},${degrees < 0 ? negative : positive}`;
}

function say(part: PartState): Uint8Array {
  const [date, time] = new Date(part.knob('time') * 1000).toISOString().split('T') as [string, string];
  const clock = time.slice(0, 8).replaceAll(':', '');
  const day = `${date.slice(8, 10)}${date.slice(5, 7)}${date.slice(2, 4)}`;
  const used = String(Math.round(part.knob('satellites'))).padStart(2, '0');
  const place = `${angle(part.knob('latitude'), 2, ['N', 'S'])},${angle(part.knob('longitude'), 3, ['E', 'W'])}`;
  const fixed = part.knob('satellites') >= 4;
  const gga = `GNGGA,${clock}.00,${fixed ? place : ',,,'},${fixed ? 1 : 0},${used},1.0`;
  const rmc = `GNRMC,${clock}.00,${fixed ? 'A' : 'V'},${fixed ? place : ',,,'}`;
  const motion = `${part.knob('knots').toFixed(3)},${part.knob('course').toFixed(2)}`;
  const text =
    line(`${gga},${fixed ? part.knob('altitude').toFixed(1) : ''},M,45.0,M,,`) +
    line(`${rmc},${fixed ? motion : ','},${day},,,A`);
  return new TextEncoder().encode(text);
}

/** A satellite receiver; with fewer than four satellites it has no fix. */
export const gnss = definePart({
  name: 'GNSS',
  datasheet: 'NMEA 0183, GGA and RMC',
  kind: 'uart',
  bus: 'uart',
  startMicros: 0,
  knobs: {
    latitude: { unit: 'lat', min: -90, max: 90, start: 47.285 },
    longitude: { unit: 'lon', min: -180, max: 180, start: 8.565 },
    altitude: { unit: 'm', min: -500, max: 18000, start: 499.6 },
    knots: { unit: 'kn', min: 0, max: 999, start: 0 },
    course: { unit: 'deg', min: 0, max: 359.99, start: 0 },
    satellites: { unit: 'count', min: 0, max: 24, start: 8 },
    time: { unit: 's', min: 951782400, max: 4102444799, start: 1700000000 },
  },
  baud: 9600,
  every: 1_000_000,
  say,
});

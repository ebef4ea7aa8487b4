import { definePart, type PartState } from 'motekit/testing';

/** The value in 0.01 °C, `*`, and the sum of its characters in hexadecimal, as an ASCII line. */
function answer(part: PartState, request: Uint8Array): Uint8Array | undefined {
  if (new TextDecoder().decode(request) !== 'T\r') return undefined;
  const text = String(Math.round(part.knob('temperature') * 100));
  const sum = [...text].reduce((total, character) => total + character.charCodeAt(0), 0) & 0xff;
  return new TextEncoder().encode(`${text}*${sum.toString(16).toUpperCase().padStart(2, '0')}\n`);
}

/** The data sheet as data: the tests break and turn this part. */
export const {{name}} = definePart({
  name: '{{title}}',
  datasheet: 'manufacturer, document and revision',
  kind: 'uart',
  bus: 'uart',
  startMicros: 0,
  knobs: { temperature: { unit: 'Cel', min: -40, max: 125, start: 25, noise: 0.02 } },
  baud: 9600,
  answer,
  micros: 20_000, // from the question to the answer
});

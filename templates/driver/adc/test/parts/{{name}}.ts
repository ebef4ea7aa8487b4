import { definePart } from 'motekit/testing';

/** The data sheet as data: the tests turn this part. */
export const {{name}} = definePart({
  name: '{{title}}',
  datasheet: 'manufacturer, document and revision',
  kind: 'adc',
  bus: 'adc',
  startMicros: 0,
  knobs: { temperature: { unit: 'Cel', min: -40, max: 125, start: 25, noise: 0.1 } },
  // 10 mV for each °C, 500 mV at 0 °C.
  millivolts: (part) => 500 + 10 * part.knob('temperature'),
});

import { testDriver } from 'motekit/testing';
import { {{name}} } from './parts/{{name}}.ts';

// What the knobs say is read back over their range, and each fault has its name, at each transfer.
testDriver({{name}}, {
  source: new URL('../assembly/{{name}}.ts', import.meta.url),
  className: '{{class}}',
  config: '{{name}} port=1',
  at: 'uart1',
  reads: { temperature: { quantity: 'temperature', tolerance: 0.006 } },
});

import { testDriver } from 'motekit/testing';
import { {{name}} } from './parts/{{name}}.ts';

// What the knobs say is read back over their range, and each fault has its name, at each transfer.
testDriver({{name}}, {
  source: new URL('../assembly/{{name}}.ts', import.meta.url),
  className: '{{class}}',
  config: '{{name}} data=4 clock=5',
  at: 'gpio4:5',
  reads: { counts: { quantity: 'count', tolerance: 0.5 } },
});

/** What every host of the kernel must play alike: the probe (test/unit/kernel/assembly/probe.ts) says what it sees. */
import { type Event, RET, Script, tell } from './scenario.ts';
import { FIXTURES } from '../../unit/kernel/fixtures.ts';

const script = () => new Script();
const many = (count: number, event: (index: number) => Event) =>
  Array.from({ length: count }, (_, index) => event(index));
const spawn = (...args: Parameters<Script['spawn']>) => tell(1, script().spawn(...args));

function letter(to: number, inner: Script): Event {
  const outer = script();
  const payload = inner.bytes();
  return tell(1, outer.op('mailSend', to, outer.data(payload), payload.length, RET));
}

export interface Scenario {
  events: Event[];
  /** Lines that must be among what is said. */
  said: string[];
  /** Lines that must not. */
  unsaid?: string[];
}

export const SCENARIOS: Record<string, Scenario> = {
  'a supervisor and a child': {
    events: [
      spawn('child', 'probe', {}, [{ capability: 'settings', scope: 'keys/' }]),
      tell(2, script().op('randomGet', 8, RET)),
      tell(1, script().op('actorsTick', 2, RET).op('actorsCheck', 2, RET)),
      (() => {
        const ask = script();
        const [key, id] = [ask.text('keys/1'), ask.text('id')];
        return tell(2, ask.op('settingsGet', key, 6, RET).op('settingsGet', id, 2, RET).op('settingsGet', id, 0, RET));
      })(),
      letter(2, script().op('mailReply', RET, 0, RET)),
      tell(1, script().op('actorsInspect', 2, RET)),
      tell(2, script().op('trap')),
      tell(1, script().op('actorsInspect', 2, RET)),
    ],
    said: [
      '1 child: s',
      '1 probe: S 2',
      '1 child: l 00 0001020304050607',
      '1 child: t',
      '1 probe: h 2 1',
      '1 child: l 00 6b6579732f31',
      '1 child: l 01 00',
      '1 child: m 1',
      '1 probe: m 2',
      '2 child: trap: unreachable executed',
      '1 probe: x 2 trap: unreachable executed',
    ],
  },
  'modules that must not load, and one that may': {
    events: [...Object.keys(FIXTURES).map((name) => spawn(name, name)), spawn('last', 'probe')],
    said: ['1 last: s', '2 no-health: load: missing export health', '2 unknown-import: load: unknown import log.writ'],
  },
  'budgets crossed': {
    events: [
      ...many(7, () => spawn('child', 'probe')),
      tell(2, script().op('spin')),
      tell(3, script().op('recurse', 100_000)),
      tell(4, script().op('grow', 1).op('grow', 0xffffffff).op('load', 8191)),
      tell(4, script().op('load', 8192)),
      tell(5, script().op('burn', 199_000)),
      tell(5, script().op('burn', 200_000)),
      tell(6, script().op('realloc', 3, 0).op('randomGet', 4, RET)),
      tell(7, script().op('wide', 100_000)),
      tell(8, script().op('logWrite', 1, 8191, 2)),
    ],
    said: [
      '1 probe: x 2 fuel',
      '1 probe: x 3 trap: stack overflow',
      '1 child: g 4294967295 1',
      '1 probe: x 4 trap: out of bounds memory access',
      '1 probe: x 5 fuel',
      '1 probe: x 6 fuel',
      '1 probe: x 7 trap: stack overflow',
      '1 probe: x 8 trap: address outside memory',
    ],
  },
  'fuel, counted': {
    events: [
      // Nine probes are what fits into 512 KB beside the supervisor.
      ...many(9, (index) => spawn('child', 'probe', { fuel: 100_000 + index })),
      ...many(5, (index) => tell(2 + index, script().op('burn', 137 * index))),
      ...many(4, (index) => tell(7 + index, script().op('recurseThenRandom', 3 * index, 8))),
      ...many(9, (index) => tell(1, script().op('actorsInspect', 2 + index, RET))),
    ],
    said: [],
  },
  '64 modules': {
    events: [
      ...many(64, () => spawn('child', 'quiet', { memory: 1024, stack: 512 }, [{ capability: 'radio-receive' }])),
      { kind: 'radio', frame: Uint8Array.of(0x2c, 0x44), rssi: -90 },
      tell(1, script().op('actorsInspect', 65, RET)),
    ],
    said: ['= 65', '1 probe: f 2c44 910'],
  },
  timers: {
    events: [
      tell(
        1,
        script().op('timerSet', 1, 50, RET).op('timerSet', 2, 20, RET).op('timerSet', 3, 20, RET).op('timerCancel', 9),
      ),
      { kind: 'time', now: 1019 },
      { kind: 'time', now: 1020 },
      { kind: 'time', now: 5000 },
      tell(1, script().op('timerSet', 4, 0x7fffffff, RET).op('timerSet', 5, 0x80000000, RET)),
    ],
    said: ['1 probe: T 3', '1 probe: T 2', '1 probe: T 1', `halted 0, next ${5000 + 0x7fffffff}`],
  },
  'the supervisor ends': {
    events: [
      spawn('child', 'probe'),
      tell(1, script().op('trap')),
      { kind: 'radio', frame: Uint8Array.of(1), rssi: 0 },
    ],
    said: ['2 probe: trap: unreachable executed', 'halted 1, next -1'],
  },
};

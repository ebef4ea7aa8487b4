/** Buses, pins, serial ports and datagrams: scopes by number and range, bounds, what is no script, messages, what an end gives back. */
import type { Capability } from '../../../runtime/abi/generated/contract.ts';
import { type Event, RET, Script, tell } from '../kernel/scenario.ts';
import type { Scenario } from '../kernel/scenarios.ts';

const script = () => new Script();
const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));
const spawn = (scopes: [Capability, string][]) =>
  tell(
    1,
    script().spawn(
      'child',
      'probe',
      {},
      scopes.map(([capability, scope]) => ({ capability, scope })),
    ),
  );
const inspect = (actor: number) => tell(1, script().op('actorsInspect', actor, RET));
const i2c = (actor: number, bus: number, address: number, steps: number[] = [2, 1]) => {
  const ask = script();
  return tell(actor, ask.op('i2cTransfer', bus, address, ask.data(steps), steps.length, RET));
};

/** Scopes of i2c, each for a module of its own, and which of the probes pass. */
const SCOPES: [scope: string, passes: [bus: number, address: number][]][] = [
  ['', [[0, 0x10], [1, 0x76], [3, 0xa050]]], // biome-ignore format: a table
  ['i2c1', [[1, 0x76]]],
  ['i2c1:0x76', [[1, 0x76]]],
  ['i2c1:118', [[1, 0x76]]],
  ['i2c0-1:0x10-0x76', [[0, 0x10], [1, 0x76]]], // biome-ignore format: a table
  ['i2c1:0x77-0x7f', []],
  ['i2c1:0x70-0x75', []],
  ['i2c11:0x76', []],
  ['i2c:0x76', []],
  ['i2c1:', []],
  ['i2c1:0x76:in', []],
  ['i2c1:0x', []],
  ['i2c1:0x76-', []],
  ['i2c1:99999999999', []],
  ['i2c1:0xfffffffff', []],
  ['spi1:0x76', []],
  ['i2c3:0xa050', [[3, 0xa050]]],
];
const ASKED: [number, number][] = [[0, 0x10], [1, 0x76], [3, 0xa050]]; // biome-ignore format: a table

/** Scripts that are none, or beyond the bounds; each on every bus. */
const BAD_SCRIPTS: number[][] = [
  [6],
  [0xff],
  [1],
  [1, 0],
  [2],
  [2, 0],
  [1, 3, 1, 2],
  [3],
  [3, 1],
  [3, 0x11, 0x27], // 10,001 us
  [3, 0x88, 0x13, 3, 0x89, 0x13], // 5000 + 5001
  [2, 255, 2, 2], // 257 bytes
  [...times(257, () => 0)],
];
const GOOD_SCRIPTS: number[][] = [
  [3, 0x10, 0x27],
  [2, 255, 2, 1],
  [...times(256, () => 0)],
  [1, 2, 0xaa, 0x55, 0, 2, 3],
];

function onEach(steps: number[]): Event {
  const ask = script();
  const at = ask.data(steps);
  return tell(
    1,
    ask
      .op('i2cTransfer', 1, 0x76, at, steps.length, RET)
      .op('spiTransfer', 1, 0, 0, 1000, at, steps.length, RET)
      .op('oneWireTransfer', 1, at, steps.length, RET),
  );
}

const bytes = (count: number) => new Uint8Array(count).fill(0x61);

export const BUS_SCENARIOS: Record<string, Scenario> = {
  'scopes of buses, by number and range': {
    events: SCOPES.flatMap(([scope], index) => [
      spawn([['i2c', scope]]),
      ...ASKED.map(([bus, address]) => i2c(2 + index, bus, address, [2, 1, 3, index, 0])),
      inspect(2 + index),
      tell(1, script().op('actorsStop', 2 + index, RET)),
    ]),
    said: SCOPES.flatMap(([, passes], index) =>
      passes.map(([bus, address]) => `i2c ${bus} ${address} 020103${index.toString(16).padStart(2, '0')}00`),
    ),
    unsaid: SCOPES.flatMap(([, passes], index) =>
      ASKED.filter((asked) => !passes.some((pass) => pass.join() === asked.join())).map(
        ([bus, address]) => `i2c ${bus} ${address} 020103${index.toString(16).padStart(2, '0')}00`,
      ),
    ),
  },
  'a pin in, a pin out': {
    events: [
      spawn([
        ['gpio', '4-5:in'],
        ['gpio', '0x6:out'],
        ['gpio', '9'],
      ]),
      ...[3, 4, 5, 6, 9].map((pin) =>
        tell(2, script().op('gpioInput', pin, 0, RET).op('gpioRead', pin, RET).op('gpioWatch', pin, 1, RET)),
      ),
      ...[3, 4, 5, 6, 9].map((pin) => tell(2, script().op('gpioWrite', pin, pin, RET))),
      // Both of its pins have to be granted: 5 is an input only, 6 an output only.
      tell(2, script().op('gpioShift', 4, 5, 8, 8, 1, RET).op('gpioShift', 6, 9, 8, 8, 1, RET)),
      tell(2, script().op('gpioShift', 4, 6, 8, 8, 1, RET).op('gpioShift', 9, 9, 8, 8, 1, RET)),
      inspect(2),
    ],
    said: ['input 4 0', 'read 9', 'watch 2 5 1', 'write 6 true', 'write 9 true', 'shift 4 6 8 8 1', 'shift 9 9 8 8 1'],
    unsaid: [
      'input 6 0',
      'read 3',
      'watch 2 6 1',
      'write 4 true',
      'write 5 true',
      'shift 4 5 8 8 1',
      'shift 6 9 8 8 1',
    ],
  },
  'scripts that are none, scripts at their bounds': {
    events: [...BAD_SCRIPTS.map(onEach), ...GOOD_SCRIPTS.map(onEach), onEach([5, 1, 0]), onEach([4, 1, 0]), onEach([])],
    said: [
      'i2c 1 118 031027',
      'i2c 1 118 0102aa55000203',
      'one-wire 1 050100',
      'spi 1 0 0 1000 040100',
      // An empty script is a question on I2C, and none elsewhere.
      'i2c 1 118 ',
    ],
    unsaid: [
      'i2c 1 118 06',
      'i2c 1 118 0100',
      'i2c 1 118 050100',
      'i2c 1 118 040100',
      'spi 1 0 0 1000 ',
      'one-wire 1 ',
    ],
  },
  'addresses, modes and numbers at and over their bounds': {
    events: [
      ...[0, 0x7f, 0x80, 0x9fff, 0xa000, 0xa3ff, 0xa400].map((address) => i2c(1, 1, address)),
      ...[15, 16, 0xffffffff].map((bus) => i2c(1, bus, 1)),
      ...[0, 1].map((hertz) => tell(1, script().op('spiTransfer', 0, 0, 3, hertz, RET, 1, RET))),
      ...[0, 32, 33].map((bits) => tell(1, script().op('gpioShift', 1, 2, bits, 33, 1, RET))),
      ...[0, 64, 65].map((pulses) => tell(1, script().op('gpioShift', 1, 2, 0, pulses, 1, RET))),
      ...[0, 50, 51].map((micros) => tell(1, script().op('gpioShift', 1, 2, 0, 1, micros, RET))),
      tell(1, script().op('gpioShift', 1, 2, 9, 8, 1, RET)),
      ...[24, 25].map((bits) => tell(1, script().op('adcRead', 0, 0, bits, 1, RET))),
      ...[0, 256, 257].map((samples) => tell(1, script().op('adcRead', 0, 0, 0, samples, RET))),
      tell(1, script().op('pwmSet', 0, 0, 0, 0, RET).op('pwmSet', 0, 0, 5, 6, RET).op('pwmSet', 0, 0, 5, 5, RET)),
      ...(
        [
          [0, 8, 0, 1, 1, 1],
          [1, 4, 0, 1, 1, 1],
          [1, 9, 0, 1, 1, 1],
          [1, 8, 0, 0, 1, 1],
          [1, 8, 0, 3, 1, 1],
          [1, 8, 0, 1, 0, 1],
          [1, 8, 0, 1, 1_000_001, 1],
          [1, 8, 0, 1, 1, 0],
          [1, 8, 0, 1, 1, 257],
          [1, 5, 2, 2, 1_000_000, 256],
        ] as const
      ).map((config) => tell(1, script().op('uartOpen', 2, ...config, RET))),
      ...[0, 1, 256, 257].map((length) => {
        const ask = script();
        return tell(1, ask.op('uartWrite', 2, ask.data(bytes(length)), length, RET));
      }),
      ...[65_535, 65_536].map((port) => tell(1, script().op('datagramBind', port, RET))),
      ...[0, 1200, 1201].map((length) => {
        const ask = script();
        return tell(1, ask.op('datagramSend', ask.text('p:1'), 3, ask.data(bytes(length)), length, RET));
      }),
      ...[128, 129].map((length) => {
        const ask = script();
        return tell(1, ask.op('datagramSend', ask.data(bytes(length)), length, RET, 0, RET));
      }),
      ...[0, 1, 0x7fffffff, 0x80000000].map((period) => tell(1, script().op('timerEvery', 3, period, RET))),
    ],
    said: ['i2c 1 40960 0201', 'i2c 1 41983 0201', 'open 1 2 1,5,2,2,1000000,256', 'bind 1 65535'],
    unsaid: ['i2c 1 128 0201', 'i2c 1 40959 0201', 'i2c 1 41984 0201', 'bind 1 65536', 'pwm 0 0 5 6'],
  },
  'cases of buses that are none': {
    events: [
      ...times(5, () => spawn([['spi', ''], ['gpio', ''], ['uart', '']])), // biome-ignore format: a table
      (() => {
        const ask = script();
        return tell(2, ask.op('spiTransfer', 0, 0, 4, 1, ask.data([2, 1]), 2, RET));
      })(),
      tell(3, script().op('gpioInput', 0, 3, RET)),
      tell(4, script().op('gpioWatch', 0, 4, RET)),
      tell(5, script().op('uartOpen', 0, 1, 8, 3, 1, 1, 1, RET)),
      tell(6, script().op('spiTransfer', 0, 0, 0, 1, 0xfffffff0, 200, RET)),
    ],
    said: times(4, (i) => `1 probe: x ${2 + i} trap: no such case`).concat('1 probe: x 6 trap: address outside memory'),
  },
  'what comes from outside': {
    events: [
      spawn([]),
      { kind: 'gpio', actor: 2, pin: 9, high: true, count: 0xfffffffe, at: 0xfffffff0 },
      { kind: 'gpio', actor: 2, pin: 0xffffffff, high: false, count: 1, at: 2 },
      { kind: 'gpio', actor: 99, pin: 9, high: true, count: 1, at: 2 },
      { kind: 'uart', actor: 2, port: 1, bytes: Uint8Array.of(0, 0xc0, 0xdb, 0xff), faults: 3 },
      { kind: 'uart', actor: 2, port: 2, bytes: new Uint8Array(), faults: 2 },
      { kind: 'uart', actor: 2, port: 2, bytes: bytes(256), faults: 0 },
      { kind: 'uart', actor: 2, port: 2, bytes: bytes(257), faults: 0 },
      { kind: 'uart', actor: 2, port: 65_536, bytes: bytes(1), faults: 0 },
      { kind: 'uart', actor: 99, port: 2, bytes: bytes(1), faults: 0 },
    ],
    said: [
      '1 child: e 9 1 4294967294 4294967280',
      '1 child: e 4294967295 0 1 2',
      '1 child: u 1 00c0dbff 3',
      '1 child: u 2  2',
    ],
  },
  'pieces of files, from servers that a grant names': {
    events: [
      spawn([['http', 'https://a.example/']]),
      spawn([['http', 'https://a.example/b']]),
      spawn([]),
      ...[2, 3, 4].flatMap((actor) =>
        ['https://a.example/b', 'https://a.example/', 'https://a.example.org/b', 'http://a.example/b', ''].map(
          (url) => {
            const ask = script();
            return tell(actor, ask.op('httpGet', ask.text(url), url.length, actor, 512, ask.text('"t"'), 3, RET));
          },
        ),
      ),
      spawn([['http', '']]),
      ...[0, 1, 4096, 4097].map((length) => {
        const ask = script();
        return tell(5, ask.op('httpGet', ask.text('http://x'), 8, 0xffffffff, length, RET, 0, RET));
      }),
      ...(
        [
          [128, 64],
          [129, 0],
          [8, 65],
        ] as const
      ).map(([url, tag]) => {
        const ask = script();
        return tell(5, ask.op('httpGet', ask.data(bytes(url)), url, 0, 1, ask.data(bytes(tag)), tag, RET));
      }),
      ...(
        [
          [12, 0],
          [76, 4096],
          [11, 1],
          [77, 1],
          [12, 4097],
        ] as const
      ).map(([head, length]): Event => ({ kind: 'http', actor: 5, head: bytes(head), bytes: bytes(length) })),
      { kind: 'http', actor: 99, head: bytes(12), bytes: bytes(1) },
      { kind: 'http', actor: 3, head: bytes(14), bytes: bytes(3) },
    ],
    said: [
      'get 2 https://a.example/b 2 512 "t"',
      'get 2 https://a.example/ 2 512 "t"',
      'get 3 https://a.example/b 3 512 "t"',
      'get 5 http://x 4294967295 1 ',
      'get 5 http://x 4294967295 4096 ',
    ],
    unsaid: [
      'get 2 https://a.example.org/b 2 512 "t"',
      'get 2 http://a.example/b 2 512 "t"',
      'get 3 https://a.example/ 3 512 "t"',
      'get 4 https://a.example/b 4 512 "t"',
      'get 5 http://x 4294967295 0 ',
      'get 5 http://x 4294967295 4097 ',
    ],
  },
  'datagrams, to and from peers that a grant names': {
    events: [
      spawn([['datagram', 'gw.example:1885']]),
      spawn([['datagram', 'local']]),
      spawn([]),
      spawn([['datagram', '']]),
      ...[2, 3, 4, 5].flatMap((actor) => [
        tell(actor, script().op('datagramBind', 0, RET)),
        ...['gw.example:1885', 'gw.example:1886', '10.0.0.1:9', 'local:1885'].map((peer) => {
          const ask = script();
          return tell(actor, ask.op('datagramSend', ask.text(peer), peer.length, ask.data([actor]), 1, RET));
        }),
        ...[true, false].flatMap((local): Event[] =>
          ['gw.example:1885', '10.0.0.1:9'].map((peer) => ({
            kind: 'datagram',
            actor,
            peer,
            local,
            bytes: Uint8Array.of(actor),
          })),
        ),
        inspect(actor),
      ]),
      { kind: 'datagram', actor: 5, peer: 'p'.repeat(129), local: true, bytes: bytes(1) },
      { kind: 'datagram', actor: 5, peer: 'p:1', local: true, bytes: bytes(1201) },
      { kind: 'datagram', actor: 99, peer: 'p:1', local: true, bytes: bytes(1) },
    ],
    said: [
      'bind 2 0',
      'bind 3 0',
      'datagram 2 false gw.example:1885 02',
      // Of a peer on its own links the board decides.
      'datagram 3 true 10.0.0.1:9 03',
      'datagram 5 false 10.0.0.1:9 05',
      '1 child: d gw.example:1885 02',
      '1 child: d 10.0.0.1:9 03',
      '1 child: d 10.0.0.1:9 05',
    ],
    unsaid: [
      'bind 4 0',
      'datagram 2 false gw.example:1886 02',
      'datagram 2 true 10.0.0.1:9 02',
      '1 child: d 10.0.0.1:9 02',
      '1 child: d gw.example:1885 04',
    ],
  },
  'who ends gives back what it had, and only then': {
    events: [
      ...times(4, () => spawn([['gpio', ''], ['uart', ''], ['datagram', '']])), // biome-ignore format: a table
      tell(2, script().op('gpioWatch', 1, 3, RET).op('trap')),
      tell(3, script().op('uartOpen', 1, 1, 8, 0, 1, 1, 1, RET)),
      tell(1, script().op('actorsStop', 3, RET)),
      tell(4, script().op('datagramBind', 1, RET).op('trap')),
      // It has nothing: its port was not found.
      tell(5, script().op('uartOpen', 99, 1, 8, 0, 1, 1, 1, RET).op('trap')),
    ],
    said: ['release 2', 'release 3', 'release 4'],
    unsaid: ['release 5', 'release 1'],
  },
  'timers that come again, timers at a time': {
    events: [
      tell(1, script().op('timerEvery', 5, 100, RET).op('timerAt', 6, 1250, 0, RET).op('timerAt', 7, 5, 1, RET)),
      ...[1099, 1100, 1200, 1249, 1250, 1300].map((now): Event => ({ kind: 'time', now })),
      // Four periods pass at once: one message, and the next one in step.
      { kind: 'time', now: 1750 },
      { kind: 'time', now: 1799 },
      { kind: 'time', now: 1800 },
      tell(1, script().op('timerCancel', 5)),
      { kind: 'time', now: 5000 },
      tell(1, script().op('timerAt', 8, 10, 0, RET)),
      tell(1, script().op('timerEvery', 9, 1000, RET).op('timerSet', 9, 10, RET)),
      { kind: 'time', now: 5010 },
      { kind: 'time', now: 9000 },
    ],
    said: ['1 probe: T 5', '1 probe: T 6', '1 probe: T 8', '1 probe: T 9', 'halted 0, next 4294967301'],
    unsaid: ['1 probe: T 7'],
  },
};

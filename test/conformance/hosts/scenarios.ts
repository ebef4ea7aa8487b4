/** Scenarios for hosts with whole ports: every import with its grant and without, every bound crossed, what must not run. */
import type { Capability } from '../../../runtime/abi/generated/contract.ts';
import { type BUDGET, type Event, type Grant, type OPCODE, RET, Script, tell } from '../kernel/scenario.ts';
import type { Scenario } from '../kernel/scenarios.ts';

type Name = keyof typeof OPCODE;

interface ImportCase {
  name: Name;
  /** What it needs: exactly this grant lets this call pass. */
  grant?: { capability: Capability; scope: string };
  call: (script: Script) => Script;
}

const [JOURNAL, SLOTS] = [0, 1];
const letter = [1, 2, 3];

/** Every import, once, in the contract's order (a test compares). */
export const IMPORTS: ImportCase[] = [
  { name: 'logWrite', call: (s) => s.op('logWrite', 1, s.text('line'), 4) },
  { name: 'clockNow', call: (s) => s.op('clockNow') },
  { name: 'clockUnix', call: (s) => s.op('clockUnix', RET) },
  { name: 'timerSet', call: (s) => s.op('timerSet', 7, 5, RET) },
  { name: 'timerCancel', call: (s) => s.op('timerCancel', 7) },
  { name: 'timerEvery', call: (s) => s.op('timerEvery', 8, 5, RET) },
  { name: 'timerAt', call: (s) => s.op('timerAt', 9, 5, 1, RET) },
  { name: 'randomGet', call: (s) => s.op('randomGet', 16, RET) },
  {
    name: 'settingsGet',
    grant: { capability: 'settings', scope: 'name' },
    call: (s) => s.op('settingsGet', s.text('name'), 4, RET),
  },
  {
    name: 'radioSend',
    grant: { capability: 'radio-send', scope: '' },
    call: (s) => s.op('radioSend', s.data(letter), 3, RET),
  },
  { name: 'mqttConnected', call: (s) => s.op('mqttConnected') },
  {
    name: 'mqttPublish',
    grant: { capability: 'mqtt-publish', scope: 'a/' },
    call: (s) => s.op('mqttPublish', s.text('a/b'), 3, s.data(letter), 3, 1, RET),
  },
  {
    name: 'mqttSubscribe',
    grant: { capability: 'mqtt-subscribe', scope: 'a/#' },
    call: (s) => s.op('mqttSubscribe', s.text('a/#'), 3, RET),
  },
  {
    name: 'flashDescribe',
    grant: { capability: 'flash', scope: 'slots' },
    call: (s) => s.op('flashDescribe', SLOTS, RET),
  },
  {
    name: 'flashRead',
    grant: { capability: 'flash', scope: 'journal' },
    call: (s) => s.op('flashRead', JOURNAL, 4, 8, RET),
  },
  {
    name: 'flashProgram',
    grant: { capability: 'flash', scope: 'journal' },
    call: (s) => s.op('flashProgram', JOURNAL, 8, s.data([1, 2, 3, 4]), 4, RET),
  },
  {
    name: 'flashErase',
    grant: { capability: 'flash', scope: 'journal' },
    call: (s) => s.op('flashErase', JOURNAL, 0, 4096, RET),
  },
  { name: 'mailSend', grant: { capability: 'mail', scope: '' }, call: (s) => s.op('mailSend', 1, RET, 0, RET) },
  {
    name: 'mailPost',
    grant: { capability: 'mail', scope: 'probe' },
    call: (s) => s.op('mailPost', s.text('probe'), 5, RET, 0, RET),
  },
  { name: 'mailReply', call: (s) => s.op('mailReply', RET, 0, RET) },
  {
    name: 'actorsSpawn',
    grant: { capability: 'actors', scope: '' },
    call: (s) => s.spawn('grandchild', 'quiet'),
  },
  { name: 'actorsStop', grant: { capability: 'actors', scope: '' }, call: (s) => s.op('actorsStop', 99, RET) },
  { name: 'actorsTick', grant: { capability: 'actors', scope: '' }, call: (s) => s.op('actorsTick', 99, RET) },
  { name: 'actorsCheck', grant: { capability: 'actors', scope: '' }, call: (s) => s.op('actorsCheck', 99, RET) },
  { name: 'actorsInspect', grant: { capability: 'actors', scope: '' }, call: (s) => s.op('actorsInspect', 1, RET) },
  {
    name: 'actorsShare',
    grant: { capability: 'actors', scope: '' },
    call: (s) => s.op('actorsShare', s.text('table'), 5, SLOTS, 0, 16, RET),
  },
  {
    // Whoever is not the supervisor has nothing to hand over, and nothing to feed.
    name: 'actorsHandover',
    grant: { capability: 'actors', scope: '' },
    call: (s) => s.op('actorsHandover', SLOTS, 0, 16, 8192, 2048, 1000, 256, 1000, RET),
  },
  {
    name: 'actorsFeed',
    grant: { capability: 'actors', scope: '' },
    call: (s) => s.op('actorsFeed', 1000, RET),
  },
  {
    name: 'i2cTransfer',
    grant: { capability: 'i2c', scope: 'i2c1:0x76-0x77' },
    call: (s) => s.op('i2cTransfer', 1, 0x77, s.data(REGISTER_READ), REGISTER_READ.length, RET),
  },
  {
    name: 'spiTransfer',
    grant: { capability: 'spi', scope: 'spi2' },
    call: (s) => s.op('spiTransfer', 2, 1, 3, 1_000_000, s.data([4, 2, 0xaa, 0x55]), 4, RET),
  },
  { name: 'gpioInput', grant: { capability: 'gpio', scope: '9:in' }, call: (s) => s.op('gpioInput', 9, 1, RET) },
  { name: 'gpioRead', grant: { capability: 'gpio', scope: '8-9:in' }, call: (s) => s.op('gpioRead', 9, RET) },
  { name: 'gpioWatch', grant: { capability: 'gpio', scope: '9' }, call: (s) => s.op('gpioWatch', 9, 3, RET) },
  { name: 'gpioWrite', grant: { capability: 'gpio', scope: '0xa:out' }, call: (s) => s.op('gpioWrite', 10, 1, RET) },
  {
    name: 'gpioShift',
    grant: { capability: 'gpio', scope: '4-5' },
    call: (s) => s.op('gpioShift', 4, 5, 24, 25, 1, RET),
  },
  { name: 'adcRead', grant: { capability: 'adc', scope: 'adc0:3' }, call: (s) => s.op('adcRead', 0, 3, 12, 16, RET) },
  { name: 'pwmSet', grant: { capability: 'pwm', scope: 'pwm0:1' }, call: (s) => s.op('pwmSet', 0, 1, 1000, 250, RET) },
  {
    name: 'uartOpen',
    grant: { capability: 'uart', scope: 'uart1' },
    call: (s) => s.op('uartOpen', 1, 9600, 8, 1, 1, 4000, 256, RET),
  },
  {
    name: 'uartWrite',
    grant: { capability: 'uart', scope: 'uart1' },
    call: (s) => s.op('uartWrite', 1, s.data(letter), 3, RET),
  },
  { name: 'uartClose', grant: { capability: 'uart', scope: 'uart1' }, call: (s) => s.op('uartClose', 1, RET) },
  {
    name: 'oneWireTransfer',
    grant: { capability: 'one-wire', scope: 'onewire0' },
    call: (s) => s.op('oneWireTransfer', 0, s.data([0, 1, 1, 0x33, 2, 8]), 6, RET),
  },
  {
    name: 'datagramBind',
    grant: { capability: 'datagram', scope: 'gw:1885' },
    call: (s) => s.op('datagramBind', 1885, RET),
  },
  {
    name: 'datagramSend',
    grant: { capability: 'datagram', scope: 'gw:1885' },
    call: (s) => s.op('datagramSend', s.text('gw:1885'), 7, s.data(letter), 3, RET),
  },
  { name: 'datagramClose', grant: { capability: 'datagram', scope: 'local' }, call: (s) => s.op('datagramClose', RET) },
  {
    name: 'dataSize',
    grant: { capability: 'data', scope: 'table' },
    call: (s) => s.op('dataSize', s.text('table'), 5, RET),
  },
  {
    name: 'dataRead',
    grant: { capability: 'data', scope: 'table' },
    call: (s) => s.op('dataRead', s.text('table'), 5, 4, 8, RET),
  },
  {
    name: 'httpGet',
    grant: { capability: 'http', scope: 'https://a.example/' },
    call: (s) => s.op('httpGet', s.text('https://a.example/b'), 19, 4096, 4096, s.text('"t"'), 3, RET),
  },
];

/** Write 0xf7, repeated START, read 8. */
const REGISTER_READ = [1, 1, 0xf7, 2, 8];

const script = () => new Script();
const spawn = (...args: Parameters<Script['spawn']>) => tell(1, script().spawn(...args));
const inspect = (actor: number) => tell(1, script().op('actorsInspect', actor, RET));
const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));
/** The one that takes an id for itself comes last. */
const guarded = IMPORTS.filter(({ grant }) => grant).sort(
  (a, b) => +(a.name === 'actorsSpawn') - +(b.name === 'actorsSpawn'),
);
/** Log lines are cut at 256 bytes, in front of a UTF-8 sequence that would be broken. */
const long = 'x'.repeat(255);

const everyGrant = [...new Set(guarded.map(({ grant }) => grant!.capability))].map((capability) => ({ capability }));

/** Makes each guarded call in a module of its own with the grants that `grantsFor` gives it. */
function oneByOne(grantsFor: (own: Grant) => Grant[]): Event[] {
  return guarded.flatMap(({ grant, call }, index) => [
    spawn('child', 'probe', {}, grantsFor(grant!)),
    tell(2 + index, call(script())),
    inspect(2 + index),
    tell(1, script().op('actorsStop', 2 + index, RET)),
  ]);
}

function spawnWith(changes: Partial<typeof BUDGET>, grants = 0, scope = 0, name = 'child'): Event {
  const list = times(grants, () => ({ capability: 'mail' as const, scope: 's'.repeat(scope) }));
  return tell(1, script().spawn(name, 'quiet', changes, list));
}

export const HOST_SCENARIOS: Record<string, Scenario> = {
  'every import without a grant': {
    events: [spawn('child', 'probe'), ...IMPORTS.map(({ call }) => tell(2, call(script()))), inspect(2)],
    // Without a grant a call is answered, and counted: `denied` stands in bytes 8 to 11 of the stats.
    said: ['1 child: line'],
  },
  'every import with just its grant': {
    events: oneByOne((own) => [own]),
    said: ['radio 010203', 'publish a/b 010203 1', 'subscribe 5 a/#'],
  },
  'every import with all grants but its own': {
    events: oneByOne((own) => everyGrant.filter(({ capability }) => capability !== own.capability)),
    said: [],
  },
  'scopes that almost fit': {
    events: [
      spawn('child', 'probe', {}, [
        { capability: 'settings', scope: 'a/' },
        { capability: 'mqtt-publish', scope: 'b' },
        { capability: 'flash', scope: 'journal' },
      ]),
      ...['a', 'a/', 'a/x', 'aa/', 'b', ''].map((name) => {
        const ask = script();
        return tell(2, ask.op('settingsGet', ask.text(name), name.length, RET));
      }),
      ...['b', 'b/', 'bb', ''].map((topic) => {
        const ask = script();
        return tell(2, ask.op('mqttPublish', ask.text(topic), topic.length, RET, 0, 0, RET));
      }),
      tell(2, script().op('flashRead', SLOTS, 0, 4, RET).op('flashRead', JOURNAL, 0, 4, RET)),
      inspect(2),
    ],
    said: ['publish b  0'],
  },
  'arguments at and over their bounds': {
    events: [
      ...[0, 1, 256, 257, 0xffffffff].map((len) => tell(1, script().op('randomGet', len, RET))),
      ...[0, 0x7fffffff, 0x80000000].map((delay) => tell(1, script().op('timerSet', 1, delay, RET))),
      ...times(9, (id) => tell(1, script().op('timerSet', 100 + id, 1000, RET))),
      ...[290, 291].map((len) => {
        const ask = script();
        return tell(1, ask.op('radioSend', ask.data(times(len, (i) => i & 255)), len, RET));
      }),
      ...[0, 1, 4096, 4097].map((len) => tell(1, script().op('flashRead', SLOTS, 0, len, RET))),
      ...[262_143, 262_144, 0xfffffffe].map((at) => tell(1, script().op('flashRead', SLOTS, at, 2, RET))),
      tell(1, script().op('flashErase', SLOTS, 4, 4096, RET).op('flashErase', SLOTS, 0, 4, RET)),
      tell(1, script().op('flashErase', SLOTS, 258_048, 4096, RET).op('flashErase', SLOTS, 258_048, 8192, RET)),
      (() => {
        const ask = script();
        const text = ask.text(`${long}\u00e9`);
        return tell(1, ask.op('logWrite', 3, text, 257).op('logWrite', 0, text, 256).op('logWrite', 2, text, 0));
      })(),
      tell(1, script().op('logWrite', 1, 0xfffffff0, 32)),
    ],
    said: [`3 probe: ${long}`],
  },
  'cases that are none': {
    events: [
      ...times(4, () => spawn('child', 'probe', {}, everyGrant)),
      tell(2, script().op('logWrite', 4, 0, 0)),
      tell(3, script().op('flashDescribe', 3, RET)),
      tell(4, script().op('mqttPublish', RET, 0, RET, 0, 3, RET)),
      tell(5, script().op('clockUnix', 3)),
    ],
    said: times(3, (i) => `1 probe: x ${2 + i} trap: no such case`).concat('1 probe: x 5 trap: address outside memory'),
  },
  'flash keeps the rules of NOR': {
    events: [
      ...[0, 0, 4].map((at) => {
        const ask = script();
        return tell(1, ask.op('flashProgram', JOURNAL, at, ask.data([at, 0x11, 0x22, 0x33]), 4, RET));
      }),
      tell(1, script().op('flashRead', JOURNAL, 0, 12, RET)),
      ...[1, 2, 3].map((at) => tell(1, script().op('flashProgram', JOURNAL, at, RET, 4, RET))),
      tell(1, script().op('flashProgram', JOURNAL, 4, RET, 4, RET).op('flashProgram', JOURNAL, 8, RET, 3, RET)),
      tell(1, script().op('flashErase', JOURNAL, 0, 4096, RET).op('flashRead', JOURNAL, 0, 12, RET)),
      tell(1, script().op('flashProgram', JOURNAL, 4, RET, 4, RET)),
    ],
    said: ['1 probe: l 00 001122330411223', '1 probe: l 00 ffffffffffffffffffffffff'].slice(1),
  },
  'budgets and names at and over their ranges': {
    events: [
      ...[1023, 1024, 65_536, 65_537].map((memory) => spawnWith({ memory })),
      ...[511, 512, 16_384, 16_385].map((stack) => spawnWith({ stack })),
      ...[0, 1, 0x7fffffff, 0x80000000].map((fuel) => spawnWith({ fuel })),
      ...[19, 20, 16_384, 16_385].map((mailbox) => spawnWith({ mailbox })),
      ...[24, 25].map((count) => spawnWith({}, count)),
      ...[64, 65].map((length) => spawnWith({}, 1, length)),
      ...['', 'n'.repeat(32), 'n'.repeat(33)].map((name) => spawnWith({}, 0, 0, name)),
      spawn('child', 'not-there'),
    ],
    said: [],
  },
  'messages too long for their receiver': {
    events: [
      spawn('child', 'probe', { mailbox: 1000 }, [{ capability: 'radio-receive' }]),
      ...[979, 980, 981, 4000].map((size): Event => ({ kind: 'mqtt', actor: 2, payload: new Uint8Array(size) })),
      { kind: 'mqtt', actor: 2, payload: new Uint8Array(20_000) },
      { kind: 'mqtt', actor: 99, payload: new Uint8Array(1) },
      ...[1, 290, 291].map((size): Event => ({ kind: 'radio', frame: new Uint8Array(size), rssi: -200 })),
      { kind: 'radio', frame: new Uint8Array(0), rssi: 0 },
      (() => {
        const ask = script();
        return tell(1, ask.op('mailSend', 2, ask.data(times(981, () => 1)), 981, RET));
      })(),
      tell(
        1,
        times(6, () => 0).reduce((s) => s.op('mailSend', 2, 4096, 400, RET), script()),
      ),
      inspect(2),
    ],
    said: [],
  },
  're-entry from cabi_realloc': {
    events: [
      ...times(8, () => spawn('child', 'probe')),
      ...times(8, (what) => tell(2 + what, script().op('realloc', what, 0).op('randomGet', 4, RET))),
      ...times(8, (what) => tell(2 + what, script().op('randomGet', 4, RET))),
      spawn('resets', 'reset-logs'),
      tell(1, script().op('actorsTick', 10, RET)),
    ],
    said: [
      '1 probe: x 3 trap: address outside memory',
      '1 probe: x 4 trap: unreachable executed',
      '1 probe: x 5 fuel',
      '1 probe: x 6 trap: import called out of turn',
      '1 probe: x 8 trap: stack overflow',
      '1 probe: x 10 trap: import called out of turn',
    ],
  },
  'grows its memory, has none, divides by zero': {
    events: [
      spawn('child', 'probe'),
      tell(2, script().op('grow', 0).op('grow', 1).op('grow', 65_535).op('grow', 0xffffffff)),
      tell(2, script().op('load', 8191)),
      spawn('bare', 'no-memory'),
      tell(1, script().op('actorsTick', 3, RET).op('actorsCheck', 3, RET)),
      { kind: 'mqtt', actor: 3, payload: Uint8Array.of(1) },
      inspect(3),
      spawn('third', 'probe'),
      tell(4, script().op('divide', 0)),
      inspect(2),
    ],
    said: ['1 probe: x 4 trap: integer divide by zero', '1 probe: x 3 trap: address outside memory'],
  },
  'one ends, the others go on': {
    events: [
      ...times(3, () => spawn('child', 'probe', {}, [{ capability: 'radio-receive' }])),
      tell(3, script().op('trap')),
      { kind: 'radio', frame: Uint8Array.of(1, 2, 3), rssi: 10 },
      ...times(4, (index) => inspect(1 + index)),
      tell(1, script().op('actorsStop', 2, RET).op('actorsStop', 2, RET).op('actorsInspect', 2, RET)),
      { kind: 'radio', frame: Uint8Array.of(4), rssi: 10 },
    ],
    said: ['1 child: f 010203 1010', '1 child: q 0102', '2 child: trap: unreachable executed'],
  },
  'a hundred that come and go leave nothing behind': {
    events: times(100, (index) => [
      spawn('child', 'probe'),
      index % 2 ? tell(2 + index, script().op('trap')) : tell(1, script().op('actorsStop', 2 + index, RET)),
    ]).flat(),
    said: ['1 probe: S 101'],
  },
};

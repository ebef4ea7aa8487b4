/** modules/rules: documents refused whole with a path, and each kind of rule against a plain model of it. */
import { join } from 'node:path';
import { encode } from 'cborg';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seededChance } from '../../host-shim/board/random.ts';
import { compileAssembly } from '../../runtime/guest/compiler/index.ts';

const IN = 4096;
const OUT = 8192;
type Exports = Record<string, (...args: (number | bigint)[]) => number> & { memory: WebAssembly.Memory };
let wasm: WebAssembly.Module;
let x: Exports;

beforeAll(async () => {
  const probe = join(import.meta.dirname, 'assembly', 'rules-probe.ts');
  const made = await compileAssembly(probe, { asc: { memoryBase: 16384 } });
  wasm = new WebAssembly.Module(made.wasm as BufferSource);
});
beforeEach(() => {
  x = new WebAssembly.Instance(wasm).exports as unknown as Exports;
});

const put = (bytes: Uint8Array) => {
  new Uint8Array(x.memory.buffer).set(bytes, IN);
  return bytes.length;
};
const text = (value: string) => put(Buffer.from(value));
const take = (rules: unknown, more = {}) => {
  x.forget!();
  return x.take!(put(encode({ rules, ...more })));
};
const refusal = () => Buffer.from(x.memory.buffer, x.refusedAt!(), x.refusedLength!()).toString();

interface Said {
  name: string;
  active: boolean;
  say: number;
  value: number;
}
const said = (): Said[] => {
  const view = new DataView(x.memory.buffer, OUT);
  return Array.from({ length: x.listen!() }, (_, i) => ({
    name: String.fromCharCode(view.getUint8(16 * i + 10)),
    active: view.getUint8(16 * i + 8) === 1,
    say: view.getUint8(16 * i + 9),
    value: Number(view.getBigInt64(16 * i, true)) / 1e6,
  }));
};
const read = (value: number, seconds: number, name = 't') =>
  x.reading!(text(name), BigInt(Math.round(value * 1e6)), BigInt(Math.round(seconds * 1000)));

describe('documents', () => {
  const GOOD = {
    hot: { on: 't', above: 30, clear: 28, for: 10, say: 'alarm' },
    cold: { on: 't', below: -5 },
    jump: { on: 'p', change: 100, within: 60 },
    mean: { on: 't', every: 600, tell: 'mean' },
    night: { at: '22:30', days: [1, 7] },
  };

  it('take all kinds of rules, and none', () => {
    expect(take(GOOD)).toBe(5);
    expect(take({})).toBe(0);
    expect(x.take!(put(encode({ other: 1 })))).toBe(0);
    expect(take(GOOD, { other: [1, { a: null }] })).toBe(5);
  });

  it.each([
    [{ 'Bad Name': {} }, 'rules: a name that is not'],
    [{ a: 1 }, 'rules.a: not a map'],
    [{ a: {} }, 'rules.a.at: missing'],
    [{ a: { above: 1 } }, 'rules.a.on: missing'],
    [{ a: { on: 't', above: '1' } }, 'rules.a.above: not a number'],
    [{ a: { on: 't', above: 1e13 } }, 'rules.a.above: not a number up to'],
    [{ a: { on: 't', above: 1, below: 0 } }, 'rules.a.below: beside above'],
    [{ a: { on: 't', above: 1, clear: 2 } }, 'rules.a.clear: beyond'],
    [{ a: { on: 't', below: 1, clear: 0 } }, 'rules.a.clear: beyond'],
    [{ a: { on: 't', above: 1, for: -1 } }, 'rules.a.for: not 0 to'],
    [{ a: { on: 't', above: 1, within: 5 } }, 'rules.a.within: does not belong'],
    [{ a: { on: 't', change: 0, within: 5 } }, 'rules.a.change: not a number above 0'],
    [{ a: { on: 't', change: 1 } }, 'rules.a.within: missing'],
    [{ a: { on: 't', every: 0, tell: 'mean' } }, 'rules.a.every: not 1 to'],
    [{ a: { on: 't', every: 604801, tell: 'mean' } }, 'rules.a.every: not 1 to'],
    [{ a: { on: 't', every: 60 } }, 'rules.a.tell: missing'],
    [{ a: { on: 't', every: 60, tell: 'median' } }, 'rules.a.tell: not mean'],
    [{ a: { at: '24:00' } }, 'rules.a.at: not a time'],
    [{ a: { at: '7:00' } }, 'rules.a.at: not a time'],
    [{ a: { at: '07:00', days: [] } }, 'rules.a.days: empty'],
    [{ a: { at: '07:00', days: [8] } }, 'rules.a.days: not 1'],
    [{ a: { at: '07:00', on: 't' } }, 'rules.a.on: does not belong'],
    [{ a: { at: '07:00', say: 'shout' } }, 'rules.a.say: not event'],
    [{ a: { at: '07:00', colour: 1 } }, 'rules.a: a key that no rule has'],
    [{ a: { on: '', above: 1 } }, 'rules.a.on: not 1 to 64'],
    [{ a: { on: 't'.repeat(65), above: 1 } }, 'rules.a.on: not 1 to 64'],
    [Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`r${i}`, { at: '07:00' }])), 'rules: more than 16'],
    [[], 'rules: not a map'],
  ])('refuse %j: %s', (rules, why) => {
    expect(take({ safe: { on: 't', above: 5 } })).toBe(1);
    // A good rule beside the bad one does not come in either.
    expect(take(Array.isArray(rules) ? rules : { ...rules, aaa: { on: 't', above: 1 } })).toBe(-1);
    expect(refusal()).toContain(why);
    read(2, 1);
    expect(said()).toEqual([]);
    read(6, 2);
    expect(said()).toMatchObject([{ name: 's', active: true, value: 6 }]);
  });

  it('refuse what is not deterministic CBOR, at every cut and with floats', () => {
    const whole = encode({ rules: GOOD });
    for (let length = 0; length < whole.length; length++) {
      x.forget!();
      put(whole);
      expect(x.take!(length)).toBe(-1);
    }
    expect(take({ a: { on: 't', above: 1.5 } })).toBe(-1);
  });

  it('take decimal fractions', () => {
    // {"rules": {"a": {"on": "t", "above": 4([-1, 315])}}}
    const bytes = Buffer.from('a16572756c6573a16161a2626f6e61746561626f7665c4822019013b', 'hex');
    expect(x.take!(put(bytes))).toBe(1);
    read(31.5, 1);
    read(31.500001, 2);
    expect(said()).toMatchObject([{ active: true, value: 31.500001 }]);
  });

  it('survive every change of a byte: taken or refused, never a trap', () => {
    const whole = encode({ rules: GOOD });
    for (let at = 0; at < whole.length; at++)
      for (const change of [1, 0x20, 0x80, 0xff]) {
        x.forget!();
        const bytes = whole.slice();
        bytes[at]! ^= change;
        expect(x.take!(put(bytes))).toBeLessThanOrEqual(16);
      }
  });

  it('let a rule that did not change go on, and begin a changed one anew', () => {
    take({ a: { on: 't', above: 30 }, b: { on: 't', above: 30 } });
    read(31, 1);
    expect(said().map(({ name }) => name)).toEqual(['a', 'b']);
    take({ a: { on: 't', above: 30 }, b: { on: 't', above: 29 } });
    read(31, 2);
    expect(said().map(({ name }) => name)).toEqual(['b']);
    read(20, 3);
    expect(said()).toMatchObject([
      { name: 'a', active: false },
      { name: 'b', active: false },
    ]);
  });
});

describe('a threshold', () => {
  it.each([1, -1])('has hysteresis and a time to hold, as a plain model has (side %d)', (side) => {
    const rule = side > 0 ? { on: 't', above: 30, clear: 28, for: 5 } : { on: 't', below: -30, clear: -28, for: 5 };
    take({ a: rule });
    const chance = seededChance(`threshold ${side}`);
    let active = false;
    let since: number | undefined;
    for (let t = 1; t < 3000; t++) {
      const value = side * (24 + chance() * 10);
      const wanted: boolean[] = [];
      if (active && value * side <= 28) {
        active = false;
        wanted.push(active);
      } else if (!active) {
        if (value * side <= 30) since = undefined;
        else since ??= t;
        if (since !== undefined && t - since >= 5) {
          active = true;
          wanted.push(active);
          since = undefined;
        }
      }
      read(value, t);
      expect(said().map((s) => s.active)).toEqual(wanted);
    }
  });

  it('is reached by time alone, when no reading comes', () => {
    take({ a: { on: 't', above: 30, for: 60, say: 'alarm' } });
    read(31, 10);
    expect(Number(x.tick!(10_000n, 0n))).toBe(70_000);
    x.tick!(69_999n, 0n);
    expect(said()).toEqual([]);
    x.tick!(70_000n, 0n);
    expect(said()).toEqual([{ name: 'a', active: true, say: 2, value: 31 }]);
  });
});

it('a change tells of a distance within its time, once, and not of a slow drift', () => {
  take({ a: { on: 't', change: 10, within: 80 } });
  // 1 in 10 s: 8 within 80 s.
  for (let t = 0; t < 2000; t += 10) read(t / 10, t);
  expect(said()).toEqual([]);
  read(200, 2000);
  read(211, 2010);
  const [first] = said();
  expect(first!.value).toBeGreaterThanOrEqual(10);
  read(211, 2020);
  expect(said()).toEqual([]);
  read(200, 2050);
  expect(said()).toMatchObject([{ value: -11 }]);
  // After a long silence the first value is no change.
  read(500, 9000);
  expect(said()).toEqual([]);
});

it.each(['mean', 'min', 'max', 'sum', 'count'])('%s over windows is that of the readings', (tell) => {
  take({ a: { on: 't', every: 60, tell } });
  const chance = seededChance(tell);
  let t = 0;
  for (let window = 0; window < 50; window++) {
    const values = Array.from(
      { length: 1 + Math.floor(chance() * 20) },
      () => Math.round((chance() - 0.5) * 1e6) / 1000,
    );
    for (const [i, value] of values.entries()) read(value, t + i);
    expect(said()).toEqual([]);
    expect(Number(x.tick!(BigInt((t + 20) * 1000), 0n))).toBe((t + 60) * 1000);
    x.tick!(BigInt((t + 60) * 1000), 0n);
    const sum = values.reduce((a, b) => a + b, 0);
    const wanted = {
      mean: sum / values.length,
      min: Math.min(...values),
      max: Math.max(...values),
      sum,
      count: values.length,
    };
    const [only, ...more] = said();
    expect(more).toEqual([]);
    expect(only!.value).toBeCloseTo(wanted[tell as 'mean'], 4);
    t += 100;
  }
});

it('a sum that would not fit stays at its end', () => {
  take({ a: { on: 't', every: 60, tell: 'sum' } });
  for (let i = 0; i < 20; i++) x.reading!(text('t'), 1_000_000_000_000_000_000n, 1000n);
  x.tick!(70_000n, 0n);
  expect(said()[0]!.value).toBeCloseTo(2 ** 63 / 1e6, -3);
});

it('a schedule is told once in its minute, on its days, and says when it comes next', () => {
  take({ a: { at: '22:30', days: [1, 3] } });
  const start = Date.UTC(2026, 10, 16); // a Monday
  const told: number[] = [];
  let at = 0;
  for (let turns = 0; at < 14 * 86_400_000; turns++) {
    const next = Number(x.tick!(BigInt(at), BigInt(start + at)));
    if (said().length > 0) told.push(at);
    expect(next).toBeGreaterThan(at);
    expect(turns).toBeLessThan(100);
    at = next;
  }
  const days = told.map((ms) => new Date(start + ms).toISOString().slice(8, 16));
  expect(days).toEqual(['16T22:30', '18T22:30', '23T22:30', '25T22:30']);
  // Unknown time: nothing, and no time to come back at.
  expect(BigInt.asUintN(64, x.tick!(0n, 0n) as unknown as bigint)).toBe(2n ** 64n - 1n);
});

describe('an output', () => {
  /** [high pins, pins that were set at all] as bits. */
  const outputs = () => [x.outputs!() & 0xffff, x.outputs!() >>> 16];
  const hot = { on: 't', above: 30, clear: 28, set: 3 };

  it('is high while its rule is active, from the document on low', () => {
    expect(take({ hot })).toBe(1);
    expect(outputs()).toEqual([0, 8]);
    read(31, 1);
    expect(outputs()).toEqual([8, 8]);
    read(29, 2);
    expect(outputs()).toEqual([8, 8]);
    read(28, 3);
    expect(outputs()).toEqual([0, 8]);
    expect(said().map(({ name, active }) => [name, active])).toEqual([
      ['h', true],
      ['h', false],
    ]);
  });

  it('keeps its level with a rule that stays, and falls with one that changes or goes', () => {
    take({ hot });
    read(31, 1);
    expect(take({ hot, more: { on: 'x', below: 1, set: 4 } })).toBe(2);
    expect(outputs()).toEqual([8, 24]);
    take({ hot: { ...hot, above: 40, clear: 39 } });
    expect(outputs()).toEqual([0, 24]);
    read(41, 2);
    expect(outputs()).toEqual([8, 24]);
    take({});
    expect(outputs()).toEqual([0, 24]);
  });

  it('that is not granted, or has a rule already, refuses the document: the rules before it go on', () => {
    take({ hot });
    read(31, 1);
    expect(take({ hot, other: { on: 't', above: 1, set: 16 } })).toBe(-1);
    expect(refusal()).toBe('rules.other.set: no output that this module was granted');
    expect(take({ a: hot, b: hot })).toBe(-1);
    expect(refusal()).toBe('rules.b.set: another rule sets this pin');
    expect(take({ a: { ...hot, set: 256 } })).toBe(-1);
    expect(refusal()).toBe('rules.a.set: not a pin from 0 to 255');
    expect(take({ a: { on: 't', every: 5, tell: 'mean', set: 1 } })).toBe(-1);
    expect(refusal()).toBe('rules.a.set: does not belong to such a rule');
    expect(outputs()).toEqual([8, 8]);
    read(20, 2);
    expect(outputs()).toEqual([0, 8]);
  });
});

describe('packs', () => {
  const pack = (records: Map<number, unknown>[]) => {
    x.forget!();
    return Boolean(x.pack!(put(encode(records)), 1000n));
  };
  it('give readings by whole name, base names resolved', () => {
    take({ a: { on: 'sensors/room/temperature', above: 20 }, b: { on: 'sensors/room/pressure', above: 1 } });
    const base = new Map<number, unknown>([
      [0, 'temperature'],
      [2, 21],
      [-2, 'sensors/room/'],
    ]);
    // Deterministic order puts the name before its base: the base holds for its own record, too.
    expect(
      pack([
        base,
        new Map<number, unknown>([
          [0, 'pressure'],
          [2, 5],
        ]),
      ]),
    ).toBe(true);
    expect(said().map(({ name, value }) => [name, value])).toEqual([
      ['a', 21],
      ['b', 5],
    ]);
  });

  it('of noise end in an answer', () => {
    const chance = seededChance('pack');
    for (let i = 0; i < 5000; i++) {
      x.forget!();
      const bytes = Uint8Array.from({ length: Math.floor(chance() * 60) }, () => 256 * chance());
      if (i % 2 && bytes.length) bytes[0] = 0x81;
      x.pack!(put(bytes), 0n);
    }
    const whole = encode([
      new Map<number, unknown>([
        [0, 'a'],
        [2, 5],
        [-2, 'b'],
      ]),
    ]);
    for (let length = 0; length < whole.length; length++) {
      put(whole);
      expect(Boolean(x.pack!(length, 0n))).toBe(false);
    }
  });
});

/** Every handler and every host call of the SDK, with a host of the contract's imports written here. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  ActorMessageTag,
  ActorsSourceTag,
  ActorsState,
  Capability,
  ErrorCode,
  type ErrorName,
  FlashRegion,
  LAYOUT,
  WORLDS,
} from '../../../runtime/abi/generated/contract.ts';
import { packageRoot } from '../../../runtime/abi/package-root.ts';
import { compileModule } from '../../../runtime/guest/compiler/index.ts';

interface Guest {
  memory: WebAssembly.Memory;
  start(): void;
  handle(message: number, a: number, b: number, c: number, d: number): void;
  health(): number;
  stop(): void;
  cabi_realloc(old: number, oldSize: number, align: number, size: number): number;
  arena_reset(): void;
}

let out: string;
let compiled: WebAssembly.Module;
let host: Host;
let guest: Guest;

class Host {
  readonly log: string[] = [];
  readonly calls: string[] = [];
  /** What the next calls answer instead of success. */
  error: ErrorName | null = null;

  get view(): DataView {
    return new DataView(guest.memory.buffer);
  }

  text(ptr: number, len: number): string {
    return new TextDecoder().decode(new Uint8Array(guest.memory.buffer, ptr, len));
  }

  hex(ptr: number, len: number): string {
    return Buffer.from(guest.memory.buffer, ptr, len).toString('hex');
  }

  put(bytes: Uint8Array | string): [ptr: number, len: number] {
    const data = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
    const ptr = guest.cabi_realloc(0, 0, 1, data.length);
    new Uint8Array(guest.memory.buffer).set(data, ptr);
    return [ptr, data.length];
  }

  /** Writes a `result<T, error>` whose payload begins at `payload`. */
  answer(ret: number, payload: number, ok: (at: number) => void = () => undefined): void {
    this.view.setUint8(ret, this.error ? 1 : 0);
    if (this.error) this.view.setUint8(ret + payload, -1 - ErrorCode[this.error]);
    else ok(ret + payload);
  }

  bytes(ret: number, bytes: Uint8Array | string): void {
    this.answer(ret, 4, (at) => {
      const [ptr, len] = this.put(bytes);
      this.view.setUint32(at, ptr, true);
      this.view.setUint32(at + 4, len, true);
    });
  }

  note(...parts: unknown[]): void {
    this.calls.push(parts.join(' '));
  }

  imports(): WebAssembly.Imports {
    const note = this.note.bind(this);
    const text = this.text.bind(this);
    const bytes = this.bytes.bind(this);
    const answer = this.answer.bind(this);
    const done = (ret: number, ...parts: unknown[]) => {
      note(...parts);
      answer(ret, 1);
    };
    return {
      log: { write: (level: number, ptr: number, len: number) => this.log.push(`${level} ${text(ptr, len)}`) },
      clock: {
        now: () => 2n ** 40n,
        unix: (ret: number) => {
          this.view.setUint8(ret, this.error ? 0 : 1);
          this.view.setBigUint64(ret + 8, 1_700_000_000_123n, true);
        },
      },
      timer: {
        set: (id: number, delay: number, ret: number) => done(ret, 'timer.set', id, delay),
        cancel: (id: number) => note('timer.cancel', id),
        every: (id: number, period: number, ret: number) => done(ret, 'timer.every', id, period),
        at: (id: number, time: bigint, ret: number) => done(ret, 'timer.at', id, time),
      },
      random: {
        get: (len: number, ret: number) =>
          bytes(
            ret,
            Uint8Array.from({ length: len }, (_, index) => 0xf0 + index),
          ),
      },
      settings: {
        get: (ptr: number, len: number, ret: number) => bytes(ret, text(ptr, len) === 'trust/keys' ? 'key' : '?'),
      },
      radio: { send: (ptr: number, len: number, ret: number) => done(ret, 'radio.send', text(ptr, len)) },
      mqtt: {
        connected: () => (this.error ? 0 : 1),
        publish: (tp: number, tl: number, pp: number, pl: number, qos: number, ret: number) => {
          done(ret, 'mqtt.publish', text(tp, tl), JSON.stringify(text(pp, pl)), qos);
        },
        subscribe: (ptr: number, len: number, ret: number) => done(ret, 'mqtt.subscribe', text(ptr, len)),
      },
      flash: {
        describe: (region: number, ret: number) => {
          note('flash.describe', region);
          answer(ret, 4, (at) => {
            const places = LAYOUT.FlashGeometry.at;
            this.view.setUint32(at + places.size, 1 << 20, true);
            this.view.setUint32(at + places.sector, 4096, true);
            this.view.setUint32(at + places.align, 4, true);
            this.view.setUint8(at + places.erased, 0xff);
          });
        },
        read: (region: number, offset: number, len: number, ret: number) => {
          note('flash.read', region, offset, len);
          bytes(ret, new Uint8Array(len).fill(0xab));
        },
        program: (region: number, offset: number, ptr: number, len: number, ret: number) => {
          done(ret, 'flash.program', region, offset, text(ptr, len));
        },
        erase: (region: number, offset: number, len: number, ret: number) =>
          done(ret, 'flash.erase', region, offset, len),
      },
      mail: {
        send: (to: number, ptr: number, len: number, ret: number) => done(ret, 'mail.send', to, text(ptr, len)),
        post: (np: number, nl: number, ptr: number, len: number, ret: number) => {
          note('mail.post', text(np, nl), text(ptr, len));
          answer(ret, 4, (at) => this.view.setUint32(at, 77, true));
        },
        reply: (ptr: number, len: number, ret: number) => done(ret, 'mail.reply', [...text(ptr, len)].join()),
      },
      i2c: {
        transfer: (bus: number, address: number, ptr: number, len: number, ret: number) => {
          note('i2c', bus, address, this.hex(ptr, len));
          bytes(ret, 'i2c');
        },
      },
      spi: {
        transfer: (bus: number, select: number, mode: number, hertz: number, ptr: number, len: number, ret: number) => {
          note('spi', bus, select, mode, hertz, this.hex(ptr, len));
          bytes(ret, 'spi');
        },
      },
      one_wire: {
        transfer: (bus: number, ptr: number, len: number, ret: number) => {
          note('one-wire', bus, this.hex(ptr, len));
          bytes(ret, '');
        },
      },
      gpio: {
        input: (pin: number, pull: number, ret: number) => done(ret, 'gpio.input', pin, pull),
        read: (pin: number, ret: number) => {
          note('gpio.read', pin);
          answer(ret, 1, (at) => this.view.setUint8(at, 1));
        },
        watch: (pin: number, edge: number, ret: number) => done(ret, 'gpio.watch', pin, edge),
        write: (pin: number, high: number, ret: number) => done(ret, 'gpio.write', pin, high),
        shift: (data: number, clock: number, bits: number, pulses: number, micros: number, ret: number) => {
          note('gpio.shift', data, clock, bits, pulses, micros);
          answer(ret, 4, (at) => this.view.setUint32(at, 0xfedcba98, true));
        },
      },
      adc: {
        read: (unit: number, channel: number, bits: number, samples: number, ret: number) => {
          note('adc.read', unit, channel, bits, samples);
          answer(ret, 4, (at) => this.view.setInt32(at, -1234, true));
        },
      },
      pwm: {
        set: (unit: number, channel: number, period: number, pulse: number, ret: number) =>
          done(ret, 'pwm.set', unit, channel, period, pulse),
      },
      uart: {
        open: (...values: number[]) => done(values.at(-1)!, 'uart.open', ...values.slice(0, -1)),
        write: (port: number, ptr: number, len: number, ret: number) => done(ret, 'uart.write', port, text(ptr, len)),
        close: (port: number, ret: number) => done(ret, 'uart.close', port),
      },
      datagram: {
        bind: (port: number, ret: number) => done(ret, 'datagram.bind', port),
        send: (pp: number, pl: number, ptr: number, len: number, ret: number) =>
          done(ret, 'datagram.send', text(pp, pl), text(ptr, len)),
        close: (ret: number) => done(ret, 'datagram.close'),
      },
      data: {
        size: (ptr: number, len: number, ret: number) => {
          note('data.size', text(ptr, len));
          answer(ret, 4, (at) => this.view.setUint32(at, 77, true));
        },
        read: (ptr: number, len: number, offset: number, length: number, ret: number) => {
          note('data.read', text(ptr, len), offset, length);
          bytes(ret, new Uint8Array(length).fill(0xcd));
        },
      },
      actors: {
        share: (ptr: number, len: number, region: number, offset: number, length: number, ret: number) =>
          done(ret, 'actors.share', text(ptr, len), region, offset, length),
        handover: (...values: number[]) => done(values.at(-1)!, 'actors.handover', ...values.slice(0, -1)),
        feed: (patience: number, ret: number) => done(ret, 'actors.feed', patience),
        spawn: (...values: number[]) => this.#spawn(values),
        stop: (actor: number, ret: number) => done(ret, 'actors.stop', actor),
        tick: (actor: number, ret: number) => done(ret, 'actors.tick', actor),
        check: (actor: number, ret: number) => done(ret, 'actors.check', actor),
        inspect: (actor: number, ret: number) => {
          note('actors.inspect', actor);
          answer(ret, 4, (at) => {
            const { state, ...rest } = LAYOUT.ActorsStats.at;
            this.view.setUint8(at + state, ActorsState.running);
            for (const [index, offset] of Object.values(rest).entries())
              this.view.setUint32(at + offset, 100 + index, true);
          });
        },
      },
    };
  }

  #spawn(values: number[]): void {
    const [name, nameLen, source, a, b, c, memory, stack, fuel, mailbox, list, count, ret] = values as number[] & {
      length: 13;
    };
    const from = source === ActorsSourceTag.builtin ? this.text(a!, b!) : `${a} ${b} ${c}`;
    const grants = Array.from({ length: count! }, (_, index) => {
      const at = list! + index * LAYOUT.ActorsGrant.size;
      const scope = at + LAYOUT.ActorsGrant.at.scope;
      const number = this.view.getUint8(at + LAYOUT.ActorsGrant.at.capability);
      return `${number}:${this.text(this.view.getUint32(scope, true), this.view.getUint32(scope + 4, true))}`;
    });
    this.note('actors.spawn', this.text(name!, nameLen!), source, from, memory, stack, fuel, mailbox, `[${grants}]`);
    this.answer(ret!, 4, (at) => this.view.setUint32(at, 40 + this.calls.length, true));
  }
}

beforeAll(async () => {
  out = mkdtempSync(join(tmpdir(), 'mote-sdk-'));
  const { wasm } = await compileModule(join(import.meta.dirname, 'assembly', 'probe'), { out });
  compiled = new WebAssembly.Module(Uint8Array.from(wasm));
});

afterAll(() => rmSync(out, { recursive: true }));

beforeEach(() => {
  host = new Host();
  guest = new WebAssembly.Instance(compiled, host.imports()).exports as unknown as Guest;
  guest.start();
  expect(host.log.splice(0)).toEqual(['1 start']);
});

function handle(message: keyof typeof ActorMessageTag, ...values: number[]): string[] {
  guest.handle(ActorMessageTag[message], values[0] ?? 0, values[1] ?? 0, values[2] ?? 0, values[3] ?? 0);
  guest.arena_reset();
  return host.log.splice(0);
}

const ask = (number: number) => handle('timer', number);

test('the module uses every import of its world: none is untested', () => {
  const used = WebAssembly.Module.imports(compiled).map(({ module, name }) => `${module}.${name}`);
  // More than one manifest may grant: http.test.ts has a module for the last.
  const all = [...used, 'http.get'].sort();
  expect(all).toEqual(WORLDS.module.imports.map(({ module, field }) => `${module}.${field}`).sort());
});

test('the return area holds the largest answer', () => {
  const bindings = readFileSync(join(packageRoot(), 'runtime', 'guest', 'generated', 'host.ts'), 'utf8');
  const sizes = [...bindings.matchAll(/_RET_SIZE: usize = (\d+);/g)].map((match) => Number(match[1]));
  const answer = readFileSync(join(packageRoot(), 'runtime', 'guest', 'answer.ts'), 'utf8');
  expect(sizes.length).toBeGreaterThan(10);
  expect(Number(/RET: usize = memory\.data\((\d+), 8\)/.exec(answer)![1])).toBeGreaterThanOrEqual(Math.max(...sizes));
});

describe('messages reach their handlers', () => {
  test('tick, with fields that outlive messages', () => {
    expect(handle('tick')).toEqual(['1 tick 1 kept']);
    for (let round = 2; round <= 500; round++) expect(handle('tick')).toEqual([`1 tick ${round} kept`]);
  });

  test('radio, with a negative strength', () => {
    expect(handle('radio', ...host.put(Uint8Array.of(1, 0xfe)), -87)).toEqual(['1 radio 01fe -87']);
  });

  test('mqtt, with a topic beyond ASCII', () => {
    expect(handle('mqtt', ...host.put('größe/🜁'), ...host.put(Uint8Array.of(0, 255)))).toEqual([
      '1 mqtt größe/🜁 true false 00ff',
    ]);
  });

  test('mail, which can be answered', () => {
    expect(handle('mail', 12, ...host.put('abcd'))).toEqual(['1 mail 12 61626364 0']);
    expect(host.calls).toEqual(['mail.reply b,c']);
  });

  test('started, exited, health', () => {
    expect(handle('started', 9)).toEqual(['1 started 9']);
    expect(handle('exited', 9, ...host.put('trap'))).toEqual(['1 exited 9 trap']);
    expect(handle('health', 9, 1)).toEqual(['1 health 9 true']);
    expect(handle('health', 9, 0)).toEqual(['1 health 9 false']);
  });

  test('edges, serial bytes, datagrams', () => {
    expect(handle('gpio', 9, 1, 12, 3456)).toEqual(['1 gpio 9 true 12 3456']);
    expect(handle('uart', 1, ...host.put(Uint8Array.of(1, 255)), 2)).toEqual(['1 uart 1 01ff 2']);
    expect(handle('datagram', ...host.put('gw:1885'), ...host.put('x'))).toEqual(['1 datagram gw:1885 78 0']);
    expect(host.calls).toEqual(['datagram.send gw:1885 x']);
  });

  test('a message of a later contract is let pass', () => {
    guest.handle(99, 0, 0, 0, 0);
    expect(host.log).toEqual([]);
  });

  test('health and stop', () => {
    expect(guest.health()).toBe(0);
    handle('tick');
    expect(guest.health()).toBe(1);
    guest.stop();
    expect(host.log).toEqual(['1 stop']);
  });
});

describe('calls reach the host', () => {
  test('log, in UTF-8, half a surrogate pair as U+FFFD', () => {
    expect(ask(1)).toEqual(['0 d', '2 w', '3 e', '1 größe 🜁 \ufffd']);
  });

  test('clock', () => {
    expect(ask(2)).toEqual(['1 1099511627776 1700000000123']);
    host.error = 'io';
    expect(ask(2)).toEqual(['1 1099511627776 0']);
  });

  test.each([
    [3, ['timer.set 7 1500', 'timer.cancel 8'], '0', '-7'],
    [4, [], 'f0f1f2f3', 'none (-7)'],
    [5, [], '6b6579', 'none (-7)'],
    [6, ['radio.send frame'], '0', '-7'],
    [
      7,
      ['mqtt.publish a/b "hi" 1', 'mqtt.publish c "\\u0000\\u0000" 0', 'mqtt.subscribe d/#'],
      'true 0 0 0',
      'false -7 -7 -7',
    ],
    [8, [`flash.describe ${FlashRegion.slots}`], '1048576 4096 4 255', 'none -7'],
    [9, ['flash.read 0 4096 3', 'flash.program 1 8 data', 'flash.erase 1 0 4096'], 'ababab 0 0', 'none (-7) -7 -7'],
    [10, ['mail.send 3 letter'], '0', '-7'],
    [
      11,
      [
        `actors.spawn v 0 ml-dsa 4096 512 1000 256 [${Capability['mqtt-publish']}:t/,${Capability.mail}:]`,
        'actors.spawn app 1 1 65536 1234 4096 512 1000 256 []',
      ],
      'true true false 41 42 0',
      'true true false 0 0 -7',
    ],
    [12, ['actors.stop 5', 'actors.tick 6', 'actors.check 7'], '0 0 0', '-7 -7 -7'],
    [17, ['i2c 1 118 0101f70208033412' + '00'], '693263', 'none (-7)'],
    [18, ['spi 0 2 3 1000000 01020102' + '0103030405' + '04026162'], '737069', 'none (-7)'],
    [19, ['one-wire 3 00010178' + '05083132333435363738'], '', 'none (-7)'],
    [
      20,
      ['gpio.input 4 1', 'gpio.read 4', 'gpio.watch 4 2', 'gpio.write 5 1', 'gpio.shift 4 5 24 25 1'],
      '0 1 0 0 4275878552',
      '-7 -1 -7 -7 0',
    ],
    [21, ['adc.read 0 3 12 16', 'pwm.set 1 2 1000 250'], '-1234 0', '0 -7'],
    [22, ['uart.open 1 9600 8 1 1 4000 256', 'uart.write 1 hi', 'uart.close 1'], '0 0 0', '-7 -7 -7'],
    [23, ['datagram.bind 1885', 'datagram.send gw:1885 hi', 'datagram.close'], '0 0 0', '-7 -7 -7'],
    [24, ['timer.every 1 60000', 'timer.at 2 8589934592'], '0 0', '-7 -7'],
    [25, ['mail.post delivery letter'], '77', '0'],
    [
      27,
      ['actors.share table 1 4096 77', 'actors.handover 1 8192 1234 4096 512 1000 256 60000', 'actors.feed 30000'],
      '0 0 0',
      '-7 -7 -7',
    ],
    [28, ['data.size table', 'data.read table 70 7'], '77 cdcdcdcdcdcdcd', '0 none (-7)'],
    [13, ['actors.inspect 9'], 'true 100 101 102 103 104', 'none -7'],
  ] as const)('number %i, and hear of success and failure', (number, calls, success, failure) => {
    expect(ask(number)).toEqual([`1 ${success}`]);
    expect(host.calls.splice(0)).toEqual(calls);
    host.error = 'offline';
    expect(ask(number)).toEqual([`1 ${failure}`]);
    expect(host.calls).toEqual(calls);
    host.error = null;
    expect(ask(number)).toEqual([`1 ${success.replace('41 42', '43 44')}`]);
  });

  test('an error is the number that it has in C', () => {
    host.error = 'denied';
    expect(ask(16)).toEqual(['1 true']);
    host.error = 'invalid';
    expect(ask(16)).toEqual(['1 false']);
  });
});

describe('Bytes', () => {
  test('slice within their bounds and compare', () => {
    expect(ask(14)).toEqual(['1 6263 7a62   true false']);
  });

  test('trap beyond their end, as scripts do beyond their room', () => {
    expect(() => ask(15)).toThrow(WebAssembly.RuntimeError);
    expect(() => ask(26)).toThrow(WebAssembly.RuntimeError);
  });
});

test('a message larger than the arena traps and changes nothing', () => {
  const before = guest.cabi_realloc(0, 0, 1, 0);
  expect(() => guest.cabi_realloc(0, 0, 1, 16_384)).toThrow(WebAssembly.RuntimeError);
  expect(guest.cabi_realloc(0, 0, 1, 0)).toBe(before);
});

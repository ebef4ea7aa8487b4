// A module that does what a message tells it, so that a test can make any call with any arguments.
//
// Payload of mqtt and mail: u16 n, n bytes of data, then instructions: u8 opcode, u8 count, count u32.
// An argument 0xeeee0000 + k is the address of byte k of the data, 0xdddd0000 + k that of byte k of the return area.

// @ts-ignore: decorator
@external("log", "write") declare function log_write(level: u32, at: usize, len: u32): void;
// @ts-ignore: decorator
@external("clock", "now") declare function clock_now(): u64;
// @ts-ignore: decorator
@external("clock", "unix") declare function clock_unix(ret: usize): void;
// @ts-ignore: decorator
@external("timer", "set") declare function timer_set(id: u32, delay: u32, ret: usize): void;
// @ts-ignore: decorator
@external("timer", "cancel") declare function timer_cancel(id: u32): void;
// @ts-ignore: decorator
@external("random", "get") declare function random_get(len: u32, ret: usize): void;
// @ts-ignore: decorator
@external("settings", "get") declare function settings_get(name: usize, len: u32, ret: usize): void;
// @ts-ignore: decorator
@external("radio", "send") declare function radio_send(at: usize, len: u32, ret: usize): void;
// @ts-ignore: decorator
@external("mqtt", "connected") declare function mqtt_connected(): bool;
// @ts-ignore: decorator
@external("mqtt", "publish") declare function mqtt_publish(topic: usize, topicLen: u32, at: usize, len: u32, qos: u32, ret: usize): void;
// @ts-ignore: decorator
@external("mqtt", "subscribe") declare function mqtt_subscribe(filter: usize, len: u32, ret: usize): void;
// @ts-ignore: decorator
@external("flash", "describe") declare function flash_describe(region: u32, ret: usize): void;
// @ts-ignore: decorator
@external("flash", "read") declare function flash_read(region: u32, offset: u32, len: u32, ret: usize): void;
// @ts-ignore: decorator
@external("flash", "program") declare function flash_program(region: u32, offset: u32, at: usize, len: u32, ret: usize): void;
// @ts-ignore: decorator
@external("flash", "erase") declare function flash_erase(region: u32, offset: u32, len: u32, ret: usize): void;
// @ts-ignore: decorator
@external("mail", "send") declare function mail_send(to: u32, at: usize, len: u32, ret: usize): void;
// @ts-ignore: decorator
@external("mail", "post") declare function mail_post(name: usize, nameLen: u32, at: usize, len: u32, ret: usize): void;
// @ts-ignore: decorator
@external("mail", "reply") declare function mail_reply(at: usize, len: u32, ret: usize): void;
// @ts-ignore: decorator
@external("actors", "spawn") declare function actors_spawn(name: usize, nameLen: u32, source: u32, s1: u32, s2: u32, s3: u32, memory: u32, stack: u32, fuel: u32, mailbox: u32, grants: usize, count: u32, ret: usize): void;
// @ts-ignore: decorator
@external("actors", "stop") declare function actors_stop(actor: u32, ret: usize): void;
// @ts-ignore: decorator
@external("actors", "tick") declare function actors_tick(actor: u32, ret: usize): void;
// @ts-ignore: decorator
@external("actors", "check") declare function actors_check(actor: u32, ret: usize): void;
// @ts-ignore: decorator
@external("actors", "inspect") declare function actors_inspect(actor: u32, ret: usize): void;
// @ts-ignore: decorator
@external("actors", "share") declare function actors_share(name: usize, nameLen: u32, region: u32, offset: u32, len: u32, ret: usize): void;
// @ts-ignore: decorator
@external("actors", "handover") declare function actors_handover(region: u32, offset: u32, len: u32, memory: u32, stack: u32, fuel: u32, mailbox: u32, patience: u32, ret: usize): void;
// @ts-ignore: decorator
@external("actors", "feed") declare function actors_feed(patience: u32, ret: usize): void;
// @ts-ignore: decorator
@external("data", "size") declare function data_size(name: usize, nameLen: u32, ret: usize): void;
// @ts-ignore: decorator
@external("data", "read") declare function data_read(name: usize, nameLen: u32, offset: u32, len: u32, ret: usize): void;
// @ts-ignore: decorator
@external("timer", "every") declare function timer_every(id: u32, period: u32, ret: usize): void;
// @ts-ignore: decorator
@external("timer", "at") declare function timer_at(id: u32, time: u64, ret: usize): void;
// @ts-ignore: decorator
@external("i2c", "transfer") declare function i2c_transfer(bus: u32, address: u32, at: usize, len: u32, ret: usize): void;
// @ts-ignore: decorator
@external("spi", "transfer") declare function spi_transfer(bus: u32, select: u32, mode: u32, hertz: u32, at: usize, len: u32, ret: usize): void;
// @ts-ignore: decorator
@external("gpio", "input") declare function gpio_input(pin: u32, pull: u32, ret: usize): void;
// @ts-ignore: decorator
@external("gpio", "read") declare function gpio_read(pin: u32, ret: usize): void;
// @ts-ignore: decorator
@external("gpio", "watch") declare function gpio_watch(pin: u32, edge: u32, ret: usize): void;
// @ts-ignore: decorator
@external("gpio", "write") declare function gpio_write(pin: u32, high: u32, ret: usize): void;
// @ts-ignore: decorator
@external("gpio", "shift") declare function gpio_shift(data: u32, clock: u32, bits: u32, pulses: u32, micros: u32, ret: usize): void;
// @ts-ignore: decorator
@external("adc", "read") declare function adc_read(unit: u32, channel: u32, bits: u32, samples: u32, ret: usize): void;
// @ts-ignore: decorator
@external("pwm", "set") declare function pwm_set(unit: u32, channel: u32, period: u32, pulse: u32, ret: usize): void;
// @ts-ignore: decorator
@external("uart", "open") declare function uart_open(port: u32, baud: u32, dataBits: u32, parity: u32, stopBits: u32, gap: u32, most: u32, ret: usize): void;
// @ts-ignore: decorator
@external("uart", "write") declare function uart_write(port: u32, at: usize, len: u32, ret: usize): void;
// @ts-ignore: decorator
@external("uart", "close") declare function uart_close(port: u32, ret: usize): void;
// @ts-ignore: decorator
@external("one_wire", "transfer") declare function one_wire_transfer(bus: u32, at: usize, len: u32, ret: usize): void;
// @ts-ignore: decorator
@external("datagram", "bind") declare function datagram_bind(port: u32, ret: usize): void;
// @ts-ignore: decorator
@external("datagram", "send") declare function datagram_send(peer: usize, peerLen: u32, at: usize, len: u32, ret: usize): void;
// @ts-ignore: decorator
@external("datagram", "close") declare function datagram_close(ret: usize): void;
// @ts-ignore: decorator
@external("http", "get") declare function http_get(url: usize, urlLen: u32, offset: u32, len: u32, tag: usize, tagLen: u32, ret: usize): void;

const RET: usize = memory.data(64, 8);
const LINE: usize = memory.data(320, 8);
const FLOOR: usize = 2048;

// What cabi_realloc does next (opcode 105), counted down by `reallocAfter`.
const enum Realloc { Good, Outside, Trap, Spin, Import, Grow, Recurse, Clobber }

let top: usize = FLOOR;
let well: bool = true;
let realloc: u32 = Realloc.Good;
let reallocAfter: u32 = 0;
let line: usize = 0;
let sink: u32 = 0;

function put(byte: u32): void {
  if (line < 320) store<u8>(LINE + line++, <u8>byte);
}

function putWord(value: u32): void {
  let started = false;
  for (let unit: u32 = 1000000000; unit > 0; unit /= 10) {
    const digit = value / unit % 10;
    if (digit || started || unit == 1) {
      put(48 + digit);
      started = true;
    }
  }
}

function putHex(at: usize, len: u32): void {
  for (let i: u32 = 0; i < len; i++) {
    const byte: u32 = load<u8>(at + i);
    const high = byte >> 4, low = byte & 15;
    put(high + (high < 10 ? 48 : 87));
    put(low + (low < 10 ? 48 : 87));
  }
}

function putText(at: usize, len: u32): void {
  for (let i: u32 = 0; i < len; i++) put(load<u8>(at + i));
}

function flush(): void {
  if (load<u8>(LINE + line - 1) == 32) line--;
  const len = <u32>line;
  line = 0;
  log_write(1, LINE, len);
}

// @ts-ignore: decorator
@inline
function begin(letter: u32): void {
  line = 0;
  put(letter);
  put(32);
}

// Eight arguments of 64 bits make the frame wide; the compiler cannot turn it into a loop.
function recurse(depth: u32, then: u32, ret: usize): u32 {
  if (depth == 0) {
    if (then) random_get(then, ret);
    return 1;
  }
  return recurse(depth - 1, then, ret) + 1;
}

function wide(depth: u32, a: u64, b: u64, c: u64, d: u64, e: u64, f: u64, g: u64): u64 {
  if (depth == 0) return a ^ b ^ c ^ d ^ e ^ f ^ g;
  return wide(depth - 1, b, c, d, e, f, g, a + depth) + 1;
}

export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  if (realloc != Realloc.Good && reallocAfter-- == 0) {
    const what = realloc;
    realloc = Realloc.Good;
    switch (what) {
      case Realloc.Outside: return 0xfffffff0;
      case Realloc.Trap: unreachable();
      case Realloc.Spin: while (true) sink++;
      case Realloc.Import: log_write(0, LINE, 1); break;
      case Realloc.Grow: memory.grow(1); break;
      case Realloc.Recurse: sink += recurse(100000, 0, RET); break;
      case Realloc.Clobber: sink += <u32>wide(4, 1, 2, 3, 4, 5, 6, 7); break;
    }
  }
  const at = top;
  top = (top + size + 7) & ~7;
  return at;
}

export function arena_reset(): void {
  top = FLOOR;
}

export function start(): void {
  begin(115); // s
  flush();
}

export function health(): bool {
  return well;
}

export function stop(): void {
  begin(113); // q: no letter is being handled, so there is none to answer
  mail_reply(RET, 0, RET);
  putHex(RET, 2);
  flush();
}

export function handle(kind: u32, a: u32, b: u32, c: u32, d: u32): void {
  switch (kind) {
    case 0: begin(116); flush(); break; // t
    case 1: begin(84); putWord(a); flush(); if (a == 1000) timer_set(a, 0, RET); break; // T id
    case 2: begin(102); putHex(a, b); put(32); putWord(<u32>(<i32>c + 1000)); flush(); break; // f hex rssi+1000
    case 3: run(c, d); break;
    case 4: begin(109); putWord(a); flush(); run(b, c); break; // m sender
    case 5: begin(83); putWord(a); flush(); break; // S id
    case 6: begin(120); putWord(a); put(32); putText(b, c); flush(); break; // x id reason
    case 7: begin(104); putWord(a); put(32); putWord(b); flush(); break; // h id healthy
    case 8: begin(101); putWord(a); put(32); putWord(b); put(32); putWord(c); put(32); putWord(d); flush(); break; // e pin high count at
    case 9: begin(117); putWord(a); put(32); putHex(b, c); put(32); putWord(d); flush(); break; // u port hex faults
    case 10: begin(100); putText(a, b); put(32); putHex(c, d); flush(); break; // d peer hex
    case 11: begin(112); putHex(a, b); put(32); putHex(c, d); flush(); break; // p head bytes
  }
}

function run(at: usize, len: u32): void {
  if (len < 2) return;
  const data = at + 2;
  const end = at + len;
  let pc = data + load<u16>(at);
  while (pc + 2 <= end) {
    const opcode = load<u8>(pc);
    const count = load<u8>(pc + 1);
    pc += 2;
    perform(opcode, pc, data);
    pc += <usize>count * 4;
  }
}

function argument(pc: usize, index: u32, data: usize): u32 {
  const value = load<u32>(pc + index * 4);
  const low = value & 0xffff;
  if (value >> 16 == 0xeeee) return <u32>data + low;
  if (value >> 16 == 0xdddd) return <u32>RET + low;
  return value;
}

function perform(opcode: u32, pc: usize, data: usize): void {
  const a0 = argument(pc, 0, data), a1 = argument(pc, 1, data), a2 = argument(pc, 2, data);
  const a3 = argument(pc, 3, data), a4 = argument(pc, 4, data), a5 = argument(pc, 5, data);
  let depth: u32 = 0;
  memory.fill(RET, 0xee, 64);
  switch (opcode) {
    case 0: log_write(a0, a1, a2); return;
    case 1: store<u64>(RET, clock_now()); break;
    case 2: clock_unix(a0); break;
    case 3: timer_set(a0, a1, a2); break;
    case 4: timer_cancel(a0); return;
    case 7: random_get(a0, a1); list(); return;
    case 8: settings_get(a0, a1, a2); list(); return;
    case 9: radio_send(a0, a1, a2); break;
    case 10: store<u32>(RET, <u32>mqtt_connected()); break;
    case 11: mqtt_publish(a0, a1, a2, a3, a4, a5); break;
    case 12: mqtt_subscribe(a0, a1, a2); break;
    case 13: flash_describe(a0, a1); break;
    case 14: flash_read(a0, a1, a2, a3); list(); return;
    case 15: flash_program(a0, a1, a2, a3, a4); break;
    case 16: flash_erase(a0, a1, a2, a3); break;
    case 17: mail_send(a0, a1, a2, a3); break;
    case 18: mail_post(a0, a1, a2, a3, a4); break;
    case 19: mail_reply(a0, a1, a2); break;
    case 20:
      fixGrants(argument(pc, 10, data), argument(pc, 11, data), data);
      actors_spawn(a0, a1, a2, a3, a4, a5, argument(pc, 6, data), argument(pc, 7, data), argument(pc, 8, data),
        argument(pc, 9, data), argument(pc, 10, data), argument(pc, 11, data), argument(pc, 12, data));
      break;
    case 21: actors_stop(a0, a1); break;
    case 22: actors_tick(a0, a1); break;
    case 23: actors_check(a0, a1); break;
    case 24: actors_inspect(a0, a1); break;
    case 5: timer_every(a0, a1, a2); break;
    case 6: timer_at(a0, <u64>a1 | <u64>a2 << 32, a3); break;
    case 25: actors_share(a0, a1, a2, a3, a4, a5); break;
    case 26:
      actors_handover(a0, a1, a2, a3, a4, a5, argument(pc, 6, data), argument(pc, 7, data), argument(pc, 8, data));
      break;
    case 27: actors_feed(a0, a1); break;
    case 28: i2c_transfer(a0, a1, a2, a3, a4); list(); return;
    case 29: spi_transfer(a0, a1, a2, a3, a4, a5, argument(pc, 6, data)); list(); return;
    case 30: gpio_input(a0, a1, a2); break;
    case 31: gpio_read(a0, a1); break;
    case 32: gpio_watch(a0, a1, a2); break;
    case 33: gpio_write(a0, a1, a2); break;
    case 34: gpio_shift(a0, a1, a2, a3, a4, a5); break;
    case 35: adc_read(a0, a1, a2, a3, a4); break;
    case 36: pwm_set(a0, a1, a2, a3, a4); break;
    case 37: uart_open(a0, a1, a2, a3, a4, a5, argument(pc, 6, data), argument(pc, 7, data)); break;
    case 38: uart_write(a0, a1, a2, a3); break;
    case 39: uart_close(a0, a1); break;
    case 40: one_wire_transfer(a0, a1, a2, a3); list(); return;
    case 41: datagram_bind(a0, a1); break;
    case 42: datagram_send(a0, a1, a2, a3, a4); break;
    case 43: datagram_close(a0); break;
    case 44: data_size(a0, a1, a2); break;
    case 45: data_read(a0, a1, a2, a3, a4); list(); return;
    case 46: http_get(a0, a1, a2, a3, a4, a5, argument(pc, 6, data)); break;
    case 100: unreachable();
    case 101: while (true) sink++;
    case 102: sink += recurse(a0, 0, RET); return;
    case 103: begin(103); putWord(<u32>memory.grow(a0)); put(32); putWord(<u32>memory.size()); flush(); return; // g
    case 104: well = a0 != 0; return;
    case 105: realloc = a0; reallocAfter = a1; return;
    case 106: depth = recurse(a0, a1, RET); list(); begin(82); putWord(depth); flush(); return; // R depth
    case 107: for (let i: u32 = 0; i < a0; i++) sink += i; return;
    case 108: begin(118); putWord(load<u8>(a0)); flush(); return; // v byte
    case 109: begin(119); putWord(<u32>wide(a0, 1, 2, 3, 4, 5, 6, 7)); flush(); return; // w
    case 110: sink = sink / a0; return;
    default: begin(63); putWord(opcode); flush(); return; // ?
  }
  begin(114); // r
  putHex(RET, 28);
  flush();
}

// Scopes in a list of grants are addresses too.
function fixGrants(at: usize, count: u32, data: usize): void {
  if (at < data || count > 64) return;
  for (let i: u32 = 0; i < count; i++) {
    const scope = at + i * 12 + 4;
    store<u32>(scope, argument(scope, 0, data));
  }
}

// Of a result<list<u8>>: the bytes too.
function list(): void {
  begin(108); // l
  putHex(RET, 1);
  put(32);
  if (load<u8>(RET)) putHex(RET + 4, 1);
  else putHex(load<u32>(RET, 4), min<u32>(load<u32>(RET, 8), 128));
  flush();
}

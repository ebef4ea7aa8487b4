/** A module as its author writes it, and the way from the kernel's calls to its methods. */
import { Bytes } from './bytes';
import { ActorMessage } from './generated/host';

/**
 * The class that a module extends; each method is called by the kernel, one at a time. What they are given stands in the
 * arena: it is gone when the method returns, as is all that it allocates. Only onStart's allocations stay.
 */
export class Module {
  /** Called once. What must live longer than a message is allocated here (or in a field's initialiser). */
  onStart(): void {}

  /** A sign of life is asked for: returning is the answer. */
  onTick(): void {}

  onTimer(id: u32): void {}

  /** A frame from the air, as the link layer's bytes, and its strength in dBm. */
  onRadio(frame: Bytes, rssi: i32): void {}

  onMqtt(topic: Bytes, payload: Bytes): void {}

  /** Another module's letter; `mail.reply` answers it. */
  onMail(sender: u32, payload: Bytes): void {}

  /** A module that this one spawned runs. */
  onStarted(actor: u32): void {}

  /** A module that this one spawned has ended: by a trap, a budget or a refusal to load. */
  onExited(actor: u32, reason: Bytes): void {}

  /** The answer to `actors.check`. */
  onHealth(actor: u32, healthy: bool): void {}

  /** An edge of a pin that `gpio.watch` watches. `count`: edges so far. `at`: the low 32 bits of `clock.now()` then. */
  onGpio(pin: u32, high: bool, count: u32, at: u32): void {}

  /** What a serial port received. `faults`: bit 0: bytes were lost; bit 1: parity or framing was wrong. */
  onUart(port: u32, bytes: Bytes, faults: u32): void {}

  /** `peer`: as this module wrote it when it sent there, else `address:port`. */
  onDatagram(peer: Bytes, bytes: Bytes): void {}

  /** What came of `http.get`: what `http` says of its head, and the bytes. */
  onHttp(head: Bytes, bytes: Bytes): void {}

  /** Whether the module does its work: asked on trial and later. */
  isHealthy(): bool {
    return true;
  }

  /** The last call: the module is being replaced. */
  onStop(): void {}
}

let current: Module | null = null;

/** What a message carries, for one message after the other: nothing is allocated for it. */
const first = new Bytes(0, 0);
const second = new Bytes(0, 0);

/** Makes `module` the one that the kernel talks to. A module's index.ts ends with `run(new …())`. */
export function run(module: Module): void {
  current = module;
}

let letters: ((sender: u32, payload: Bytes) => bool) | null = null;

/** Gives `handler` each letter first; it returns whether the letter was for it. For parts of the SDK that speak to an actor. */
export function intercept(handler: (sender: u32, payload: Bytes) => bool): void {
  letters = handler;
}

/** Without run() there is no module to speak of: the actor ends at its start. */
function running(): Module {
  if (current == null) unreachable();
  return current!;
}

/** The end of the world's `start`: from here on, allocations last as long as a message. */
export function start(): void {
  running().onStart();
  __arena_mark();
}

/** `handle` of the contract: the discriminant, then the payload's core values (message in runtime/abi/mote.wit). */
export function handle(message: u32, a: u32, b: u32, c: u32, d: u32): void {
  const module = changetype<Module>(changetype<usize>(current)); // start() has looked
  switch (message) {
    case ActorMessage.Tick:
      module.onTick();
      break;
    case ActorMessage.Timer:
      module.onTimer(a);
      break;
    case ActorMessage.Radio:
      module.onRadio(first.point(a, b), <i32>c);
      break;
    case ActorMessage.Mqtt:
      module.onMqtt(first.point(a, b), second.point(c, d));
      break;
    case ActorMessage.Mail:
      if (letters === null || !letters!(a, first.point(b, c))) module.onMail(a, first.point(b, c));
      break;
    case ActorMessage.Started:
      module.onStarted(a);
      break;
    case ActorMessage.Exited:
      module.onExited(a, first.point(b, c));
      break;
    case ActorMessage.Health:
      module.onHealth(a, b != 0);
      break;
    case ActorMessage.Gpio:
      module.onGpio(a, b != 0, c, d);
      break;
    case ActorMessage.Uart:
      module.onUart(a, new Bytes(b, c), d);
      break;
    case ActorMessage.Datagram:
      module.onDatagram(new Bytes(a, b), new Bytes(c, d));
      break;
    case ActorMessage.Http:
      module.onHttp(first.point(a, b), second.point(c, d));
      break;
  }
}

export function health(): bool {
  return running().isHealthy();
}

export function stop(): void {
  running().onStop();
}

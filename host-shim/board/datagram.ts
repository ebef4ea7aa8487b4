/** UDP for a board: this machine's sockets, or a network without one that is in step with a virtual clock. */
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';
import type { DatagramLink } from './ports.ts';
import { seededChance } from './random.ts';

type Deliver = (actor: number, peer: string, local: boolean, bytes: Uint8Array) => void;

/** `host:port`, with [...] around an IPv6 address; undefined when it is not written so. */
export function readPeer(peer: string): { host: string; port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+)):([0-9]{1,5})$/.exec(peer) ?? [];
  const port = Number(digits);
  const host = bracketed ?? plain;
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

export function writePeer(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Names whose addresses are remembered, so that an answer comes from the peer that the module wrote. */
const MAX_NAMES = 16;

interface Sockets {
  port: number;
  byFamily: Map<4 | 6, Socket>;
  failed: boolean;
}

/** This machine's network. `broadcast` is where `local` goes. */
export class UdpLink implements DatagramLink {
  readonly #broadcast: string;
  readonly #sockets = new Map<number, Sockets>();
  /** By address and port: what the module wrote. */
  readonly #names = new Map<string, string>();
  #deliver: Deliver | undefined;

  constructor({ broadcast = '255.255.255.255' }: { broadcast?: string } = {}) {
    this.#broadcast = broadcast;
  }

  start(deliver: Deliver): void {
    this.#deliver = deliver;
  }

  stop(): void {
    for (const actor of [...this.#sockets.keys()]) this.close(actor);
    this.#names.clear();
    this.#deliver = undefined;
  }

  bind(actor: number, port: number): number {
    this.close(actor);
    this.#sockets.set(actor, { port, byFamily: new Map(), failed: false });
    this.#socket(actor, 4);
    return 0;
  }

  send(actor: number, local: boolean, peer: string, bytes: Uint8Array): number {
    const to = readPeer(peer);
    if (!to) return ErrorCode.invalid;
    if (!this.#sockets.has(actor)) this.bind(actor, 0);
    if (this.#sockets.get(actor)!.failed) return ErrorCode.io;
    const copy = bytes.slice();
    if (to.host === 'local') return this.#to(actor, this.#broadcast, to.port, copy);
    if (isIP(to.host)) {
      if (local && !isOnOwnLink(to.host)) return ErrorCode.denied;
      return this.#to(actor, to.host, to.port, copy);
    }
    const [known] = [...this.#names].find(([, name]) => name === peer) ?? [];
    const resolved = known && readPeer(known);
    if (resolved) {
      if (local && !isOnOwnLink(resolved.host)) return ErrorCode.denied;
      return this.#to(actor, resolved.host, resolved.port, copy);
    }
    lookup(to.host, (error, address) => {
      if (error || !this.#sockets.has(actor)) return;
      if (this.#names.size >= MAX_NAMES) this.#names.delete(this.#names.keys().next().value!);
      this.#names.set(writePeer(address, to.port), peer);
      if (!local || isOnOwnLink(address)) this.#to(actor, address, to.port, copy);
    });
    return 0;
  }

  close(actor: number): number {
    for (const socket of this.#sockets.get(actor)?.byFamily.values() ?? []) socket.close();
    this.#sockets.delete(actor);
    return 0;
  }

  #to(actor: number, host: string, port: number, bytes: Uint8Array): number {
    this.#socket(actor, isIP(host) === 6 ? 6 : 4).send(bytes, port, host);
    return 0;
  }

  #socket(actor: number, family: 4 | 6): Socket {
    const sockets = this.#sockets.get(actor)!;
    const open = sockets.byFamily.get(family);
    if (open) return open;
    const socket = createSocket({ type: family === 6 ? 'udp6' : 'udp4', ipv6Only: family === 6 });
    sockets.byFamily.set(family, socket);
    socket.on('error', () => {
      sockets.failed = true;
    });
    socket.on('message', (bytes, from) => {
      if (this.#sockets.get(actor) !== sockets) return;
      const peer = writePeer(from.address, from.port);
      this.#deliver?.(actor, this.#names.get(peer) ?? peer, isOnOwnLink(from.address), bytes);
    });
    socket.bind(sockets.port, () => {
      if (family === 4) socket.setBroadcast(true);
    });
    // A board that waits for a datagram does not keep the program alive.
    socket.unref();
    return socket;
  }
}

/** Whether the address is in a subnet of one of this machine's interfaces. */
function isOnOwnLink(address: string): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const own = new BlockList();
  for (const { address: base, cidr, family: kind } of Object.values(networkInterfaces()).flatMap((list) => list ?? []))
    if (cidr) own.addSubnet(base, Number(cidr.split('/')[1]), kind === 'IPv6' ? 'ipv6' : 'ipv4');
  return own.check(address.replace(/%.*$/, ''), family);
}

type Hear = (from: string, bytes: Uint8Array) => void;

/**
 * Datagrams within one process: delivered at once and in order, unless `loss` swallows them. A host has an IPv4 address and
 * may have names; hosts of one /24 are on one link.
 */
export class LocalNet {
  /** Chance of each datagram to be lost. */
  loss = 0;
  readonly #chance: () => number;
  readonly #names = new Map<string, string>();
  readonly #bound = new Map<string, Hear>();
  #nextPort = 49_152;

  constructor({ seed = 'net' }: { seed?: string } = {}) {
    this.#chance = seededChance(seed);
  }

  /** The name of a host, for all. */
  name(name: string, address: string): this {
    this.#names.set(name, address);
    return this;
  }

  /** A socket of something that is no board: a gateway, a test. Returns how to send from it. */
  open(address: string, port: number, hear: Hear): { send(to: string, bytes: Uint8Array): void; close(): void } {
    const own = `${address}:${port}`;
    if (this.#bound.has(own)) throw new Error(`${own} is taken`);
    this.#bound.set(own, hear);
    return {
      send: (to, bytes) => {
        this.#pass(own, to, bytes);
      },
      close: () => {
        this.#bound.delete(own);
      },
    };
  }

  /** The network as the board at this address knows it. */
  link(address: string): DatagramLink {
    const ports = new Map<number, number>();
    const written = new Map<string, string>();
    let deliver: Deliver | undefined;
    const close = (actor: number) => {
      const port = ports.get(actor);
      if (port !== undefined) this.#bound.delete(`${address}:${port}`);
      ports.delete(actor);
      return 0;
    };
    const bind = (actor: number, wanted: number) => {
      const port = wanted || this.#nextPort++;
      if (ports.get(actor) !== port && this.#bound.has(`${address}:${port}`)) return ErrorCode.busy;
      close(actor);
      ports.set(actor, port);
      this.#bound.set(`${address}:${port}`, (from, bytes) => {
        const local = sameLink(from, address);
        deliver?.(actor, written.get(from) ?? from, local, bytes);
      });
      return 0;
    };
    return {
      bind,
      close,
      send: (actor, local, peer, bytes) => {
        const to = readPeer(peer);
        if (!to) return ErrorCode.invalid;
        const known = this.#names.get(to.host) ?? to.host;
        if (local && to.host !== 'local' && !sameLink(known, address)) return ErrorCode.denied;
        if (!ports.has(actor)) bind(actor, 0);
        if (known !== to.host) written.set(`${known}:${to.port}`, peer);
        this.#pass(`${address}:${ports.get(actor)}`, `${known}:${to.port}`, bytes);
        return 0;
      },
      start: (to) => {
        deliver = to;
      },
      stop: () => {
        for (const actor of [...ports.keys()]) close(actor);
        deliver = undefined;
      },
    };
  }

  #pass(from: string, to: string, bytes: Uint8Array): void {
    const [host, port] = to.split(':') as [string, string];
    const receivers =
      host === 'local'
        ? [...this.#bound].filter(([at]) => at !== from && at.endsWith(`:${port}`) && sameLink(at, from))
        : [...this.#bound].filter(([at]) => at === to);
    for (const [, hear] of receivers) if (this.loss === 0 || this.#chance() >= this.loss) hear(from, bytes.slice());
  }
}

function sameLink(a: string, b: string): boolean {
  const subnet = (address: string) => address.split(':')[0]!.split('.').slice(0, 3).join('.');
  return isIP(a.split(':')[0]!) === 4 && subnet(a) === subnet(b);
}

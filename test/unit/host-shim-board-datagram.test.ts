/** A module's datagrams, on this machine's network and on one in memory. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { LocalNet, readPeer, UdpLink } from '../../host-shim/board/datagram.ts';
import type { DatagramLink } from '../../host-shim/board/ports.ts';
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);
const links: DatagramLink[] = [];
const heard: string[] = [];
function started<L extends DatagramLink>(link: L): L {
  link.start((actor, peer, local, data) => heard.push(`${actor} ${peer} ${local} ${text(data)}`));
  links.push(link);
  return link;
}
afterEach(() => {
  for (const link of links.splice(0)) link.stop();
  heard.length = 0;
});

test.each(['gw:1885', '10.0.0.1:1', 'gw.example:65535', '[fe80::1]:1885', 'local:1885'])('%s is a peer', (peer) => {
  expect(readPeer(peer)).toBeDefined();
});
test.each(['', 'gw', 'gw:', 'gw:0', 'gw:65536', ':1', 'fe80::1:1885', 'a b:1', 'gw:1885 '])('%j is none', (peer) => {
  expect(readPeer(peer)).toBeUndefined();
  expect(started(new UdpLink()).send(1, false, peer, bytes('x'))).toBe(ErrorCode.invalid);
  expect(started(new LocalNet().link('10.0.0.1')).send(1, false, peer, bytes('x'))).toBe(ErrorCode.invalid);
});

describe('on this machine', () => {
  async function echo(): Promise<{ port: number; close: () => void }> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    socket.on('message', (data, from) => socket.send(`re ${text(data)}`, from.port, from.address));
    return { port: socket.address().port, close: () => socket.close() };
  }
  const until = async (count: number) => {
    for (let tries = 0; heard.length < count && tries < 200; tries++) await new Promise((done) => setTimeout(done, 5));
  };

  test('a question and its answer, by address and by name', async () => {
    const server = await echo();
    const link = started(new UdpLink());
    expect(link.send(7, false, `127.0.0.1:${server.port}`, bytes('a'))).toBe(0);
    await until(1);
    expect(heard.splice(0)).toEqual([`7 127.0.0.1:${server.port} true re a`]);
    expect(link.send(7, true, `localhost:${server.port}`, bytes('b'))).toBe(0);
    await until(1);
    // The second time its address is known.
    expect(link.send(7, true, `localhost:${server.port}`, bytes('c'))).toBe(0);
    await until(2);
    expect(heard).toEqual([`7 localhost:${server.port} true re b`, `7 localhost:${server.port} true re c`]);
    server.close();
  });

  test('a peer elsewhere is denied to who may only reach its own links', () => {
    // Of the networks for documentation (RFC 5737) one that this machine has no address in.
    const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
    const net = ['192.0.2', '198.51.100', '203.0.113'].find(
      (prefix) => !own.some((address) => address.startsWith(prefix)),
    );
    expect(started(new UdpLink()).send(1, true, `${net}.1:9`, bytes('x'))).toBe(ErrorCode.denied);
  });

  test('a port that is taken is an error of the next send', async () => {
    const server = createSocket('udp4').bind(0);
    await once(server, 'listening');
    const link = started(new UdpLink());
    link.bind(1, server.address().port);
    await new Promise((done) => setTimeout(done, 50));
    expect(link.send(1, false, '127.0.0.1:9', bytes('x'))).toBe(ErrorCode.io);
    server.close();
  });
});

describe('in memory', () => {
  test('names, links, broadcasts, and who is not there', () => {
    const net = new LocalNet().name('gw.example', '10.0.9.1');
    const a = started(net.link('10.0.0.1'));
    const b = started(net.link('10.0.0.2'));
    const gateway = net.open('10.0.9.1', 1885, (from, data) => gateway.send(from, bytes(`re ${text(data)}`)));
    expect(a.bind(1, 1885)).toBe(0);
    expect(b.bind(2, 1885)).toBe(0);
    expect(b.bind(3, 1885)).toBe(ErrorCode.busy);
    expect(a.send(1, false, 'gw.example:1885', bytes('x'))).toBe(0);
    expect(heard.splice(0)).toEqual(['1 gw.example:1885 false re x']);
    expect(a.send(1, true, 'gw.example:1885', bytes('x'))).toBe(ErrorCode.denied);
    expect(a.send(1, true, 'local:1885', bytes('who'))).toBe(0);
    expect(heard.splice(0)).toEqual(['2 10.0.0.1:1885 true who']);
    expect(a.send(1, false, '10.0.0.77:1', bytes('nobody'))).toBe(0);
    b.close(2);
    a.send(1, true, '10.0.0.2:1885', bytes('gone'));
    expect(heard).toEqual([]);
  });

  test('loses as many as it is told to', () => {
    const net = new LocalNet({ seed: 'loss' });
    net.loss = 0.5;
    const link = started(net.link('10.0.0.1'));
    let arrived = 0;
    net.open('10.0.0.2', 9, () => arrived++);
    for (let n = 0; n < 1000; n++) link.send(1, false, '10.0.0.2:9', bytes('x'));
    expect(arrived).toBeGreaterThan(420);
    expect(arrived).toBeLessThan(580);
  });
});

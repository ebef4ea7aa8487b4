/** An MQTT 3.1.1 broker (aedes) in this process: for a bench, a test, a first try. Not for a hostile network. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { fault } from '../errors.ts';
import { codeOf } from '../files.ts';

export interface BrokerOptions {
  /** The interface to listen on; without it only this machine can connect. */
  host?: string;
  /** 0 takes any that is free. */
  port?: number;
}

export interface Broker {
  readonly url: string;
  readonly port: number;
  /** Disconnect everyone and free the port. */
  stop(): Promise<void>;
}

/** Throws port-in-use. */
export async function startBroker({ host = '127.0.0.1', port = 0 }: BrokerOptions = {}): Promise<Broker> {
  const aedes = await Aedes.createBroker({ connectTimeout: 10_000 });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    aedes.handle(socket);
  });
  const stop = async () => {
    await new Promise<void>((resolve) => aedes.close(resolve));
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (error) {
    await stop();
    if (codeOf(error) === 'EADDRINUSE') throw fault('port-in-use', { port }, error);
    throw error;
  }
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { url: `mqtt://${name}:${address.port}`, port: address.port, stop };
}

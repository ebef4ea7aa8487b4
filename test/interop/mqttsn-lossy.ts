/** A UDP proxy that loses, doubles and reorders datagrams, the same ones for the same seed. */
import { createSocket, type Socket } from 'node:dgram';
import { seededChance } from '../../host-shim/board/random.ts';

export interface Loss {
  seed: string;
  /** Shares, 0 to 1. */
  loss: number;
  duplicate: number;
  reorder: number;
}

export interface LossyProxy {
  port: number;
  counts: { passed: number; lost: number; doubled: number; delayed: number };
  /** From now on the clients' side has another port towards the gateway, as behind a NAT that forgot. */
  rebind(): Promise<void>;
  stop(): void;
}

/** For one client. */
export async function lossyProxy(target: number, { seed, loss, duplicate, reorder }: Loss): Promise<LossyProxy> {
  const chance = seededChance(seed);
  const counts = { passed: 0, lost: 0, doubled: 0, delayed: 0 };
  const inside = createSocket('udp4');
  let outside = createSocket('udp4');
  let client = 0;
  const timers = new Set<NodeJS.Timeout>();
  const impaired = (send: () => void) => {
    if (chance() < loss) return void counts.lost++;
    counts.passed++;
    const late = chance() < reorder;
    if (late) counts.delayed++;
    const twice = chance() < duplicate;
    if (twice) counts.doubled++;
    for (const delay of twice ? [0, 20] : [0]) {
      if (!late && !delay) send();
      else timers.add(setTimeout(send, delay + (late ? 30 : 0)));
    }
  };
  const back = (socket: Socket) =>
    socket.on('message', (data) => impaired(() => inside.send(data, client, '127.0.0.1', () => undefined)));
  const bind = (socket: Socket) => new Promise<void>((resolve) => void socket.bind(0, '127.0.0.1', () => resolve()));
  inside.on('message', (data, { port }) => {
    client = port;
    impaired(() => outside.send(data, target, '127.0.0.1', () => undefined));
  });
  back(outside);
  await Promise.all([bind(inside), bind(outside)]);
  return {
    port: inside.address().port,
    counts,
    async rebind() {
      const old = outside;
      const fresh = createSocket('udp4');
      back(fresh);
      await bind(fresh);
      outside = fresh;
      old.close();
    },
    stop() {
      for (const timer of timers) clearTimeout(timer);
      inside.close();
      outside.close();
    },
  };
}

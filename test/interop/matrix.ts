/** The interop matrix of docs/mqtt-sn.md: what ran against what, each cell by the test that ran. `matrix.test.ts` checks both. */

export const FEATURES = ['publish', 'subscribe', 'topics', 'sleep', 'will', 'resume', 'loss', 'board'] as const;
type Feature = (typeof FEATURES)[number];

/** `text`: what stands in the cell; `test`: a part of the test's title, in `file` of test/interop. */
export interface Cell {
  text: string;
  file: string;
  test: string;
}

export interface Row {
  peer: string;
  version: string;
  cells: Partial<Record<Feature, Cell>>;
}

const gateway = (text: string, test: string): Cell => ({ text, file: 'mqttsn-gateway.test.ts', test });
const loss: Cell = { text: 'QoS 1, 2', file: 'mqttsn-loss.test.ts', test: 'both ways' };
const BROKER: Row['cells'] = {
  publish: gateway('QoS -1 to 2', 'publishes with QoS -1, 0, 1 and 2'),
  subscribe: gateway('QoS 0 to 2', 'delivers QoS 0, 1 and 2'),
  topics: gateway(
    'normal, predefined, short, wildcards',
    'delivers QoS 0, 1 and 2, wildcards, predefined and short topics',
  ),
  sleep: gateway('30 messages', 'keeps 30 messages for a sleeping client'),
  will: gateway('and changed', 'publishes the will of a client that goes silent'),
  resume: gateway('clean=0, gateway restart', 'delivers after a clean=0 reconnection'),
  loss,
};
const nats = (text: string): Cell => ({ text, file: 'mqttsn-nats.test.ts', test: 'NATS, %s: QoS 0 and 1 both ways' });
const bisquitt = (text: string, test: string): Cell => ({ text, file: 'mqttsn-bisquitt.test.ts', test });
const python = (text: string): Cell => ({
  text,
  file: 'mqttsn-peers.test.ts',
  test: 'publishes and hears through our gateway',
});

export const MATRIX: Row[] = [
  { peer: 'aedes', version: '1.2.0', cells: BROKER },
  {
    peer: 'mosquitto',
    version: 'Debian 2.0.11',
    cells: {
      ...BROKER,
      board: {
        text: 'emulated and rv32 under QEMU: port at 20 % loss, actor, delivery by the actor',
        file: 'mqttsn-board.test.ts',
        test: 'publishes over',
      },
    },
  },
  {
    peer: 'nats-server (MQTT listener)',
    version: 'Debian 2.9.10',
    cells: {
      publish: nats('QoS 0, 1'),
      subscribe: nats('QoS 0, 1'),
      topics: nats('normal, wildcards'),
      sleep: nats('5 messages'),
    },
  },
  {
    peer: 'bisquitt (gateway, Go)',
    version: '0.6.0, to mosquitto',
    cells: {
      publish: bisquitt('QoS 0 to 2', 'takes QoS 0, 1 and 2'),
      subscribe: bisquitt('QoS 0 to 2', 'delivers QoS 0, 1 and 2'),
      topics: bisquitt('normal, predefined, short, wildcards', 'takes QoS 0, 1 and 2 on normal, predefined and short'),
      sleep: bisquitt('5 messages', 'keeps messages for a sleeping client'),
      will: bisquitt('yes', 'publishes the will of a client that goes silent'),
      loss: bisquitt('QoS 1, up', 'loses nothing of QoS 1'),
    },
  },
  {
    peer: 'mqttsn (Python client)',
    version: 'PyPI 0.0.4',
    cells: { publish: python('QoS 0 to 2'), subscribe: python('QoS 1, 2'), topics: python('normal') },
  },
];

const HEADINGS: Record<Feature, string> = {
  publish: 'publish',
  subscribe: 'subscribe',
  topics: 'topics',
  sleep: 'sleep',
  will: 'will',
  resume: 'resume',
  loss: '20 % loss',
  board: 'boards',
};

/** As it stands in the document. */
export function renderMatrix(): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(['peer', 'version', ...FEATURES.map((feature) => HEADINGS[feature])]),
    `|${'---|'.repeat(FEATURES.length + 2)}`,
    ...MATRIX.map(({ peer, version, cells }) =>
      line([peer, version, ...FEATURES.map((feature) => cells[feature]?.text ?? '')]),
    ),
  ].join('\n');
}

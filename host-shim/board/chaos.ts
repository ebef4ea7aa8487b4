/**
 * Power cuts on demand, for emulated boards: at the N-th program or erase from now on of the flash that holds modules and
 * their journal, half written, and on again a moment later. A sender asks for it on `{device}/chaos`; a board obeys only when it was launched to (`mote run --chaos`).
 */
import { type EventEmitter, on } from 'node:events';
import type { MqttClient } from 'mqtt';
import { fault } from '../errors.ts';
import type { Board } from './board.ts';
import { type NorFlash, PowerCut } from './flash.ts';

export interface Chaos {
  /** The flash operation, a program or an erase, at which the power is cut; 1 is the next. */
  cut: number;
}

const TOPIC = 'chaos';
const TOPIC_STATE = 'chaos-state';
/** How long the board stays off, ms. */
const OFF = 100;
/** Where updates write. */
const REGIONS = ['journal', 'slots'];
const MOST = 1_000_000;

/** Reads `cut@N`. Throws chaos-invalid. */
export function parseChaos(text: string): Chaos {
  const cut = Number(/^cut@(\d{1,7})$/.exec(text)?.[1]);
  if (!(cut >= 1 && cut <= MOST)) throw fault('chaos-invalid', { text, most: MOST });
  return { cut };
}

/** Cuts the power once; `happened` is told when it was. What was asked before is forgotten. */
export function cutPower(board: Board, flash: NorFlash, { cut }: Chaos, happened: () => void = () => {}): void {
  let left = cut;
  flash.onOperation = ({ kind, region }) => {
    if (kind === 'read' || !REGIONS.includes(region) || --left > 0) return;
    flash.onOperation = undefined;
    board.once('powercut', () => {
      happened();
      setTimeout(() => board.start(), OFF);
    });
    throw new PowerCut((before, after) =>
      after.map((value, at) => (at < after.length >> 1 ? value : (before[at] ?? value))),
    );
  };
}

/** Makes the board obey what comes on its topic. Ends with the client. */
export async function obeyChaos(board: Board, flash: NorFlash, client: MqttClient, device: string): Promise<void> {
  client.on('message', (topic, payload, { retain }) => {
    if (topic !== `${device}/${TOPIC}` || retain) return;
    const answer = (text: string) => void client.publishAsync(`${device}/${TOPIC_STATE}`, text).catch(() => {});
    try {
      cutPower(board, flash, parseChaos(payload.toString('latin1', 0, 32)), () => answer('cut'));
      answer('armed');
    } catch (error) {
      answer((error as Error).message);
    }
  });
  await client.subscribeAsync(`${device}/${TOPIC}`);
}

/** Asks a device for a power cut. Throws chaos-deaf when it does not say within 3 s that it will. */
export async function askForChaos(client: MqttClient, device: string, { cut }: Chaos): Promise<void> {
  const topic = `${device}/${TOPIC_STATE}`;
  await client.subscribeAsync(topic);
  try {
    const messages = on(client as unknown as EventEmitter, 'message', { signal: AbortSignal.timeout(3000) });
    await client.publishAsync(`${device}/${TOPIC}`, `cut@${cut}`);
    for await (const [from, payload] of messages) if (from === topic && String(payload) === 'armed') return;
  } catch (error) {
    throw fault('chaos-deaf', { device }, error);
  } finally {
    await client.unsubscribeAsync(topic).catch(() => {});
  }
}

/** Boards of tests that are at a real broker, and trust the tests' owner. */
import {
  type Board,
  type BoardOptions,
  createBoard,
  DeviceSettings,
  MqttClient,
  NorFlash,
} from '../../host-shim/index.ts';
import { thumbprint } from '../../host-shim/release/algorithms.ts';
import { CLASS, owner, VENDOR } from './device.ts';

/** Name, settings and connection of the device acme/lab/esp32c6/`thing`. */
export function online(thing: string, broker: { url: string }): Pick<BoardOptions, 'name' | 'settings' | 'mqtt'> {
  const settings = new DeviceSettings({
    identity: { org: 'acme', edge: 'lab', thingType: 'esp32c6', thing },
    vendor: VENDOR,
    class: CLASS,
    trust: [Buffer.from(thumbprint(owner.algorithm, owner.publicKey)).toString('hex')],
    keys: {},
  });
  const mqtt = new MqttClient({ url: broker.url, base: settings.base, retry: { first: 50, last: 500 } });
  return { name: thing, settings, mqtt };
}

/** Switched on; with new flash unless one is given. */
export async function startOnline(
  thing: string,
  broker: { url: string },
  options: Partial<BoardOptions> = {},
): Promise<{ base: string; board: Board }> {
  const board = await createBoard({ ...online(thing, broker), flash: new NorFlash(), ...options });
  board.start();
  return { base: `acme/lab/esp32c6/${thing}`, board };
}

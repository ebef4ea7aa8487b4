/** What the package `motekit` exports. */
export { Board, type BoardEvents, type BoardOptions, createBoard, SUPERVISOR } from './board/board.ts';
export { type Broker, type BrokerOptions, startBroker } from './board/broker.ts';
export { RealClock, VirtualClock } from './board/clock.ts';
export { FileFlash, FLASH_LAYOUT, type FlashOperation, NorFlash, PowerCut, type Region } from './board/flash.ts';
export { LocalMqtt } from './board/local-mqtt.ts';
export { formatLine, LogTail } from './board/log.ts';
export { startMeters, type VirtualMeter } from './board/meters.ts';
export { MqttClient, type MqttOptions } from './board/mqtt.ts';
export type * from './board/ports.ts';
export { Ether, type EtherOptions, MAX_FRAME } from './board/radio.ts';
export { seededRandom, systemRandom } from './board/random.ts';
export { type Device, DeviceSettings, loadDevice, saveDevice, uuid5 } from './board/settings.ts';
export { baseTopic, type Identity } from './board/topics.ts';
export { ERRORS, type ErrorKey, MoteError } from './errors.ts';

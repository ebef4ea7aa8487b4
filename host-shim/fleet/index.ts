/** `motekit/fleet`: the server's side of docs/delivery.md. */
export { connectBroker, type ConnectionOptions } from '../mqtt/connection.ts';
export { type Credentials, environmentCredentials } from '../mqtt/credentials.ts';
export { auditOf, describeEntry, type Link, verifyAudit, type Verdict } from './audit.ts';
export { type Bus, type Hear, MqttBus, type Publish } from './bus.ts';
export { callCommand, type CallOptions, type Outcome, outcomeFault } from './command.ts';
export { makePatch, mergePatch } from './patch.ts';
export { Receiver, type ReceiverEvents, take, type Taken } from './receiver.ts';
export { FileStore, type FileStoreOptions, readStore } from './file-store.ts';
export { type Cursor, type Delivery, type Loss, MemoryStore, type Store } from './store.ts';
export { getTwin, type Last, lastReported, setDesired, type SetOptions, type TwinOptions } from './twin.ts';
export {
  type AuditEntry,
  CLASSES,
  decodeValue,
  type DeviceRecord,
  type Document,
  encodeValue,
  type Gap,
  type Reported,
  STATUSES,
  type Status,
  type Telemetry,
  TOPIC,
  type Value,
} from './wire.ts';

// The client alone, for hosts: what client.ts exports, and addresses.
import { ADDRESS, FRAME } from './config';
import * as client from './client';

export {
  addGateway,
  connect,
  deadline,
  destination,
  destinationLength,
  disconnect,
  encapsulate,
  forget,
  identify,
  idle,
  idLimit,
  nameLengthOf,
  nameOf,
  publish,
  receive,
  set,
  setSeed,
  sleep,
  startIds,
  subscribe,
  tick,
  topic,
  transmit,
  unsubscribe,
  wake,
  will,
} from './client';

/** Where the owner puts datagrams, and names and payloads of calls. */
export function input(): usize {
  return client.INPUT;
}

export function inputRoom(): u32 {
  return FRAME;
}

export function sender(): usize {
  return client.SENDER;
}

export function output(): usize {
  return client.output;
}

export function fields(): usize {
  return client.FIELDS;
}

export function event(): usize {
  return client.EVENT;
}

/** OFF, CONNECTING, ACTIVE, ASLEEP or AWAKE of session.ts. */
export function state(): u32 {
  return client.state;
}

/** The first octet of linear memory that is not used. */
export function memoryEnd(): usize {
  return __heap_base;
}

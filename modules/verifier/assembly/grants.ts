import { Capability } from 'motekit/runtime/guest';
import { isAscii } from '../../lib/assembly/bytes';
import { CborReader } from '../../lib/assembly/cbor';
import { Reason } from '../../supervisor/assembly/reason';
import { View } from '../../supervisor/assembly/view';

const SEED: string = 'unwrap-seed';
const GRANTS_MAX: u32 = 16;
const GRANT_TEXT_MAX: u32 = 64;
/** Not a capability that an application module can have. */
const NOT_GRANTABLE: i32 = -1;

/** The grants of a manifest. The scopes point into it. */
export class Grants {
  count: u32 = 0;
  private capabilities: StaticArray<u8> = new StaticArray<u8>(GRANTS_MAX);
  private scopes: StaticArray<View> = new StaticArray<View>(GRANTS_MAX);

  constructor() {
    for (let i: u32 = 0; i < GRANTS_MAX; i++) this.scopes[i] = new View();
  }

  read(cbor: CborReader): Reason {
    this.count = 0;
    const count = cbor.array();
    if (cbor.error) return Reason.MALFORMED;
    if (count > GRANTS_MAX) return Reason.TOO_BIG;
    for (let i: u32 = 0; i < count; i++) {
      const len = cbor.text();
      if (cbor.error || len == 0 || len > GRANT_TEXT_MAX) return Reason.MALFORMED;
      const text = cbor.data;
      let name: u32 = 0;
      while (name < len && load<u8>(text + name) != 0x3a) name++; // ':'
      const capability = grantable(text, name);
      if (capability == NOT_GRANTABLE) return Reason.BAD_GRANT;
      const scope = min(name + 1, len);
      if (reachesUpdates(capability, text + scope, len - scope)) return Reason.BAD_GRANT;
      if (reachesSecrets(capability, text + scope, len - scope)) return Reason.BAD_GRANT;
      this.capabilities[i] = <u8>capability;
      this.scopes[i].set(text + scope, len - scope);
      this.count++;
    }
    return Reason.NONE;
  }

  /** Each as its capability, the length of its scope and the scope. Returns how many bytes that is. */
  write(to: usize): u32 {
    const start = to;
    for (let i: u32 = 0; i < this.count; i++) {
      const scope = this.scopes[i];
      store<u8>(to, this.capabilities[i]);
      store<u8>(to, <u8>scope.len, 1);
      memory.copy(to + 2, scope.ptr, scope.len);
      to += 2 + scope.len;
    }
    return <u32>(to - start);
  }
}

/** `flash` and `actors` are the supervisor's own: a module with them could replace itself. */
function grantable(text: usize, len: u32): i32 {
  if (isAscii(text, len, 'settings')) return Capability.Settings;
  if (isAscii(text, len, 'radio-receive')) return Capability.RadioReceive;
  if (isAscii(text, len, 'radio-send')) return Capability.RadioSend;
  if (isAscii(text, len, 'mqtt-publish')) return Capability.MqttPublish;
  if (isAscii(text, len, 'mqtt-subscribe')) return Capability.MqttSubscribe;
  if (isAscii(text, len, 'mail')) return Capability.Mail;
  if (isAscii(text, len, 'i2c')) return Capability.I2c;
  if (isAscii(text, len, 'spi')) return Capability.Spi;
  if (isAscii(text, len, 'gpio')) return Capability.Gpio;
  if (isAscii(text, len, 'adc')) return Capability.Adc;
  if (isAscii(text, len, 'pwm')) return Capability.Pwm;
  if (isAscii(text, len, 'uart')) return Capability.Uart;
  if (isAscii(text, len, 'one-wire')) return Capability.OneWire;
  if (isAscii(text, len, 'datagram')) return Capability.Datagram;
  if (isAscii(text, len, 'data')) return Capability.Data;
  return NOT_GRANTABLE;
}

/** Topics of updates belong to the supervisor: a module that could publish there could speak in its name. */
function reachesUpdates(capability: i32, scope: usize, len: u32): bool {
  if (capability != Capability.MqttPublish && capability != Capability.MqttSubscribe) return false;
  return len == 0 || (len >= 3 && isAscii(scope, 3, 'ota')) || isWildcard(load<u8>(scope));
}

/** The device's private key is for modules/unwrap alone. */
function reachesSecrets(capability: i32, scope: usize, len: u32): bool {
  return capability == Capability.Settings && (len == 0 || isAscii(scope, len, SEED));
}

function isWildcard(char: u32): bool {
  return char == 0x23 || char == 0x2b; // '#', '+'
}

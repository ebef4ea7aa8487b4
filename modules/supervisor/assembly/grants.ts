import { Bytes, Capability, GrantList } from 'motekit/runtime/guest';
import { isAscii } from '../../lib/assembly/bytes';
import { CborReader } from '../../lib/assembly/cbor';
import { Reason } from './reason';

const GRANTS_MAX: u32 = 16;
const GRANT_TEXT_MAX: u32 = 64;
/** Not a capability that an application module can have. */
const NOT_GRANTABLE: i32 = -1;

/** The grants of a manifest as `actors.spawn` takes them. The scopes point into the manifest. */
export class Grants {
  readonly list: GrantList = new GrantList(GRANTS_MAX);

  read(cbor: CborReader): Reason {
    this.list.count = 0;
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
      this.list.add(<Capability>capability, new Bytes(text + scope, len - scope));
    }
    return Reason.NONE;
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
  return NOT_GRANTABLE;
}

/** Topics of updates belong to the supervisor: a module that could publish there could speak in its name. */
function reachesUpdates(capability: i32, scope: usize, len: u32): bool {
  if (capability != Capability.MqttPublish && capability != Capability.MqttSubscribe) return false;
  return len == 0 || (len >= 3 && isAscii(scope, 3, 'ota')) || isWildcard(load<u8>(scope));
}

function isWildcard(char: u32): bool {
  return char == 0x23 || char == 0x2b; // '#', '+'
}

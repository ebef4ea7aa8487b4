/** The command table: explicit, so that sources, dist and tests have the same. */
import AddDriver from './commands/add/driver.ts';
import BoardList from './commands/board/list.ts';
import BoardShow from './commands/board/show.ts';
import BoardTypes from './commands/board/types.ts';
import Build from './commands/build.ts';
import DeviceCall from './commands/device/call.ts';
import DeviceHistory from './commands/device/history.ts';
import DeviceLogs from './commands/device/logs.ts';
import DeviceOutbox from './commands/device/outbox.ts';
import DeviceRollback from './commands/device/rollback.ts';
import DeviceSlots from './commands/device/slots.ts';
import DeviceTwin from './commands/device/twin.ts';
import Explain from './commands/explain.ts';
import Flash from './commands/flash.ts';
import GatewayMqttSn from './commands/gateway/mqtt-sn.ts';
import Init from './commands/init.ts';
import Inspect from './commands/inspect.ts';
import KeysCosign from './commands/keys/cosign.ts';
import KeysExport from './commands/keys/export.ts';
import KeysGroupDeliver from './commands/keys/group/deliver.ts';
import KeysGroupNew from './commands/keys/group/new.ts';
import KeysList from './commands/keys/list.ts';
import KeysNew from './commands/keys/new.ts';
import KeysRevoke from './commands/keys/revoke.ts';
import KeysRotate from './commands/keys/rotate.ts';
import KeysShow from './commands/keys/show.ts';
import MqttsnPub from './commands/mqttsn/pub.ts';
import MqttsnSub from './commands/mqttsn/sub.ts';
import Push from './commands/push.ts';
import ReleaseCreate from './commands/release/create.ts';
import ReleasePull from './commands/release/pull.ts';
import ReleasePush from './commands/release/push.ts';
import ReleaseSbom from './commands/release/sbom.ts';
import ReleaseShow from './commands/release/show.ts';
import Rollout from './commands/rollout.ts';
import Run from './commands/run.ts';
import SchemaDiff from './commands/schema/diff.ts';
import SchemaShow from './commands/schema/show.ts';
import Sign from './commands/sign.ts';
import Size from './commands/size.ts';
import Test from './commands/test.ts';
import Verify from './commands/verify.ts';
import WmbusDecode from './commands/wmbus/decode.ts';
import WmbusExplain from './commands/wmbus/explain.ts';
import WmbusListen from './commands/wmbus/listen.ts';

export const COMMANDS = {
  'add:driver': AddDriver,
  'board:list': BoardList,
  'board:show': BoardShow,
  'board:types': BoardTypes,
  build: Build,
  'device:call': DeviceCall,
  'device:history': DeviceHistory,
  'device:logs': DeviceLogs,
  'device:outbox': DeviceOutbox,
  'device:rollback': DeviceRollback,
  'device:slots': DeviceSlots,
  'device:twin': DeviceTwin,
  explain: Explain,
  flash: Flash,
  'gateway:mqtt-sn': GatewayMqttSn,
  init: Init,
  inspect: Inspect,
  'keys:cosign': KeysCosign,
  'keys:export': KeysExport,
  'keys:group:deliver': KeysGroupDeliver,
  'keys:group:new': KeysGroupNew,
  'keys:list': KeysList,
  'keys:new': KeysNew,
  'keys:revoke': KeysRevoke,
  'keys:rotate': KeysRotate,
  'keys:show': KeysShow,
  'mqttsn:pub': MqttsnPub,
  'mqttsn:sub': MqttsnSub,
  push: Push,
  'release:create': ReleaseCreate,
  'release:pull': ReleasePull,
  'release:push': ReleasePush,
  'release:sbom': ReleaseSbom,
  'release:show': ReleaseShow,
  rollout: Rollout,
  run: Run,
  'schema:diff': SchemaDiff,
  'schema:show': SchemaShow,
  sign: Sign,
  size: Size,
  test: Test,
  verify: Verify,
  'wmbus:decode': WmbusDecode,
  'wmbus:explain': WmbusExplain,
  'wmbus:listen': WmbusListen,
};

// Descriptions are broken as source is; the help breaks paragraphs by itself. Lists are indented and stay.
for (const command of Object.values(COMMANDS)) {
  if (command.description) command.description = command.description.replace(/(?<!\n)\n(?![\n ])/g, ' ');
}

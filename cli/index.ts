/** The command table: explicit, so that sources, dist and tests have the same. */
import Build from './commands/build.ts';
import Explain from './commands/explain.ts';
import Inspect from './commands/inspect.ts';
import KeysList from './commands/keys/list.ts';
import KeysNew from './commands/keys/new.ts';
import KeysShow from './commands/keys/show.ts';
import Push from './commands/push.ts';
import Run from './commands/run.ts';
import Sign from './commands/sign.ts';
import Verify from './commands/verify.ts';
import WmbusDecode from './commands/wmbus/decode.ts';

export const COMMANDS = {
  build: Build,
  explain: Explain,
  inspect: Inspect,
  'keys:list': KeysList,
  'keys:new': KeysNew,
  'keys:show': KeysShow,
  push: Push,
  run: Run,
  sign: Sign,
  verify: Verify,
  'wmbus:decode': WmbusDecode,
};

/** What a module's author writes, driven from the air: what it does in the world it says on the air, too. */
import {
  Bytes,
  ErrorCode,
  Module,
  Priority,
  Reply,
  command,
  errorCode,
  log,
  mail,
  radio,
  run,
  telemetry,
  twin,
} from 'motekit/runtime/guest';

/** Frames to it: 'P' class token(2) payload publishes, 'L' class token(2) length(2) as many of the token's low byte; 'R' patch reports; 'M' writes to whom it may not; 'T' traps. */
class App extends Module {
  override onStart(): void {
    telemetry.onStored((token, outcome, number) => {
      const said = say(0x73, 8); // 's'
      said.set(1, <u8>outcome);
      store<u16>(said.ptr, token, 2);
      store<u32>(said.ptr, number, 4);
      radio.send(said);
    });
    twin.onDesired((document, version) => {
      const said = say(0x64, 9 + document.length); // 'd'
      store<u64>(said.ptr, version, 1);
      memory.copy(said.ptr + 9, document.ptr, document.length);
      radio.send(said);
      return true;
    });
    command.handle('open', (args) => act(args));
    command.handle('fail', (args) => {
      act(args);
      return command.failed(Bytes.utf8('stuck'));
    });
  }

  override onRadio(frame: Bytes, rssi: i32): void {
    switch (frame.get(0)) {
      case 0x50:
        if (telemetry.publish(frame.slice(4), <Priority>frame.get(1), load<u16>(frame.ptr, 2)) == ErrorCode.NotFound)
          log.warn('nobody keeps records');
        break;
      case 0x4c: {
        // More than a frame holds.
        const long = Bytes.alloc(load<u16>(frame.ptr, 4));
        memory.fill(long.ptr, frame.get(2), long.length);
        if (telemetry.publish(long, <Priority>frame.get(1), load<u16>(frame.ptr, 2)) != ErrorCode.TooBig) break;
        log.warn('longer than a record');
        // As a module would that does not use the SDK.
        const letter = Bytes.alloc(4 + long.length);
        letter.set(0, 1);
        letter.set(1, frame.get(1));
        store<u16>(letter.ptr, load<u16>(frame.ptr, 2), 2);
        mail.post(Bytes.ascii('delivery'), letter);
        break;
      }
      case 0x52:
        twin.report(frame.slice(1));
        break;
      case 0x4d: {
        // The grant is for one name alone.
        const letter = Bytes.alloc(1);
        const posted = mail.post(Bytes.ascii('root'), letter);
        log.info(`root ${posted} ${errorCode()}, by number ${mail.send(1, letter)}`);
        break;
      }
      case 0x54:
        unreachable();
    }
  }
}

/** The effect that must not happen twice; its arguments come back. */
function act(args: Bytes): Reply {
  const said = say(0x78, 1 + args.length); // 'x'
  memory.copy(said.ptr + 1, args.ptr, args.length);
  radio.send(said);
  return command.done(args);
}

function say(kind: u8, length: i32): Bytes {
  const said = Bytes.alloc(length);
  said.set(0, kind);
  return said;
}

run(new App());

import { Bytes, http, log, Module, run } from 'motekit/runtime/guest';

/** Asks for a piece when it is told to, and says what comes of it. */
class Web extends Module {
  override onTimer(id: u32): void {
    log.info(`${http.get(Bytes.utf8('https://a.example/b'), id, 512, Bytes.utf8('"t"'))}`);
  }

  override onHttp(head: Bytes, bytes: Bytes): void {
    const place = `${http.status(head)} ${http.offset(head)} ${http.total(head)}`;
    log.info(`${place} ${http.tag(head).toString()} ${bytes.toString()}`);
  }
}

run(new Web());

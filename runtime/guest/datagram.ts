/** UDP, one socket for a module. A peer is `host:port`; the host `local` is everybody on the board's own links. */
import { done, RET } from './answer';
import { Bytes } from './bytes';
import { datagram_bind, datagram_close, datagram_send, ErrorCode } from './generated/host';

/** Datagrams come to `onDatagram`. Grant: `datagram`, scope: `host:port`, or `local` for all on the board's own links. */
export namespace datagram {
  /** Receive on this port; 0: any free one. `send` without it binds 0. */
  export function bind(port: u16 = 0): ErrorCode {
    datagram_bind(port, RET);
    return done();
  }

  /** At most 1200 bytes. */
  export function send(peer: string, bytes: Bytes): ErrorCode {
    return sendTo(Bytes.utf8(peer), bytes);
  }

  /** The same with a peer that is UTF-8 already: as `onDatagram` gives it. */
  export function sendTo(peer: Bytes, bytes: Bytes): ErrorCode {
    datagram_send(peer.ptr, peer.length, bytes.ptr, bytes.length, RET);
    return done();
  }

  export function close(): ErrorCode {
    datagram_close(RET);
    return done();
  }
}

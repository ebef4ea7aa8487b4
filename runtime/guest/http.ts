/** Pieces of files at web servers. */
import { done, RET } from './answer';
import { Bytes } from './bytes';
import { ErrorCode, http_get } from './generated/host';

/** Answers come to `onHttp`. Grant: `http`, scope: the address that may be asked, or with a `/` at its end how it begins. */
export namespace http {
  /** `len`: 1 to 4096 bytes from `offset` on, of the file with this entity tag (none: of any). */
  export function get(url: Bytes, offset: u32, len: u32, tag: Bytes): ErrorCode {
    http_get(url.ptr, url.length, offset, len, tag.ptr, tag.length, RET);
    return done();
  }

  // What the head of an answer says.

  /** 206: the piece; 200: the begin of a file whose server knows no pieces, or of another file; 0: there was no answer. */
  export function status(head: Bytes): u32 {
    return load<u32>(head.ptr);
  }

  /** Where in the file the bytes begin. */
  export function offset(head: Bytes): u32 {
    return load<u32>(head.ptr, 4);
  }

  /** Bytes of the whole file. */
  export function total(head: Bytes): u32 {
    return load<u32>(head.ptr, 8);
  }

  /** The strong entity tag; empty when there was none. */
  export function tag(head: Bytes): Bytes {
    return head.slice(12, head.length);
  }
}

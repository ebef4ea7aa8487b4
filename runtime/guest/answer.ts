/**
 * How the host answers. A call that only does something returns its ErrorCode: None (0) when it was done. A call that
 * brings something returns it, or null (0 where it is a number), and then errorCode() tells why.
 */
import { Bytes } from './bytes';
import { ErrorCode } from './generated/host';

/** Where the host writes answers: as large as the largest, checked in test/unit. One call at a time needs it. */
export const RET: usize = memory.data(32, 8);

let failure: ErrorCode = ErrorCode.None;

/** Why the last call that brings something brought nothing. */
export function errorCode(): ErrorCode {
  return failure;
}

/** The answer `result<_, error>`. */
export function done(): ErrorCode {
  return load<u8>(RET) ? codeOf(load<u8>(RET, 1)) : ErrorCode.None;
}

/** Whether the answer `result<T, error>` is one, T beginning at `payload`. */
export function succeeded(payload: usize): bool {
  failure = load<u8>(RET) ? codeOf(load<u8>(RET + payload)) : ErrorCode.None;
  return failure == ErrorCode.None;
}

/** The answer `result<list<u8>, error>`. */
export function bytesAnswer(): Bytes | null {
  return succeeded(4) ? new Bytes(load<usize>(RET, 4), load<i32>(RET, 8)) : null;
}

function codeOf(number: u8): ErrorCode {
  return <ErrorCode>(-1 - <i32>number);
}

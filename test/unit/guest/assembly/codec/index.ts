// A pure module with the contract's codec world: lengths as text, bytes reversed.
import { Bytes, liftBytes, lowerBytes, lowerString } from 'motekit/runtime/guest';

export function decode(ptr: usize, len: usize, keyPtr: usize, keyLen: usize): usize {
  const telegram = liftBytes(ptr, len);
  const key = liftBytes(keyPtr, keyLen);
  if (key.isText('trap')) unreachable();
  return lowerString(`größe ${telegram.length}, key ${key.length}`);
}

export function senml(ptr: usize, len: usize, keyPtr: usize, keyLen: usize): usize {
  const telegram = liftBytes(ptr, len);
  const reversed = Bytes.alloc(telegram.length);
  for (let i = 0; i < telegram.length; i++) reversed.set(telegram.length - 1 - i, telegram.get(i));
  return lowerBytes(reversed);
}

export function places(ptr: usize, len: usize, keyPtr: usize, keyLen: usize): usize {
  return senml(ptr, len, keyPtr, keyLen);
}

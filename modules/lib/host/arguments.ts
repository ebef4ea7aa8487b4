// Argument checks that the post-quantum libraries share. They run before anything is computed.

/** Throws TypeError unless `value` is a Uint8Array, RangeError unless it has `length` bytes. `clause` names the check. */
export function checkBytes(
  value: unknown,
  name: string,
  length?: number,
  clause?: string,
): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) {
    throw new TypeError(`${name} must be a Uint8Array, got ${value === null ? 'null' : typeof value}`);
  }
  if (length !== undefined && value.length !== length) {
    throw new RangeError(`${name} must have ${length} bytes, got ${value.length}${clause ? ` (${clause})` : ''}`);
  }
}

/** The options by name. Throws TypeError on an unknown key: a misspelt `context` must not sign without one. */
export function checkOptions<T extends object>(options: T, allowed: readonly (keyof T & string)[]): T {
  if (typeof options !== 'object' || options === null || options instanceof Uint8Array) {
    throw new TypeError('options must be an object');
  }
  const prototype = Object.getPrototypeOf(options);
  if (prototype !== null && prototype !== Object.prototype) throw new TypeError('options must be a plain object');
  const copy = Object.assign(Object.create(null), options) as T;
  for (const [key, value] of Object.entries(copy)) {
    if (value !== undefined && !(allowed as readonly string[]).includes(key)) {
      throw new TypeError(`unknown option "${key}"; there are: ${allowed.join(', ')}`);
    }
  }
  return copy;
}

/** `length` bytes from the platform's generator. */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

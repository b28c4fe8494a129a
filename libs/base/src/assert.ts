/** States what must hold by our own doing. Throws an Error that crashes the unit of work when it does not. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}

/** For the default branch of an exhaustive switch: compiles only if every case was handled. Throws when reached. */
export function unreachable(value: never, what: string): never {
  throw new Error(`unexpected ${what}: ${String(value)}`);
}

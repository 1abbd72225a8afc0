/** Input from outside is a value or a reason: docs of the house style, section 6. */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function fail<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}

/** Stays on in production: a false claim is a bug of this program. */
export function assert(claim: boolean, what: string): asserts claim {
  if (!claim) throw new Error(`bug: ${what}`);
}

/** The default branch of a complete switch. */
export function unreachable(value: never): never {
  throw new Error(`bug: unreachable value of type ${typeof value}`);
}

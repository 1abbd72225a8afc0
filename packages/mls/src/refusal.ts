/**
 * How anything from outside is refused: a check that does not hold throws a {@link Refused} inside this package, and
 * every public function turns it into a `Result`. A check is one statement with its code and section of RFC 9420, so
 * that a reader finds the rule and a script can take each check out and see a test fail.
 */
export type RefusalCode =
  /** Bytes that are no such structure: cut, trailing, a longer spelling, an unknown kind. */
  | "malformed"
  /** More, or longer, than this profile takes. */
  | "too-long"
  | "wrong-version"
  | "wrong-suite"
  | "wrong-group"
  | "wrong-epoch"
  /** Does not decrypt: one code for whatever the reason is. */
  | "unreadable"
  | "bad-signature"
  | "bad-confirmation-tag"
  | "bad-membership-tag"
  /** No such leaf, or a blank one. */
  | "unknown-sender"
  | "own-message"
  /** A key that is spent: a replay, or an earlier message after a later one. */
  | "generation-used"
  | "generation-ahead"
  | "standalone-proposal"
  | "proposal-by-reference"
  | "unsupported-proposal"
  | "too-many-proposals"
  | "public-commit"
  | "no-path"
  | "removes-itself"
  | "removed-twice"
  | "unknown-leaf"
  | "extensions-twice"
  | "no-extensions"
  | "bad-external-commit"
  | "not-own-leaf"
  | "signature-key-changed"
  | "encryption-key-kept"
  | "bad-credential"
  | "unwanted-credential"
  | "bad-leaf-source"
  | "bad-lifetime"
  | "missing-capability"
  | "repeated-extension"
  | "bad-key"
  | "duplicate-key"
  | "duplicate-member"
  | "bad-tree"
  | "bad-tree-hash"
  | "bad-unmerged-leaves"
  | "bad-parent-hash"
  | "wrong-path-length"
  | "wrong-ciphertext-count"
  | "wrong-path-key"
  | "no-key-package"
  | "no-tree"
  | "no-own-leaf"
  | "no-external-key"
  | "pre-shared-key"
  | "known-group"
  /** The state was left behind: its next key is spent. */
  | "spent"
  | "removed";

/** Why an input is refused, and the section of RFC 9420 (or RFC 9180) whose rule it breaks. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly section: string;
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Refusal };

/** Never leaves this package. */
export class Refused extends Error {
  readonly refusal: Refusal;
  constructor(code: RefusalCode, section: string) {
    super(`${code} (section ${section})`);
    this.refusal = { code, section };
  }
}

/** The one way to refuse. */
export function check(claim: boolean, code: RefusalCode, section: string): asserts claim {
  if (!claim) throw new Refused(code, section);
}

/** {@link check} for what may be missing. */
export function present<T>(value: T | undefined, code: RefusalCode, section: string): T {
  if (value === undefined) throw new Refused(code, section);
  return value;
}

/** Runs a public function's work: a refusal becomes its answer, every other throw is a bug and goes on. */
export function attempt<T>(work: () => T): Result<T> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, error: error.refusal };
    throw error;
  }
}

/** A claim about this program, not about input. */
export function assert(claim: boolean, what: string): asserts claim {
  if (!claim) throw new Error(`bug: ${what}`);
}

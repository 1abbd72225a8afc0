/** The secrets of an epoch (RFC 9420 section 8). */
import { EMPTY, wipe } from "./bytes.ts";
import { Writer } from "./codec.ts";
import { contextBytes, type GroupContext } from "./group-context.ts";
import type { Suite } from "./suite.ts";

/** What a member keeps as long as the epoch lasts. */
export interface EpochSecrets {
  readonly senderData: Uint8Array;
  readonly exporter: Uint8Array;
  readonly external: Uint8Array;
  readonly membership: Uint8Array;
  readonly authenticator: Uint8Array;
  /** Goes into the next epoch. */
  readonly init: Uint8Array;
}

/** What is used once, at the beginning of the epoch, and wiped then. */
export interface EpochStart {
  readonly secrets: EpochSecrets;
  /** Root of the secret tree. */
  readonly encryption: Uint8Array;
  readonly confirmation: Uint8Array;
}

/** @returns joiner_secret, which newcomers are told. Wipes nothing: both inputs are the caller's. */
export function joinerSecret(
  suite: Suite,
  initSecret: Uint8Array,
  commitSecret: Uint8Array,
  context: GroupContext,
): Uint8Array {
  const extracted = suite.extract(initSecret, commitSecret);
  const joiner = suite.expand(extracted, "joiner", contextBytes(context), suite.secretBytes);
  wipe(extracted);
  return joiner;
}

/** The member secret, of which welcome and epoch secret are made. @param psk - zeros: this profile takes no PSK. */
function memberSecret(suite: Suite, joiner: Uint8Array, psk: Uint8Array | undefined): Uint8Array {
  return suite.extract(joiner, psk ?? new Uint8Array(suite.secretBytes));
}

export function welcomeSecret(suite: Suite, joiner: Uint8Array, psk?: Uint8Array): Uint8Array {
  const member = memberSecret(suite, joiner, psk);
  const welcome = suite.derive(member, "welcome");
  wipe(member);
  return welcome;
}

/** Everything of an epoch from its joiner secret. */
export function startEpoch(suite: Suite, joiner: Uint8Array, context: GroupContext, psk?: Uint8Array): EpochStart {
  const member = memberSecret(suite, joiner, psk);
  const epoch = suite.expand(member, "epoch", contextBytes(context), suite.secretBytes);
  wipe(member);
  const start = fromEpochSecret(suite, epoch);
  wipe(epoch);
  return start;
}

/** @param epoch - the epoch secret: random in a group's first epoch (section 11). */
export function fromEpochSecret(suite: Suite, epoch: Uint8Array): EpochStart {
  return {
    secrets: {
      senderData: suite.derive(epoch, "sender data"),
      exporter: suite.derive(epoch, "exporter"),
      external: suite.derive(epoch, "external"),
      membership: suite.derive(epoch, "membership"),
      authenticator: suite.derive(epoch, "authentication"),
      init: suite.derive(epoch, "init"),
    },
    encryption: suite.derive(epoch, "encryption"),
    confirmation: suite.derive(epoch, "confirm"),
  };
}

/** MLS-Exporter (section 8.5). */
export function exportFrom(suite: Suite, exporter: Uint8Array, label: string, context: Uint8Array, length: number) {
  const derived = suite.derive(exporter, label);
  const secret = suite.expand(derived, "exported", suite.hash(context), length);
  wipe(derived);
  return secret;
}

/** Section 8.2. */
export function interimTranscriptHash(suite: Suite, confirmed: Uint8Array, confirmationTag: Uint8Array): Uint8Array {
  return suite.hash(new Writer().raw(confirmed).opaque(confirmationTag).done());
}

/** Section 8.2. @param signedCommit - wire format, FramedContent and signature. */
export function confirmedTranscriptHash(suite: Suite, interim: Uint8Array, signedCommit: Uint8Array): Uint8Array {
  return suite.hash(new Writer().raw(interim).raw(signedCommit).done());
}

/** Key and nonce of a Welcome's GroupInfo (section 12.4.3.1). */
export function welcomeKey(suite: Suite, welcome: Uint8Array) {
  return {
    key: suite.expand(welcome, "key", EMPTY, suite.keyBytes),
    nonce: suite.expand(welcome, "nonce", EMPTY, suite.nonceBytes),
  };
}

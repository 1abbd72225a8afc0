/** Vectors of the codec, the labelled operations, the secret tree and the key schedule. */
import { randomBytes } from "node:crypto";
import { EMPTY } from "../../packages/mls/src/bytes.ts";
import { Reader, Writer } from "../../packages/mls/src/codec.ts";
import { CONTENT, confirmedInput, readAuthentication, readSender } from "../../packages/mls/src/framing.ts";
import { contextBytes, type GroupContext } from "../../packages/mls/src/group-context.ts";
import {
  confirmedTranscriptHash,
  exportFrom,
  interimTranscriptHash,
  joinerSecret,
  startEpoch,
  welcomeSecret,
} from "../../packages/mls/src/key-schedule.ts";
import { WIRE_FORMAT } from "../../packages/mls/src/message.ts";
import { openSenderData } from "../../packages/mls/src/private-message.ts";
import { check } from "../../packages/mls/src/refusal.ts";
import { type RatchetKind, type SecretNode, takeKey } from "../../packages/mls/src/secret-tree.ts";
import { readAnyCommit } from "./beyond.ts";
import { fromHex, isOtherSuite, kind, same, suite } from "./tally.ts";

export const deserialization = kind<{ vlbytes_header: string; length: number }>(
  "deserialization",
  "lengths",
  ({ vlbytes_header, length }, index, tally) => {
    tally.item(`entry ${index}`, () => {
      const reader = new Reader(fromHex(vlbytes_header));
      same("length", reader.length(), length);
      reader.end();
      same("header", new Writer().length(length).done(), vlbytes_header);
    });
  },
);

interface CryptoBasics {
  cipher_suite: number;
  ref_hash: { label: string; value: string; out: string };
  expand_with_label: { secret: string; label: string; context: string; length: number; out: string };
  derive_secret: { secret: string; label: string; out: string };
  derive_tree_secret: { secret: string; label: string; generation: number; length: number; out: string };
  sign_with_label: { priv: string; pub: string; content: string; label: string; signature: string };
  encrypt_with_label: {
    priv: string;
    pub: string;
    label: string;
    context: string;
    plaintext: string;
    kem_output: string;
    ciphertext: string;
  };
}

export const cryptoBasics = kind<CryptoBasics>("crypto-basics", "operations", (entry, index, tally) => {
  if (isOtherSuite(entry)) return tally.skip("other suite", 6);
  const item = (name: string, verify: () => void) => tally.item(`entry ${index}, ${name}`, verify);
  item("ref_hash", () => {
    const { label, value, out } = entry.ref_hash;
    same("hash", suite.refHash(label, fromHex(value)), out);
  });
  item("expand_with_label", () => {
    const { secret, label, context, length, out } = entry.expand_with_label;
    same("secret", suite.expand(fromHex(secret), label, fromHex(context), length), out);
  });
  item("derive_secret", () => {
    const { secret, label, out } = entry.derive_secret;
    same("secret", suite.derive(fromHex(secret), label), out);
  });
  item("derive_tree_secret", () => {
    const { secret, label, generation, length, out } = entry.derive_tree_secret;
    const context = new Writer().uint32(generation).done();
    same("secret", suite.expand(fromHex(secret), label, context, length), out);
  });
  item("sign_with_label", () => {
    const { label, ...hex } = entry.sign_with_label;
    const [secret, key, content] = [fromHex(hex.priv), fromHex(hex.pub), fromHex(hex.content)];
    same("public key", suite.signatureKey(secret), key);
    same("verdict", suite.verify(key, label, content, fromHex(hex.signature)), true);
    // Ed25519 is deterministic, so the signature is not only a good one but this one.
    same("signature", suite.sign(secret, label, content), hex.signature);
  });
  item("encrypt_with_label", () => {
    const { label, ...hex } = entry.encrypt_with_label;
    const own = { privateKey: fromHex(hex.priv), publicKey: fromHex(hex.pub) };
    const [context, plain] = [fromHex(hex.context), fromHex(hex.plaintext)];
    const sealed = { kemOutput: fromHex(hex.kem_output), ciphertext: fromHex(hex.ciphertext) };
    same("public key", suite.encryptionKey(own.privateKey), own.publicKey);
    same("plaintext", suite.decrypt(own, label, context, sealed), plain);
    const again = suite.encrypt(own.publicKey, label, context, plain, (length) => new Uint8Array(randomBytes(length)));
    same("plaintext of a new ciphertext", suite.decrypt(own, label, context, again), plain);
  });
});

interface SecretTree {
  cipher_suite: number;
  sender_data: { sender_data_secret: string; ciphertext: string; key: string; nonce: string };
  encryption_secret: string;
  leaves: {
    generation: number;
    handshake_key: string;
    handshake_nonce: string;
    application_key: string;
    application_nonce: string;
  }[][];
}

/** Items are the sender data and each generation of each ratchet. */
export const secretTree = kind<SecretTree>("secret-tree", "ratchet keys", (entry, index, tally) => {
  const keys = entry.leaves.reduce((sum, generations) => sum + 2 * generations.length, 0);
  if (isOtherSuite(entry)) return tally.skip("other suite", keys + 1);
  tally.item(`entry ${index}, sender data`, () => verifySenderData(entry.sender_data));
  // Each tree comes from the one before, as in use; generations ascend in the vectors.
  let tree: SecretNode = { type: "whole", secret: fromHex(entry.encryption_secret) };
  const take = (leaf: number, type: RatchetKind, generation: number, key: string, nonce: string) =>
    tally.item(`entry ${index}, leaf ${leaf}, ${type} ${generation}`, () => {
      const taken = takeKey(suite, tree, entry.leaves.length, leaf, type, generation);
      tree = taken.tree;
      same("key", taken.key.key, key);
      same("nonce", taken.key.nonce, nonce);
    });
  for (const [leaf, generations] of entry.leaves.entries()) {
    for (const { generation, ...hex } of generations) {
      take(leaf, "handshake", generation, hex.handshake_key, hex.handshake_nonce);
      take(leaf, "application", generation, hex.application_key, hex.application_nonce);
    }
  }
});

/** Key and nonce of sender data never leave their module: whoever opens what they sealed has them. */
function verifySenderData(hex: SecretTree["sender_data"]): void {
  const head = { groupId: EMPTY, epoch: 0n, contentType: 1, authenticated: EMPTY };
  const associated = new Writer().opaque(head.groupId).uint64(head.epoch).uint8(head.contentType).done();
  const data = new Writer().uint32(7).uint32(11).uint32(13).done();
  const encryptedSenderData = suite.aeadSeal(fromHex(hex.key), fromHex(hex.nonce), associated, data);
  const message = { ...head, encryptedSenderData, ciphertext: fromHex(hex.ciphertext) };
  const { leaf, generation } = openSenderData(suite, fromHex(hex.sender_data_secret), message);
  same("sender data", [leaf, generation], [7, 11]);
}

interface KeySchedule {
  cipher_suite: number;
  group_id: string;
  initial_init_secret: string;
  epochs: (Readonly<Record<EpochField, string>> & {
    exporter: { label: string; context: string; length: number; secret: string };
  })[];
}

type EpochField =
  | "tree_hash"
  | "commit_secret"
  | "psk_secret"
  | "confirmed_transcript_hash"
  | "group_context"
  | "joiner_secret"
  | "welcome_secret"
  | "init_secret"
  | "sender_data_secret"
  | "encryption_secret"
  | "exporter_secret"
  | "epoch_authenticator"
  | "external_secret"
  | "confirmation_key"
  | "membership_key"
  | "external_pub";

/** All of an epoch but resumption_psk, which this profile has no use for. */
export const keySchedule = kind<KeySchedule>("key-schedule", "epochs", (entry, index, tally) => {
  if (isOtherSuite(entry)) return tally.skip("other suite", entry.epochs.length);
  let init = fromHex(entry.initial_init_secret);
  for (const [epoch, hex] of entry.epochs.entries()) {
    tally.item(`entry ${index}, epoch ${epoch}`, () => {
      const context: GroupContext = {
        suiteId: suite.id,
        groupId: fromHex(entry.group_id),
        epoch: BigInt(epoch),
        treeHash: fromHex(hex.tree_hash),
        confirmedTranscriptHash: fromHex(hex.confirmed_transcript_hash),
        extensions: [],
      };
      same("group context", contextBytes(context), hex.group_context);
      const psk = fromHex(hex.psk_secret);
      const joiner = joinerSecret(suite, init, fromHex(hex.commit_secret), context);
      same("joiner secret", joiner, hex.joiner_secret);
      same("welcome secret", welcomeSecret(suite, joiner, psk), hex.welcome_secret);
      const { secrets, encryption, confirmation } = startEpoch(suite, joiner, context, psk);
      same("init secret", secrets.init, hex.init_secret);
      same("sender data secret", secrets.senderData, hex.sender_data_secret);
      same("encryption secret", encryption, hex.encryption_secret);
      same("exporter secret", secrets.exporter, hex.exporter_secret);
      same("epoch authenticator", secrets.authenticator, hex.epoch_authenticator);
      same("external secret", secrets.external, hex.external_secret);
      same("confirmation key", confirmation, hex.confirmation_key);
      same("membership key", secrets.membership, hex.membership_key);
      same("external key", suite.keyPair(secrets.external).publicKey, hex.external_pub);
      const { label, context: exported, length, secret } = hex.exporter;
      same("exported secret", exportFrom(suite, secrets.exporter, label, fromHex(exported), length), secret);
    });
    init = fromHex(hex.init_secret);
  }
});

/** Without a PSK the secret is what the key schedule takes where it is given none. */
export const pskSecret = kind<{ cipher_suite: number; psks: unknown[]; psk_secret: string }>(
  "psk_secret",
  "entries",
  (entry, index, tally) => {
    if (isOtherSuite(entry)) return tally.skip("other suite");
    if (entry.psks.length > 0) return tally.skip("PSK");
    tally.item(`entry ${index}`, () => {
      const joiner = suite.hash(EMPTY);
      const given = welcomeSecret(suite, joiner, fromHex(entry.psk_secret));
      same("welcome secret", welcomeSecret(suite, joiner), given);
    });
  },
);

interface TranscriptHashes {
  cipher_suite: number;
  confirmation_key: string;
  authenticated_content: string;
  interim_transcript_hash_before: string;
  confirmed_transcript_hash_after: string;
  interim_transcript_hash_after: string;
}

export const transcriptHashes = kind<TranscriptHashes>("transcript-hashes", "entries", (entry, index, tally) => {
  if (isOtherSuite(entry)) return tally.skip("other suite");
  tally.item(`entry ${index}`, () => verifyTranscript(entry));
});

function verifyTranscript(entry: TranscriptHashes): void {
  const reader = new Reader(fromHex(entry.authenticated_content));
  const format = reader.uint16();
  check(format === WIRE_FORMAT.publicMessage || format === WIRE_FORMAT.privateMessage, "malformed", "6");
  const [groupId, epoch, sender, authenticated] = [
    reader.opaque(),
    reader.uint64(),
    readSender(reader),
    reader.opaque(),
  ];
  same("content type", reader.uint8(), CONTENT.commit);
  // The commit is one by reference, and so outside; its bytes are hashed unread.
  const { contentBytes } = readAnyCommit(reader);
  const content = { type: "commit", commit: { proposals: [], path: undefined } } as const;
  const framed = { groupId, epoch, sender, authenticated, content, contentBytes };
  const { signature, confirmationTag } = readAuthentication(reader, content);
  reader.end();
  const before = fromHex(entry.interim_transcript_hash_before);
  const confirmed = confirmedTranscriptHash(suite, before, confirmedInput(format, framed, signature));
  same("confirmed transcript hash", confirmed, entry.confirmed_transcript_hash_after);
  same("confirmation tag", suite.mac(fromHex(entry.confirmation_key), confirmed), confirmationTag);
  same(
    "interim transcript hash",
    interimTranscriptHash(suite, confirmed, confirmationTag ?? EMPTY),
    entry.interim_transcript_hash_after,
  );
}

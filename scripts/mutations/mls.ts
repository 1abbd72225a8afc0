import type { Mutation } from "./mutation.ts";

/**
 * The group's cryptography. `npm run mls-checks` takes out every refusal of the package; here stand those that a reader
 * would ask for first, and what is no refusal: secrets, labels, what is hashed and what is forgotten.
 */
export const MLS: readonly Mutation[] = [
  {
    name: "mls-framing-signature",
    breaks: "the signature of messages and commits is not checked",
    file: "packages/mls/src/framing.ts",
    text: `check(suite.verify(signatureKey, "FramedContentTBS", content, signature), "bad-signature", "6.1");`,
    by: `suite.verify(signatureKey, "FramedContentTBS", content, signature);`,
    test: { file: "packages/mls/test/refusals-framing.test.ts", title: "$name: $code", row: "another signature" },
  },
  {
    name: "mls-key-package-signature",
    breaks: "the signature of a key package is not checked",
    file: "packages/mls/src/key-package.ts",
    text: `check(suite.verify(leaf.signatureKey, "KeyPackageTBS", content, signature), "bad-signature", "10.1");`,
    by: `suite.verify(leaf.signatureKey, "KeyPackageTBS", content, signature);`,
    test: { file: "packages/mls/test/refusals-keys.test.ts", title: "a signature of %i bytes: bad-signature" },
  },
  {
    name: "mls-leaf-signature",
    breaks: "the signature of a leaf is not checked",
    file: "packages/mls/src/leaf-node.ts",
    text: `suite.verify(leaf.signatureKey, "LeafNodeTBS", signedBytes(leaf, place), leaf.signature),`,
    by: `suite.verify(leaf.signatureKey, "LeafNodeTBS", signedBytes(leaf, place), leaf.signature) || true,`,
    test: { file: "packages/mls/test/refusals-tree.test.ts", title: "$name: $code", row: "one with another signature" },
  },
  {
    name: "mls-group-info-signature",
    breaks: "the signature of a GroupInfo is not checked",
    file: "packages/mls/src/welcome.ts",
    text: `check(isSignedGroupInfo(suite, info, signer.signatureKey), "bad-signature", "12.4.3.1");`,
    by: "isSignedGroupInfo(suite, info, signer.signatureKey);",
    test: {
      file: "packages/mls/test/refusals-welcome.test.ts",
      title: "in a GroupInfo $name: $code",
      row: "another member as the signer",
    },
  },
  {
    name: "mls-confirmation-tag",
    breaks: "a commit with another confirmation tag is taken",
    file: "packages/mls/src/open.ts",
    text: `check(equalBytes(confirmationTag, next.confirmationTag), "bad-confirmation-tag", "12.4.2");`,
    by: "",
    test: { file: "packages/mls/test/refusals-paths.test.ts", title: "$name: $code", row: "another confirmation tag" },
  },
  {
    name: "mls-welcome-confirmation-tag",
    breaks: "a Welcome with another confirmation tag is taken",
    file: "packages/mls/src/welcome.ts",
    text: `check(equalBytes(tag, info.confirmationTag), "bad-confirmation-tag", "12.4.3.1");`,
    by: "",
    test: {
      file: "packages/mls/test/refusals-welcome.test.ts",
      title: "in a Welcome $name: bad-confirmation-tag",
      row: "another confirmation tag",
    },
  },
  {
    name: "mls-membership-tag",
    breaks: "an open commit with another membership tag is taken",
    file: "packages/mls/src/public-message.ts",
    text: `check(claimed !== undefined && equalBytes(claimed, expected), "bad-membership-tag", "6.2");`,
    by: "",
    test: {
      file: "packages/mls/test/refusals-framing.test.ts",
      title: "where members commit openly, $name: $code",
      row: "another membership tag",
    },
  },
  {
    name: "mls-transcript",
    breaks: "the transcript leaves out the commits before",
    file: "packages/mls/src/key-schedule.ts",
    text: "return suite.hash(new Writer().raw(interim).raw(signedCommit).done());",
    by: "return suite.hash(new Writer().raw(signedCommit).done());",
    test: { file: "packages/mls/test/open-mls.test.ts", title: "$name, seed $seed" },
  },
  {
    name: "mls-epoch",
    breaks: "the epoch of a message is ignored",
    file: "packages/mls/src/open.ts",
    text: `check(message.epoch === group.context.epoch, "wrong-epoch", "12.4.2");`,
    by: "",
    test: { file: "packages/mls/test/refusals-messages.test.ts", title: "a commit that is over: wrong-epoch" },
  },
  {
    name: "mls-replay",
    breaks: "a key that was used for reading is taken for unused",
    file: "packages/mls/src/private-message.ts",
    text: `check(generation >= next, "generation-used", "9.2");`,
    by: "",
    test: { file: "packages/mls/test/refusals-messages.test.ts", title: "a replay: generation-used" },
  },
  {
    name: "mls-generation-reused",
    breaks: "the ratchet does not move on after a key was taken",
    file: "packages/mls/src/secret-tree.ts",
    text: "const next = { secret: step(suite, secret, generation, generation > ratchet.generation), generation: generation + 1 };",
    by: "const next = { secret: Uint8Array.from(secret), generation };",
    test: { file: "packages/mls/test/secrecy.test.ts", title: "in a run of 300 operations" },
  },
  {
    name: "mls-state-sends-twice",
    breaks: "a state that has sent sends again with the same key",
    file: "packages/mls/src/group.ts",
    text: `check(!spent.has(ratchet), "spent", "9.1");`,
    by: "",
    test: {
      file: "packages/mls/test/refusals-messages.test.ts",
      title: "for the second message from one state: spent",
    },
  },
  {
    name: "mls-used-key-kept",
    breaks: "what a key was made from stays in the tree of secrets",
    file: "packages/mls/src/store.ts",
    text: "for (const { secret } of [left.handshake, left.application]) if (!kept.includes(secret)) wipe(secret);",
    by: "for (const { secret } of [left.handshake]) if (!kept.includes(secret)) wipe(secret);",
    test: { file: "packages/mls/test/forget.test.ts", title: "after a message sent, the spent key alone is gone" },
  },
  {
    name: "mls-epoch-kept",
    breaks: "the secrets of an epoch that is over are not overwritten",
    file: "packages/mls/src/store.ts",
    text: "if (!keep.some(({ secrets }) => secrets === left.secrets)) wipe(...Object.values(left.secrets));",
    by: "",
    test: {
      file: "packages/mls/test/forget.test.ts",
      title: "after a commit, the old epoch is gone but for the keys of nodes that are still there",
    },
  },
  {
    name: "mls-low-order",
    breaks: "a public key of low order is taken",
    file: "packages/mls/src/suite.ts",
    text: "return last <= 0x7f && isBelowPrime && !LOW_ORDER.some((low) => equalBytes(low, key));",
    by: "return last <= 0x7f && isBelowPrime;",
    test: {
      file: "packages/mls/test/refusals-keys.test.ts",
      title: "a key package with a key $name is not even claimed",
    },
  },
  {
    name: "mls-weak-signature-key",
    breaks: "a signature key of small order is no weak one",
    file: "packages/mls/node/ed25519.ts",
    text: "if (SMALL_ORDER.some((point) => point.every((byte, index) => byte === y[index]))) return true;",
    by: "",
    test: { file: "packages/node/test/crypto.test.ts", title: "no signature is valid for the key $name" },
  },
  {
    name: "hpke-info",
    breaks: "HPKE leaves out what a ciphertext is for",
    file: "packages/mls/src/hpke.ts",
    text: "labeledExtract(p, HPKE_SUITE, EMPTY, LABELS.info, info)",
    by: "labeledExtract(p, HPKE_SUITE, EMPTY, LABELS.info, EMPTY)",
    test: { file: "packages/mls/test/hpke.test.ts", title: "a message is sealed" },
  },
  {
    name: "hpke-zero-secret",
    breaks: "an agreement that gives only zeros is taken",
    file: "packages/mls/node/x25519.ts",
    text: `  try {
    const secret = plain(diffieHellman({ privateKey: own, publicKey: key }));
    return secret.every((byte) => byte === 0) ? undefined : secret;
  } catch {
    return undefined;
  }`,
    by: `  try {
    return plain(diffieHellman({ privateKey: own, publicKey: key }));
  } catch {
    return new Uint8Array(32);
  }`,
    test: { file: "packages/mls/test/hpke.test.ts", title: "$name" },
  },
  {
    name: "mls-label",
    breaks: "the labels of derived secrets are others than the standard's",
    file: "packages/mls/src/suite.ts",
    text: `const LABEL_PREFIX = "MLS 1.0 ";`,
    by: `const LABEL_PREFIX = "MLS 1.1 ";`,
    test: { file: "packages/mls/test/open-mls.test.ts", title: "$name, seed $seed" },
  },
  {
    name: "mls-psk",
    breaks: "the pre-shared key that stands for none is not zeros",
    file: "packages/mls/src/key-schedule.ts",
    text: "return suite.extract(joiner, psk ?? new Uint8Array(suite.secretBytes));",
    by: "return suite.extract(joiner, psk ?? new Uint8Array(suite.secretBytes).fill(1));",
    test: { file: "packages/mls/test/open-mls.test.ts", title: "$name, seed $seed" },
  },
  {
    name: "mls-commit-secret-known",
    breaks: "a commit after which its maker is alone uses a secret that everybody knows",
    file: "packages/mls/src/path.ts",
    text: "commitSecret: secret, pathSecrets, privateKeys };",
    by: "commitSecret: steps.length === 0 ? new Uint8Array(32) : secret, pathSecrets, privateKeys };",
    test: { file: "packages/mls/test/secrecy.test.ts", title: "$name", row: "everybody but one" },
  },
  {
    name: "mls-removed-is-told",
    breaks: "a removed member's key still stands in the tree that a path is encrypted to",
    file: "packages/mls/src/proposal-list.ts",
    text: `  for (const { index } of removed) tree.remove(index);
  if (removed.length > 0) tree.truncate();
  for (const proposal of proposals) {`,
    by: "  for (const proposal of proposals) {",
    test: { file: "packages/mls/test/secrecy.test.ts", title: "$name", row: "one of four" },
  },
  {
    name: "mls-tree-hash",
    breaks: "the tree of a GroupInfo is not compared with its hash",
    file: "packages/mls/src/welcome.ts",
    text: `check(equalBytes(tree.hash(suite), treeHash), "bad-tree-hash", "12.4.3.1");`,
    by: "",
    test: {
      file: "packages/mls/test/refusals-welcome.test.ts",
      title: "in a GroupInfo $name: $code",
      row: "another tree than the hash says",
    },
  },
  {
    name: "mls-parent-hash",
    breaks: "parents that nobody under them has set are taken",
    file: "packages/mls/src/tree-check.ts",
    text: `check(setters(suite, tree, node) === 1, "bad-parent-hash", "7.9.2");`,
    by: "setters(suite, tree, node);",
    test: {
      file: "packages/mls/test/refusals-tree.test.ts",
      title: "$name: bad-parent-hash",
      row: "a key that nobody under it has signed",
    },
  },
  {
    name: "mls-identity-swapped",
    breaks: "somebody comes in from outside over another one's leaf",
    file: "packages/mls/src/proposal-list.ts",
    text: `check(before !== undefined && before === after, "not-own-leaf", "12.2");`,
    by: "",
    test: { file: "packages/mls/test/refusals-external.test.ts", title: "$name: $code", row: "removing somebody else" },
  },
  {
    name: "mls-lifetime",
    breaks: "a key package out of its time is added",
    file: "packages/mls/src/leaf-node.ts",
    text: `check(source.notBefore <= nowSeconds && nowSeconds <= source.notAfter, "bad-lifetime", "7.3");`,
    by: "",
    test: {
      file: "packages/mls/test/refusals-commits.test.ts",
      title: "a lifetime that is $name is refused by who adds, and by nobody else",
      row: "over",
    },
  },
];

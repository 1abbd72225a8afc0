/** What a member that is hostile could send: changed before it is signed, tagged and encrypted, so that all that fits. */

import type { ForgedProposal } from "../packages/mls/forge/index.ts";
import { concat, equalBytes } from "../packages/mls/src/bytes.ts";
import { readAll } from "../packages/mls/src/codec.ts";
import type { Extension } from "../packages/mls/src/extensions.ts";
import { readGroupInfo } from "../packages/mls/src/group-context.ts";
import type { LeafContent } from "../packages/mls/src/leaf-node.ts";
import { readCommit, writeCommit } from "../packages/mls/src/proposal.ts";
import { attempt } from "../packages/mls/src/refusal.ts";
import { parseTree, type Tree } from "../packages/mls/src/tree.ts";
import { suite } from "../packages/mls/test/world.ts";
import { Dice } from "./dice.ts";
import type { Workshop } from "./forgeries/workshop.ts";
import { mutate, type Read, SHAPES } from "./mutations.ts";
import type { Sent } from "./stage.ts";

export interface Attack {
  readonly family: string;
  readonly name: string;
  readonly sent: Sent;
}

/** The end of a name: nothing but what is encrypted for others in a path was changed, which they alone can judge. */
export const CIPHERTEXT_ALONE = "in the ciphertext of a path secret";

/** The end of a name: the group's context has an extension now that everybody has and that is not read by us. */
export const UNREAD = "with a default extension that is not read";

const WEIGHTS = {
  commit: 30,
  "external commit": 15,
  message: 6,
  GroupInfo: 8,
  tree: 10,
  "GroupInfo of a Welcome": 8,
  "secrets of a Welcome": 4,
  leaf: 10,
  proposals: 9,
} as const;

/** Attacks in one group; what was made before lends its pieces to what comes next. */
export class Inside {
  readonly #shop: Workshop;
  readonly #dice: Dice;
  readonly #before = new Map<string, Uint8Array>();

  constructor(shop: Workshop, dice: Dice) {
    this.#shop = shop;
    this.#dice = dice;
  }

  next(): Attack {
    const family = this.#dice.weighted(WEIGHTS);
    return { ...this.#make(family), family: `inside, ${family}` };
  }

  #make(family: keyof typeof WEIGHTS): Omit<Attack, "family"> {
    const shop = this.#shop;
    switch (family) {
      case "commit": {
        const proposals = this.#dice.chance(50) ? this.#proposals(2) : [];
        return this.#changed(family, SHAPES.commit, (content) => shop.commit({ proposals, content }));
      }
      case "external commit": {
        const { outsider, third } = shop.stage;
        const identity = this.#dice.chance(50) ? outsider : third.identity;
        const proposals = identity === outsider ? [] : [{ type: "remove", removed: third.group.own.leaf } as const];
        return this.#changed(family, SHAPES.commit, (content) => shop.external({ proposals, content }, identity));
      }
      case "message": {
        const data = this.#dice.bytes(this.#dice.between(0, 100));
        return this.#changed(family, SHAPES.application, (content) => shop.message({ content }, data));
      }
      case "GroupInfo":
        return this.#changed(family, SHAPES.unsignedGroupInfo, (content) => shop.groupInfo({ content }));
      case "GroupInfo of a Welcome":
        return this.#changedAlike(SHAPES.unsignedGroupInfo, (content) => shop.welcome({ content }));
      case "secrets of a Welcome":
        return this.#changedAlike(SHAPES.groupSecrets, (secrets) => shop.welcome({ secrets }));
      case "tree":
        return this.#tree();
      case "leaf":
        return this.#leaf();
      case "proposals":
        return { name: "any that come to mind", sent: shop.commit({ proposals: this.#proposals(6) }) };
    }
  }

  #changed(
    family: string,
    shape: Read,
    send: (change: (bytes: Uint8Array) => Uint8Array) => Sent,
  ): Omit<Attack, "family"> {
    let name = "";
    const sent = send((bytes) => {
      const before = this.#before.get(family);
      const mutation = mutate(this.#dice, bytes, shape, before === undefined ? [] : [before]);
      this.#before.set(family, bytes);
      name = `${mutation.name}${remark(shape, bytes, mutation.bytes)}`;
      return mutation.bytes;
    });
    return { name, sent };
  }

  /** The same change in the Welcome for ours and in the one for OpenMLS: for each, dice that fall alike. */
  #changedAlike(shape: Read, send: (change: (bytes: Uint8Array) => Uint8Array) => Sent): Omit<Attack, "family"> {
    const seed = this.#dice.below(2 ** 31);
    let name = "";
    const sent = send((bytes) => {
      const mutation = mutate(new Dice(seed), bytes, shape, []);
      name = `${mutation.name}${remark(shape, bytes, mutation.bytes)}`;
      return mutation.bytes;
    });
    return { name, sent };
  }

  /** A tree that was changed and still is one goes with its hash. */
  #tree(): Omit<Attack, "family"> {
    const shop = this.#shop;
    const right = shop.stage.forger.group.tree;
    const mutation = mutate(this.#dice, right.encode(), SHAPES.tree, [shop.stage.third.group.tree.encode()]);
    const parsed = attempt(() => parseTree(mutation.bytes));
    const tree: Tree | Uint8Array =
      parsed.ok && equalBytes(parsed.value.encode(), mutation.bytes) ? parsed.value : mutation.bytes;
    const name = `${mutation.name}${parsed.ok ? ", with its hash" : ""}`;
    return { name, sent: this.#dice.chance(60) ? shop.groupInfo({ tree }) : shop.welcome({ tree }) };
  }

  #leaf(): Omit<Attack, "family"> {
    const shop = this.#shop;
    const dice = this.#dice;
    let what = "";
    const leaf = (content: LeafContent) => {
      const [name, changed] = anyLeaf(dice, content);
      what = name;
      return changed;
    };
    const send = {
      "of the committer": () => shop.path({ leaf }),
      "of a newcomer": () => shop.proposing(shop.add({ leaf })),
      "of an outsider": () => shop.external({ path: { leaf } }),
    } as const;
    const whose = dice.one(["of the committer", "of a newcomer", "of an outsider"] as const);
    const sent = send[whose]();
    return { name: `${whose}, ${what}`, sent };
  }

  #proposals(most: number): ForgedProposal[] {
    const { stage } = this.#shop;
    const { leaves } = stage.forger.group.tree;
    const kinds: Readonly<Record<"add" | "remove" | "context" | "init", () => ForgedProposal>> = {
      add: () => this.#shop.add(),
      remove: () => ({ type: "remove", removed: this.#dice.below(leaves + 1) }),
      context: () => ({ type: "group-context-extensions", extensions: [{ type: 3, data: this.#required() }] }),
      init: () => ({ type: "external-init", kemOutput: this.#shop.freshKey() }),
    };
    const next = () => kinds[this.#dice.weighted({ add: 40, remove: 40, context: 10, init: 3 })]();
    return Array.from({ length: this.#dice.between(1, most) }, next);
  }

  #required(): Uint8Array {
    return this.#dice.one([
      Uint8Array.of(0, 0, 0),
      Uint8Array.of(0, 0, 2, 0, 1),
      Uint8Array.of(0, 0, 4, 0, 1, 0, 2),
      Uint8Array.of(2, 0, 5, 2, 0, 1, 2, 0, 1),
    ]);
  }
}

/** @returns a leaf with something else in it, and what that is. */
function anyLeaf(dice: Dice, leaf: LeafContent): readonly [name: string, leaf: LeafContent] {
  const { capabilities } = leaf;
  const types = (usual: readonly number[]) =>
    dice.one([
      usual,
      [...usual, ...usual],
      [...usual, 0x0a0a, 0xff01],
      [],
      [...usual, 1, 2, 3, 4, 5, 6, 7],
      [0, ...usual],
    ]);
  const list = (content: Partial<LeafContent["capabilities"]>) => ({
    ...leaf,
    capabilities: { ...capabilities, ...content },
  });
  return dice.one<() => readonly [name: string, leaf: LeafContent]>([
    () => ["versions", list({ versions: types(capabilities.versions) })],
    () => ["suites", list({ suites: types(capabilities.suites) })],
    () => ["types of extensions", list({ extensions: types(capabilities.extensions) })],
    () => ["types of proposals", list({ proposals: types(capabilities.proposals) })],
    () => ["types of credentials", list({ credentials: types(capabilities.credentials) })],
    () => [
      "an extension that it lists",
      { ...list({ extensions: [0xff01] }), extensions: [{ type: 0xff01, data: dice.bytes(dice.below(100)) }] },
    ],
    () => [
      "an extension of a default type",
      { ...leaf, extensions: [{ type: dice.between(1, 5), data: dice.bytes(dice.below(40)) }] },
    ],
    () => ["an extension", { ...leaf, extensions: [{ type: dice.between(6, 12), data: dice.bytes(dice.below(40)) }] }],
    () => ["an identity", { ...leaf, identity: dice.bytes(dice.below(60)) }],
    () => ["an encryption key", { ...leaf, encryptionKey: dice.bytes(dice.one([32, 32, 31, 33])) }],
    () => ["a signature key", { ...leaf, signatureKey: dice.bytes(32) }],
    () => [
      "a lifetime",
      { ...leaf, source: { type: "key-package", notBefore: BigInt(dice.below(2 ** 31)), notAfter: 2n ** 62n } },
    ],
  ])();
}

/** What kind of change it was, where that decides who can judge it. */
function remark(shape: Read, before: Uint8Array, after: Uint8Array): string {
  if (shape === SHAPES.commit && isCiphertextAlone(before, after)) return ` ${CIPHERTEXT_ALONE}`;
  const [old, now] = [before, after].map((bytes) => unreadExtensions(shape, bytes));
  return now?.some((one) => !old?.includes(one)) ? ` ${UNREAD}` : "";
}

/** Extensions of a context of the types 1, 2, 4 and 5. */
function unreadExtensions(shape: Read, bytes: Uint8Array): string[] {
  const found = attempt((): readonly Extension[] => {
    if (shape === SHAPES.unsignedGroupInfo) {
      return readAll(concat([bytes, Uint8Array.of(0)]), readGroupInfo).context.extensions;
    }
    if (shape !== SHAPES.commit) return [];
    const { proposals } = readAll(bytes, (reader) => readCommit(reader, suite));
    return proposals.flatMap((one) => (one.type === "group-context-extensions" ? one.extensions : []));
  });
  const unread = found.ok ? found.value.filter(({ type }) => [1, 2, 4, 5].includes(type)) : [];
  return unread.map(({ type, data }) => `${type} ${Buffer.from(data).toString("hex")}`);
}

/** Whether two commits say the same, but for what they tell in secret. */
function isCiphertextAlone(one: Uint8Array, other: Uint8Array): boolean {
  const [open1, open2] = [one, other].map((bytes) => attempt(() => withoutCiphertexts(bytes)));
  return open1?.ok === true && open2?.ok === true && equalBytes(open1.value, open2.value);
}

function withoutCiphertexts(bytes: Uint8Array): Uint8Array {
  const { proposals, path } = readAll(bytes, (reader) => readCommit(reader, suite));
  const empty = new Uint8Array(0);
  const nodes = path?.nodes.map((node) => ({
    ...node,
    encryptedPathSecret: node.encryptedPathSecret.map(() => ({ kemOutput: empty, ciphertext: empty })),
  }));
  return writeCommit({ proposals, path: path && { ...path, nodes: nodes ?? [] } });
}

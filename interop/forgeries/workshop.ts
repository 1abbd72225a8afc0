/** What the forger of a stage can make, and how a forgery is listed. */

import {
  application,
  applyAll,
  type CommitForgery,
  type ExternalForgery,
  type ForgedProposal,
  type FrameForgery,
  forgeCommit,
  forgeExternal,
  forgeGroupInfo,
  forgeKeyPackage,
  forgeMessage,
  forgeWelcome,
  type InfoForgery,
  type KeyPackageForgery,
  type PathForgery,
  type WelcomeForgery,
} from "../../packages/mls/forge/index.ts";
import { concat } from "../../packages/mls/src/bytes.ts";
import { Writer } from "../../packages/mls/src/codec.ts";
import type { Identity, Lifetime } from "../../packages/mls/src/index.ts";
import type { Proposal } from "../../packages/mls/src/proposal.ts";
import type { Tree } from "../../packages/mls/src/tree.ts";
import { suite, utf8 } from "../../packages/mls/test/world.ts";
import { type Sent, type Stage, stranger } from "../stage.ts";

export interface Forgery {
  /** The line of "Refusals" that it belongs to. */
  readonly line: string;
  readonly name: string;
  /** Its row in the table, where several share one. */
  readonly row?: string;
  make(): Sent;
}

export const NOTHING = new Uint8Array(0);
export const flip = (bytes: Uint8Array): Uint8Array => bytes.with(0, (bytes[0] ?? 0) ^ 0x40);
export const remove = (removed: number): Proposal => ({ type: "remove", removed });
export const context = (...types: number[]): Proposal => ({
  type: "group-context-extensions",
  extensions: types.map((type) => ({ type, data: NOTHING })),
});
export const vector16 = (list: readonly number[]) =>
  new Writer().vector(list, (writer, type) => writer.uint16(type)).done();
export const requiring = (...lists: number[][]): Proposal => ({
  type: "group-context-extensions",
  extensions: [{ type: 3, data: concat(lists.map(vector16)) }],
});

/** What the forger of a stage can make. */
export class Workshop {
  readonly stage: Stage;
  readonly #lifetime: Lifetime;
  readonly #added: ReturnType<typeof forgeCommit>;

  constructor(stage: Stage) {
    this.stage = stage;
    this.#lifetime = { notBefore: stage.now - 3600n, notAfter: stage.now + 2_592_000n };
    const proposals = stage.newcomers.map(({ keyPackage }) => ({ type: "add", keyPackage }) as const);
    this.#added = forgeCommit(stage.forger, { isPublic: true, proposals });
  }

  get random() {
    return this.stage.forger.random;
  }

  /** A forger that removes itself in words stays where it is. */
  commit(forgery: CommitForgery = {}): Sent {
    const { forger } = this.stage;
    const isSelf = (one: ForgedProposal) =>
      !(one instanceof Uint8Array) && one.type === "remove" && one.removed === forger.group.own.leaf;
    const done = forgery.proposals?.filter((one) => !isSelf(one)) ?? [];
    const right = { isPublic: true, apply: (tree: Tree) => applyAll(tree, done) };
    return { kind: "message", bytes: forgeCommit(forger, { ...right, ...forgery }).bytes };
  }

  path(forgery: PathForgery): Sent {
    return this.commit({ path: forgery });
  }

  proposing(...proposals: ForgedProposal[]): Sent {
    return this.commit({ proposals });
  }

  external(forgery: ExternalForgery = {}, identity: Identity = this.stage.outsider): Sent {
    return { kind: "message", bytes: forgeExternal({ ...this.stage.forger, identity }, forgery).bytes };
  }

  message(forgery: FrameForgery = {}, data = utf8("hello")): Sent {
    return { kind: "message", bytes: forgeMessage(this.stage.forger, application(data), forgery) };
  }

  welcome(forgery: WelcomeForgery = {}): Extract<Sent, { kind: "welcome" }> {
    const made = this.stage.newcomers.map((newcomer, which) =>
      forgeWelcome(this.stage.forger, this.#added, newcomer, this.#added.added[which] ?? -1, forgery),
    );
    const [ours = NOTHING, theirs = NOTHING] = made;
    return { kind: "welcome", ours, theirs };
  }

  groupInfo(forgery: InfoForgery = {}): Sent {
    return { kind: "group-info", bytes: forgeGroupInfo(this.stage.forger, forgery) };
  }

  add(forgery: KeyPackageForgery = {}, who: Identity = stranger(this.random)): Proposal {
    return { type: "add", keyPackage: this.keyPackage(forgery, who).keyPackage };
  }

  keyPackage(forgery: KeyPackageForgery = {}, who: Identity = stranger(this.random), lifetime = this.#lifetime) {
    return forgeKeyPackage(suite, who, lifetime, this.random, forgery);
  }

  freshKey(): Uint8Array {
    return suite.keyPair(this.random(32)).publicKey;
  }
}

export const rows = (line: string, list: Readonly<Record<string, () => Sent>>): Forgery[] =>
  Object.entries(list).map(([name, make]) => ({ line, name, make }));

export { concat, equalBytes } from "./bytes.ts";
export type { Extension } from "./extensions.ts";
export {
  createGroup,
  epochAuthenticator,
  exportSecret,
  type Group,
  type Member,
  makeGroupInfo,
  members,
  unspent,
} from "./group.ts";
export {
  type Identity,
  type KeyPackage,
  type Lifetime,
  makeKeyPackage,
  type OwnKeyPackage,
  parseKeyPackage,
} from "./key-package.ts";
export type { Capabilities, LeafNode } from "./leaf-node.ts";
export { LIMITS } from "./limits.ts";
export { isFromSelf, type OpenedCommit, type OpenedMessage, open } from "./open.ts";
export { type Joined, joinFromOutside, type Outside, parseGroupInfo } from "./outside.ts";
export type { Primitives, Random } from "./primitives.ts";
export type { Credentials, LeafChange, Profile } from "./profile.ts";
export type { Refusal, RefusalCode, Result } from "./refusal.ts";
export { type CommitPlan, type MadeCommit, makeCommit, seal } from "./seal.ts";
export { difference, forget, type Part, restore } from "./store.ts";
export { type Suite, suite1 } from "./suite.ts";
export { joinByWelcome, type Welcomed } from "./welcome.ts";

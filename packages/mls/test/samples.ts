/** One of everything that is read, all out of one small group, so that all of it holds. */
import { readAll, Writer } from "../src/codec.ts";
import { writeExtensions } from "../src/extensions.ts";
import { contextBytes } from "../src/group-context.ts";
import { joinFromOutside, makeCommit, makeGroupInfo, type OwnKeyPackage, parseGroupInfo, seal } from "../src/index.ts";
import { writeCiphertext } from "../src/proposal.ts";
import { readPublicMessage } from "../src/public-message.ts";
import { writeGroupSecrets } from "../src/welcome.ts";
import { commit } from "./exchange.ts";
import { makeWorld, memberOf, NOW, newKeyPackage, person, profile, suite, unwrap, utf8, type World } from "./world.ts";

export interface Samples {
  /** Ann, Bob, Cyd, Eve and Fay, with a blank leaf and an unmerged one. What is below is Ann's, or another's for them. */
  readonly world: World;
  readonly message: Uint8Array;
  readonly commit: Uint8Array;
  readonly publicCommit: Uint8Array;
  /** The content of `publicCommit`: an Add, a Remove, a list of extensions and a path. */
  readonly commitContent: Uint8Array;
  readonly newcomer: OwnKeyPackage;
  readonly welcome: Uint8Array;
  readonly keyPackage: Uint8Array;
  readonly groupInfo: Uint8Array;
  readonly externalCommit: Uint8Array;
  readonly leaf: Uint8Array;
  readonly tree: Uint8Array;
  readonly context: Uint8Array;
  readonly extensions: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly groupSecrets: Uint8Array;
}

/** Ends of a list of extensions that everybody may have: the types 1 to 5 are not listed as capabilities. */
const EXTENSIONS = [
  { type: 5, data: utf8("of the group") },
  { type: 1, data: new Uint8Array(70) },
];

export function samples(): Samples {
  const world = makeWorld(["ann", "bob", "cyd", "dan", "eve"]);
  commit(world, "cyd", { remove: ["dan"], extensions: EXTENSIONS });
  commit(world, "eve");
  commit(world, "cyd", { add: ["fay"] });
  commit(world, "bob", { remove: ["fay"] });
  commit(world, "bob", { add: ["fay"] });
  const { random } = world;
  const { identity, group } = memberOf(world, "ann");
  const key = identity.signaturePrivateKey;
  const newcomer = newKeyPackage(person("gus", random), random);
  const plan = { adds: [newcomer.bytes], removes: [memberOf(world, "cyd").group.own.leaf], extensions: EXTENSIONS };
  const nothing = new Uint8Array(0);
  const message = unwrap(seal(profile, group, key, utf8("a message"), nothing, random)).bytes;
  const made = unwrap(makeCommit(profile, group, key, plan, NOW, random));
  const open = { ...profile, publicCommits: true };
  const publicCommit = unwrap(makeCommit(open, group, key, plan, NOW, random)).bytes;
  const { framed } = readAll(publicCommit.subarray(4), (reader) => readPublicMessage(reader, suite));
  const groupInfo = unwrap(makeGroupInfo(profile, group, key));
  const outside = unwrap(parseGroupInfo(profile, groupInfo));
  const externalCommit = unwrap(joinFromOutside(profile, person("hal", random), outside, nothing, random)).bytes;
  const extensions = new Writer();
  writeExtensions(extensions, EXTENSIONS);
  const ciphertext = new Writer();
  writeCiphertext(ciphertext, { kemOutput: random(32), ciphertext: random(48) });
  return {
    world,
    message,
    commit: made.bytes,
    publicCommit,
    commitContent: framed.contentBytes,
    newcomer,
    welcome: made.welcome ?? nothing,
    keyPackage: newcomer.bytes,
    groupInfo,
    externalCommit,
    leaf: group.tree.leaf(1)?.bytes ?? nothing,
    tree: group.tree.encode(),
    context: contextBytes(group.context),
    extensions: extensions.done(),
    ciphertext: ciphertext.done(),
    groupSecrets: writeGroupSecrets({ joiner: random(32), pathSecret: random(32) }),
  };
}

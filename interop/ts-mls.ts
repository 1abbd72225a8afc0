/**
 * A group on ts-mls 1.6.4 with its default cryptography (WebCrypto and @noble), to be timed: bytes in, bytes out, each
 * an MLSMessage, encoding and decoding included, and used keys zeroed as its documentation asks for.
 *
 * Not a peer for external commits: it writes external_pub into a GroupInfo without the length before it (RFC 9420
 * section 12.4.3.2 wants opaque<V>), so OpenMLS cannot read its GroupInfos nor it those of OpenMLS. And it makes commits
 * with a GroupContextExtensions proposal without the path that section 17.4 demands, which OpenMLS refuses.
 */
import {
  acceptAll,
  type Capabilities,
  type CiphersuiteImpl,
  type ClientConfig,
  type ClientState,
  createApplicationMessage,
  createCommit,
  createGroup,
  decodeMlsMessage,
  defaultAuthenticationService,
  defaultKeyPackageEqualityConfig,
  defaultKeyRetentionConfig,
  defaultLifetimeConfig,
  defaultPaddingConfig,
  emptyPskIndex,
  encodeMlsMessage,
  generateKeyPackage,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  joinGroup,
  type MlsPrivateMessage,
  type MlsPublicMessage,
  type Proposal,
  processMessage,
  zeroOutUint8Array,
} from "ts-mls";

const SUITE = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";

/** One object for all leaves: defaultCapabilities() draws random GREASE values, and so differs at each call. */
const CAPABILITIES: Capabilities = {
  versions: ["mls10"],
  ciphersuites: [SUITE],
  extensions: [],
  proposals: [],
  credentials: ["basic"],
};
/** Unix seconds; a key package is made and used within the same run. */
const LIFETIME = { notBefore: 0n, notAfter: 2n ** 40n };
/** Its defaults, spelled out: padding to 256 bytes, and none beyond that. */
const CONFIG: ClientConfig = {
  keyRetentionConfig: defaultKeyRetentionConfig,
  lifetimeConfig: defaultLifetimeConfig,
  keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
  paddingConfig: defaultPaddingConfig,
  authService: defaultAuthenticationService,
};

export interface TsMlsWorld {
  /** Leaf 0, who made the group and added all others in one commit. */
  readonly creator: TsMlsMember;
  /** The last leaf. Of the members between the two there is only the key package in the tree. */
  readonly joiner: TsMlsMember;
}

/**
 * Makes a group of `members` (2 and more). Its tree is as it is right after one commit that adds everybody: no parent
 * node is filled, so that a first commit with a path encrypts to all other members, one by one, and later commits of
 * the two members that act here hardly fewer.
 */
export async function makeTsMlsWorld(members: number): Promise<TsMlsWorld> {
  const suite = await getCiphersuiteImpl(getCiphersuiteFromName(SUITE));
  const packages = [];
  for (let index = 0; index < members; index++) packages.push(await makeKeyPackage(index, suite));
  const [first] = packages;
  const last = packages.at(-1);
  if (first === undefined || last === undefined || first === last) throw new Error("a group of two at least");

  const groupId = crypto.getRandomValues(new Uint8Array(32));
  const alone = await createGroup(groupId, first.publicPackage, first.privatePackage, [], suite, CONFIG);
  const extraProposals = packages
    .slice(1)
    .map(({ publicPackage }): Proposal => ({ proposalType: "add", add: { keyPackage: publicPackage } }));
  const { newState, welcome, consumed } = await createCommit(
    { state: alone, cipherSuite: suite },
    { extraProposals, ratchetTreeExtension: true },
  );
  consumed.forEach(zeroOutUint8Array);
  if (welcome === undefined) throw new Error("a commit that adds somebody makes a Welcome");
  const { publicPackage, privatePackage } = last;
  const joined = await joinGroup(
    welcome,
    publicPackage,
    privatePackage,
    emptyPskIndex,
    suite,
    undefined,
    undefined,
    CONFIG,
  );
  return { creator: new TsMlsMember(newState, suite), joiner: new TsMlsMember(joined, suite) };
}

/** One member. Its calls must not overlap: each goes on from the state that the one before it left. */
export class TsMlsMember {
  readonly #suite: CiphersuiteImpl;
  #state: ClientState;

  constructor(state: ClientState, suite: CiphersuiteImpl) {
    this.#suite = suite;
    this.#state = forget(state);
  }

  get epoch(): bigint {
    return this.#state.groupContext.epoch;
  }

  /** @returns an application message, a PrivateMessage. */
  async seal(plaintext: Uint8Array): Promise<Uint8Array> {
    const { newState, privateMessage, consumed } = await createApplicationMessage(this.#state, plaintext, this.#suite);
    this.#advance(newState, consumed);
    return encodeMlsMessage({ version: "mls10", wireformat: "mls_private_message", privateMessage });
  }

  /** @returns the plaintext of another member's application message. */
  async open(message: Uint8Array): Promise<Uint8Array> {
    const result = await processMessage(decode(message), this.#state, emptyPskIndex, acceptAll, this.#suite);
    if (result.kind !== "applicationMessage") throw new Error("not an application message");
    this.#advance(result.newState, result.consumed);
    return result.message;
  }

  /** Commits nothing but a new path, and goes on in the epoch that it makes. @returns a PrivateMessage. */
  async emptyCommit(): Promise<Uint8Array> {
    const { newState, commit, consumed } = await createCommit({ state: this.#state, cipherSuite: this.#suite });
    this.#advance(newState, consumed);
    return encodeMlsMessage(commit);
  }

  /** Takes another member's commit. */
  async process(commit: Uint8Array): Promise<void> {
    const result = await processMessage(decode(commit), this.#state, emptyPskIndex, acceptAll, this.#suite);
    if (result.kind !== "newState") throw new Error("not a commit");
    this.#advance(result.newState, result.consumed);
  }

  #advance(state: ClientState, consumed: Uint8Array[]): void {
    consumed.forEach(zeroOutUint8Array);
    this.#state = forget(state);
  }
}

/** Keeps nothing of past epochs: ts-mls would keep four, with a ratchet tree each. */
function forget(state: ClientState): ClientState {
  return { ...state, historicalReceiverData: new Map() };
}

function makeKeyPackage(index: number, suite: CiphersuiteImpl) {
  const identity = new TextEncoder().encode(`member ${index}`);
  return generateKeyPackage({ credentialType: "basic", identity }, CAPABILITIES, LIFETIME, [], suite);
}

function decode(bytes: Uint8Array): MlsPrivateMessage | MlsPublicMessage {
  const message = decodeMlsMessage(bytes, 0)?.[0];
  if (message?.wireformat === "mls_private_message" || message?.wireformat === "mls_public_message") return message;
  throw new Error("neither a PrivateMessage nor a PublicMessage");
}

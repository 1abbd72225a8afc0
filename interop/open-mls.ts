/**
 * A device whose MLS is OpenMLS: Wire's fork of it, in Rust, compiled to wasm in @wireapp/core-crypto 10.3.0.
 *
 * Over 400 lines: a fifth of them are what was found out about it, and its quirks and their cures stand side by side.
 *
 * What it does, tried out against ts-mls 1.6.4, and read in the sources: core-crypto's at tag v10.3.0, the fork's
 * (branch wire/stable) as of December 2024, somewhat older than the commit that core-crypto is built from.
 *
 * What it sends
 * - Handshakes are PublicMessages, application messages PrivateMessages; authenticated_data is empty in both.
 * - Proposals lie in the commit by value. A commit that only adds has no path; update, removal and external join have.
 * - Application messages are padded until their ciphertext (with signature and tag) is a multiple of 128 bytes.
 * - The GroupInfo in a Welcome, like the one beside each commit, carries ratchet_tree (0x0002) and external_pub (0x0004).
 *
 * What is in its groups and leaves
 * - GroupContext: required_capabilities (0x0003) alone, with no extensions, no proposals and the credentials basic (1)
 *   and x509 (2): 00 00 04 00 01 00 02. No external_senders (0x0005): those come only if they are passed at creation.
 * - Leaf: version mls10; suites 1, 2, 3, 7, 5 in this order; extensions and proposals empty; credentials basic and
 *   x509; no leaf extensions. The same in key packages, after a commit and after an external commit.
 * - Lifetime of a key package: from one hour before now to 84 days after it, in seconds. No key package extensions.
 * - Identity: "UUID:hex@domain" in ASCII, the UUID with hyphens and in lower case, the device id in hexadecimal.
 *
 * What it takes
 * - Handshakes from members only as PublicMessages. A PrivateMessage with a commit or proposal is refused ("Other":
 *   "The message's wire format is incompatible with the group's wire format policy"). authenticated_data is passed over.
 * - External commits from outside: yes, also one that removes the joiner's earlier leaf, if both identities are equal.
 * - Application messages only from a member whose identity is a client id as above (any case, any domain); from others
 *   they are refused after decryption. Commits, proposals, key packages of others may have any identity, UTF-8 or not.
 * - Groups of others with an unknown GroupContext extension such as 0xf0a1: yes, by Welcome and by external commit,
 *   although its own leaf does not list that type; also a commit that brings one in or changes it by a
 *   GroupContextExtensions proposal (which has to have a path, as RFC 9420 section 17.4 demands). It also adds members
 *   that do not list the type. It is the others who may refuse its leaf for that.
 * - Groups whose required_capabilities name 0xf0a1: not by Welcome ("Extensions are not acceptable"). By external
 *   commit it goes ahead, with a leaf that the other members have to refuse.
 * - Other leaves have to meet the group's required_capabilities, so in groups that OpenMLS made: list both credential
 *   types, basic and x509 ("Credentials are not acceptable"). Beyond that they must list the group's suite and version
 *   and the types of the extensions in the leaf itself. Values it does not know (0xf0a1, GREASE) are passed over.
 * - Lifetimes: the present must lie within when it adds a leaf itself; in what others did it is not looked at. There is
 *   no bound on their length: 0 to 2^63-1 is taken.
 * - Extension type 0x000a in a key package (last_resort elsewhere) fails to parse: Wire uses it for something else.
 *   A proposal type it does not know fails to parse too.
 * - Application messages of up to 3 epochs back. Within an epoch and a sender: at most 1000 generations ahead, and of
 *   those passed over only the one just before the newest opened; the rest, like repeats, are "DuplicateMessage".
 *
 * What it does wrong, by our reading of RFC 9420 (`npm run interop -- --hostile` prints more)
 * - An external commit over the joiner's own former leaf, where the removal halves the tree and the joiner's new leaf
 *   makes it as large again (section 7.7): OpenMLS finds the former leaf in the regrown half. The member is in the tree
 *   twice, and OpenMLS itself refuses the next commit ("signature key is already used"). See MixedGroup.hitsGhost.
 *
 * What it holds back: see {@link Received}. Only messages of the very next epoch are held, and commits whose proposals
 * are missing; what lies further ahead is refused ("WrongEpoch").
 */
import { readFile } from "node:fs/promises";
import type { CommitBundle, CoreCryptoContext, DecryptedMessage } from "@wireapp/core-crypto/browser";

type Library = typeof import("@wireapp/core-crypto/browser");
type Instance = import("@wireapp/core-crypto/browser").CoreCrypto;
type Reference = import("@wireapp/core-crypto/browser").CredentialRef;
/** What opens a message: a received one, or one that was held back. The two have the same fields. */
type Opened = DecryptedMessage | import("@wireapp/core-crypto/browser").BufferedDecryptedMessage;

/** MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519. */
const SUITE = 1;
const DOMAIN = "interop.test";
/** MLSMessage headers: version mls10 and the wire format, a u16 each. core-crypto wants these two bodies without one. */
const KEY_PACKAGE_HEADER = Uint8Array.of(0, 1, 0, 5);
const GROUP_INFO_HEADER = Uint8Array.of(0, 1, 0, 4);

/** Label of the exporter whose secret {@link OpenMlsDevice.authenticator} gives; core-crypto leaves no choice. */
export const AUTHENTICATOR_LABEL = "exporter";
/** Context of that exporter: empty, so what is hashed into the secret is SHA-256 of nothing. */
export const AUTHENTICATOR_CONTEXT: Uint8Array = new Uint8Array(0);
/** Length of that secret in bytes: our choice. */
export const AUTHENTICATOR_BYTES = 32;

/** What a commit sends out, each an MLSMessage. */
export interface CommitMessages {
  readonly commit: Uint8Array;
  /** For everybody that the commit adds, with the ratchet tree in it; undefined if it adds nobody. */
  readonly welcome: Uint8Array | undefined;
  /** Of the epoch that the commit makes, with ratchet_tree (2) and external_pub (4) in its extensions. */
  readonly groupInfo: Uint8Array | undefined;
}

export interface CommitOptions {
  /**
   * Whether the delivery service takes the commit (the default). If not, the transport answers core-crypto with
   * MessageRejected and the device stays where it was: the messages are returned all the same.
   */
  readonly accept?: boolean;
}

export type Received =
  | { readonly kind: "message"; readonly plaintext: Uint8Array; readonly sender: Uint8Array }
  | {
      readonly kind: "commit";
      /** Whether we are still a member. If not, core-crypto has already forgotten the group. */
      readonly active: boolean;
      /** What had come too early (see "held") and belongs to the epoch that this commit made. */
      readonly released: readonly Received[];
    }
  | { readonly kind: "proposal" }
  /**
   * Nothing has been opened yet: the message is of the next epoch, or a commit whose proposals have not come.
   * core-crypto keeps it and tries it again by itself, after the commit (or proposal) that it waits for.
   */
  | { readonly kind: "held" };

/** What a device would have done with something; it has not done it. */
export type Verdict =
  | { readonly verdict: "refused"; readonly reason: string; readonly detail: string }
  | { readonly verdict: "message"; readonly plaintext: Uint8Array; readonly sender: Uint8Array }
  /** The secret of {@link OpenMlsDevice.authenticator} in the epoch that it leads to, where it can be had. */
  | { readonly verdict: "next-epoch"; readonly isOut: boolean; readonly authenticator: Uint8Array | undefined }
  | { readonly verdict: "proposal" }
  | { readonly verdict: "held" };

/** OpenMLS, or core-crypto above it, said no. */
export class OpenMlsRefusal extends Error {
  /** core-crypto's name for it ("StaleCommit", "DuplicateMessage", ...); "Other" is most of OpenMLS's own refusals. */
  readonly reason: string;
  readonly detail: string;

  constructor(reason: string, detail: string, cause: unknown) {
    super(`OpenMLS refused (${reason}): ${detail}`, { cause });
    this.name = "OpenMlsRefusal";
    this.reason = reason;
    this.detail = detail;
  }
}

export interface OpenMls {
  makeDevice(): Promise<OpenMlsDevice>;
}

/** @returns the library, loaded once: its wasm is compiled at the first call, in some 100 ms. */
export function loadOpenMls(): Promise<OpenMls> {
  loading ??= load();
  return loading;
}

let loading: Promise<OpenMls> | undefined;

async function load(): Promise<OpenMls> {
  const address = import.meta.resolve("@wireapp/core-crypto/browser");
  const library: Library = await import("@wireapp/core-crypto/browser");
  await initialise(library, new URL("./autogenerated/wasm-bindgen/index_bg.wasm", address));
  return { makeDevice: () => OpenMlsDevice.make(library) };
}

/**
 * The browser's build wants a `window`, and fetches its wasm. It gets both for as long as it starts; it needs neither
 * afterwards, and other libraries take a `window` for a sign that they are in a browser.
 */
async function initialise(library: Library, wasm: URL): Promise<void> {
  const globals = globalThis as { window?: unknown; fetch: typeof fetch };
  const fetchBefore = globals.fetch;
  globals.window = globalThis;
  globals.fetch = async () => new Response(await readFile(wasm), { headers: { "content-type": "application/wasm" } });
  try {
    await library.initWasmModule(wasm.href);
  } finally {
    globals.fetch = fetchBefore;
    delete globals.window;
  }
}

/** One device with one basic credential, its state in memory. */
export class OpenMlsDevice {
  /** The credential's identity as it stands in the leaf: "UUID:hex@domain" in ASCII. */
  readonly identity: Uint8Array;
  readonly #library: Library;
  readonly #core: Instance;
  readonly #credential: Reference;
  readonly #desk: TransportDesk;
  /** Last GroupInfo of our own making, by group id in base64. */
  readonly #groupInfos = new Map<string, { epoch: bigint; groupInfo: Uint8Array }>();

  private constructor(library: Library, core: Instance, credential: Reference, desk: TransportDesk, id: Uint8Array) {
    this.#library = library;
    this.#core = core;
    this.#credential = credential;
    this.#desk = desk;
    this.identity = id;
  }

  static async make(library: Library): Promise<OpenMlsDevice> {
    const core = library.CoreCrypto.new(await library.Database.inMemory());
    const deviceId = new library.DeviceId(1n + BigInt(Math.floor(Math.random() * 0xffff_ffff)));
    const clientId = new library.ClientId(new library.Uuid(crypto.randomUUID()), deviceId, DOMAIN);
    const desk = new TransportDesk(library);
    const credential = await core.transaction(async (context) => {
      await context.mlsInit(clientId, {
        sendCommitBundle: (bundle) => desk.take(bundle),
        prepareForTransport: async (secret) => secret.data,
      });
      return await context.addCredential(library.Credential.basic(SUITE, clientId));
    });
    return new OpenMlsDevice(library, core, credential, desk, clientId.copyBytes());
  }

  /** @returns a fresh key package as an MLSMessage. core-crypto itself gives, and takes, a bare KeyPackage. */
  async keyPackage(): Promise<Uint8Array> {
    const bare = await this.#run(async (context) => (await context.generateKeyPackage(this.#credential)).serialize());
    const message = new Uint8Array(KEY_PACKAGE_HEADER.length + bare.length);
    message.set(KEY_PACKAGE_HEADER);
    message.set(bare, KEY_PACKAGE_HEADER.length);
    return message;
  }

  async createGroup(groupId: Uint8Array): Promise<void> {
    await this.#run((context) => context.createConversation(this.#groupId(groupId), this.#credential));
  }

  /** Commits the addition of `keyPackages`, each an MLSMessage. */
  add(groupId: Uint8Array, keyPackages: Uint8Array[], options?: CommitOptions): Promise<CommitMessages> {
    return this.#commit(options, async (context) => {
      const bare = keyPackages.map((message) => new this.#library.KeyPackage(body(message, KEY_PACKAGE_HEADER)));
      await context.addClientsToConversation(this.#groupId(groupId), bare);
    });
  }

  /**
   * Commits the removal of every member with one of `identities`. They must be spelled as core-crypto spells a client
   * id: it offers no other way to name a member. An identity that no member has is passed over; without any it refuses.
   */
  remove(groupId: Uint8Array, identities: Uint8Array[], options?: CommitOptions): Promise<CommitMessages> {
    return this.#commit(options, async (context) => {
      const clients = identities.map((identity) => this.#clientId(identity));
      await context.removeClientsFromConversation(this.#groupId(groupId), clients);
    });
  }

  /** Commits nothing but a new path. */
  update(groupId: Uint8Array, options?: CommitOptions): Promise<CommitMessages> {
    return this.#commit(options, (context) => context.updateKeyingMaterial(this.#groupId(groupId)));
  }

  /** @returns the id of the group that `welcome` (an MLSMessage with the ratchet tree in its GroupInfo) leads into. */
  joinByWelcome(welcome: Uint8Array): Promise<Uint8Array> {
    return this.#run(async (context) => {
      const groupId = await context.processWelcomeMessage(new this.#library.Welcome(welcome));
      return groupId.copyBytes();
    });
  }

  /** Joins by an external commit from `groupInfo`, an MLSMessage with ratchet_tree and external_pub in it. */
  async joinExternal(
    groupInfo: Uint8Array,
    options?: CommitOptions,
  ): Promise<{ groupId: Uint8Array; commit: Uint8Array; groupInfo: Uint8Array | undefined }> {
    const bare = body(groupInfo, GROUP_INFO_HEADER);
    const { groupId } = headOf(bare);
    const messages = await this.#send(options, async (context) => {
      await context.joinByExternalCommit(new this.#library.GroupInfo(bare), this.#credential);
    });
    if (options?.accept !== false) this.#keep(messages);
    return { groupId, commit: messages.commit, groupInfo: messages.groupInfo };
  }

  /**
   * Takes a PrivateMessage or PublicMessage (an MLSMessage); see {@link Received}.
   * @throws OpenMlsRefusal when it is refused, and then nothing of the device's state has changed.
   */
  receive(groupId: Uint8Array, message: Uint8Array): Promise<Received> {
    // What is held back is written in the same transaction, and a callback that throws takes it all back: so the two
    // errors that only mean "held" are caught in there.
    return this.#run(async (context) => {
      try {
        return this.#received(await context.decryptMessage(this.#groupId(groupId), message));
      } catch (error) {
        const reason = refusalOf(this.#library, error)?.reason;
        if (reason === "BufferedFutureMessage" || reason === "BufferedCommit") return { kind: "held" };
        throw error;
      }
    });
  }

  /** What {@link receive} would do. core-crypto has no snapshots, but what a transaction did is undone if it throws. */
  judge(groupId: Uint8Array, message: Uint8Array): Promise<Verdict> {
    return this.#judge(async (context) => {
      const opened = await context.decryptMessage(this.#groupId(groupId), message);
      if (opened.tag === "Text") {
        const { plaintext, senderClientId } = opened.inner;
        return { verdict: "message", plaintext, sender: senderClientId.copyBytes() };
      }
      if (opened.tag === "Proposal") return { verdict: "proposal" };
      const { isActive } = opened.inner;
      const authenticator = isActive ? await this.#authenticator(context, groupId) : undefined;
      return { verdict: "next-epoch", isOut: !isActive, authenticator };
    });
  }

  /** What {@link joinByWelcome} would do. */
  judgeWelcome(welcome: Uint8Array): Promise<Verdict> {
    return this.#judge(async (context) => {
      const groupId = await context.processWelcomeMessage(new this.#library.Welcome(welcome));
      const authenticator = await this.#authenticator(context, groupId.copyBytes());
      return { verdict: "next-epoch", isOut: false, authenticator };
    });
  }

  /** What {@link joinExternal} would do: the commit, which nobody gets, is of no interest. */
  async judgeGroupInfo(groupInfo: Uint8Array): Promise<Verdict> {
    if (!startsWith(groupInfo, GROUP_INFO_HEADER)) {
      return { verdict: "refused", reason: "Header", detail: "core-crypto takes a bare GroupInfo" };
    }
    return await this.#judge(async (context) => {
      this.#desk.tray = { accept: true, messages: undefined };
      const bare = new this.#library.GroupInfo(groupInfo.subarray(GROUP_INFO_HEADER.length));
      await context.joinByExternalCommit(bare, this.#credential);
      return { verdict: "next-epoch", isOut: false, authenticator: undefined };
    });
  }

  /** Runs `work` in a transaction that never ends well. */
  async #judge(work: (context: CoreCryptoContext) => Promise<Verdict>): Promise<Verdict> {
    const undone = new Error("undone on purpose");
    let verdict: Verdict | undefined;
    try {
      await this.#core.transaction(async (context) => {
        verdict = await work(context);
        throw undone;
      });
    } catch (error) {
      if (error !== undone) {
        const refusal = refusalOf(this.#library, error);
        if (refusal === undefined) throw error;
        const isHeld = refusal.reason === "BufferedFutureMessage" || refusal.reason === "BufferedCommit";
        return isHeld ? { verdict: "held" } : { verdict: "refused", reason: refusal.reason, detail: refusal.detail };
      }
    }
    if (verdict === undefined) throw new Error("a verdict was given");
    return verdict;
  }

  /** Forgets a group without a word to anybody: the device is lost to it, unless it joins from outside. */
  async forget(groupId: Uint8Array): Promise<void> {
    await this.#run((context) => context.wipeConversation(this.#groupId(groupId)));
    this.#groupInfos.delete(keyOf(groupId));
  }

  /** @returns an application message, a PrivateMessage as an MLSMessage. Refused while a received proposal is pending. */
  seal(groupId: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array> {
    return this.#run((context) => context.encryptMessage(this.#groupId(groupId), plaintext));
  }

  epoch(groupId: Uint8Array): Promise<bigint> {
    return this.#run((context) => context.conversationEpoch(this.#groupId(groupId)));
  }

  /**
   * @returns a secret that is the same at all members of an epoch and differs from epoch to epoch. It is not the epoch
   * authenticator of RFC 9420 section 8.7, which core-crypto keeps to itself, but
   * MLS-Exporter("exporter", "", 32) of section 8.5:
   * ExpandWithLabel(DeriveSecret(exporter_secret, "exporter"), "exported", SHA-256(""), 32).
   */
  authenticator(groupId: Uint8Array): Promise<Uint8Array> {
    return this.#run((context) => this.#authenticator(context, groupId));
  }

  async #authenticator(context: CoreCryptoContext, groupId: Uint8Array): Promise<Uint8Array> {
    return (await context.exportSecretKey(this.#groupId(groupId), AUTHENTICATOR_BYTES)).copyBytes();
  }

  /**
   * @returns the GroupInfo of the present epoch as an MLSMessage, if this device's own commit made that epoch.
   * core-crypto gives a GroupInfo with a commit and at no other time: after another member's commit, and in a group
   * without any commit, there is none.
   */
  async groupInfo(groupId: Uint8Array): Promise<Uint8Array | undefined> {
    const kept = this.#groupInfos.get(keyOf(groupId));
    return kept?.epoch === (await this.epoch(groupId)) ? kept.groupInfo : undefined;
  }

  async #commit(
    options: CommitOptions | undefined,
    work: (context: CoreCryptoContext) => Promise<void>,
  ): Promise<CommitMessages> {
    const messages = await this.#send(options, work);
    if (options?.accept !== false) this.#keep(messages);
    return messages;
  }

  async #send(
    options: CommitOptions | undefined,
    work: (context: CoreCryptoContext) => Promise<void>,
  ): Promise<CommitMessages> {
    const accept = options?.accept ?? true;
    const tray: Tray = { accept, messages: undefined };
    try {
      await this.#run(async (context) => {
        this.#desk.tray = tray;
        await work(context);
      });
    } catch (error) {
      const isOurNo = !accept && error instanceof OpenMlsRefusal && error.reason === "MessageRejected";
      if (!isOurNo) throw error;
    }
    if (tray.messages === undefined) throw new Error("core-crypto sent no commit");
    return tray.messages;
  }

  #keep({ groupInfo }: CommitMessages): void {
    if (groupInfo === undefined) return;
    const { groupId, epoch } = headOf(body(groupInfo, GROUP_INFO_HEADER));
    this.#groupInfos.set(keyOf(groupId), { epoch, groupInfo });
  }

  /** Runs `work` in a transaction: what it changes is kept only if it does not throw. */
  async #run<Result>(work: (context: CoreCryptoContext) => Promise<Result>): Promise<Result> {
    try {
      return await this.#core.transaction(work);
    } catch (error) {
      throw refusalOf(this.#library, error) ?? error;
    }
  }

  #received(opened: Opened): Received {
    if (opened.tag === "Text") {
      const { plaintext, senderClientId } = opened.inner;
      return { kind: "message", plaintext, sender: senderClientId.copyBytes() };
    }
    if (opened.tag === "Proposal") return { kind: "proposal" };
    const held = "bufferedMessages" in opened.inner ? opened.inner.bufferedMessages : undefined;
    const released = (held ?? []).map((each) => this.#received(each));
    return { kind: "commit", active: opened.inner.isActive, released };
  }

  #groupId(groupId: Uint8Array) {
    return new this.#library.ConversationId(groupId);
  }

  #clientId(identity: Uint8Array) {
    const [, user, device, domain] = /^([^:]*):([^@]*)@(.*)$/.exec(Buffer.from(identity).toString()) ?? [];
    if (user === undefined || device === undefined || domain === undefined) {
      throw new Error("core-crypto can only name a member whose identity is UUID:hex@domain");
    }
    const { ClientId, DeviceId, Uuid } = this.#library;
    return new ClientId(new Uuid(user), DeviceId.fromHexString(device), domain);
  }
}

/** Where one commit's messages go, and whether they are to be taken. */
interface Tray {
  readonly accept: boolean;
  messages: CommitMessages | undefined;
}

/** Stands for the delivery service: puts what core-crypto sends in the tray of the transaction that is running. */
class TransportDesk {
  readonly #library: Library;
  tray: Tray | undefined;

  constructor(library: Library) {
    this.#library = library;
  }

  async take(bundle: CommitBundle): Promise<void> {
    if (this.tray === undefined) throw new Error("a commit that nobody asked for");
    this.tray.messages = {
      commit: bundle.commit,
      welcome: bundle.welcome?.serialize(),
      groupInfo: bundle.groupInfo.payload,
    };
    if (!this.tray.accept) throw this.#library.MlsTransportError.MessageRejected.new({ reason: "the caller said no" });
  }
}

function startsWith(message: Uint8Array, header: Uint8Array): boolean {
  return Buffer.compare(message.subarray(0, header.length), header) === 0;
}

function body(message: Uint8Array, header: Uint8Array): Uint8Array {
  if (!startsWith(message, header)) {
    throw new Error(`an MLSMessage that begins with ${Buffer.from(header).toString("hex")} was expected`);
  }
  return message.subarray(header.length);
}

/** @returns what stands in a GroupInfo after its version and suite (a u16 each): opaque group_id<V>, uint64 epoch. */
function headOf(groupInfo: Uint8Array): { groupId: Uint8Array; epoch: bigint } {
  const [first = 0, second = 0] = groupInfo.subarray(4);
  if (first >= 128) throw new Error("a group id of 16 KiB and more is not foreseen here");
  const start = first < 64 ? 5 : 6;
  const end = start + (first < 64 ? first : 256 * (first - 64) + second);
  const epoch = new DataView(groupInfo.buffer, groupInfo.byteOffset).getBigUint64(end);
  return { groupId: groupInfo.slice(start, end), epoch };
}

function keyOf(groupId: Uint8Array): string {
  return Buffer.from(groupId).toString("base64");
}

/** @returns what core-crypto said, or undefined when the error is not one of its own. */
function refusalOf(library: Library, error: unknown): OpenMlsRefusal | undefined {
  if (!library.CoreCryptoError.instanceOf(error)) return undefined;
  const said = error.tag === "Mls" ? error.inner.mlsError : error;
  return new OpenMlsRefusal(said.tag, detailOf("inner" in said ? said.inner : undefined), error);
}

/** Most of core-crypto's errors have a `msg`, some other fields, some none at all. */
function detailOf(inner: unknown): string {
  if (typeof inner !== "object" || inner === null) return "no detail";
  return "msg" in inner ? String(inner.msg) : JSON.stringify(inner);
}

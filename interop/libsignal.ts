/**
 * Two parties with a session of the Signal protocol (@signalapp/libsignal-client, native), to be timed. As a program,
 * `node libsignal.ts`, it prints how many messages of 300 bytes it seals and opens in a second.
 *
 * The stores keep libsignal's own objects in memory: no serializing (which would cost some 10 %) and no disk. So the
 * figures are the best that libsignal has to give through its Node interface. Each call crosses into Rust and back
 * several times, for the stores are asked from there. Sessions have the post-quantum ratchet (37 bytes in a message),
 * which this version always uses. While one party only seals and the other only opens, neither makes a new
 * Diffie-Hellman step: taking turns halves the speed and more.
 */
import {
  CiphertextMessageType,
  IdentityChange,
  IdentityKeyPair,
  IdentityKeyStore,
  KEMKeyPair,
  KyberPreKeyRecord,
  KyberPreKeyStore,
  PreKeyBundle,
  PreKeyRecord,
  PreKeySignalMessage,
  PreKeyStore,
  PrivateKey,
  ProtocolAddress,
  type PublicKey,
  processPreKeyBundle,
  type SessionRecord,
  SessionStore,
  SignalMessage,
  SignedPreKeyRecord,
  SignedPreKeyStore,
  signalDecrypt,
  signalDecryptPreKey,
  signalEncrypt,
} from "@signalapp/libsignal-client";

/** What libsignal takes and gives: bytes that surely are not shared memory. */
type Bytes = Uint8Array<ArrayBuffer>;

/** Of the one device that each party has, and of each of its prekeys. */
const DEVICE_ID = 1;
const KEY_ID = 1;

export interface LibsignalPair {
  readonly alice: LibsignalParty;
  readonly bob: LibsignalParty;
}

/** @returns two parties who have heard from each other, so that both send plain SignalMessages from now on. */
export async function makeLibsignalPair(): Promise<LibsignalPair> {
  const alice = new LibsignalParty("alice", "bob");
  const bob = new LibsignalParty("bob", "alice");
  await bob.meet(await alice.greet(await bob.publish()));
  await alice.open(await bob.seal(Uint8Array.of(0)));
  return { alice, bob };
}

/** One party, on one device, with a session to one other. Its calls must not overlap. */
export class LibsignalParty {
  readonly #here: ProtocolAddress;
  readonly #there: ProtocolAddress;
  readonly #sessions = new Sessions();
  readonly #identities = new Identities();
  readonly #preKeys = new PreKeys();
  readonly #signedPreKeys = new SignedPreKeys();
  readonly #kyberPreKeys = new KyberPreKeys();

  constructor(here: string, there: string) {
    this.#here = ProtocolAddress.new(here, DEVICE_ID);
    this.#there = ProtocolAddress.new(there, DEVICE_ID);
  }

  /** @returns what the other needs to begin a session. */
  async publish(): Promise<PreKeyBundle> {
    const identity = this.#identities.pair.privateKey;
    const preKey = PrivateKey.generate();
    const signed = PrivateKey.generate();
    const kyber = KEMKeyPair.generate();
    const signedBy = identity.sign(signed.getPublicKey().serialize());
    const kyberBy = identity.sign(kyber.getPublicKey().serialize());
    const now = Date.now();
    await this.#preKeys.savePreKey(KEY_ID, PreKeyRecord.new(KEY_ID, preKey.getPublicKey(), preKey));
    const signedRecord = SignedPreKeyRecord.new(KEY_ID, now, signed.getPublicKey(), signed, signedBy);
    await this.#signedPreKeys.saveSignedPreKey(KEY_ID, signedRecord);
    await this.#kyberPreKeys.saveKyberPreKey(KEY_ID, KyberPreKeyRecord.new(KEY_ID, now, kyber, kyberBy));
    return PreKeyBundle.new(
      await this.#identities.getLocalRegistrationId(),
      DEVICE_ID,
      KEY_ID,
      preKey.getPublicKey(),
      KEY_ID,
      signed.getPublicKey(),
      signedBy,
      this.#identities.pair.publicKey,
      KEY_ID,
      kyber.getPublicKey(),
      kyberBy,
    );
  }

  /** Begins a session with what the other has published. @returns a first message, a PreKeySignalMessage. */
  async greet(bundle: PreKeyBundle): Promise<Bytes> {
    await processPreKeyBundle(bundle, this.#there, this.#here, this.#sessions, this.#identities);
    return (await this.#encrypt(Uint8Array.of(0))).serialize();
  }

  /** Takes the other's first message. */
  async meet(first: Bytes): Promise<void> {
    await signalDecryptPreKey(
      PreKeySignalMessage.deserialize(first),
      this.#there,
      this.#here,
      this.#sessions,
      this.#identities,
      this.#preKeys,
      this.#signedPreKeys,
      this.#kyberPreKeys,
    );
  }

  /** @returns a serialized SignalMessage. */
  async seal(plaintext: Bytes): Promise<Bytes> {
    const message = await this.#encrypt(plaintext);
    if (message.type() !== CiphertextMessageType.Whisper) throw new Error("the session is not answered yet");
    return message.serialize();
  }

  /** @returns the plaintext of the other's SignalMessage. */
  open(message: Bytes): Promise<Bytes> {
    const parsed = SignalMessage.deserialize(message);
    return signalDecrypt(parsed, this.#there, this.#here, this.#sessions, this.#identities);
  }

  #encrypt(plaintext: Bytes) {
    return signalEncrypt(plaintext, this.#there, this.#here, this.#sessions, this.#identities);
  }
}

/** Holds the session with the one other. */
class Sessions extends SessionStore {
  #session: SessionRecord | null = null;

  async saveSession(_name: ProtocolAddress, record: SessionRecord): Promise<void> {
    this.#session = record;
  }

  async getSession(): Promise<SessionRecord | null> {
    return this.#session;
  }

  async getExistingSessions(): Promise<SessionRecord[]> {
    return this.#session === null ? [] : [this.#session];
  }
}

/** Holds our own identity and that of the one other, whom we trust. */
class Identities extends IdentityKeyStore {
  readonly pair = IdentityKeyPair.generate();
  #other: PublicKey | null = null;

  async getIdentityKey(): Promise<PrivateKey> {
    return this.pair.privateKey;
  }

  async getLocalRegistrationId(): Promise<number> {
    return 1;
  }

  async saveIdentity(_name: ProtocolAddress, key: PublicKey): Promise<IdentityChange> {
    this.#other = key;
    return IdentityChange.NewOrUnchanged;
  }

  async isTrustedIdentity(): Promise<boolean> {
    return true;
  }

  async getIdentity(): Promise<PublicKey | null> {
    return this.#other;
  }
}

class PreKeys extends PreKeyStore {
  readonly #records = new Map<number, PreKeyRecord>();

  async savePreKey(id: number, record: PreKeyRecord): Promise<void> {
    this.#records.set(id, record);
  }

  async getPreKey(id: number): Promise<PreKeyRecord> {
    return found(this.#records.get(id));
  }

  async removePreKey(id: number): Promise<void> {
    this.#records.delete(id);
  }
}

class SignedPreKeys extends SignedPreKeyStore {
  readonly #records = new Map<number, SignedPreKeyRecord>();

  async saveSignedPreKey(id: number, record: SignedPreKeyRecord): Promise<void> {
    this.#records.set(id, record);
  }

  async getSignedPreKey(id: number): Promise<SignedPreKeyRecord> {
    return found(this.#records.get(id));
  }
}

class KyberPreKeys extends KyberPreKeyStore {
  readonly #records = new Map<number, KyberPreKeyRecord>();

  async saveKyberPreKey(id: number, record: KyberPreKeyRecord): Promise<void> {
    this.#records.set(id, record);
  }

  async getKyberPreKey(id: number): Promise<KyberPreKeyRecord> {
    return found(this.#records.get(id));
  }

  async markKyberPreKeyUsed(): Promise<void> {}
}

function found<Item>(item: Item | undefined): Item {
  if (item === undefined) throw new Error("no such prekey");
  return item;
}

async function main(): Promise<void> {
  const messages = 3000;
  const warmUps = 300;
  const body = new Uint8Array(300).fill(0x5a);
  const { alice, bob } = await makeLibsignalPair();
  for (let count = 0; count < warmUps; count++) await bob.open(await alice.seal(body));

  const sealed: Bytes[] = [];
  const start = performance.now();
  for (let count = 0; count < messages; count++) sealed.push(await alice.seal(body));
  const middle = performance.now();
  for (const message of sealed) await bob.open(message);
  const end = performance.now();

  const bytes = Math.max(...sealed.map((message) => message.length));
  console.log(`${messages} messages of ${body.length} bytes, sealed ${bytes} at most`);
  console.log(`${Math.round((1000 * messages) / (middle - start))} seals/s`);
  console.log(`${Math.round((1000 * messages) / (end - middle))} opens/s`);
}

if (import.meta.main) await main();

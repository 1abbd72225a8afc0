/**
 * The vault of one profile: an encrypted database and the key file that opens it.
 *
 * Two files cannot appear at once, so the key file alone says whether there is a vault, and a database that is to
 * become one, or to stop being one, lies aside. Making: database aside, key file (now there is a vault), database into
 * place. Discarding: database aside, key file removed (now there is none), database removed. A crash between leaves a
 * database aside, which `unlock` puts into place when there is a key file; without one it is waste.
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { open, readFile, rm } from "node:fs/promises";
import { type Store, type Vault, VaultError } from "@sotto/core";
import {
  ARGON2,
  type Argon2,
  encodeSlots,
  isNewer,
  parseSlots,
  type Slot,
  type Slots,
  type Unwrapped,
  unwrap,
  wrap,
} from "./key-slot.ts";
import { type Lock, takeLock } from "./lock.ts";
import { type NodeStore, openStore } from "./store.ts";
import {
  exists,
  isCode,
  isDiskFull,
  moveFile,
  removeDatabase,
  replaceFile,
  syncFolder,
  vaultFiles,
} from "./vault-files.ts";

/** An open vault, and the slot of the password that opened it. */
interface Open {
  readonly store: NodeStore;
  readonly key: Uint8Array;
  readonly slot: Slot;
  /** Which of two passwords it is the slot of. */
  readonly changing: "new" | "old" | undefined;
}

export class NodeVault implements Vault {
  readonly #dir: string;
  readonly #files: ReturnType<typeof vaultFiles>;
  readonly #cost: Argon2;
  readonly #step: (done: string) => void;
  #lock: Lock | undefined;
  #open: Open | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  /** @param dir - exists and is this user's alone. @param step - told of each step of a change that is on disk. */
  constructor(dir: string, cost: Argon2 = ARGON2, step: (done: string) => void = () => {}) {
    this.#dir = dir;
    this.#step = step;
    this.#files = vaultFiles(dir);
    this.#cost = cost;
  }

  get state(): "none" | "locked" | "open" {
    if (this.#open !== undefined) return "open";
    return existsSync(this.#files.key) || existsSync(this.#files.db) ? "locked" : "none";
  }

  create(password: string): Promise<Store> {
    return this.#locked(async () => {
      if (this.state !== "none") throw new VaultError("internal", "this profile has a vault already");
      const { db, dbAside, key: keyFile } = this.#files;
      await removeDatabase(dbAside);
      await removeDatabase(db); // no database, but perhaps what lay beside one
      const key = new Uint8Array(randomBytes(32));
      const slot = await wrap(key, password, this.#cost);
      await (await open(dbAside, "wx", 0o600)).close();
      await (await openStore(dbAside, key, true)).close();
      await replaceFile(keyFile, encodeSlots([slot]));
      await moveFile(dbAside, db);
      return this.#opened({ key, slot }, undefined);
    });
  }

  get changing(): "new" | "old" | undefined {
    return this.#open?.changing;
  }

  unlock(password: string): Promise<Store> {
    return this.#locked(async () => {
      if (this.#open !== undefined) throw new VaultError("internal", "the vault is open already");
      const slots = await this.#readSlots();
      const { db, dbAside, dbNext } = this.#files;
      if (!(await exists(db)) && !(await exists(dbAside))) {
        throw new VaultError("vault-damaged", "the vault's database is missing");
      }
      const [newest, older] = await unwrap(slots, password);
      if (newest === undefined) throw new VaultError("bad-credentials", "the password does not open this profile");
      if (!(await exists(db))) await moveFile(dbAside, db);
      await removeDatabase(dbNext); // a copy that a crash left
      if (older !== undefined) return this.#openedEither(newest, older);
      const which = newest.slot === slots[0] ? "old" : "new";
      return this.#opened(newest, slots.length === 2 ? which : undefined);
    });
  }

  /** A change of the key was cut off: the database has the one or the other, and gets the new one now. */
  async #openedEither(newest: Unwrapped, older: Unwrapped): Promise<Store> {
    // A key that does not open it is wiped, and this one is still to be put on.
    const trial = { ...newest, key: new Uint8Array(newest.key) };
    const opened = await this.#opened(trial, undefined).catch((cause: unknown) => {
      if (cause instanceof VaultError && cause.code === "vault-damaged") return undefined;
      throw cause;
    });
    if (opened !== undefined) {
      older.key.fill(0);
      await replaceFile(this.#files.key, encodeSlots([newest.slot]));
      return opened;
    }
    const store = await this.#opened(older, undefined);
    await this.#rekey(newest);
    return store;
  }

  /** Where an earlier change was cut off before it was settled, the password that opened the vault counts as the old one. */
  addPassword(password: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#open === undefined) throw new VaultError("internal", "the vault is locked");
      const { key, slot } = this.#open;
      await this.#readSlots(); // a file that is damaged, or of a newer version, is not written over
      const added = await wrap(key, password, this.#cost);
      await replaceFile(this.#files.key, encodeSlots([slot, added]));
      this.#open = { ...this.#open, changing: "old" };
      this.#step("password added");
    });
  }

  settlePassword(keep: "new" | "old", password?: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#open === undefined) throw new VaultError("internal", "the vault is locked");
      const [first, second] = await this.#readSlots();
      if (second === undefined || this.#open.changing === undefined) return;
      const kept = keep === "new" ? second : first;
      this.#open = { ...this.#open, slot: kept, changing: undefined };
      if (keep === "old" || password === undefined) return replaceFile(this.#files.key, encodeSlots([kept]));
      // Who has an old copy of the key file and the old password is not to open later copies of the database.
      const key = new Uint8Array(randomBytes(32));
      const slot = await wrap(key, password, this.#cost);
      await replaceFile(this.#files.key, encodeSlots([kept, slot]));
      this.#step("key added");
      await this.#rekey({ key, slot });
    });
  }

  /** Both keys are in the key file. Where the new one cannot be put on now, it is tried again at the next unlock. */
  async #rekey({ key: newKey, slot }: Unwrapped): Promise<void> {
    if (this.#open === undefined) throw new VaultError("internal", "the vault is locked");
    const { db: file, dbNext: next } = this.#files;
    const { key } = this.#open;
    try {
      await this.#open.store.rekey({ file, next, key, newKey });
    } catch (cause) {
      if (cause instanceof VaultError && cause.code === "internal") return;
      throw cause;
    }
    key.fill(0);
    this.#open = { ...this.#open, key: newKey, slot };
    this.#step("database has the new key");
    await replaceFile(this.#files.key, encodeSlots([slot]));
    this.#step("old key dropped");
  }

  discard(): Promise<void> {
    return this.#locked(async () => {
      await this.#shut();
      const { db, dbAside, key } = this.#files;
      if (await exists(db)) await moveFile(db, dbAside);
      await rm(key, { force: true });
      await syncFolder(key);
      await removeDatabase(this.#files.dbNext);
      await removeDatabase(dbAside);
      await removeDatabase(db);
      await this.#unlockFolder();
    });
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#shut();
      await this.#unlockFolder();
    });
  }

  /** Reads every page of the open database; a large one is not checked as a whole when it opens. */
  check(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#open === undefined) throw new VaultError("internal", "the vault is locked");
      await this.#open.store.check();
    });
  }

  async #opened({ key, slot }: Unwrapped, changing: Open["changing"]): Promise<Store> {
    const store = await openStore(this.#files.db, key).catch((cause: unknown) => {
      key.fill(0);
      throw cause;
    });
    this.#open = { store, key, slot, changing };
    return store;
  }

  async #readSlots(): Promise<Slots> {
    const bytes = await readFile(this.#files.key).catch((cause: unknown) => {
      if (!isCode(cause, "ENOENT")) throw new VaultError("internal", "cannot read the vault's key file", cause);
      if (this.state === "none") throw new VaultError("internal", "this profile has no vault");
      throw new VaultError("vault-damaged", "the vault's key file is missing", cause);
    });
    const slots = parseSlots(bytes);
    if (slots !== undefined) return slots;
    if (isNewer(bytes)) throw new VaultError("internal", "this profile was written by a newer version of sotto");
    throw new VaultError("vault-damaged", "the vault's key file is damaged");
  }

  async #shut(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    open?.key.fill(0);
    await open?.store.close();
  }

  async #unlockFolder(): Promise<void> {
    const lock = this.#lock;
    this.#lock = undefined;
    await lock?.release();
  }

  /** Runs while this process holds the profile, and lets go again when it did not end with an open vault. */
  #locked<Value>(run: () => Promise<Value>): Promise<Value> {
    return this.#inTurn(async () => {
      this.#lock ??= await takeLock(this.#dir);
      try {
        return await run();
      } finally {
        if (this.#open === undefined) await this.#unlockFolder();
      }
    });
  }

  /** One at a time, in the order of the calls. What is neither a refusal nor a full disk is said as "internal". */
  #inTurn<Value>(run: () => Promise<Value>): Promise<Value> {
    const turn = this.#turn.then(run).catch((cause: unknown) => {
      throw cause instanceof VaultError
        ? cause
        : new VaultError(isDiskFull(cause) ? "disk-full" : "internal", "the profile folder cannot be used", cause);
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

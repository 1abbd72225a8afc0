/** What every store must do. One suite, run by each implementation. */
// Over 400 lines: one claim after the other about one port.
import { type AccountId, type DeviceId, EMPTY, idOf, type RoomId, userName } from "@sotto/wire";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../src/crypto.ts";
import type { KeptEntry, LogChange, Member, NewAccount, Store } from "../src/store/store.ts";
import { device, text } from "./log-world.ts";

const NOW = 1_000_000;
const HELD = 15 * 60_000;
const hash = (value: string): Uint8Array => sha256(text(value));
const roomOf = (value: string): RoomId => idOf.room(hash(value));

function newAccount(name: string, as = name): NewAccount {
  const { account, device: id } = device(as);
  return {
    id: account,
    name: userName(name)!,
    registration: text(`record of ${name}`),
    totpSecret: hash(`totp of ${name}`).slice(0, 20),
    heldUntil: NOW + HELD,
    chainEntry: text(`chain of ${name}`),
    device: { id, key: hash(`key of ${name}`) },
  };
}

function entry(room: RoomId, seq: number, more: Partial<KeptEntry> = {}): LogChange {
  const sender = device("ann");
  const kept: KeptEntry = {
    ...sender,
    seq,
    kind: "message",
    id: idOf.entry(hash(`entry ${seq}`).slice(0, 16)),
    base: 0,
    header: EMPTY,
    bytes: text(`bytes ${seq}`),
    time: NOW,
    previous: hash(`before ${seq}`),
    hash: hash(`after ${seq}`),
    ...more,
  };
  return { room, entry: kept, settled: 0, members: [], link: undefined, welcomes: [] };
}

const member = (name: string, from = 1, until?: number): Member => ({ ...device(name), from, until });

/** @param open - gives a new store; @param again - the same one after it was closed, absent for a store that forgets. */
export function storeSuite(name: string, open: () => Promise<Store>, again?: () => Promise<Store>): void {
  describe(name, () => {
    let store: Store;
    const ann = device("ann");
    const room = roomOf("r");

    beforeEach(async () => {
      store = await open();
    });
    afterEach(async () => await store[Symbol.asyncDispose]());

    const signUp = async (who: string): Promise<AccountId> => {
      const account = newAccount(who);
      await store.hold(account, NOW);
      await store.confirm(account.id, 1, [hash("code one"), hash("code two")], NOW);
      return account.id;
    };
    const create = async (members: readonly Member[] = [member("ann")]): Promise<void> => {
      const change = { room, entry: undefined, settled: 0, members, link: undefined, welcomes: [] };
      await store.createRoom({ id: room, creator: ann.device, header: text("header"), hash: hash("start"), change });
    };

    test("the generation is sixteen bytes and stays", async () => {
      const generation = await store.generation();
      expect(generation).toHaveLength(16);
      expect(await store.generation()).toEqual(generation);
    });

    test("a name is held for one account, and free again when that was not confirmed in time", async () => {
      expect(await store.hold(newAccount("ann"), NOW)).toBe("held");
      expect(await store.hold(newAccount("ann", "other"), NOW + HELD - 1)).toBe("name-taken");
      expect(await store.hold(newAccount("ann", "other"), NOW + HELD)).toBe("held");
      expect(await store.account(ann.account)).toBeUndefined();
      expect(await store.device(ann.device)).toBeUndefined();
      expect(await store.chain(ann.account)).toEqual([]);
    });

    test("nothing is left of a device that was not confirmed in time: it signs up again as if it were new", async () => {
      const bob = device("bob").device;
      const welcome = (seq: number) => ({ device: bob, seq, previous: hash("p"), bytes: text(`welcome ${seq}`) });
      await store.hold(newAccount("bob"), NOW);
      await create([member("ann"), member("bob")]);
      expect(await store.change({ ...entry(room, 1), welcomes: [welcome(1)] })).toHaveLength(1);
      await store.setCursor(room, bob, 1);
      await store.putKeyPackages(bob, [text("package")], text("last resort"), 9, false);
      const again = { ...newAccount("bob"), heldUntil: NOW + 3 * HELD };
      expect(await store.hold(again, NOW + HELD)).toBe("held");
      expect(await store.inbox(bob, 1, 9, 1e6)).toEqual([]);
      expect(await store.countKeyPackages(bob)).toBe(0);
      expect(await store.roomsOf(bob)).toEqual([]);
      expect((await store.room(room))?.members).toEqual([member("ann")]);
      const [given] = await store.change({ ...entry(room, 2), welcomes: [welcome(2)] });
      expect(given).toMatchObject({ device: bob, entry: { number: 1, seq: 2 } });
    });

    test("a confirmed name stays, whatever the time", async () => {
      await signUp("ann");
      await store.dropLapsed(NOW + 10 * HELD);
      expect(await store.hold(newAccount("ann", "other"), NOW + 10 * HELD)).toBe("name-taken");
    });

    test("whoever is tried by name is that account, and another one where nobody has the name", async () => {
      expect(await store.accountToTry(userName("ann")!)).toBeUndefined();
      for (const name of ["ann", "bob"]) await store.hold(newAccount(name), NOW);
      expect((await store.accountToTry(userName("bob")!))?.name).toBe("bob");
      expect(["ann", "bob"]).toContain((await store.accountToTry(userName("cat")!))?.name);
    });

    test("the first confirmed account is admin, the next is not, and none is confirmed twice or too late", async () => {
      for (const name of ["ann", "bob", "cat"]) await store.hold(newAccount(name), NOW);
      expect(await store.confirm(device("bob").account, 7, [], NOW)).toEqual({ admin: true });
      expect(await store.confirm(device("ann").account, 7, [], NOW)).toEqual({ admin: false });
      expect(await store.confirm(device("ann").account, 8, [], NOW)).toBeUndefined();
      expect(await store.confirm(device("cat").account, 7, [], NOW + HELD)).toBeUndefined();
      expect((await store.directory()).map((one) => one.name)).toEqual(["ann", "bob"]);
    });

    test("a step of time counts once, and none before it counts after it", async () => {
      const account = await signUp("ann");
      expect(await store.acceptStep(account, 1)).toBe(false);
      const all = await Promise.all(Array.from({ length: 50 }, () => store.acceptStep(account, 5)));
      expect(all.filter(Boolean)).toHaveLength(1);
      expect(await store.acceptStep(account, 4)).toBe(false);
      expect(await store.acceptStep(account, 6)).toBe(true);
    });

    test("a backup code counts once, for its account", async () => {
      const [account, other] = [await signUp("ann"), device("bob").account];
      expect(await store.acceptBackupCode(other, hash("code one"))).toBe(false);
      const all = await Promise.all(
        Array.from({ length: 20 }, () => store.acceptBackupCode(account, hash("code one"))),
      );
      expect(all.filter(Boolean)).toHaveLength(1);
      expect(await store.acceptBackupCode(account, hash("code two"))).toBe(true);
      expect(await store.acceptBackupCode(account, hash("code three"))).toBe(false);
    });

    test("a resume counter only goes up", async () => {
      await signUp("ann");
      expect(await store.resume(ann.device, 5)).toBe(true);
      expect(await store.resume(ann.device, 5)).toBe(false);
      expect(await store.resume(ann.device, 4)).toBe(false);
      expect(await store.resume(ann.device, Number.MAX_SAFE_INTEGER)).toBe(true);
    });

    test("a chain grows only from the length that was read", async () => {
      const account = await signUp("ann");
      const second = { id: device("ann", 2).device, key: hash("second") };
      expect(await store.appendChain(account, 2, text("two"), { add: second, revoke: undefined })).toBe(false);
      expect(await store.appendChain(account, 1, text("two"), { add: second, revoke: undefined })).toBe(true);
      expect(await store.appendChain(account, 1, text("other"), { add: undefined, revoke: undefined })).toBe(false);
      expect(await store.chain(account)).toEqual([text("chain of ann"), text("two")]);
      expect(await store.device(second.id)).toMatchObject({ account, revoked: false });
      await store.appendChain(account, 2, text("three"), { add: undefined, revoke: second.id });
      expect(await store.device(second.id)).toMatchObject({ revoked: true });
      expect(await store.resume(second.id, 1)).toBe(false);
    });

    test("a password is replaced", async () => {
      const account = await signUp("ann");
      await store.setRegistration(account, text("new"));
      expect((await store.account(account))?.registration).toEqual(text("new"));
    });

    test("rooms are counted for the account whose devices made them, and listed in the order of their making", async () => {
      const [account, bob] = [await signUp("ann"), await signUp("bob")];
      expect(await store.countRooms(account)).toBe(0);
      await create([member("ann")]);
      const other = roomOf("another");
      const made = { id: other, creator: ann.device, header: EMPTY, hash: EMPTY };
      const empty = { ...entry(other, 1), entry: undefined, settled: 0 };
      await store.createRoom({ ...made, change: { ...empty, members: [member("ann"), member("bob")] } });
      expect([await store.countRooms(account), await store.countRooms(bob)]).toEqual([2, 0]);
      expect(await store.roomsOf(ann.device)).toEqual([room, other]);
    });

    test("a room is made once, and comes back as it was", async () => {
      await signUp("ann");
      await create([member("ann"), member("bob")]);
      expect(
        await store.createRoom({ id: room, creator: ann.device, header: EMPTY, hash: EMPTY, change: entry(room, 1) }),
      ).toBe(false);
      await store.change({ ...entry(room, 1, { kind: "commit", header: text("h") }), members: [member("cat", 1)] });
      await store.change({ ...entry(room, 2, { base: 1 }), settled: 1, members: [member("bob", 1, 1)] });
      const record = await store.room(room);
      expect(record).toMatchObject({
        creator: ann.device,
        header: text("header"),
        last: 2,
        hash: hash("after 2"),
        settled: 1,
      });
      expect(record?.commits).toMatchObject([{ seq: 1, base: 0, account: ann.account, time: NOW, header: text("h") }]);
      expect(record?.members).toHaveLength(3);
      expect(record?.members).toContainEqual(member("bob", 1, 1));
      expect(await store.roomsOf(device("cat").device)).toEqual([room]);
      expect(await store.roomsOf(device("eve").device)).toEqual([]);
    });

    test("an entry that is not the next of its room is refused, and nothing of it stays", async () => {
      await create();
      await store.change(entry(room, 1));
      for (const seq of [1, 3]) {
        await expect(store.change({ ...entry(room, seq), members: [member("eve")] })).rejects.toMatchObject({
          code: "gap",
        });
      }
      await expect(store.change(entry(roomOf("none"), 1))).rejects.toMatchObject({ code: "gap" });
      expect((await store.room(room))?.last).toBe(1);
      expect(await store.roomsOf(device("eve").device)).toEqual([]);
    });

    test("one call that fails among others fails alone", async () => {
      await create();
      const calls = [store.change(entry(room, 1)), store.change(entry(room, 9)), store.change(entry(room, 2))];
      const results = await Promise.allSettled(calls);
      expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect((await store.entries(room, 1, 9, 9, 1e6)).map(({ seq }) => seq)).toEqual([1, 2]);
    });

    test("entries come in order, within the range, the number and the bytes, and always at least one", async () => {
      await create();
      for (let seq = 1; seq <= 5; seq++) await store.change(entry(room, seq, { bytes: new Uint8Array(100).fill(seq) }));
      const seqs = async (...how: [number, number, number, number]) =>
        (await store.entries(room, ...how)).map(({ seq }) => seq);
      expect(await seqs(1, 5, 500, 1e6)).toEqual([1, 2, 3, 4, 5]);
      expect(await seqs(2, 4, 500, 1e6)).toEqual([2, 3, 4]);
      expect(await seqs(2, 5, 2, 1e6)).toEqual([2, 3]);
      expect(await seqs(1, 5, 500, 250)).toEqual([1, 2]);
      expect(await seqs(3, 5, 500, 1)).toEqual([3]);
      expect(await seqs(6, 9, 500, 1e6)).toEqual([]);
      const [first] = await store.entries(room, 1, 1, 1, 1e6);
      expect(first).toMatchObject({
        seq: 1,
        kind: "message",
        device: ann.device,
        base: 0,
        bytes: new Uint8Array(100).fill(1),
      });
    });

    test("an entry is found by room, device and id", async () => {
      await create();
      const change = entry(room, 1);
      await store.change(change);
      const { id, previous, hash: after } = change.entry!;
      expect(await store.entryMark(room, ann.device, id)).toMatchObject({ seq: 1, previous, hash: after });
      expect(await store.entryMark(room, device("bob").device, id)).toBeUndefined();
      expect(await store.entryMark(roomOf("none"), ann.device, id)).toBeUndefined();
    });

    test("a link is kept, replaced and turned off", async () => {
      await create();
      expect(await store.groupInfo(room)).toBeUndefined();
      await store.change({ ...entry(room, 1), link: { tokenHash: hash("t"), groupInfo: text("sealed"), base: 1 } });
      expect(await store.groupInfo(room)).toEqual({ base: 1, sealed: text("sealed") });
      await store.change(entry(room, 2));
      expect((await store.room(room))?.link).toEqual({ tokenHash: hash("t"), base: 1 });
      await store.change({ ...entry(room, 3), link: null });
      expect(await store.groupInfo(room)).toBeUndefined();
      expect((await store.room(room))?.link).toBeUndefined();
    });

    test("who was taken out is forgotten once it has read so far, others never", async () => {
      await create([member("ann"), member("bob", 1, 2)]);
      const bob = device("bob").device;
      expect(await store.setCursor(room, bob, 1)).toBe(false);
      expect(await store.roomsOf(bob)).toEqual([room]);
      expect(await store.setCursor(room, bob, 2)).toBe(true);
      expect(await store.roomsOf(bob)).toEqual([]);
      expect(await store.setCursor(room, ann.device, 2)).toBe(false);
      expect(await store.roomsOf(ann.device)).toEqual([room]);
    });

    test("an inbox is numbered from 1 per device and goes on counting when it is emptied", async () => {
      await signUp("ann");
      await signUp("bob");
      await create();
      const bob: DeviceId = device("bob").device;
      const welcome = (seq: number) => ({ device: bob, seq, previous: hash("p"), bytes: text(`welcome ${seq}`) });
      expect(await store.change({ ...entry(room, 1), welcomes: [welcome(1)] })).toMatchObject([
        { device: bob, entry: { number: 1, kind: "welcome", room, seq: 1, bytes: text("welcome 1") } },
      ]);
      await store.change({ ...entry(room, 2), welcomes: [welcome(2), { ...welcome(2), device: ann.device }] });
      expect((await store.inbox(bob, 1, 9, 1e6)).map(({ number }) => number)).toEqual([1, 2]);
      expect((await store.inbox(bob, 1, 9, 1)).map(({ number }) => number)).toEqual([1]);
      expect(await store.inbox(ann.device, 1, 9, 1e6)).toMatchObject([{ number: 1, seq: 2 }]);
      await store.dropInbox(bob, 2);
      expect(await store.inbox(bob, 1, 9, 1e6)).toEqual([]);
      expect(await store.inbox(ann.device, 1, 9, 1e6)).toHaveLength(1);
      expect(await store.inboxLast(bob)).toBe(2);
      await store.change({ ...entry(room, 3), welcomes: [welcome(3)] });
      expect((await store.inbox(bob, 1, 9, 1e6)).map(({ number }) => number)).toEqual([3]);
    });

    test("a key package is given out once, then the last resort each time, with one notice until that is read", async () => {
      const account = await signUp("ann");
      expect(await store.putKeyPackages(ann.device, [text("one"), text("two")], text("last"), 200, false)).toBe(true);
      expect(await store.countKeyPackages(ann.device)).toBe(2);
      const claims = await Promise.all(Array.from({ length: 4 }, () => store.claimKeyPackages(account)));
      expect(claims.map((claim) => claim?.packages)).toEqual([
        [{ device: ann.device, bytes: text("one"), lastResort: false }],
        [{ device: ann.device, bytes: text("two"), lastResort: false }],
        [{ device: ann.device, bytes: text("last"), lastResort: true }],
        [{ device: ann.device, bytes: text("last"), lastResort: true }],
      ]);
      expect(claims.flatMap((claim) => claim?.notices)).toEqual([
        { device: ann.device, entry: { number: 1, kind: "last-resort-used" } },
      ]);
      await store.dropInbox(ann.device, 1);
      expect((await store.claimKeyPackages(account))?.notices).toHaveLength(1);
      await store.putKeyPackages(ann.device, [], text("newer"), 200, false);
      expect((await store.claimKeyPackages(account))?.packages).toMatchObject([{ bytes: text("newer") }]);
    });

    test("key packages beyond the limit are refused whole", async () => {
      await signUp("ann");
      expect(await store.putKeyPackages(ann.device, [text("one"), text("two")], undefined, 2, false)).toBe(true);
      expect(await store.putKeyPackages(ann.device, [text("three")], text("last"), 2, false)).toBe(false);
      expect(await store.countKeyPackages(ann.device)).toBe(2);
    });

    test("key packages that replace forget all earlier ones first, the last resort too, or nothing changes", async () => {
      const account = await signUp("ann");
      const claimed = async () => (await store.claimKeyPackages(account))?.packages.map(({ bytes }) => bytes);
      await store.putKeyPackages(ann.device, [text("one"), text("two")], text("last"), 2, false);
      expect(await store.putKeyPackages(ann.device, [text("a"), text("b"), text("c")], undefined, 2, true)).toBe(false);
      expect(await store.countKeyPackages(ann.device)).toBe(2);
      expect(await store.putKeyPackages(ann.device, [text("new")], undefined, 2, true)).toBe(true);
      expect([await claimed(), await claimed()]).toEqual([[text("new")], []]);
    });

    test("packages of a revoked device are not given out, and nobody has those of an account that is not confirmed", async () => {
      await store.hold(newAccount("bob"), NOW);
      expect(await store.claimKeyPackages(device("bob").account)).toBeUndefined();
      const account = await signUp("ann");
      await store.putKeyPackages(ann.device, [text("one")], text("last"), 200, false);
      await store.appendChain(account, 1, text("two"), { add: undefined, revoke: ann.device });
      expect(await store.claimKeyPackages(account)).toEqual({ packages: [], notices: [] });
    });

    test("notices of each kind go into the inboxes of the devices that are known, and come back as they were", async () => {
      await signUp("ann");
      const who = { account: device("bob").account, device: device("bob", 2).device };
      const notices = [
        { kind: "sign-in-locked" },
        { kind: "chain-grew" },
        { kind: "readmit", room, who, signature: hash("word") },
        { kind: "last-resort-used" },
      ] as const;
      for (const [index, notice] of notices.entries()) {
        const told = await store.notify([ann.device, device("eve").device], notice);
        expect(told).toEqual([{ device: ann.device, entry: { number: index + 1, ...notice } }]);
      }
      const kept = await store.inbox(ann.device, 1, 9, 1e6);
      expect(kept).toEqual(notices.map((notice, index) => ({ number: index + 1, ...notice })));
    });

    test("an account's devices are those that are not revoked", async () => {
      const account = await signUp("ann");
      const second = { id: device("ann", 2).device, key: hash("second") };
      await store.appendChain(account, 1, text("two"), { add: second, revoke: undefined });
      expect(await store.devicesOf(account)).toEqual([ann.device, second.id]);
      await store.appendChain(account, 2, text("three"), { add: undefined, revoke: ann.device });
      expect(await store.devicesOf(account)).toEqual([second.id]);
      expect(await store.devicesOf(device("bob").account)).toEqual([]);
    });

    test("a device is without those rooms in which another one of its account has access and itself has none", async () => {
      const second = device("ann", 2);
      const without = async () => await store.roomsWithout(ann.account, second.device);
      await create([member("ann"), member("bob")]);
      expect(await without()).toEqual([room]);
      expect(await store.roomsWithout(ann.account, ann.device)).toEqual([]);
      expect(await store.roomsWithout(device("eve").account, device("eve").device)).toEqual([]);
      const change = { ...entry(room, 1), members: [{ ...second, from: 1, until: undefined }] };
      await store.change(change);
      expect(await without()).toEqual([]);
      await store.change({ ...entry(room, 2), members: [{ ...second, from: 1, until: 2 }] });
      expect(await without()).toEqual([room]);
      await store.change({ ...entry(room, 3), members: [member("ann", 1, 3)] });
      expect(await without()).toEqual([]);
    });

    test("steps that are given together are stored together or not at all", async () => {
      await create();
      const three = { ...entry(room, 3), members: [member("eve")] };
      await expect(store.changeAll([entry(room, 1), three])).rejects.toMatchObject({ code: "gap" });
      expect((await store.room(room))?.last).toBe(0);
      await store.changeAll([entry(room, 1), entry(room, 2), three]);
      expect((await store.entries(room, 1, 9, 9, 1e6)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
      expect(await store.roomsOf(device("eve").device)).toEqual([room]);
      await expect(store.changeAll([entry(roomOf("none"), 1)])).rejects.toMatchObject({ code: "gap" });
    });

    test("only devices of the account that is named are known, once that is confirmed", async () => {
      await signUp("ann");
      await store.hold(newAccount("cat"), NOW);
      const refs = [ann, device("bob"), { account: device("bob").account, device: ann.device }, device("cat")];
      expect(await store.unknownDevices(refs)).toEqual(refs.slice(1));
    });

    test("a closed store refuses, and what was asked before is still answered", async () => {
      await create();
      const before = store.change(entry(room, 1));
      const closing = store[Symbol.asyncDispose]();
      await expect(before).resolves.toEqual([]);
      await closing;
      await expect(store.change(entry(room, 2))).rejects.toMatchObject({ code: "closed" });
    });

    if (again === undefined) return;
    test("what was answered is there after the store is opened again", async () => {
      const generation = await store.generation();
      await signUp("ann");
      await create();
      await store.change(entry(room, 1));
      await store[Symbol.asyncDispose]();
      store = await again();
      expect(await store.generation()).toEqual(generation);
      expect((await store.room(room))?.last).toBe(1);
      expect((await store.account(ann.account))?.confirmed).toBe(true);
    });
  });
}

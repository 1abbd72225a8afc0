// Four OpenMLS devices among themselves: shows that open-mls.ts works. `node open-mls-self-test.ts` prints "ok".
import assert from "node:assert/strict";
import { loadOpenMls, type OpenMlsDevice, OpenMlsRefusal, type Received } from "./open-mls.ts";

const openMls = await loadOpenMls();
const alice = await openMls.makeDevice();
const bob = await openMls.makeDevice();
const carol = await openMls.makeDevice();
const dave = await openMls.makeDevice();
const groupId = new TextEncoder().encode("self-test");

await alice.createGroup(groupId);
assert.equal(await alice.epoch(groupId), 0n);
assert.equal(await alice.groupInfo(groupId), undefined);

const added = await alice.add(groupId, [await bob.keyPackage(), await carol.keyPackage()]);
assert.ok(added.welcome);
for (const device of [bob, carol]) assert.deepEqual(await device.joinByWelcome(added.welcome), groupId);
await expectAgreement([alice, bob, carol], 1n);

for (const sender of [alice, bob, carol]) {
  const sealed = await sender.seal(groupId, text("from one"));
  for (const receiver of [alice, bob, carol]) {
    if (receiver === sender) continue;
    assert.deepEqual(await receiver.receive(groupId, sealed), message("from one", sender));
    await expectRefusal("DuplicateMessage", receiver.receive(groupId, sealed));
  }
}

// Nothing but a path; and one that the delivery service does not take, which leaves no trace.
await bob.update(groupId, { accept: false });
await expectAgreement([alice, bob, carol], 1n);
const updated = await bob.update(groupId);
await deliver(updated.commit, [alice, carol]);
await expectAgreement([alice, bob, carol], 2n);
await expectRefusal("DuplicateMessage", alice.receive(groupId, updated.commit));

// A message that overtakes its commit waits for it; one whose bytes are wrong is refused and harms nothing.
const next = await alice.update(groupId);
const early = await alice.seal(groupId, text("early"));
assert.deepEqual(await bob.receive(groupId, early), { kind: "held" });
assert.deepEqual(await bob.receive(groupId, next.commit), {
  kind: "commit",
  active: true,
  released: [message("early", alice)],
});
const wrong = Uint8Array.from(next.commit);
const last = wrong.length - 1;
wrong[last] = (wrong[last] ?? 0) ^ 1;
await expectRefusal("Other", carol.receive(groupId, wrong));
await deliver(next.commit, [carol]);
assert.deepEqual(await carol.receive(groupId, early), message("early", alice));
await expectAgreement([alice, bob, carol], 3n);

const removed = await alice.remove(groupId, [carol.identity]);
assert.equal(removed.welcome, undefined);
await deliver(removed.commit, [bob]);
assert.deepEqual(await carol.receive(groupId, removed.commit), { kind: "commit", active: false, released: [] });
await expectAgreement([alice, bob], 4n);
await expectRefusal("Other", carol.epoch(groupId));

const groupInfo = await alice.groupInfo(groupId);
assert.ok(groupInfo);
assert.equal(await bob.groupInfo(groupId), undefined);
const refused = await dave.joinExternal(groupInfo, { accept: false });
assert.deepEqual(refused.groupId, groupId);
await expectRefusal("Other", dave.epoch(groupId));
const joined = await dave.joinExternal(groupInfo);
assert.deepEqual(joined.groupId, groupId);
await deliver(joined.commit, [alice, bob]);
await expectAgreement([alice, bob, dave], 5n);

console.log("ok");

async function deliver(commit: Uint8Array, receivers: OpenMlsDevice[]): Promise<void> {
  const expected: Received = { kind: "commit", active: true, released: [] };
  for (const receiver of receivers) assert.deepEqual(await receiver.receive(groupId, commit), expected);
}

async function expectAgreement(devices: OpenMlsDevice[], epoch: bigint): Promise<void> {
  const secrets = new Set<string>();
  for (const device of devices) {
    assert.equal(await device.epoch(groupId), epoch);
    secrets.add(Buffer.from(await device.authenticator(groupId)).toString("hex"));
  }
  assert.equal(secrets.size, 1);
}

async function expectRefusal(reason: string, attempt: Promise<unknown>): Promise<void> {
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof OpenMlsRefusal);
    assert.equal(error.reason, reason, error.message);
    return true;
  });
}

function message(plaintext: string, sender: OpenMlsDevice): Received {
  return { kind: "message", plaintext: text(plaintext), sender: sender.identity };
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

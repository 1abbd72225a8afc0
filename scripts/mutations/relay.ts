// Over 400 lines: a table, of which each row is read by itself.
import type { Mutation } from "./mutation.ts";

const STORE = "packages/relay/test/store.test.ts";
const LOG = "packages/relay/test/log.test.ts";
const ACCOUNT = "packages/relay/test/account.test.ts";

/** What the relay promises without being able to read anything: durable, once, in order, and to nobody else. */
export const RELAY: readonly Mutation[] = [
  {
    name: "ack-before-commit",
    breaks: "an entry is acknowledged before it is on the disk",
    file: "packages/relay/src/room/rooms.ts",
    text: `    const done = write.then((deliveries) => {
      if (deliveries === false) throw new StoreError("gap", "the room was made meanwhile");
      log.stored(entries.at(-1)?.seq ?? 0);
      answer(body);`,
    by: `    answer(body);
    const done = write.then((deliveries) => {
      if (deliveries === false) throw new StoreError("gap", "the room was made meanwhile");
      log.stored(entries.at(-1)?.seq ?? 0);`,
    test: {
      file: "packages/relay/test/ports.test.ts",
      title: "nothing is acknowledged or passed on, and afterwards the room goes on where the disk stands",
    },
  },
  {
    name: "publish-before-commit",
    breaks: "an entry is passed on before it is on the disk",
    file: "packages/relay/src/room/rooms.ts",
    text: `    const done = write.then((deliveries) => {
      if (deliveries === false) throw new StoreError("gap", "the room was made meanwhile");
      log.stored(entries.at(-1)?.seq ?? 0);
      answer(body);
      for (const entry of entries) this.#fanout.entry(log, entry);`,
    by: `    for (const entry of entries) this.#fanout.entry(log, entry);
    const done = write.then((deliveries) => {
      if (deliveries === false) throw new StoreError("gap", "the room was made meanwhile");
      log.stored(entries.at(-1)?.seq ?? 0);
      answer(body);`,
    test: {
      file: "packages/relay/test/ports.test.ts",
      title: "nothing is acknowledged or passed on, and afterwards the room goes on where the disk stands",
    },
  },
  {
    name: "repeat-before-commit",
    breaks: "a repeat is acknowledged while the first is not on the disk yet",
    file: "packages/relay/src/room/rooms.ts",
    text: "if (slot.writing.size > 0) await Promise.all(slot.writing);",
    by: "",
    test: {
      file: "packages/relay/test/ports.test.ts",
      title: "a repeat of an entry that is not on the disk yet is answered with it, and fails with it",
    },
  },
  {
    name: "log-kept-after-failure",
    breaks: "a log whose write failed stays as if it were on the disk",
    file: "packages/relay/src/room/rooms.ts",
    text: `      await done;
    } catch (error) {
      this.#drop(slot);`,
    by: `      await done;
    } catch (error) {`,
    test: {
      file: "packages/relay/test/ports.test.ts",
      title: "nothing is acknowledged or passed on, and afterwards the room goes on where the disk stands",
    },
  },
  {
    name: "relay-database-plain",
    breaks: "the relay's database is not encrypted",
    file: "packages/relay/src/store/sql-open.ts",
    text: "db.pragma(`key = ",
    by: "db.pragma(`no_key = ",
    test: { file: STORE, title: "nothing of what is stored can be read in the file" },
  },
  {
    name: "batch-not-atomic",
    breaks: "what was to be stored together is stored in part",
    file: "packages/relay/src/store/sqlite-worker.ts",
    text: `if (db.inTransaction) db.exec("ROLLBACK");`,
    by: `if (db.inTransaction) db.exec("COMMIT");`,
    test: { file: STORE, title: "steps that are given together are stored together or not at all" },
  },
  {
    name: "id-reused",
    breaks: "other bytes under an id that is used get the first answer again",
    file: "packages/relay/src/room/log.ts",
    text: `return same ? { kind: "repeat", mark } : refuse("id-reused");`,
    by: `return same || true ? { kind: "repeat", mark } : refuse("id-reused");`,
    test: { file: LOG, title: "other bytes, another base or another kind under a used id are refused" },
  },
  {
    name: "repeat-appended",
    breaks: "what is sent again stands in the log twice",
    file: "packages/relay/src/room/log.ts",
    text: "if (mark !== undefined) return this.#repeat(sender, wanted, mark);",
    by: "",
    test: {
      file: LOG,
      title: "the same bytes under the same id get the first place again, also when the head moved on",
    },
  },
  {
    name: "repeat-forgotten",
    breaks: "a repeat of an entry that memory has no place for is taken for new",
    file: "packages/relay/src/room/recent.ts",
    text: "    this.#complete = false;\n",
    by: "",
    test: {
      file: "packages/relay/test/rooms.test.ts",
      title: "after more than a thousand entries a repeat of the first is still known",
    },
  },
  {
    name: "stale-head",
    breaks: "an entry of a sender that does not know the newest commit is taken",
    file: "packages/relay/src/room/log.ts",
    text: `if (wanted.head !== this.#head) return refused("stale-head", { head: this.#head });`,
    by: "",
    test: { file: LOG, title: "an entry that does not name the newest commit is refused with it, message or commit" },
  },
  {
    name: "base",
    breaks: "an entry may name a base that is no commit",
    file: "packages/relay/src/room/log.ts",
    text: "if (wanted.base > wanted.head || !this.#membership.isBase(wanted.base))",
    by: "if (wanted.base > wanted.head)",
    test: { file: LOG, title: "a base that is $name is a bad request", row: "a message" },
  },
  {
    name: "stranger-sends",
    breaks: "who is not in a room may write into it",
    file: "packages/relay/src/room/log.ts",
    text: `if (!isMember) return refuse("unknown-room");`,
    by: "",
    test: { file: LOG, title: "who is not in the room hears of no room" },
  },
  {
    name: "link-token",
    breaks: "any token joins a room that has a link",
    file: "packages/relay/src/room/log.ts",
    text: `if (!this.holdsLink(wanted.joinToken)) return refused("link-expired");`,
    by: "",
    test: { file: LOG, title: "from outside, $name: $code", row: "a wrong token" },
  },
  {
    name: "join-of-another",
    breaks: "who comes in by a link may bring in another device",
    file: "packages/relay/src/room/log.ts",
    text: "if (add?.device !== sender.device || add.account !== sender.account || more.length > 0)",
    by: "if (add === undefined || more.length > 0)",
    test: { file: LOG, title: "from outside, $name: $code", row: "another device" },
  },
  {
    name: "removal-confirmed-by-itself",
    breaks: "who removes somebody confirms it with the next message",
    file: "packages/relay/src/room/membership.ts",
    text: "if (commit.account !== account) return commit.seq;",
    by: "if (commit.account !== account || commit.seq > 0) return commit.seq;",
    test: {
      file: LOG,
      title: "a removal waits until another account builds on it; then the removed read no further than that commit",
    },
  },
  {
    name: "removed-still-gets",
    breaks: "who was removed still gets what is said afterwards",
    file: "packages/relay/src/room/access.ts",
    text: "if (!stays) changed.push(this.#put({ ...member, until: Math.max(member.from, removal(member.device)) }));",
    by: "if (!stays) changed.push(this.#put({ ...member, from: Math.max(member.from, removal(member.device)) }));",
    test: {
      file: "packages/relay/test/rooms.test.ts",
      title: "who was removed learns it, reads up to there, and hears nothing of what follows",
    },
  },
  {
    name: "fetch-after-removal",
    breaks: "who was removed may fetch what was said afterwards",
    file: "packages/relay/src/room/log.ts",
    text: "to: Math.min(member.until ?? this.#durable, this.#durable) };",
    by: "to: this.#durable };",
    test: {
      file: "packages/relay/test/rooms.test.ts",
      title: "who was removed learns it, reads up to there, and hears nothing of what follows",
    },
  },
  {
    name: "fetch-before-joining",
    breaks: "a newcomer may fetch what was said before",
    file: "packages/relay/src/room/rooms.ts",
    text: "const first = Math.max(from, part.from);",
    by: "const first = from;",
    test: { file: "packages/relay/test/rooms.test.ts", title: "a newcomer is given nothing from before" },
  },
  {
    name: "room-id-taken",
    breaks: "a room may be made under the id of somebody else",
    file: "packages/relay/src/room/creation.ts",
    text: "if (commit === undefined) return isRoomIdOf(room, sender.account, hash) ? undefined : foreign;",
    by: "if (commit === undefined) return undefined;",
    test: {
      file: "packages/relay/test/rooms.test.ts",
      title: "$name is refused, and the two can still talk",
      row: "that of two others, without a commit",
    },
  },
  {
    name: "strangers-in-header",
    breaks: "a commit may bring in devices that belong to nobody",
    file: "packages/relay/src/room/rooms.ts",
    text: "return (await this.#store.unknownDevices(parsed.value.adds)).length > 0;",
    by: "return (await this.#store.unknownDevices(parsed.value.adds)).length < 0;",
    test: {
      file: "packages/relay/test/rooms.test.ts",
      title: "a creation $name is refused",
      row: "with a device that nobody has",
    },
  },
  {
    name: "restore-late",
    breaks: "entries are given back to a room that went on",
    file: "packages/relay/src/room/log.ts",
    text: `if (isLate) return refused("not-allowed", { field: "room" });`,
    by: "",
    test: {
      file: "packages/relay/test/restore.test.ts",
      title: "not on another log than the relay's, not by who is not in the room, not once something new came",
    },
  },
  {
    name: "restore-elsewhere",
    breaks: "entries are given back on top of another log than they stood on",
    file: "packages/relay/src/room/log.ts",
    text: `if (!equalBytes(wanted.previous, this.#hash)) return refused("bad-request", { field: "previous" });`,
    by: "",
    test: {
      file: "packages/relay/test/restore.test.ts",
      title: "not on another log than the relay's, not by who is not in the room, not once something new came",
    },
  },
  {
    name: "inbox-of-another",
    breaks: "a device is shown the inbox of another",
    file: "packages/relay/src/store/sql-inboxes.ts",
    text: "SELECT * FROM inbox WHERE device = ? AND number >= ? ORDER BY number",
    by: "SELECT * FROM inbox WHERE device >= ? AND number >= ? ORDER BY number",
    test: { file: STORE, title: "an inbox is numbered from 1 per device and goes on counting when it is emptied" },
  },
  {
    name: "inbox-of-another-emptied",
    breaks: "a device that empties its inbox empties that of others",
    file: "packages/relay/src/store/sql-inboxes.ts",
    text: "DELETE FROM inbox WHERE device = ? AND number <= ?",
    by: "DELETE FROM inbox WHERE (device = ? OR 1) AND number <= ?",
    test: { file: STORE, title: "an inbox is numbered from 1 per device and goes on counting when it is emptied" },
  },
  {
    name: "key-package-twice",
    breaks: "a key package is given to two people",
    file: "packages/relay/src/store/sql-accounts.ts",
    text: `if (!lastResort) this.#sql.run("DELETE FROM key_package WHERE key = ?", read.number(found, "key"));`,
    by: "if (!lastResort) continue;",
    test: {
      file: STORE,
      title: "a key package is given out once, then the last resort each time, with one notice until that is read",
    },
  },
  {
    name: "last-resort-first",
    breaks: "the last resort is given while other key packages are left",
    file: "packages/relay/src/store/sql-accounts.ts",
    text: "ORDER BY last_resort, key LIMIT 1",
    by: "ORDER BY last_resort DESC, key LIMIT 1",
    test: {
      file: STORE,
      title: "a key package is given out once, then the last resort each time, with one notice until that is read",
    },
  },
  {
    name: "revoked-packages",
    breaks: "key packages of a device that was revoked are given out",
    file: "packages/relay/src/store/sql-accounts.ts",
    text: "SELECT id FROM device WHERE account = ? AND revoked = 0 ORDER BY key",
    by: "SELECT id FROM device WHERE account = ? ORDER BY key",
    test: { file: STORE, title: "an account's devices are those that are not revoked" },
  },
  {
    name: "totp-step-twice",
    breaks: "a code counts twice",
    file: "packages/relay/src/store/sql-accounts.ts",
    text: `"UPDATE account SET totp_step = ? WHERE id = ? AND totp_step < ?"`,
    by: `"UPDATE account SET totp_step = ? WHERE id = ? AND totp_step <= ?"`,
    test: { file: STORE, title: "a step of time counts once, and none before it counts after it" },
  },
  {
    name: "totp-old-code",
    breaks: "a code of some minutes ago counts",
    file: "packages/relay/src/account/totp.ts",
    text: "window: 1 });",
    by: "window: 10 });",
    test: {
      file: "packages/relay/test/totp.test.ts",
      title: "a code of the step before and of the one after counts for its own step, one further off does not",
    },
  },
  {
    name: "backup-code-twice",
    breaks: "a backup code counts twice",
    file: "packages/relay/src/store/sql-accounts.ts",
    text: `"DELETE FROM backup_code WHERE account = ? AND hash = ?"`,
    by: `"UPDATE backup_code SET hash = hash WHERE account = ? AND hash = ?"`,
    test: { file: STORE, title: "a backup code counts once, for its account" },
  },
  {
    name: "code-before-password",
    breaks: "a code is looked at before the password held",
    file: "packages/relay/src/connection/login.ts",
    text: `  if (account === undefined) {
    guesses.wrong(host, login.name, now);`,
    by: `  if (known !== undefined && !(await acceptCode(context, known, frame.code, now))) return refuse("bad-code");
  if (account === undefined) {
    guesses.wrong(host, login.name, now);`,
    test: { file: ACCOUNT, title: "a code is not looked at before the password held" },
  },
  {
    name: "password-not-asked",
    breaks: "whoever has the code needs no password",
    file: "packages/relay/src/connection/login.ts",
    text: "const account = opaque.finish(login, frame.loginFinish) ? known : undefined;",
    by: "const account = opaque.finish(login, frame.loginFinish) || true ? known : undefined;",
    test: {
      file: ACCOUNT,
      title: "the last message of one sign-in does not end another, on the same connection or on a new one",
    },
  },
  {
    name: "login-finished-twice",
    breaks: "the last message of a sign-in counts again",
    file: "packages/relay/src/connection/sign-in.ts",
    text: `  if ("type" in finished) return stay({ at: "greeted", clientNonce, serverNonce, version }, finished);`,
    by: `  void [clientNonce, serverNonce, version];
  if ("type" in finished) return stay(state, finished);`,
    test: { file: ACCOUNT, title: "the last message of a sign-in counts once" },
  },
  {
    name: "no-lock-after-five",
    breaks: "codes may be guessed without end",
    file: "packages/relay/src/account/attempts.ts",
    text: "const lockMs = count < FREE ? 0 :",
    by: "const lockMs = count < FREE * 1000 ? 0 :",
    test: { file: ACCOUNT, title: "five wrong codes lock sign-in of that account, not of others, and never resume" },
  },
  {
    name: "guesses-not-slowed",
    breaks: "passwords may be guessed without end",
    file: "packages/relay/src/account/guesses.ts",
    text: "return name === undefined ? wait :",
    by: 'return name !== "" ? wait :',
    test: {
      file: ACCOUNT,
      title: "who guesses passwords is slowed down, by name and address; other names and resume are not",
    },
  },
  {
    name: "unknown-name-told",
    breaks: "a name that nobody has is answered otherwise than a wrong password",
    file: "packages/relay/src/connection/login.ts",
    text: `  const started = opaque.start(countedName, known?.registration, frame.loginRequest);`,
    by: `  if (account?.name !== name) return refused("unknown-user");
  const started = opaque.start(countedName, known?.registration, frame.loginRequest);`,
    test: { file: ACCOUNT, title: "an unknown name and a wrong password look alike: same answers, same sizes" },
  },
  {
    name: "access-password",
    breaks: "nobody is asked for the access password",
    file: "packages/relay/src/account/access.ts",
    text: `return this.#for !== "sign-up" || equalSecrets(given, this.#password);`,
    by: `return this.#for !== "sign-up" || equalSecrets(given, this.#password) || true;`,
    test: { file: ACCOUNT, title: "whether a name is taken learns only who has the access password" },
  },
  {
    name: "access-password-to-connect",
    breaks: "a relay that asks everybody for the access password lets all connect",
    file: "packages/relay/src/account/access.ts",
    text: `return this.#for !== "connect" || equalSecrets(given, this.#password);`,
    by: `return this.#for !== "connect" || equalSecrets(given, this.#password) || true;`,
    test: {
      file: ACCOUNT,
      title:
        "where every connection needs the access password nothing is answered before it, and sign-up asks no second time",
    },
  },
  {
    name: "banned-let-in",
    breaks: "who is banned is let in",
    file: "packages/relay/src/connection/connection.ts",
    text: `if (!("account" in state) || !this.#context.bans.has(state.name)) return outcome;`,
    by: `if (!("account" in state) || state.at === "device") return outcome;`,
    test: {
      file: "packages/relay/test/operator.test.ts",
      title: "ends the connections of the account and refuses it until the ban is lifted",
    },
  },
  {
    name: "ban-fails-open",
    breaks: "a ban that could not be stored is not in force",
    file: "packages/relay/src/account/bans.ts",
    text: `    this.#names.add(name);
    await this.#store.ban(name, now);`,
    by: `    await this.#store.ban(name, now);
    this.#names.add(name);`,
    test: {
      file: "packages/relay/test/ports.test.ts",
      title: "a ban is in force before the store has it, and stays when the store fails, which the operator is told",
    },
  },
  {
    name: "admin-order-by-anybody",
    breaks: "an account that is no operator's gives orders",
    file: "packages/relay/src/connection/requests.ts",
    text: "if (account?.admin === true) return await ordered(context, by, order);",
    by: "if (account !== undefined) return await ordered(context, by, order);",
    test: {
      file: "packages/relay/test/operator.test.ts",
      title: "$action from an account that is no operator's is refused and does nothing",
    },
  },
  {
    name: "resume-signature",
    breaks: "a device signs in without its key",
    file: "packages/relay/src/connection/greeting.ts",
    text: `if (!verifyEd25519(device.key, signed, frame.signature)) return refuse("bad-credentials");`,
    by: "verifyEd25519(device.key, signed, frame.signature);",
    test: { file: ACCOUNT, title: "the signature is for this connection: one of another does not count" },
  },
  {
    name: "resume-counter",
    breaks: "two copies of a profile sign in one after the other",
    file: "packages/relay/src/store/sql-accounts.ts",
    text: "AND revoked = 0 AND counter < ?",
    by: "AND revoked = 0 AND counter <= ?",
    test: { file: STORE, title: "a resume counter only goes up" },
  },
  {
    name: "revoked-signs-in",
    breaks: "a device that was revoked signs in",
    file: "packages/relay/src/store/sql-accounts.ts",
    text: `"UPDATE device SET revoked = 1 WHERE id = ?"`,
    by: `"UPDATE device SET revoked = 0 WHERE id = ?"`,
    test: { file: STORE, title: "an account's devices are those that are not revoked" },
  },
  {
    name: "revoked-stays",
    breaks: "a device that is revoked stays connected",
    file: "packages/relay/src/online.ts",
    text: `this.line(device)?.end("device-revoked");`,
    by: "",
    test: { file: ACCOUNT, title: "a device that is revoked is put out, and does not come back" },
    hangs: true,
  },
  {
    name: "device-of-another-account",
    breaks: "a device of one account comes into the chain of another",
    file: "packages/relay/src/connection/chains.ts",
    text: "return known !== undefined && known.account !== account;",
    by: "return known !== undefined && known.revoked;",
    test: {
      file: "packages/relay/test/devices.test.ts",
      title: "of another account comes into no chain, though its own key agrees: its inbox and rooms would go with it",
    },
  },
  {
    name: "chain-race",
    breaks: "two who grow a chain at once both get in",
    file: "packages/relay/src/store/sql-accounts.ts",
    text: `length === 0 || read.number(now, "length") !== length) return false;`,
    by: "length === 0) return false;",
    test: { file: STORE, title: "a chain grows only from the length that was read" },
  },
  {
    name: "name-taken",
    breaks: "a name that is held is given to another",
    file: "packages/relay/src/store/sql-accounts.ts",
    text: `if (this.#sql.one("SELECT 1 AS taken FROM account WHERE name = ? OR id = ?", account.name, id)) return "name-taken";`,
    by: `this.#sql.run("DELETE FROM account WHERE name = ?", account.name);`,
    test: { file: STORE, title: "a name is held for one account, and free again when that was not confirmed in time" },
  },
  {
    name: "slow-reader",
    breaks: "what a slow reader does not read piles up",
    file: "packages/relay/src/connection/connection.ts",
    text: "return this.#peer.waitingBytes > WAITING_BYTES_MAX;",
    by: "return this.#peer.waitingBytes > 1000 * WAITING_BYTES_MAX;",
    test: {
      file: "packages/relay/test/ports.test.ts",
      title: "gets no more pushes above 8 MiB, and once it has read, the newest entry, which shows the gap",
    },
  },
  {
    name: "slow-reader-kept",
    breaks: "who never reads is never hung up on",
    file: "packages/relay/src/connection/connection.ts",
    text: `if (this.#peer.waitingBytes > 2 * WAITING_BYTES_MAX) this.#end(CLOSE.tryAgain, "too slow to read");
    else this.#peer.send(bytes);`,
    by: "this.#peer.send(bytes);",
    test: {
      file: "packages/relay/test/ports.test.ts",
      title: "is hung up on when its own answers are more than 16 MiB",
    },
  },
  {
    name: "stranger-frame",
    breaks: "a stranger may send frames as large as a member's",
    file: "packages/relay/src/connection/connection.ts",
    text: "if (isStranger && bytes.length > LIMITS.strangerFrameBytesMax) {",
    by: "if (isStranger && bytes.length > LIMITS.frameBytesMax) {",
    test: { file: "packages/relay/test/getting-in.test.ts", title: "%s: a frame over the limit ends the connection" },
  },
  {
    name: "stranger-frames",
    breaks: "a stranger may send frames without end",
    file: "packages/relay/src/connection/connection.ts",
    text: "if (isStranger && isCounted && ++this.#frames > STRANGER_FRAMES_MAX) {",
    by: "if (isStranger && isCounted && ++this.#frames > 1000 * STRANGER_FRAMES_MAX) {",
    test: {
      file: "packages/relay/test/getting-in.test.ts",
      title: "a stranger who only asks for signs of life is hung up on after 32 frames",
    },
    hangs: true,
  },
  {
    name: "stranger-stays",
    breaks: "a stranger may hold a connection without end",
    file: "packages/relay/src/connection/connection.ts",
    text: `return this.#context.clock.after(ms, () => this.#end(CLOSE.policy, "too slow to sign in"));`,
    by: "return this.#context.clock.after(ms, () => undefined);",
    test: {
      file: "packages/relay/test/ports.test.ts",
      title: "a stranger without progress is hung up on after a minute",
    },
  },
  {
    name: "rate-limit",
    breaks: "nobody is ever too fast",
    file: "packages/relay/src/rate.ts",
    text: "return Math.max(0, Math.ceil(this.#due(key, now) - this.#toleranceMs - now));",
    by: "return Math.min(0, Math.ceil(this.#due(key, now) - this.#toleranceMs - now));",
    test: {
      file: "packages/relay/test/pace.test.ts",
      title: "lets through a burst and then what it says, whoever asks and however",
    },
  },
  {
    name: "tls-version",
    breaks: "TLS 1.2 is taken",
    file: "packages/relay/src/server.ts",
    text: `minVersion: "TLSv1.3",
  ciphers: "TLS_AES`,
    by: `minVersion: "TLSv1.2",
  ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256:TLS_AES`,
    test: {
      file: "packages/relay/test/getting-in.test.ts",
      title: "GET /healthz says ok, everything else is not found, and TLS 1.2 is refused",
    },
  },
  {
    name: "password-in-journal",
    breaks: "what was typed as a name is written into the journal as it is",
    file: "packages/relay/src/connection/login.ts",
    text: 'context.audit({ event: "sign-in-refused", address: peer, name: userName(login.name), code });',
    by: 'context.audit({ event: "sign-in-refused", address: peer, name: login.name as never, code });',
    test: {
      file: "packages/relay/test/audit.test.ts",
      title: "what was typed as a name and is none: it may be a password, or control another's terminal",
    },
  },
  {
    name: "secret-in-journal",
    breaks: "a wrong access password is written into the journal",
    file: "packages/relay/src/connection/sign-up.ts",
    text: `context.audit({ event: "sign-up-refused", address: peer, name, code: "bad-access-password" });`,
    by: `context.audit({ event: "sign-up-refused", address: \`\${peer} \${frame.accessPassword}\`, name, code: "bad-access-password" });`,
    test: {
      file: "packages/relay/test/audit.test.ts",
      title: "passwords, codes and secrets, whether they held or not",
    },
  },
  {
    name: "key-file-mode",
    breaks: "others can read the relay's key file",
    file: "packages/relay/src/key-file.ts",
    text: `const file = openSync(temporary, "wx", 0o600);`,
    by: `const file = openSync(temporary, "wx", 0o644);`,
    test: { file: "packages/relay/test/key-file.test.ts", title: "keys are made once, for the owner alone, and stay" },
  },
  {
    name: "key-file-made-anew",
    breaks: "a missing key file is made anew beside a database",
    file: "packages/relay/src/key-file.ts",
    text: "if (existsSync(databaseFile(data))) {",
    by: "if (existsSync(path)) {",
    test: {
      file: "packages/relay/test/key-file.test.ts",
      title: "beside a database a missing key file is an error, and none is made",
    },
  },
  {
    name: "key-file-damage",
    breaks: "a damaged key file is used",
    file: "packages/relay/src/key-file.ts",
    text: "return text === serialise(keys) || text === spelled(bodyOf(keys)) ? keys : undefined;",
    by: "return keys;",
    test: {
      file: "packages/relay/test/key-file.test.ts",
      title: "a key file in which anything is damaged is an error, and left as it is",
    },
  },
  {
    name: "admin-socket-mode",
    breaks: "others on the machine may give the relay orders",
    file: "packages/relay/src/admin/socket.ts",
    text: "const before = process.umask(0o177);",
    by: "const before = process.umask(0);",
    test: {
      file: "packages/relay/test/sottoctl.test.ts",
      title: "is for its owner alone, and gone when the relay stopped",
    },
  },
  {
    name: "sottoctl-sanitiser",
    breaks: "a name reaches the operator's terminal as it is",
    file: "packages/relay/src/sottoctl/print.ts",
    text: "return sanitiseLine(String(value));",
    by: "return String(value);",
    test: {
      file: "packages/relay/test/sottoctl.test.ts",
      title: "a table is aligned, and what somebody else wrote cannot command the terminal",
    },
  },
  {
    name: "trouble-sanitiser",
    breaks: "what the relay complains about reaches the terminal as it is",
    file: "packages/relay/src/trouble.ts",
    text: "super(sanitiseLine(message), ",
    by: "super(message, ",
    test: {
      file: "packages/relay/test/command-line.test.ts",
      title: "what is refused does not reach the terminal as it is: $as",
    },
  },
  {
    name: "relay-damage",
    breaks: "a damaged database is opened",
    file: "packages/relay/src/store/sql-open.ts",
    text: `if (found !== "ok") throw new Damaged("a page of the database is damaged");`,
    by: "",
    test: {
      file: "packages/relay/test/damage.test.ts",
      title:
        "a flipped bit in any page of the database, header and ends of pages included, is noticed and left as it is",
    },
  },
  {
    name: "relay-opened-twice",
    breaks: "two relays open one database",
    file: "packages/relay/src/store/sql-open.ts",
    text: `  db.pragma("locking_mode = EXCLUSIVE");\n`,
    by: "",
    test: { file: STORE, title: "a database that is open is not opened a second time" },
  },
  {
    name: "no-fsync",
    breaks: "a commit is acknowledged while it is in memory alone",
    file: "packages/relay/src/store/sql-open.ts",
    text: 'db.pragma("synchronous = FULL");',
    by: 'db.pragma("synchronous = OFF");',
    test: {
      file: STORE,
      title: "a commit is on the disk when it is answered: each one is synced, to a log that keeps what stood before",
    },
  },
  {
    name: "fragments",
    breaks: "a member may cut one message into any number of parts",
    file: "packages/relay/src/server.ts",
    text: "    maxFragments: FRAGMENTS_MAX,\n    maxBufferedChunks: CHUNKS_MAX,\n",
    by: "",
    test: {
      file: "packages/relay/test/getting-in.test.ts",
      title: "a message in more than 64 parts ends the connection of a device too",
    },
  },
];

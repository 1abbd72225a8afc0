/** A relay with a certificate that the system believes: links without a pin, and links from before. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeCertificates } from "../packages/relay/src/certificate.ts";
import { expectRefused } from "./harness/expect-code.ts";
import { Person } from "./harness/person.ts";
import { freePort, Relay } from "./harness/relay.ts";
import { openScratch } from "./harness/scratch.ts";

const random = (length: number) => new Uint8Array(randomBytes(length));

test("who trusts the authority joins by a link without a pin and comes back; a pinned member stays; nobody else gets in", async () => {
  await using scratch = await openScratch();
  const { dir } = scratch;
  const port = await freePort();
  const [authority, stranger] = await Promise.all([
    makeCertificates(random, Date.now(), "localhost"),
    makeCertificates(random, Date.now(), "localhost"),
  ]);
  const file = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text, { mode: 0o600 });
    return join(dir, name);
  };
  const publicEnv = {
    SOTTO_SERVER_PUBLIC: `localhost:${port}`,
    SOTTO_TLS_CERTIFICATE: file("chain.pem", `${authority.leafCertificate}\n${authority.rootCertificate}`),
    SOTTO_TLS_KEY: file("chain.key", authority.leafKey),
  };
  const trusting = { NODE_EXTRA_CA_CERTS: file("authority.pem", authority.rootCertificate) };

  // Before there is a certificate: alice learns the relay's own key from the link.
  const relay = await Relay.start(dir, {}, "relay", port);
  await using alice = new Person("alice", dir);
  await alice.signUp(relay.link);
  await relay.kill("SIGTERM");

  await using published = await Relay.start(dir, publicEnv, "relay", port);
  expect(published.link).toMatch(/^sotto:\/\/localhost:[0-9]+\/#a=/);
  await alice.until((notes) => notes.findLast((note) => note.type === "connection")?.state === "online", "alice back");

  await using bob = new Person("bob", dir);
  bob.env = trusting;
  await bob.signUp(published.link);
  const { roomId, link } = await bob.call("room.create", { name: "public" });
  expect(link).not.toContain("k=");
  await alice.call("room.join", { link });
  await alice.send(roomId, "both roads lead here");
  await bob.sees(roomId, "both roads lead here");

  // Comes back with the system's trust alone, and not without it.
  await bob.kill();
  await bob.comeBack();
  await bob.kill();
  bob.env = { NODE_EXTRA_CA_CERTS: file("stranger.pem", stranger.rootCertificate) };
  await bob.start();
  await bob.unlock();
  await bob.until((notes) => notes.find((note) => note.type === "connection" && note.state === "offline"), "a refusal");
  expect(bob.run.notes.some((note) => note.type === "connection" && note.state === "online")).toBe(false);

  // Nobody vouches for it here, and who has the pin is shown another key: nothing is sent.
  await using carol = new Person("carol", dir);
  await carol.start();
  await expectRefused(carol.beginSignUp(published.link), "offline");
});

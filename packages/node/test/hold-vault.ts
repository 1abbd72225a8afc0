/**
 * A process of its own that opens a vault, says "open" on stdout, and does what its third argument says until it is
 * killed: `hold`, or `write` (a commit after the other, each acknowledged by its number).
 */
import { flushCompileCache } from "node:module";
import { openProfile } from "../src/profile.ts";
import { LIGHT } from "./light.ts";

// It is killed, and leaves what was compiled to the next one all the same.
flushCompileCache();

const [dir = "", password = "", work = "hold"] = process.argv.slice(2);
const { vault } = await openProfile(dir, { argon2: LIGHT });
try {
  const store = vault.state === "none" ? await vault.create(password) : await vault.unlock(password);
  console.log("open");
  if (work === "hold") setInterval(() => {}, 1000);
  for (let count = 1; work === "write"; count++) {
    await store.commit([{ type: "put", key: "count", value: new Uint8Array(new Uint32Array([count]).buffer) }]);
    process.stdout.write(`${count}\n`);
  }
} catch (cause) {
  console.log(cause instanceof Error && "code" in cause ? cause.code : cause);
}

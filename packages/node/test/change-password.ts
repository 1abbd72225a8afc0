/** A process that changes the password of a vault and is gone, by its own hand, once a step of it is on disk. */
import { openProfile } from "../src/profile.ts";
import { LIGHT } from "./light.ts";

const [dir = "", password = "", next = "", last = ""] = process.argv.slice(2);
const step = (done: string) => {
  if (done === last) process.kill(process.pid, "SIGKILL");
};
const { vault } = await openProfile(dir, { argon2: LIGHT, step });
const store = await vault.unlock(password);
// In the log and not in the database yet, whatever stops this.
await store.commit([{ type: "put", key: "last", value: new Uint8Array(3000).fill(7) }]);
await vault.addPassword(next);
console.log("added");
await vault.settlePassword("new", next);
console.log("settled");
await vault.close();

/** Commands about one's own account: its devices, its secrets, its connection. */
import type { DeviceLine } from "@sotto/core";
import { sanitiseName } from "@sotto/wire";
import { error, hint, info } from "../output.ts";
import { dayOf } from "../plain/lines.ts";
import { changePassword } from "../plain/password.ts";
import { askPhrase, showRecoveryPhrase } from "../plain/second-factor.ts";
import { count } from "../words.ts";
import { type Command, isSure, missing } from "./command.ts";
import type { Desk } from "./desk.ts";

export const ACCOUNT_COMMANDS: readonly Command[] = [
  {
    name: "devices",
    section: "account",
    argument: "",
    async run(desk) {
      const devices = await desk.ask("device.list", {});
      if (devices === undefined) return;
      desk.print(info(`${count(devices.length, "device")}:`));
      for (const device of devices) desk.print([`  ${deviceWords(device)}`]);
    },
  },
  {
    name: "revoke",
    section: "account",
    argument: "DEVICE",
    run: (desk, word) => revoke(desk, word),
  },
  {
    name: "password",
    section: "account",
    argument: "",
    run: (desk) => changePassword(desk),
  },
  {
    name: "recovery",
    section: "account",
    argument: "",
    run: (desk) => newPhrase(desk),
  },
  {
    name: "code",
    section: "account",
    argument: "",
    run: (desk) => giveCode(desk),
  },
  {
    name: "connect",
    section: "account",
    argument: "LINK",
    run: (desk, link) => connect(desk, link),
  },
  {
    name: "whoami",
    section: "account",
    argument: "",
    run: (desk) => whoAmI(desk),
  },
];

function deviceWords({ name, deviceId, addedAt, own }: DeviceLine): string {
  return `${sanitiseName(name)}${own ? " (this one)" : ""}  added ${dayOf(addedAt)}  ${deviceId}`;
}

/** An id is meant from this many digits on: fewer are the number of a device. */
const ID_DIGITS_MIN = 4;

/** `2`, `device 2`, or the start of an id. */
export function findDevices(devices: readonly DeviceLine[], word: string): readonly DeviceLine[] {
  const wanted = word.trim().toLowerCase().replace(/\s+/g, " ");
  const named = devices.filter(
    ({ name }) => name.toLowerCase() === wanted || name.toLowerCase() === `device ${wanted}`,
  );
  if (named.length > 0 || wanted.length < ID_DIGITS_MIN) return named;
  return devices.filter(({ deviceId }) => deviceId.startsWith(wanted));
}

async function revoke(desk: Desk, word: string): Promise<void> {
  if (missing(desk, word, "/revoke DEVICE", "the number or the id of a device")) return;
  const devices = await desk.ask("device.list", {});
  if (devices === undefined) return;
  const [device, ...more] = findDevices(devices, word);
  if (device === undefined || more.length > 0) {
    const what = device === undefined ? `there is no device ${word}` : `several devices begin with ${word}`;
    return desk.print(error(what), hint("/devices lists yours"));
  }
  if (device.own) {
    return desk.print(
      error("this is the device that you type on: another one has to revoke it"),
      hint("to be rid of this profile here, /quit and delete its folder, then revoke it from elsewhere"),
    );
  }
  desk.print([`  ${deviceWords(device)}`]);
  if (!(await isSure(desk.screen, "shut it out for good? this cannot be undone;"))) {
    return desk.print(info("the device stays"));
  }
  const done = await desk.ask("device.revoke", { deviceId: device.deviceId });
  if (done !== undefined) desk.print(info(`${sanitiseName(device.name)} is revoked; it goes from all your rooms now`));
}

async function newPhrase(desk: Desk): Promise<void> {
  const phrase = await askPhrase(desk.screen, "the recovery phrase that you have now, 12 words (Enter stops): ");
  if (phrase === undefined) return desk.print(info("the recovery phrase stays as it is"));
  const result = await desk.client.request("account.rotateRecovery", { phrase });
  if (result.ok) {
    desk.print(info("the old phrase does not count any more"));
    return showRecoveryPhrase(desk.screen, result.value.recoveryPhrase);
  }
  if (result.error.code !== "bad-credentials") return desk.refused(result.error);
  desk.print(error("that is not the recovery phrase of this account"), hint("/recovery asks again"));
}

async function giveCode(desk: Desk): Promise<void> {
  const password = await desk.screen.ask("password: ", { secret: true });
  if (password === undefined || password === "") return desk.print(info("nothing was done"));
  const code = await desk.screen.ask("code from the authenticator app, or a backup code: ");
  if (code === undefined || code.trim() === "") return desk.print(info("nothing was done"));
  const result = await desk.client.request("account.unlock", { password, code: code.replace(/\s/g, "") });
  if (result.ok) return desk.print(info("connecting"));
  if (result.error.code === "bad-credentials") return desk.print(error("wrong password"), hint("/code asks again"));
  if (result.error.code === "not-allowed") return desk.print(info("no code is asked for now"));
  desk.refused(result.error);
}

async function connect(desk: Desk, link: string): Promise<void> {
  if (missing(desk, link, "/connect LINK", "a link to the relay")) return;
  const password = await desk.screen.ask("password: ", { secret: true });
  if (password === undefined || password === "") return desk.print(info("nothing was done"));
  const result = await desk.client.request("account.unlock", { password, link });
  if (result.ok) return desk.print(info("connecting"));
  if (result.error.code !== "not-allowed") return desk.refused(result.error);
  desk.print(info("there is nothing to do: the connection stands, or something else is in its way"), hint("/whoami"));
}

async function whoAmI(desk: Desk): Promise<void> {
  const status = await desk.ask("account.status", {});
  if (status === undefined) return;
  const devices = await desk.client.request("device.list", {});
  desk.print(
    [`  name        ${sanitiseName(desk.me.username)}`],
    [`  account     ${desk.me.accountId}`],
    [`  device      ${desk.me.deviceId}`],
    ...(devices.ok ? [[`  devices     ${devices.value.length}`]] : []),
    [`  connection  ${status.connection}`],
    [`  not sent    ${count(status.outbox, "message")}`],
  );
  const halt = status.connection === "offline" ? await desk.halt() : undefined;
  if (halt !== undefined) desk.print([`  because     ${halt.what}`], hint(halt.hint));
}

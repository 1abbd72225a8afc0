/** Commands about one's own account: its devices, its secrets, its connection. */
import type { DeviceLine } from "@sotto/core";
import { sanitiseName } from "@sotto/wire";
import { error, hint, info } from "../../output.ts";
import { count } from "../../words.ts";
import type { Chat } from "../chat.ts";
import { dayOf } from "../lines.ts";
import { changePassword } from "../password.ts";
import { askPhrase, showRecoveryPhrase } from "../second-factor.ts";
import { type Command, isSure, missing } from "./command.ts";

export const ACCOUNT_COMMANDS: readonly Command[] = [
  {
    name: "devices",
    argument: "",
    line: "your devices, and when each was added",
    more: "A device that you do not know or do not have any more: /revoke it. A new one comes by signing in with the recovery phrase.",
    async run(chat) {
      const devices = await chat.ask("device.list", {});
      if (devices === undefined) return;
      chat.print(info(`${count(devices.length, "device")}:`));
      for (const device of devices) chat.print([`  ${deviceWords(device)}`]);
    },
  },
  {
    name: "revoke",
    argument: "DEVICE",
    line: "shut a device of yours out for good",
    more: "DEVICE is its number or the start of its id, as /devices shows them. It can read and send nothing from then on, in any room; what it has already stays on it.",
    run: (chat, word) => revoke(chat, word),
  },
  {
    name: "password",
    argument: "",
    line: "change your password",
    more: "Asks for the old one, then twice for the new one. It opens this profile and signs you in.",
    run: (chat) => changePassword(chat),
  },
  {
    name: "recovery",
    argument: "",
    line: "get a new recovery phrase; the old one ends",
    more: "Asks for the old one. Do it when somebody may have seen it. Without the old one there is no new one.",
    run: (chat) => newPhrase(chat),
  },
  {
    name: "code",
    argument: "",
    line: "connect again where the relay asks for a code each time",
    more: "Asks for your password and a code from the authenticator app, or a backup code.",
    run: (chat) => giveCode(chat),
  },
  {
    name: "connect",
    argument: "LINK",
    line: "go on with a new link: the relay moved, or has a new access password",
    more: "Any link to the same relay does, to a room or not; it enters no room. Another relay is refused.",
    run: (chat, link) => connect(chat, link),
  },
  {
    name: "whoami",
    argument: "",
    line: "your name, your ids, the state of the connection",
    more: "",
    run: (chat) => whoAmI(chat),
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

async function revoke(chat: Chat, word: string): Promise<void> {
  if (missing(chat, word, "/revoke DEVICE", "the number or the id of a device")) return;
  const devices = await chat.ask("device.list", {});
  if (devices === undefined) return;
  const [device, ...more] = findDevices(devices, word);
  if (device === undefined || more.length > 0) {
    const what = device === undefined ? `there is no device ${word}` : `several devices begin with ${word}`;
    return chat.print(error(what), hint("/devices lists yours"));
  }
  if (device.own) {
    return chat.print(
      error("this is the device that you type on: another one has to revoke it"),
      hint("to be rid of this profile here, /quit and delete its folder, then revoke it from elsewhere"),
    );
  }
  chat.print([`  ${deviceWords(device)}`]);
  if (!(await isSure(chat.screen, "shut it out for good? this cannot be undone;"))) {
    return chat.print(info("the device stays"));
  }
  const done = await chat.ask("device.revoke", { deviceId: device.deviceId });
  if (done !== undefined) chat.print(info(`${sanitiseName(device.name)} is revoked; it goes from all your rooms now`));
}

async function newPhrase(chat: Chat): Promise<void> {
  const phrase = await askPhrase(chat.screen, "the recovery phrase that you have now, 12 words (Enter stops): ");
  if (phrase === undefined) return chat.print(info("the recovery phrase stays as it is"));
  const result = await chat.client.request("account.rotateRecovery", { phrase });
  if (result.ok) {
    chat.print(info("the old phrase does not count any more"));
    return showRecoveryPhrase(chat.screen, result.value.recoveryPhrase);
  }
  if (result.error.code !== "bad-credentials") return chat.refused(result.error);
  chat.print(error("that is not the recovery phrase of this account"), hint("/recovery asks again"));
}

async function giveCode(chat: Chat): Promise<void> {
  const password = await chat.screen.ask("password: ", { secret: true });
  if (password === undefined || password === "") return chat.print(info("nothing was done"));
  const code = await chat.screen.ask("code from the authenticator app, or a backup code: ");
  if (code === undefined || code.trim() === "") return chat.print(info("nothing was done"));
  const result = await chat.client.request("account.unlock", { password, code: code.replace(/\s/g, "") });
  if (result.ok) return chat.print(info("connecting"));
  if (result.error.code === "bad-credentials") return chat.print(error("wrong password"), hint("/code asks again"));
  if (result.error.code === "not-allowed") return chat.print(info("no code is asked for now"));
  chat.refused(result.error);
}

async function connect(chat: Chat, link: string): Promise<void> {
  if (missing(chat, link, "/connect LINK", "a link to the relay")) return;
  const password = await chat.screen.ask("password: ", { secret: true });
  if (password === undefined || password === "") return chat.print(info("nothing was done"));
  const result = await chat.client.request("account.unlock", { password, link });
  if (result.ok) return chat.print(info("connecting"));
  if (result.error.code !== "not-allowed") return chat.refused(result.error);
  chat.print(info("there is nothing to do: the connection stands, or something else is in its way"), hint("/whoami"));
}

async function whoAmI(chat: Chat): Promise<void> {
  const status = await chat.ask("account.status", {});
  if (status === undefined) return;
  const devices = await chat.client.request("device.list", {});
  chat.print(
    [`  name        ${sanitiseName(chat.me.username)}`],
    [`  account     ${chat.me.accountId}`],
    [`  device      ${chat.me.deviceId}`],
    ...(devices.ok ? [[`  devices     ${devices.value.length}`]] : []),
    [`  connection  ${status.connection}`],
    [`  not sent    ${count(status.outbox, "message")}`],
  );
  const halt = status.connection === "offline" ? await chat.halt() : undefined;
  if (halt !== undefined) chat.print([`  because     ${halt.what}`], hint(halt.hint));
}

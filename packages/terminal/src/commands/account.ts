/** Commands about one's own account: its devices, its secrets, its connection. */
import type { DeviceLine } from "@sotto/core";
import { sanitiseName } from "@sotto/wire";
import { error, hint, info } from "../output.ts";
import { dayOf } from "../plain/lines.ts";
import { changePassword } from "../plain/password.ts";
import { askPhrase, showRecoveryPhrase } from "../plain/second-factor.ts";
import { say } from "../text/index.ts";
import { count } from "../words.ts";
import { type Command, isSure, missing } from "./command.ts";
import type { Desk } from "./desk.ts";
import { rowsOf } from "./rows.ts";

export const ACCOUNT_COMMANDS: readonly Command[] = [
  {
    name: "devices",
    section: "account",
    argument: "",
    async run(desk) {
      const devices = await desk.ask("device.list", {});
      if (devices === undefined) return;
      desk.print(info(say().commands.devices.count(devices.length)));
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

function deviceWords(device: DeviceLine): string {
  const text = say().commands.devices;
  return `${deviceName(device)}${device.own ? text.thisOne : ""}  ${text.added(dayOf(device.addedAt))}  ${device.deviceId}`;
}

/** The engine numbers them in English. */
function deviceName({ name }: DeviceLine): string {
  const number = /^device ([0-9]+)$/.exec(name)?.[1];
  return number === undefined ? sanitiseName(name) : say().commands.devices.named(number);
}

/** An id is meant from this many digits on: fewer are the number of a device. */
const ID_DIGITS_MIN = 4;

/** `2`, `device 2`, or the start of an id. */
export function findDevices(devices: readonly DeviceLine[], word: string): readonly DeviceLine[] {
  const wanted = word.trim().toLowerCase().replace(/\s+/g, " ");
  const named = devices.filter((device) => {
    const name = device.name.toLowerCase();
    return [name, deviceName(device).toLowerCase()].includes(wanted) || name === `device ${wanted}`;
  });
  if (named.length > 0 || wanted.length < ID_DIGITS_MIN) return named;
  return devices.filter(({ deviceId }) => deviceId.startsWith(wanted));
}

async function revoke(desk: Desk, word: string): Promise<void> {
  if (missing(desk, word, "revoke", "DEVICE")) return;
  const text = say().commands.revoke;
  const devices = await desk.ask("device.list", {});
  if (devices === undefined) return;
  const [device, ...more] = findDevices(devices, word);
  if (device === undefined || more.length > 0) {
    return desk.print(error((device === undefined ? text.none : text.several)(word)), hint(text.list));
  }
  if (device.own) {
    return desk.print(error(text.own), hint(text.ownHint));
  }
  desk.print([`  ${deviceWords(device)}`]);
  if (!(await isSure(desk.screen, text.sure))) {
    return desk.print(info(text.stays));
  }
  const done = await desk.ask("device.revoke", { deviceId: device.deviceId });
  if (done !== undefined) desk.print(info(text.done(deviceName(device))));
}

async function newPhrase(desk: Desk): Promise<void> {
  const text = say().commands.recovery;
  const phrase = await askPhrase(desk.screen, text.ask);
  if (phrase === undefined) return desk.print(info(text.stays));
  const result = await desk.client.request("account.rotateRecovery", { phrase });
  if (result.ok) {
    desk.print(info(text.ended));
    return showRecoveryPhrase(desk.screen, result.value.recoveryPhrase);
  }
  if (result.error.code !== "bad-credentials") return desk.refused(result.error);
  desk.print(error(text.wrong), hint(text.again));
}

async function giveCode(desk: Desk): Promise<void> {
  const text = say().commands.code;
  const { unlock } = say().plain;
  const password = await desk.screen.ask(unlock.password, { secret: true });
  if (password === undefined || password === "") return desk.print(info(text.nothing));
  const code = await desk.screen.ask(unlock.code);
  if (code === undefined || code.trim() === "") return desk.print(info(text.nothing));
  const result = await desk.client.request("account.unlock", { password, code: code.replace(/\s/g, "") });
  if (result.ok) return desk.print(info(say().plain.chat.connecting));
  if (result.error.code === "bad-credentials") return desk.print(error(unlock.wrong), hint(text.again));
  if (result.error.code === "not-allowed") return desk.print(info(text.notNeeded));
  desk.refused(result.error);
}

async function connect(desk: Desk, link: string): Promise<void> {
  if (missing(desk, link, "connect", "LINK")) return;
  const text = say().commands.code;
  const { unlock } = say().plain;
  const password = await desk.screen.ask(unlock.password, { secret: true });
  if (password === undefined || password === "") return desk.print(info(text.nothing));
  const result = await desk.client.request("account.unlock", { password, link });
  if (result.ok) return desk.print(info(say().plain.chat.connecting));
  if (result.error.code !== "not-allowed") return desk.refused(result.error);
  desk.print(info(say().commands.connect.notNeeded), hint("/whoami"));
}

async function whoAmI(desk: Desk): Promise<void> {
  const status = await desk.ask("account.status", {});
  if (status === undefined) return;
  const devices = await desk.client.request("device.list", {});
  const text = say().commands.whoami;
  const halt = status.connection === "offline" ? await desk.halt() : undefined;
  const rows: (readonly [string, string])[] = [
    [text.name, sanitiseName(desk.me.username)],
    [text.account, desk.me.accountId],
    [text.device, desk.me.deviceId],
    ...(devices.ok ? [[text.devices, `${devices.value.length}`] as const] : []),
    [text.connection, text.states[status.connection]],
    [text.notSent, count(status.outbox, "message")],
    ...(halt === undefined ? [] : [[text.because, halt.what] as const]),
  ];
  desk.print(...rowsOf(rows), ...(halt === undefined ? [] : [hint(halt.hint)]));
}

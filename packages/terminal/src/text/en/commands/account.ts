/** Commands about one's own account: one line each, what /help NAME says beyond it, and what they print. */
import { many } from "../plural.ts";

export const account = {
  devices: {
    line: "your devices, and when each was added",
    more: "A device that you do not know or do not have any more: /revoke it. A new one comes by signing in with the recovery phrase.",
    count: (n: number) => `${many(n, "device")}:`,
    named: (number: string) => `device ${number}`,
    thisOne: " (this one)",
    added: (day: string) => `added ${day}`,
  },
  revoke: {
    line: "shut a device of yours out for good",
    more: "DEVICE is its number or the start of its id, as /devices shows them. It can read and send nothing from then on, in any room; what it has already stays on it.",
    needs: "the number or the id of a device",
    none: (word: string) => `there is no device ${word}`,
    several: (word: string) => `several devices begin with ${word}`,
    list: "/devices lists yours",
    own: "this is the device that you type on: another one has to revoke it",
    ownHint: "to be rid of this profile here, /quit and delete its folder, then revoke it from elsewhere",
    sure: "shut it out for good? this cannot be undone;",
    stays: "the device stays",
    done: (device: string) => `${device} is revoked; it goes from all your rooms now`,
  },
  password: {
    line: "change your password",
    more: "Asks for the old one, then twice for the new one. It opens this profile and signs you in.",
  },
  recovery: {
    line: "get a new recovery phrase; the old one ends",
    more: "Asks for the old one. Do it when somebody may have seen it. Without the old one there is no new one.",
    ask: "the recovery phrase that you have now, 12 words (Enter stops): ",
    stays: "the recovery phrase stays as it is",
    ended: "the old phrase does not count any more",
    wrong: "that is not the recovery phrase of this account",
    again: "/recovery asks again",
  },
  code: {
    line: "connect again where the relay asks for a code each time",
    more: "Asks for your password and a code from the authenticator app, or a backup code.",
    nothing: "nothing was done",
    again: "/code asks again",
    notNeeded: "no code is asked for now",
  },
  connect: {
    line: "go on with a new link: the relay moved, or has a new access password",
    more: "Any link to the same relay does, to a room or not; it enters no room. Another relay is refused.",
    needs: "a link to the relay",
    notNeeded: "there is nothing to do: the connection stands, or something else is in its way",
  },
  whoami: {
    line: "your name, your ids, the state of the connection",
    more: "",
    name: "name",
    account: "account",
    device: "device",
    devices: "devices",
    connection: "connection",
    notSent: "not sent",
    because: "because",
    states: { offline: "offline", dialing: "dialing", handshake: "handshake", online: "online" },
  },
};

/** Commands about one's own account: one line each, what /help NAME says beyond it, and what they print. */
export const account = {
  devices: {
    line: "your devices, and when each was added",
    more: "A device that you do not know or do not have any more: /revoke it. A new one comes by signing in with the recovery phrase.",
  },
  revoke: {
    line: "shut a device of yours out for good",
    more: "DEVICE is its number or the start of its id, as /devices shows them. It can read and send nothing from then on, in any room; what it has already stays on it.",
  },
  password: {
    line: "change your password",
    more: "Asks for the old one, then twice for the new one. It opens this profile and signs you in.",
  },
  recovery: {
    line: "get a new recovery phrase; the old one ends",
    more: "Asks for the old one. Do it when somebody may have seen it. Without the old one there is no new one.",
  },
  code: {
    line: "connect again where the relay asks for a code each time",
    more: "Asks for your password and a code from the authenticator app, or a backup code.",
  },
  connect: {
    line: "go on with a new link: the relay moved, or has a new access password",
    more: "Any link to the same relay does, to a room or not; it enters no room. Another relay is refused.",
  },
  whoami: {
    line: "your name, your ids, the state of the connection",
    more: "",
  },
};

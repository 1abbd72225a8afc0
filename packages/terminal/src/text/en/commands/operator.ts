/** Commands about the operator of the relay: one line each, what /help NAME says beyond it, and what they print. */
export const operator = {
  kick: {
    line: "end a person's connections; they can come back",
    more: "To keep somebody out use /ban.",
  },
  ban: {
    line: "shut an account out of the relay",
    more: "Its connections end and no new one is taken. It stays a member of its rooms: owners remove it there. /unban lets it in again.",
  },
  unban: {
    line: "let an account in again",
    more: "",
  },
  regen: {
    line: "make a new access password; the old one ends",
    more: "Newcomers need it, and it stands in every link that is given from now on. Who has an account needs it only where the relay asks for it at each connection.",
  },
  announce: {
    line: "tell everybody who is online",
    more: "It is no message: the relay itself says it, it is not encrypted for its readers, and who is offline never sees it.",
  },
  stop: {
    line: "stop the relay, for everybody",
    more: "It finishes what it does, tells everybody, and ends. It has to be started again on its machine.",
  },
};

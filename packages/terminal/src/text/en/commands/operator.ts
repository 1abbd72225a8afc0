/** Commands of the operator of the relay: one line each, what /help NAME says beyond it, and what they print. */
export const operator = {
  kick: {
    line: "end a person's connections; they can come back",
    more: "To keep somebody out use /ban.",
    needs: "the name of a person",
    done: (who: string) => `${who} is disconnected, and can come back`,
  },
  ban: {
    line: "shut an account out of the relay",
    more: "Its connections end and no new one is taken. It stays a member of its rooms: owners remove it there. /unban lets it in again.",
    needs: "the name of a person",
    sure: (who: string) => `shut the account ${who} out of the relay? nothing gets to it until /unban;`,
    stays: (who: string) => `${who} is not shut out`,
    done: (who: string) => `${who} is shut out; /unban lets them in again`,
  },
  unban: {
    line: "let an account in again",
    more: "",
    needs: "the name of a person",
    done: (who: string) => `${who} may come in again`,
  },
  regen: {
    line: "make a new access password; the old one ends",
    more: "Newcomers need it, and it stands in every link that is given from now on. Whoever has an account needs it only where the relay asks for it at each connection.",
    sure: "end the access password, and links for newcomers with it?",
    stays: "the access password stays as it is",
    ended: "the old access password does not work any more",
    done: "the old access password does not work any more; the new one, and a link for newcomers:",
  },
  announce: {
    line: "tell everybody who is online",
    more: "It is no message: the relay itself says it, it is not encrypted for its readers, and whoever is offline never sees it.",
    needs: "a text",
    done: "everybody online was told",
  },
  stop: {
    line: "stop the relay, for everybody",
    more: "It finishes what it does, tells everybody, and ends. It has to be started again on its machine.",
    sure: "stop the relay for everybody?",
    goesOn: "the relay goes on",
    done: "the relay stops",
    hint: "sottod starts it again, on its machine",
  },
};

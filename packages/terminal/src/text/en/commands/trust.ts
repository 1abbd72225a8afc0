/** Commands about trust: one line each, what /help NAME says beyond it, and what they print. */

export const trust = {
  verify: {
    line: "compare safety words with a person, once",
    more: "Both of you see the same twelve words. Read them to each other where you know each other's voice or face, not in this chat. They stay the same when one of you gets a new device.",
    needs: "the name of a person",
    wrongAnswer: "/verify takes a name, and yes when the words are the same",
    making: "making the words, this takes a few seconds",
    words: (who: string) => `safety words of you and ${who}:`,
    already: (who: string) => `${who} is verified already; the words are still these`,
    readAloud: (who: string, self: string) =>
      `read them aloud with ${who}, by telephone or face to face: ${who} types /verify ${self}`,
    same: "the same? yes, no, or Enter for later: ",
    later: (who: string) => `${who} is not verified yet; /verify ${who} yes does it when you have compared`,
    done: (who: string) => `${who} is verified, with every device of theirs`,
    different: (who: string) => `the account that you write to as ${who} is not the one that ${who} uses`,
    differentHint:
      "write nothing there that others must not read; compare once more, then tell the operator of the relay",
  },
  info: {
    line: "what is known of a person",
    more: "Their account, whether you compared safety words, whether they are online, and the rooms that you share.",
    needs: "the name of a person",
    name: "name",
    account: "account",
    verified: "verified",
    isVerified: "yes, you compared safety words",
    notVerified: "no",
    itIsYou: "this is you",
    doubt: "in doubt",
    presence: "presence",
    unknown: "not known while offline",
    devices: "devices",
    rooms: "together in",
    noRooms: "no room",
  },
  accept: {
    line: "go on after a warning that stopped something",
    more: "CODE stands in brackets behind the warning; NAME is the person or the #room that it was about. Do it only when you know why the warning came.",
    needs: "the code of a warning",
    done: "accepted",
    noCode: (code: string) => `no warning has the code ${code}`,
    codes: (codes: string) => `it is one of ${codes}`,
    nothing: (code: string, name: string) =>
      name === ""
        ? `of whom? /accept ${code} NAME`
        : `there is no warning ${code} about ${name}: nothing is held back for it`,
  },
};

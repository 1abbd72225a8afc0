/** Commands about trust: one line each, what /help NAME says beyond it, and what they print. */
export const trust = {
  verify: {
    line: "compare safety words with a person, once",
    more: "Both of you see the same twelve words. Read them to each other where you know each other's voice or face, not in this desk. They stay the same when one of you gets a new device.",
  },
  accept: {
    line: "go on after a warning that stopped something",
    more: "CODE stands in brackets behind the warning; NAME is the person or the #room that it was about. Do it only when you know why the warning came.",
  },
};

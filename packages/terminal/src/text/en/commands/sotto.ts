/** Commands about sotto itself: one line each, what /help NAME says beyond it, and what they print. */
export const sotto = {
  help: {
    line: "all commands, or one in detail",
    more: "",
  },
  quit: {
    line: "end sotto (also: exit)",
    more: "What is not sent yet is sent when sotto runs the next time.",
  },
};

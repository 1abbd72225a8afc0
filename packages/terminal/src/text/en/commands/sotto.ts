/** Commands about sotto itself: one line each, what /help NAME says beyond it, and what they print. */
export const sotto = {
  dnd: {
    line: "do not disturb: show and tell only the conversation in focus",
    more: "All else is counted, /rooms shows how many. Without on or off it says how it is.",
    isOn: "do not disturb is on: only the conversation in focus is shown; /dnd off ends it",
    isOff: "do not disturb is off",
    wrong: "/dnd takes on or off",
  },
  help: {
    line: "all commands, or one in detail",
    more: "",
    unknown: (name: string) => `there is no command /${name}; nothing was sent`,
    sends: (name: string) => `//${name} sends the text /${name}`,
    didYouMean: (name: string) => `did you mean /${name}?`,
    listsAll: "/help lists all commands;",
    also: (alias: string) => ` (also /${alias})`,
    needs: (command: string, what: string) => `${command} needs ${what}`,
    noFocus: "you are in no conversation",
    noFocusHint: "/talk NAME opens one; /rooms lists yours",
    sections: {
      talk: "talking:",
      rooms: "rooms:",
      trust: "who is who:",
      account: "your account:",
      sotto: "sotto itself:",
      operator: "for the operator of the relay:",
    },
    whereTextGoes: "text goes to the conversation in focus; #room text and @name text go elsewhere without moving",
    calling: "in a room, @name text is said in the room where name is a member; /talk NAME is for one alone",
    signs: "! works like /; //text sends text that starts with a slash; /help COMMAND says more",
  },
  quit: {
    line: "end sotto (also: exit)",
    more: "What is not sent yet is sent when sotto runs the next time.",
  },
};

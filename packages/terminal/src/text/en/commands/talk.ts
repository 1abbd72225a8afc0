/** Commands about people and what was said: one line each, what /help NAME says beyond it, and what they print. */
export const talk = {
  users: {
    line: "everybody on this relay, and who is online",
    more: "/talk NAME writes to one of them.",
  },
  talk: {
    line: "open a conversation with a person, or a room",
    more: "NAME is a person (bob or @bob) or a room (#general). Earlier messages are printed, new ones appear by themselves, and what you type goes there. /back leaves it.",
  },
  back: {
    line: "leave the conversation in focus; you stay a member",
    more: "Messages there count as unread again.",
  },
  history: {
    line: "the last N messages of the conversation in focus (20)",
    more: "Up to 500, also without a connection.",
  },
  search: {
    line: "messages with these words, in all rooms",
    more: "Whole words, the last one may be only its beginning. Works without a connection.",
  },
};

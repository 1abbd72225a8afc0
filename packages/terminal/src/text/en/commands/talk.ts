/** Commands about people and what was said: one line each, what /help NAME says beyond it, and what they print. */
import { many } from "../plural.ts";

export const talk = {
  users: {
    line: "everybody on this relay, and who is online",
    more: "/talk NAME writes to one of them.",
    count: (n: number) => `${many(n, "person", "people")}:`,
    isYou: " (you)",
    online: "online",
    offline: "offline",
  },
  talk: {
    line: "open a conversation with a person, or a room",
    more: "NAME is a person (bob or @bob) or a room (#general). Earlier messages are printed, new ones appear by themselves, and what you type goes there. /back leaves it.",
    needs: "the name of a person or room",
  },
  back: {
    line: "leave the conversation in focus; you stay a member",
    more: "Messages there count as unread again.",
    nowhere: "you are in no conversation",
    nowhereHint: "/talk NAME opens one",
    left: (tag: string) => `left the conversation ${tag}; you stay in it`,
  },
  unread: {
    line: "open the next conversation with something unread",
    more: "First where somebody named you, then a person who wrote to you, then the other rooms. A muted room counts only where somebody named you.",
    none: "nothing unread",
  },
  read: {
    line: "mark the conversation in focus, or another one, as read",
    more: "Without opening it. Nothing is told to who wrote there.",
    done: (tag: string) => `${tag} is read`,
    empty: (tag: string) => `there is nothing to read in ${tag}`,
  },
  history: {
    line: "the last N messages of the conversation in focus (20)",
    more: "Up to 500, also without a connection. /history more goes on backwards from what was shown last.",
    range: "/history takes a number from 1 to 500, or more",
    start: "nothing was said before that",
  },
  search: {
    line: "messages with these words, in all rooms",
    more: "Whole words, the last one may be only its beginning. Works without a connection. /search here WORDS looks only into the conversation in focus, /search #room WORDS and /search @name WORDS into that one. /context N shows what stands around a finding.",
    needs: "words",
    none: "nothing found",
    found: (n: number) => many(n, "message"),
    hint: "/context N shows what was said around one of them",
  },
  context: {
    line: "what was said around message N that /search found",
    more: "N is the number before the finding. /talk goes there.",
    needs: "the number of a finding",
    unknown: (word: string) => `nothing was found with the number ${word}`,
    hint: "/search WORDS numbers what it finds",
    byEnter: "Enter goes to a finding: /search WORDS, or Ctrl-R and Ctrl-F",
  },
  waiting: {
    line: "your messages that are not sent yet",
    more: "With a number each, oldest first. They go by themselves when there is a connection. /drop N gives one up.",
    none: "nothing waits to be sent",
    count: (n: number) => `${many(n, "message")} not sent yet:`,
  },
  drop: {
    line: "give up message N that is not sent yet",
    more: "N is its number in /waiting. Not possible any more when the relay may have it.",
    needs: "the number of a message in /waiting",
    unknown: (word: string) => `no message waits with the number ${word}`,
    hint: "/waiting numbers them",
    sure: "give it up for good?",
    kept: "it goes on waiting",
    done: "it is given up and will not be sent",
    late: "it may be with the relay already and cannot be given up",
  },
};

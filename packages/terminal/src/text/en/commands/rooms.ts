/** Commands about rooms: one line each, what /help NAME says beyond it, and what they print. */
import { many } from "../plural.ts";

export const rooms = {
  create: {
    line: "make a room and open it",
    more: "You own the room. The link that is printed lets others in: give it only to them.",
    needs: "a name for the room",
    made: (tag: string) => `made ${tag}; whoever has this link can join:`,
    done: (tag: string) => `made ${tag}; /link shows the link that lets others in`,
  },
  join: {
    line: "enter the room that a link leads to",
    more: "The link starts with sotto:// and holds a secret: whoever has it can enter. What was said before you came stays unseen.",
    needs: "a link",
  },
  leave: {
    line: "leave the room in focus, or another one, for good",
    more: "The room goes from your list. To look at something else and stay a member use /back.",
    sure: (tag: string) => `leave ${tag} for good? only its link or a member brings you back;`,
    stay: "you stay in it",
    left: (tag: string) => `you left ${tag}`,
  },
  link: {
    line: "show the link to the room in focus",
    more: "On a terminal also as a QR code. /renew makes a new one and ends the old one.",
    qrTooLarge: (columns: number, rows: number) => `a QR code would need ${columns} columns and ${rows} rows`,
  },
  qr: {
    line: "show the link to the room in focus as a QR code",
    more: "Where the terminal is large enough; the link as text stands under it.",
    needsTerminal: "a QR code needs a terminal; this is its text:",
  },
  renew: {
    line: "make a new link to the room in focus; the old one ends",
    more: "Members stay. Use it when a link has reached somebody it should not.",
    sure: (tag: string) => `end the link to ${tag} for good? whoever has only that can no longer come in;`,
    stays: "the link stays as it is",
    ended: "the old link does not work any more; the new one:",
    done: "the link was renewed; the old one does not work any more",
  },
  invite: {
    line: "bring a person into the room in focus",
    more: "They need no link and no connection: they are in when they next come online. /users lists the names.",
    needs: "the name of a person",
    done: (who: string, tag: string) => `${who} is in ${tag}`,
  },
  remove: {
    line: "take a person out of the room in focus",
    more: "Only owners can. The link of the room changes with it.",
    needs: "the name of a person",
    sure: (who: string, tag: string) => `take ${who} out of ${tag}?`,
    stays: (who: string) => `${who} stays`,
    done: (who: string, tag: string) => `${who} is out of ${tag}`,
  },
  members: {
    line: "who is in the room in focus",
    more: "Owners are marked: they can remove others.",
    count: (n: number, tag: string) => `${many(n, "member")} of ${tag}:`,
    owner: "owner",
  },
  rooms: {
    line: "your rooms and conversations",
    more: "With the number of members and of unread messages. /talk opens one.",
    unread: (n: number) => `${n} unread`,
    inFocus: " (in focus)",
    muted: "muted",
    none: "you are in no room yet",
    noneCreate: "/create NAME makes a room, /join LINK enters one",
    noneTalk: "/talk NAME writes to one person, /users lists everybody",
    noneHelp: "/help lists all commands",
  },
  mute: {
    line: "show and tell nothing of a room until you open it",
    more: "Its messages are counted, /rooms shows how many. The other members do not know. /unmute ends it.",
    done: (tag: string) => `${tag} is muted; its messages are counted`,
  },
  unmute: {
    line: "end /mute",
    more: "Messages of the room appear by themselves again.",
    done: (tag: string) => `${tag} is not muted any more`,
  },
};

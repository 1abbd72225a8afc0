/** Commands about rooms: one line each, what /help NAME says beyond it, and what they print. */
export const rooms = {
  create: {
    line: "make a room and open it",
    more: "You own the room. The link that is printed lets others in: give it only to them.",
  },
  join: {
    line: "enter the room that a link leads to",
    more: "The link starts with sotto:// and holds a secret: whoever has it can enter. What was said before you came stays unseen.",
  },
  leave: {
    line: "leave the room in focus, or another one, for good",
    more: "The room goes from your list. To look at something else and stay a member use /back.",
  },
  link: {
    line: "show the link to the room in focus",
    more: "On a terminal with colour also as a QR code. /renew makes a new one and ends the old one.",
  },
  renew: {
    line: "make a new link to the room in focus; the old one ends",
    more: "Members stay. Use it when a link has reached somebody it should not.",
  },
  invite: {
    line: "bring a person into the room in focus",
    more: "They need no link and no connection: they are in when they next come online. /users lists the names.",
  },
  remove: {
    line: "take a person out of the room in focus",
    more: "Only owners can. The link of the room changes with it.",
  },
  members: {
    line: "who is in the room in focus",
    more: "Owners are marked: they can remove others.",
  },
  rooms: {
    line: "your rooms and conversations",
    more: "With the number of members and of unread messages. /talk opens one.",
  },
};

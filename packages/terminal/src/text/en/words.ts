/** What every interface says alike: refusals and warnings, counts, durations, days. Lower-case, without a full stop. */
import { type Code, LIMITS, type WarningCode } from "@sotto/wire";
import { many } from "./plural.ts";

/** What happened, and what to do now. */
interface Words {
  readonly what: string;
  readonly hint: string;
}

const refusals = {
  "bad-request": { what: "that cannot be done like this", hint: "/help shows how each command is written" },
  "not-signed-in": {
    what: "not signed in here yet",
    hint: "start sotto without other arguments, it asks what it needs",
  },
  "otp-pending": {
    what: "the account waits for its first one-time code",
    hint: "start sotto with this profile and type a code from the authenticator app",
  },
  "bad-credentials": { what: "name or password is wrong", hint: "check both and try again" },
  "bad-code": {
    what: "the code is wrong, too old or was used before",
    hint: "wait for the next code in the authenticator app; if it never fits, set the clock of the phone",
  },
  "bad-name": {
    what: "that name cannot be used",
    hint: `people: 2 to 32 of a-z 0-9 . _ - ; rooms: 1 to ${LIMITS.roomNameMax} characters; a few names are reserved`,
  },
  "weak-password": {
    what: "the password is too weak",
    hint: `take ${LIMITS.passwordCharactersMin} characters or more that do not contain your name; four random words are good`,
  },
  "name-taken": { what: "that name is taken", hint: "choose another one, or sign in if it is yours" },
  "bad-access-password": {
    what: "the access password in the link is not the current one",
    hint: "ask for a new link: the password may change when the relay starts",
  },
  locked: {
    what: "sign-in of this account is locked after too many wrong codes",
    hint: "wait, then try again; devices that are signed in are not touched",
  },
  "rate-limited": { what: "too much at once", hint: "wait a moment, then try again" },
  offline: { what: "the relay cannot be reached", hint: "check the network; sotto goes on trying by itself" },
  "approval-needed": {
    what: "name, password and code are right, but a new device needs the recovery phrase too",
    hint: "sign in again and type the twelve words that were shown at sign-up; a device cannot approve another one yet",
  },
  "bad-link": { what: "that is not a sotto link", hint: "copy it whole: it starts with sotto:// and has a # in it" },
  "link-expired": { what: "this link was replaced", hint: "ask a member of the room for the new one" },
  "wrong-pin": {
    what: "this is not the relay that the link or this profile belongs to",
    hint: "ask who gave you the link; if the relay was set up anew, use a new profile (--profile DIR)",
  },
  "unknown-user": { what: "nobody here has that name", hint: "/users lists everybody" },
  "unknown-room": { what: "there is no such room here", hint: "/rooms lists yours" },
  "not-allowed": { what: "that is not allowed", hint: "the owner of the room or the operator of the relay may do it" },
  "too-long": {
    what: `the text is too long`,
    hint: `one message holds ${LIMITS.textBytesMax} bytes: send it in parts`,
  },
  "id-reused": { what: "this message id was used for another text", hint: "take a new id for each message" },
  "identity-changed": {
    what: "somebody there is in doubt: their account or list of devices is not the one you know; nothing was sent",
    hint: "/info NAME says what it is; ask the person in another way, then /accept CODE NAME goes on",
  },
  "profile-copied": {
    what: "this profile runs on two machines, or was restored from a copy: it is frozen, its history can still be read",
    hint: "sign in as a new device with the recovery phrase (--profile DIR), then /revoke this one from there",
  },
  "device-revoked": {
    what: "this device was shut out of your account: it sends and gets nothing any more, its history can still be read",
    hint: "if it should come back, sign in with the recovery phrase (--profile DIR); if that was not you, do so and look at /devices",
  },
  "relay-rolled-back": {
    what: "the relay has gone back in time and lacks messages that this device has; nothing is sent",
    hint: "ask its operator whether a backup was put back; then /accept relay-rolled-back gives it what it lacks and goes on",
  },
  "unsupported-version": {
    what: "this sotto and the relay have no version in common",
    hint: "upgrade sotto; if that does not help, its operator has to upgrade the relay",
  },
  banned: {
    what: "the operator has shut this account out of the relay",
    hint: "ask the operator; what you have received stays readable here",
  },
  "vault-busy": {
    what: "another sotto has this profile open",
    hint: "close it, or take another profile with --profile DIR",
  },
  "vault-damaged": {
    what: "the profile's database is damaged; nothing in it was changed",
    hint: "restore the folder from a backup, or sign in with a new profile (--profile DIR)",
  },
  "disk-full": {
    what: "the disk is full or takes nothing more",
    hint: "free some space on it, or look at its quota; what you type stays here as long as sotto runs",
  },
  "relay-full": {
    what: "the relay has no room left to store anything",
    hint: "tell its operator; messages wait here until there is room",
  },
  internal: { what: "something went wrong inside sotto", hint: "try again; if it stays, report it with what you did" },
} satisfies Record<Code, Words>;

const warnings = {
  "identity-changed": {
    what: "somebody else now stands under a name that you know; nothing was sent",
    hint: "ask the person in another way; /accept identity-changed NAME goes on with the new one, then /verify NAME",
  },
  "chain-forked": {
    what: "the relay shows two different lists of devices for one person",
    hint: "nothing is sent to them; ask them in another way which devices are theirs, and tell the operator; /accept chain-forked NAME goes on",
  },
  "chain-withheld": {
    what: "the relay holds back a part of somebody's list of devices",
    hint: "nothing is sent to them; ask them in another way and tell the operator; /accept chain-withheld NAME goes on",
  },
  "log-forked": {
    what: "the relay shows members different messages",
    hint: "nothing is sent there; ask the others in another way what they see, then /accept log-forked goes on",
  },
  "relay-rolled-back": refusals["relay-rolled-back"],
  "relay-lies": { what: "the relay contradicts itself", hint: "tell its operator; messages wait until it stops" },
  "commit-skipped": { what: "a change of the room was not valid and had no effect", hint: "nothing to do" },
  "not-delivered": { what: "a message could not be delivered", hint: "look at /history and send it again" },
  "last-resort-used": {
    what: "all of this device's single-use keys were taken",
    hint: "new ones are made by themselves; tell the operator if it happens again",
  },
} satisfies Record<WarningCode, Words>;

const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const MONTHS = "January February March April May June July August September October November December".split(" ");

export const words = {
  refusals,
  warnings,
  /** Why there is no connection, where a person has to do something in the chat. */
  halts: {
    "bad-code": {
      what: "this relay asks for a code at each connection",
      hint: "/code asks for your password and a code, then connects",
    },
    "bad-access-password": {
      what: "this relay asks for its access password at each connection, and has another one now",
      hint: "ask for a new link, then /connect LINK",
    },
  },
  /** Whom something is about, before it. */
  about: (who: string, what: string) => `${who}: ${what}`,
  waitHint: (wait: string) => `try again in ${wait}`,
  count: {
    second: (n: number) => many(n, "second"),
    minute: (n: number) => many(n, "minute"),
    hour: (n: number) => many(n, "hour"),
    member: (n: number) => many(n, "member"),
    message: (n: number) => many(n, "message"),
    device: (n: number) => many(n, "device"),
    person: (n: number) => many(n, "person", "people"),
    other: (n: number) => many(n, "other"),
    word: (n: number) => many(n, "word"),
  },
  strength: {
    short: "too short",
    "has-name": "contains the name",
    fair: "fair",
    good: "good",
    strong: "strong",
  },
  /** `weekday` and `month` count from 0; the week begins on Sunday. */
  date: (weekday: number, day: number, month: number, year: number) =>
    `${DAYS[weekday]} ${day} ${MONTHS[month]} ${year}`,
  shortDate: (weekday: number, day: number, month: number) =>
    `${DAYS[weekday]?.slice(0, 3)} ${day} ${MONTHS[month]?.slice(0, 3)}`,
  unknownDay: "an unknown day",
};

/**
 * What a person is told that is neither a message nor a warning: one sentence for each key, of the values that come with
 * it. Interfaces that speak another language have the same table in it. Imports nothing: screens load it by itself.
 */
export const NOTICES = {
  "relay-says": ({ text }: { readonly text: string }) =>
    // Whose words they are is said: a relay could else speak as this program.
    `the relay says: ${text}`,
  failed: ({ detail }: { readonly detail: string }) => `something went wrong that should not have: ${detail}`,
  "disk-full": () =>
    "the disk of this machine takes nothing more: nothing can be stored or received until there is room on it",
  /** `why` is the sentence of the code, for whoever has none of their own. */
  halted: ({ why }: { readonly code: string; readonly why: string }) => why,
  "code-needed": () => `${CODE_NEEDED}: unlock again with both`,
  "code-wrong-password": () => `${CODE_NEEDED}, and the password was wrong`,
  /** `seconds` is 0 where it may be tried again at once. */
  "code-refused": ({ why, seconds }: { readonly code: string; readonly why: string; readonly seconds: number }) =>
    `${CODE_NEEDED}, and refused them: ${why}${seconds > 0 ? `; try again in ${seconds} s` : ""}`,
  "sign-in-lost": () => "the sign-in did not reach the relay: sign in again",
  "sign-up-lost": () => "the sign-up was not finished in time: sign up again",
  "other-key": () => "the relay shows another key than the one that is known; nothing was sent",
  "sign-in-locked": () =>
    "sign-in of your account is closed for a while: somebody had the password and gave wrong codes; if that was not you, change the password",
  "password-changed": () => "the change of the password had reached the relay: only the new one counts from now on",
  "password-kept": () => "the change of the password had not reached the relay: only the old one counts from now on",
  "recovery-changed": () =>
    "the recovery phrase was changed before the program ended: ask for the change again with the old phrase, and the new one is shown",
  "recovery-kept": () => "the recovery phrase was not changed before the program ended: the old one holds",
  "device-added": ({ name }: { readonly name: string }) => `${name} added a device`,
  "device-revoked": ({ name }: { readonly name: string }) => `${name} revoked a device`,
  "device-revoked-by-recovery": ({ name }: { readonly name: string }) =>
    `${name} revoked a device with the recovery phrase`,
  "account-recovered": ({ name }: { readonly name: string }) =>
    `${name}'s account was recovered with the recovery phrase: a device was added; compare safety words before you trust it`,
  // Words are of accounts and not of devices: comparing them again would show nothing new.
  "account-recovered-verified": ({ name }: { readonly name: string }) =>
    `${name}'s account was recovered with the recovery phrase: a device was added; you verified ${name}, which stays, as it is of the account and all its devices`,
  "own-device-added": () =>
    "a device was added to your account; if that was not you, revoke it and change your password",
  "own-device-added-by-recovery": () =>
    "a device was added to your account with the recovery phrase; if that was not you, revoke it and change your password",
  "own-device-revoked": () => "a device of your account was revoked",
  "own-device-revoked-by-recovery": () => "a device of your account was revoked with the recovery phrase",
  "own-recovery-rotated": () => "the recovery phrase of your account was changed; the old one is of no use any more",
  "chain-given-back": () => "the relay had lost a part of your account's device chain and was given it again",
  unopened: () =>
    "you were added to a room or a conversation, and this device cannot open what came of it: ask to be added again",
  "let-in-by-stranger": () => "somebody who is not in a room lets this device into it; it asks again",
  "other-owners": () =>
    "a room in which this device is out of step has other owners than it knows; join again by a link",
  /** `room` is empty where its name is not known, here and below. */
  "came-meanwhile": ({ room, names }: { readonly room: string; readonly names: string }) =>
    `${room || A_ROOM}: ${names} came in while this device was out of step; nothing is sent there until you agree`,
  "no-key-packages": ({ name }: { readonly name: string }) => `${name} has left no key packages yet; the message waits`,
  "not-verifiable": ({ name }: { readonly name: string }) => `${name} could not be verified; the message waits`,
  "out-of-step": ({ room, why }: { readonly room: string; readonly why: "owners" | "members" }) =>
    `this device is out of step in ${room || A_ROOM}: ${OUT_OF_STEP[why]}; join again by a link`,
  "said-to-be-out": ({ room }: { readonly room: string }) =>
    `the relay says that you are not in ${room || A_ROOM}, which this device cannot check, being out of step there; what waits is kept: leave the room, or it is tried again each hour`,
  "came-back": ({ room, missed, again }: { readonly room: string; readonly missed: number; readonly again: number }) =>
    [
      `this device was out of step in ${room || A_ROOM} and has come in again`,
      ...(missed > 0 ? [`${missed} ${missed === 1 ? "entry" : "entries"} could not be read here`] : []),
      ...(again > 0 ? [`${again} of your messages reached nobody and ${again === 1 ? "is" : "are"} sent again`] : []),
    ].join("; "),
  /** Others were out of step, and not this device: what they said meanwhile is in an epoch that nobody else has. */
  missed: ({ room, missed }: { readonly room: string; readonly missed: number }) =>
    `${room || A_ROOM}: ${missed} ${missed === 1 ? "entry" : "entries"} could not be read here`,
  "account-lost": () =>
    "the relay has lost this account, or this device of it: what is here can be read; sign up or sign in anew in another profile",
  "conversation-lost": ({ name }: { readonly name: string }) =>
    `the relay has lost the conversation with ${name || "somebody"}: it begins anew with the next message`,
  "room-lost": ({ name }: { readonly name: string }) =>
    `the relay has lost ${name === "" ? A_ROOM : `the room ${name}`}: what was said in it can be read here; make a new one`,
  "entries-lost": ({ room, count }: { readonly room: string; readonly count: number }) =>
    `the log of ${room || A_ROOM} has lost ${count} ${count === 1 ? "entry" : "entries"} that stood in it`,
  "message-lost": ({ room, sender, text }: { readonly room: string; readonly sender: string; readonly text: string }) =>
    `lost from ${room || A_ROOM}: ${sender}: ${text}`,
  "rolled-back": ({ given, lost }: { readonly given: number; readonly lost: number }) =>
    [
      "the relay went back in time, and this device goes on with it",
      ...(given > 0 ? [`${given} ${given === 1 ? "entry was" : "entries were"} given back to it`] : []),
      ...(lost > 0 ? [`${lost} ${lost === 1 ? "is" : "are"} lost`] : []),
    ].join("; "),
} as const;

const OUT_OF_STEP = {
  owners: "the room has other owners than this device knows",
  members: "the relay gave members of that room who cannot be verified",
} as const;
const A_ROOM = "a room";
const CODE_NEEDED = "the relay asks for password and one-time code at each connection";

type Table = typeof NOTICES;
export type NoticeKey = keyof Table;
/** What the sentence of a key needs to know. */
export type NoticeValues<K extends NoticeKey> =
  Parameters<Table[K]> extends [infer V] ? V : Readonly<Record<string, never>>;
export type Notice = { readonly [K in NoticeKey]: { readonly key: K; readonly values: NoticeValues<K> } }[NoticeKey];

/** The update that tells it. */
export function noticeOf<K extends NoticeKey>(key: K, values: NoticeValues<K>): Notice & NoticeUpdate {
  const sentence = NOTICES[key] as (values: NoticeValues<K>) => string;
  return { type: "notice", text: sentence(values), key, values } as Notice & NoticeUpdate;
}

interface NoticeUpdate {
  readonly type: "notice";
  readonly text: string;
}

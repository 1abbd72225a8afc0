// What happens by itself, in both languages: one sentence for each key.
import type { Update } from "@sotto/core";
import { NOTICES, type NoticeKey, type NoticeValues, noticeOf } from "@sotto/core/notices";
import { afterEach, describe, expect, test } from "vitest";
import { noticeText } from "../src/notices.ts";
import { LANGUAGES, setLanguage } from "../src/text/index.ts";

afterEach(() => setLanguage("en"));

type Samples = { readonly [K in NoticeKey]: readonly NoticeValues<K>[] };

const nothing = [{}] as const;
const named = [{ name: "ALICE" }] as const;

/** Complete by type: a notice that is added does not compile until it has its values here. */
const samples: Samples = {
  "relay-says": [{ text: "TEA" }],
  failed: [{ detail: "DISK" }],
  "disk-full": [{}],
  halted: [{ code: "banned", why: "this account or address is banned" }],
  "code-needed": nothing,
  "code-wrong-password": nothing,
  "code-refused": [
    { code: "bad-code", why: "the one-time code is wrong or was used before", seconds: 0 },
    { code: "locked", why: "sign-in of this account is closed for a while", seconds: 7 },
  ],
  "sign-in-lost": nothing,
  "sign-up-lost": nothing,
  "other-key": nothing,
  "sign-in-locked": nothing,
  "password-changed": nothing,
  "password-kept": nothing,
  "recovery-changed": nothing,
  "recovery-kept": nothing,
  "device-added": named,
  "device-revoked": named,
  "device-revoked-by-recovery": named,
  "account-recovered": named,
  "account-recovered-verified": named,
  "own-device-added": nothing,
  "own-device-added-by-recovery": nothing,
  "own-device-revoked": nothing,
  "own-device-revoked-by-recovery": nothing,
  "own-recovery-rotated": nothing,
  "chain-given-back": nothing,
  unopened: nothing,
  "let-in-by-stranger": nothing,
  "other-owners": nothing,
  "came-meanwhile": [
    { room: "DEN", names: "BOB, CAT" },
    { room: "", names: "BOB" },
  ],
  "no-key-packages": named,
  "not-verifiable": named,
  "out-of-step": [
    { room: "DEN", why: "owners" },
    { room: "", why: "members" },
  ],
  "said-to-be-out": [{ room: "DEN" }, { room: "" }],
  "came-back": [0, 1, 2].map((count) => ({ room: count === 0 ? "" : "DEN", missed: count, again: count })),
  missed: [
    { room: "DEN", missed: 1 },
    { room: "", missed: 2 },
  ],
  "account-lost": nothing,
  "conversation-lost": [...named, { name: "" }],
  "room-lost": [...named, { name: "" }],
  "entries-lost": [
    { room: "DEN", count: 1 },
    { room: "", count: 3 },
  ],
  "message-lost": [{ room: "DEN", sender: "BOB", text: "HELLO" }],
  "rolled-back": [0, 1, 2].map((count) => ({ given: count, lost: count })),
};

type NoticeUpdate = Extract<Update, { type: "notice" }>;

const updates = (Object.keys(samples) as NoticeKey[]).flatMap((key) =>
  samples[key].map((values) => ({ key, update: noticeOf(key, values as never) as NoticeUpdate })),
);

describe.each(updates)("$key", ({ key, update }) => {
  test("is the engine's own sentence in English, and another one in French with the same values", () => {
    expect(noticeText(update)).toBe(update.text);
    expect(LANGUAGES.en.notices[key]).toBe(NOTICES[key]);
    setLanguage("fr");
    const french = noticeText(update);
    expect(french).not.toBe(update.text);
    expect(french).not.toMatch(/undefined|\s{2}/);
    // What stands in it of others stands in both; numbers as well.
    const held = (text: string) => (text.match(/[A-Z]{3,}|\d+/g) ?? []).sort();
    expect(held(french)).toEqual(held(update.text));
  });
});

test("why nothing is sent is said in the same language, whatever the engine's sentence is", () => {
  const halted = noticeOf("halted", { code: "banned", why: "this account or address is banned" });
  setLanguage("fr");
  expect(noticeText(halted)).toBe(LANGUAGES.fr.words.refusals.banned.what);
  const unknown = noticeOf("halted", { code: "of-a-newer-engine", why: "of a newer engine" });
  expect(noticeText(unknown)).toBe("of a newer engine");
});

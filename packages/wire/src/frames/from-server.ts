/** Relay frames: bytes to checked values and back. */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { RELAY_CODES, type RelayCode } from "../codes.ts";
import * as pb from "../gen/sotto/wire/v1/frame_pb.js";
import { idBytes } from "../ids.ts";
import { LIMITS } from "../limits.ts";
import { fail, ok, type Result, unreachable } from "../result.ts";
import { entriesOf, entryInit } from "./entries.ts";
import { isPadded, padded } from "./padding.ts";
import {
  account,
  count,
  decode,
  device,
  exactly,
  Fault,
  type FrameFault,
  list,
  need,
  room,
  text,
  upTo,
} from "./read.ts";
import type { FromServer, InboxEntry, ServerBody } from "./types.ts";

/** Any bytes give a frame or the reason why not; never throws. */
export function parseFromServer(bytes: Uint8Array): Result<FromServer, FrameFault> {
  if (bytes.length > LIMITS.frameBytesMax) return fail({ code: "bad-length", field: "" });
  try {
    const frame = decode(pb.ServerFrameSchema, bytes);
    return ok({ request: count(frame.request, "request"), body: bodyOf(frame) });
  } catch (error) {
    return fail(error instanceof Fault ? error.fault : { code: "malformed", field: "" });
  }
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one complete switch over the closed list of frames reads better whole
function bodyOf(frame: pb.ServerFrame): ServerBody {
  const { body } = frame;
  switch (body.case) {
    case "challenge": {
      const value = body.value;
      return {
        type: "challenge",
        version: value.version,
        nonce: exactly(value.nonce, 32, "nonce"),
        relay: exactly(value.relay, 32, "relay"),
        generation: exactly(value.generation, 16, "generation"),
        accessNeeded: value.accessNeeded,
      };
    }
    case "session": {
      const value = body.value;
      return {
        type: "session",
        confirmed: value.confirmed,
        admin: value.admin,
        rooms: list(value.rooms, 100_000, "rooms", (state, field) => ({
          room: room(state.room, `${field}.room`),
          last: count(state.last, `${field}.last`),
          head: count(state.head, `${field}.head`),
        })),
        inboxLast: count(value.inboxLast, "inbox_last"),
        keyPackages: value.keyPackages,
        accessPassword: text(value.accessPassword, LIMITS.accessPasswordBytesMax, "access_password"),
        address: text(value.address, 300, "address"),
        chainLength: value.chainLength,
        accountRooms: list(value.accountRooms, 100_000, "account_rooms", room),
      };
    }
    case "signUpResponse":
      return {
        type: "sign-up-response",
        registrationResponse: opaque(body.value.registrationResponse, "registration_response"),
      };
    case "signUpPending":
      return {
        type: "sign-up-pending",
        totpSecret: exactly(body.value.totpSecret, 20, "totp_secret"),
        heldUntil: count(body.value.heldUntil, "held_until"),
      };
    case "confirmed":
      return {
        type: "confirmed",
        backupCodes: list(body.value.backupCodes, 32, "backup_codes", (code, field) => text(code, 64, field)),
      };
    case "signInResponse":
      return { type: "sign-in-response", loginResponse: opaque(body.value.loginResponse, "login_response") };
    case "signedIn":
      return {
        type: "signed-in",
        account: account(body.value.account, "account"),
        chain: chain(body.value.chain, "chain"),
      };
    case "passwordResponse":
      return {
        type: "password-response",
        loginResponse: opaque(body.value.loginResponse, "login_response"),
        registrationResponse: opaque(body.value.registrationResponse, "registration_response"),
      };
    case "ack":
      return { type: "ack", seq: count(body.value.seq, "seq"), previous: exactly(body.value.previous, 32, "previous") };
    case "refused":
      return {
        type: "refused",
        code: codeOf(body.value.code),
        head: count(body.value.head, "head"),
        retryMs: body.value.retryMs,
        field: text(body.value.field, 200, "field"),
      };
    case "event":
      return { type: "event", room: room(body.value.room, "room"), entries: entriesOf(body.value.entries, 10_000) };
    case "fetched":
      return {
        type: "fetched",
        room: room(body.value.room, "room"),
        entries: entriesOf(body.value.entries, 10_000),
        last: count(body.value.last, "last"),
      };
    case "inboxEvent":
      return { type: "inbox-event", entry: inboxOf(need(body.value.entry, "entry"), "entry") };
    case "inboxFetched":
      return { type: "inbox-fetched", entries: list(body.value.entries, 1000, "entries", inboxOf) };
    case "keyPackages":
      return {
        type: "key-packages",
        packages: list(body.value.packages, LIMITS.roomDevicesMax, "packages", (value, field) => ({
          device: device(value.device, `${field}.device`),
          bytes: upTo(value.bytes, LIMITS.keyPackageBytesMax, `${field}.bytes`, 1),
          lastResort: value.lastResort,
        })),
      };
    case "chains":
      return {
        type: "chains",
        chains: list(body.value.chains, LIMITS.chainGetMax, "chains", (value, field) => ({
          account: account(value.account, `${field}.account`),
          entries: chain(value.entries, `${field}.entries`),
        })),
      };
    case "directoryList":
      return {
        type: "directory-list",
        accounts: list(body.value.accounts, 1_000_000, "accounts", (value, field) => ({
          name: text(value.name, 256, `${field}.name`),
          account: account(value.account, `${field}.account`),
          online: value.online,
        })),
      };
    case "groupInfo":
      return {
        type: "group-info",
        base: count(body.value.base, "base"),
        head: count(body.value.head, "head"),
        sealed: upTo(body.value.sealed, LIMITS.groupInfoBytesMax, "sealed"),
      };
    case "done":
      return { type: "done" };
    case "drain":
      return { type: "drain", retryMs: body.value.retryMs };
    case "notice":
      return { type: "notice", text: text(body.value.text, LIMITS.textBytesMax, "text") };
    case "pong":
      return { type: "pong" };
    case "proofNeeded":
      return { type: "proof-needed" };
    case "accessPassword":
      return {
        type: "access-password",
        accessPassword: text(body.value.accessPassword, LIMITS.accessPasswordBytesMax, "access_password"),
      };
    case undefined:
      throw new Fault("malformed", "body");
    default:
      return unreachable(body);
  }
}

function opaque(bytes: Uint8Array, field: string): Uint8Array {
  return upTo(bytes, LIMITS.opaqueBytesMax, field, 1);
}

function chain(entries: readonly Uint8Array[], field: string): readonly Uint8Array[] {
  return list(entries, LIMITS.chainEntriesMax, field, (bytes, at) => upTo(bytes, LIMITS.chainEntryBytesMax, at, 1));
}

function inboxOf(value: pb.InboxEntry, field: string): InboxEntry {
  const number = count(value.number, `${field}.number`, 1);
  switch (value.kind) {
    case pb.InboxKind.LAST_RESORT_USED:
      return { number, kind: "last-resort-used" };
    case pb.InboxKind.SIGN_IN_LOCKED:
      return { number, kind: "sign-in-locked" };
    case pb.InboxKind.CHAIN_GREW:
      return { number, kind: "chain-grew" };
    case pb.InboxKind.READMIT: {
      const who = need(value.who, `${field}.who`);
      return {
        number,
        kind: "readmit",
        room: room(value.room, `${field}.room`),
        who: {
          account: account(who.account, `${field}.who.account`),
          device: device(who.device, `${field}.who.device`),
        },
        signature: exactly(value.bytes, 64, `${field}.bytes`),
      };
    }
    case pb.InboxKind.WELCOME:
      return {
        number,
        kind: "welcome",
        room: room(value.room, `${field}.room`),
        seq: count(value.seq, `${field}.seq`, 1),
        previous: exactly(value.previous, 32, `${field}.previous`),
        bytes: upTo(value.bytes, LIMITS.entryBytesMax, `${field}.bytes`, 1),
      };
    default:
      throw new Fault("malformed", `${field}.kind`);
  }
}

/** A code that this version does not know is `internal`: the relay is newer and means "no". */
function codeOf(number: number): RelayCode {
  return RELAY_CODES[number - 1] ?? "internal";
}

/** The frame as bytes. */
export function encodeFromServer(frame: FromServer): Uint8Array {
  const body = initOf(frame.body);
  const bytes = toBinary(pb.ServerFrameSchema, create(pb.ServerFrameSchema, { request: BigInt(frame.request), body }));
  return isPadded(frame.body.type) ? padded(bytes) : bytes;
}

type BodyInit = NonNullable<MessageInitShape<typeof pb.ServerFrameSchema>["body"]>;

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the mirror of bodyOf
function initOf(body: ServerBody): BodyInit {
  switch (body.type) {
    case "challenge":
      return { case: "challenge", value: body };
    case "session":
      return {
        case: "session",
        value: {
          confirmed: body.confirmed,
          admin: body.admin,
          rooms: body.rooms.map((state) => ({
            room: idBytes(state.room),
            last: BigInt(state.last),
            head: BigInt(state.head),
          })),
          inboxLast: BigInt(body.inboxLast),
          keyPackages: body.keyPackages,
          accessPassword: body.accessPassword,
          address: body.address,
          chainLength: body.chainLength,
          accountRooms: body.accountRooms.map(idBytes),
        },
      };
    case "sign-up-response":
      return { case: "signUpResponse", value: body };
    case "sign-up-pending":
      return { case: "signUpPending", value: { totpSecret: body.totpSecret, heldUntil: BigInt(body.heldUntil) } };
    case "confirmed":
      return { case: "confirmed", value: { backupCodes: [...body.backupCodes] } };
    case "sign-in-response":
      return { case: "signInResponse", value: body };
    case "signed-in":
      return { case: "signedIn", value: { account: idBytes(body.account), chain: [...body.chain] } };
    case "password-response":
      return { case: "passwordResponse", value: body };
    case "ack":
      return { case: "ack", value: { seq: BigInt(body.seq), previous: body.previous } };
    case "refused":
      return {
        case: "refused",
        value: {
          code: RELAY_CODES.indexOf(body.code) + 1,
          head: BigInt(body.head),
          retryMs: body.retryMs,
          field: body.field,
        },
      };
    case "event":
      return { case: "event", value: { room: idBytes(body.room), entries: body.entries.map(entryInit) } };
    case "fetched":
      return {
        case: "fetched",
        value: { room: idBytes(body.room), entries: body.entries.map(entryInit), last: BigInt(body.last) },
      };
    case "inbox-event":
      return { case: "inboxEvent", value: { entry: inboxInit(body.entry) } };
    case "inbox-fetched":
      return { case: "inboxFetched", value: { entries: body.entries.map(inboxInit) } };
    case "key-packages":
      return {
        case: "keyPackages",
        value: { packages: body.packages.map((one) => ({ ...one, device: idBytes(one.device) })) },
      };
    case "chains":
      return {
        case: "chains",
        value: { chains: body.chains.map((one) => ({ account: idBytes(one.account), entries: [...one.entries] })) },
      };
    case "directory-list":
      return {
        case: "directoryList",
        value: { accounts: body.accounts.map((one) => ({ ...one, account: idBytes(one.account) })) },
      };
    case "group-info":
      return { case: "groupInfo", value: { base: BigInt(body.base), head: BigInt(body.head), sealed: body.sealed } };
    case "done":
      return { case: "done", value: {} };
    case "drain":
      return { case: "drain", value: body };
    case "notice":
      return { case: "notice", value: { text: body.text } };
    case "pong":
      return { case: "pong", value: {} };
    case "proof-needed":
      return { case: "proofNeeded", value: {} };
    case "access-password":
      return { case: "accessPassword", value: { accessPassword: body.accessPassword } };
    default:
      return unreachable(body);
  }
}

function inboxInit(value: InboxEntry): MessageInitShape<typeof pb.InboxEntrySchema> {
  const number = BigInt(value.number);
  switch (value.kind) {
    case "last-resort-used":
      return { number, kind: pb.InboxKind.LAST_RESORT_USED };
    case "sign-in-locked":
      return { number, kind: pb.InboxKind.SIGN_IN_LOCKED };
    case "chain-grew":
      return { number, kind: pb.InboxKind.CHAIN_GREW };
    case "readmit":
      return {
        number,
        kind: pb.InboxKind.READMIT,
        room: idBytes(value.room),
        who: { account: idBytes(value.who.account), device: idBytes(value.who.device) },
        bytes: value.signature,
      };
    case "welcome":
      return {
        number,
        kind: pb.InboxKind.WELCOME,
        room: idBytes(value.room),
        seq: BigInt(value.seq),
        previous: value.previous,
        bytes: value.bytes,
      };
    default:
      return unreachable(value);
  }
}

/** The hash that stands where there is none, as in the Ack of a RoomCreate without a commit. */
export const NO_HASH: Uint8Array = new Uint8Array(32);

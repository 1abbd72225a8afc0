/** Client frames: bytes to checked values and back. */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { EMPTY } from "../bytes.ts";
import * as pb from "../gen/sotto/wire/v1/frame_pb.js";
import { idBytes } from "../ids.ts";
import { LIMITS } from "../limits.ts";
import { fail, ok, type Result, unreachable } from "../result.ts";
import { entriesOf, entryInit } from "./entries.ts";
import { isPadded, padded } from "./padding.ts";
import {
  account,
  between,
  count,
  decode,
  device,
  entry,
  exactly,
  Fault,
  type FrameFault,
  list,
  room,
  text,
  upTo,
} from "./read.ts";
import type { AdminAction, ClientBody, CommitBody, CommitHeader, FromClient, RoomLink } from "./types.ts";

/** Any bytes give a frame or the reason why not; never throws. */
export function parseFromClient(bytes: Uint8Array): Result<FromClient, FrameFault> {
  if (bytes.length > LIMITS.frameBytesMax) return fail({ code: "bad-length", field: "" });
  try {
    const frame = decode(pb.ClientFrameSchema, bytes);
    return ok({ request: count(frame.request, "request", 1), body: bodyOf(frame) });
  } catch (error) {
    return fail(error instanceof Fault ? error.fault : { code: "malformed", field: "" });
  }
}

/** What a commit does to the list of devices, from the header as it travelled: each device comes once, and goes once. */
export function parseHeader(bytes: Uint8Array): Result<CommitHeader, FrameFault> {
  try {
    const header = decode(pb.CommitHeaderSchema, bytes);
    const ref = (value: pb.DeviceRef, field: string) => ({
      account: account(value.account, `${field}.account`),
      device: device(value.device, `${field}.device`),
    });
    return ok({
      adds: eachOnce(list(header.adds, LIMITS.roomDevicesMax, "adds", ref), "adds"),
      removes: eachOnce(list(header.removes, LIMITS.roomDevicesMax, "removes", ref), "removes"),
    });
  } catch (error) {
    return fail(error instanceof Fault ? error.fault : { code: "malformed", field: "" });
  }
}

function eachOnce(refs: CommitHeader["adds"], field: string): CommitHeader["adds"] {
  const seen = new Set<string>();
  for (const [index, { device }] of refs.entries()) {
    if (seen.has(device)) throw new Fault("malformed", `${field}[${index}].device`);
    seen.add(device);
  }
  return refs;
}

export function encodeHeader(header: CommitHeader): Uint8Array {
  const refs = (values: CommitHeader["adds"]) =>
    values.map((value) => ({ account: idBytes(value.account), device: idBytes(value.device) }));
  const { adds, removes } = header;
  return toBinary(pb.CommitHeaderSchema, create(pb.CommitHeaderSchema, { adds: refs(adds), removes: refs(removes) }));
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one complete switch over the closed list of frames reads better whole
function bodyOf(frame: pb.ClientFrame): ClientBody {
  const { body } = frame;
  switch (body.case) {
    case "hello": {
      const { versions, nonce, accessPassword } = body.value;
      if (versions.length > 16) throw new Fault("out-of-bounds", "versions");
      return {
        type: "hello",
        versions,
        nonce: exactly(nonce, 32, "nonce"),
        accessPassword: text(accessPassword, LIMITS.accessPasswordBytesMax, "access_password"),
      };
    }
    case "resume": {
      const value = body.value;
      return {
        type: "resume",
        account: account(value.account, "account"),
        device: device(value.device, "device"),
        counter: count(value.counter, "counter", 1),
        signature: exactly(value.signature, 64, "signature"),
      };
    }
    case "signUpStart":
      return {
        type: "sign-up-start",
        name: text(body.value.name, 256, "name"),
        accessPassword: text(body.value.accessPassword, LIMITS.accessPasswordBytesMax, "access_password"),
        registrationRequest: opaque(body.value.registrationRequest, "registration_request"),
      };
    case "signUpFinish":
      return {
        type: "sign-up-finish",
        registrationRecord: opaque(body.value.registrationRecord, "registration_record"),
        chainEntry: upTo(body.value.chainEntry, LIMITS.chainEntryBytesMax, "chain_entry", 1),
      };
    case "signUpConfirm":
      return { type: "sign-up-confirm", code: text(body.value.code, 64, "code") };
    case "signInStart":
      return {
        type: "sign-in-start",
        name: text(body.value.name, 256, "name"),
        loginRequest: opaque(body.value.loginRequest, "login_request"),
      };
    case "signInFinish":
      return {
        type: "sign-in-finish",
        loginFinish: opaque(body.value.loginFinish, "login_finish"),
        code: text(body.value.code, 64, "code"),
      };
    case "passwordStart":
      return {
        type: "password-start",
        loginRequest: opaque(body.value.loginRequest, "login_request"),
        registrationRequest: opaque(body.value.registrationRequest, "registration_request"),
      };
    case "passwordFinish":
      return {
        type: "password-finish",
        loginFinish: opaque(body.value.loginFinish, "login_finish"),
        registrationRecord: opaque(body.value.registrationRecord, "registration_record"),
      };
    case "append": {
      const value = body.value;
      return {
        type: "append",
        room: room(value.room, "room"),
        id: entry(value.id, "id"),
        head: count(value.head, "head"),
        base: count(value.base, "base"),
        bytes: upTo(value.bytes, LIMITS.entryBytesMax, "bytes", 1),
        continues: value.continues,
      };
    }
    case "commit":
      return { type: "commit", ...commitOf(body.value) };
    case "roomCreate": {
      const value = body.value;
      return {
        type: "room-create",
        room: room(value.room, "room"),
        header: upTo(value.header, LIMITS.frameBytesMax, "header", 1),
        link: value.link === undefined ? undefined : (linkOf(value.link) ?? undefined),
        commit: value.commit === undefined ? undefined : commitOf(value.commit),
      };
    }
    case "fetch":
      return {
        type: "fetch",
        room: room(body.value.room, "room"),
        from: count(body.value.from, "from", 1),
        limit: between(body.value.limit, 1, LIMITS.fetchMax, "limit"),
      };
    case "cursor":
      return { type: "cursor", room: room(body.value.room, "room"), seq: count(body.value.seq, "seq") };
    case "inboxFetch":
      return { type: "inbox-fetch", from: count(body.value.from, "from", 1) };
    case "inboxCursor":
      return { type: "inbox-cursor", number: count(body.value.number, "number") };
    case "keyPackagesPut": {
      const { packages, lastResort, replace } = body.value;
      return {
        type: "key-packages-put",
        packages: list(packages, LIMITS.keyPackagesMax, "packages", (bytes, field) =>
          upTo(bytes, LIMITS.keyPackageBytesMax, field, 1),
        ),
        lastResort: lastResort.length === 0 ? undefined : upTo(lastResort, LIMITS.keyPackageBytesMax, "last_resort"),
        replace,
      };
    }
    case "keyPackagesClaim":
      return { type: "key-packages-claim", account: account(body.value.account, "account") };
    case "chainGet":
      return { type: "chain-get", accounts: list(body.value.accounts, LIMITS.chainGetMax, "accounts", account) };
    case "chainAppend":
      return { type: "chain-append", entry: upTo(body.value.entry, LIMITS.chainEntryBytesMax, "entry", 1) };
    case "directory":
      return { type: "directory", name: text(body.value.name, 256, "name") };
    case "groupInfoGet":
      return {
        type: "group-info-get",
        room: room(body.value.room, "room"),
        token: exactly(body.value.token, 32, "token"),
      };
    case "ping":
      return { type: "ping" };
    case "readmit":
      return {
        type: "readmit",
        room: room(body.value.room, "room"),
        signature: exactly(body.value.signature, 64, "signature"),
      };
    case "restore":
      return {
        type: "restore",
        room: room(body.value.room, "room"),
        previous: exactly(body.value.previous, 32, "previous"),
        entries: entriesOf(body.value.entries, LIMITS.fetchMax),
        link: body.value.link === undefined ? undefined : (linkOf(body.value.link) ?? undefined),
      };
    case "admin":
      return { type: "admin", ...actionOf(body.value.action) };
    case undefined:
      throw new Fault("malformed", "body");
    default:
      return unreachable(body);
  }
}

function actionOf(action: pb.Admin["action"]): AdminAction {
  switch (action.case) {
    case "kick":
    case "ban":
    case "unban":
      return { action: action.case, name: text(action.value, 256, action.case) };
    case "announce":
      return { action: "announce", text: text(action.value, LIMITS.noticeCharactersMax, "announce") };
    case "regen":
    case "stop":
      return { action: action.case };
    case undefined:
      throw new Fault("malformed", "action");
    default:
      return unreachable(action);
  }
}

function opaque(bytes: Uint8Array, field: string): Uint8Array {
  return upTo(bytes, LIMITS.opaqueBytesMax, field, 1);
}

function linkOf(link: pb.RoomLink): RoomLink | null {
  if (link.tokenHash.length === 0 && link.groupInfo.length === 0) return null;
  return {
    tokenHash: exactly(link.tokenHash, 32, "link.token_hash"),
    groupInfo: upTo(link.groupInfo, LIMITS.groupInfoBytesMax, "link.group_info", 1),
  };
}

function commitOf(value: pb.Commit): CommitBody {
  return {
    room: room(value.room, "room"),
    id: entry(value.id, "id"),
    head: count(value.head, "head"),
    base: count(value.base, "base"),
    bytes: upTo(value.bytes, LIMITS.entryBytesMax, "bytes", 1),
    header: upTo(value.header, LIMITS.frameBytesMax, "header"),
    welcomes: list(value.welcomes, LIMITS.roomDevicesMax, "welcomes", (welcome, field) => ({
      device: device(welcome.device, `${field}.device`),
      bytes: upTo(welcome.bytes, LIMITS.entryBytesMax, `${field}.bytes`, 1),
    })),
    link: value.link === undefined ? undefined : linkOf(value.link),
    joinToken: value.joinToken.length === 0 ? undefined : exactly(value.joinToken, 32, "join_token"),
  };
}

/** The frame as bytes. */
export function encodeFromClient(frame: FromClient): Uint8Array {
  const body = initOf(frame.body);
  const bytes = toBinary(pb.ClientFrameSchema, create(pb.ClientFrameSchema, { request: BigInt(frame.request), body }));
  return isPadded(frame.body.type) ? padded(bytes) : bytes;
}

type BodyInit = NonNullable<MessageInitShape<typeof pb.ClientFrameSchema>["body"]>;

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the mirror of bodyOf
function initOf(body: ClientBody): BodyInit {
  switch (body.type) {
    case "hello":
      return {
        case: "hello",
        value: { versions: [...body.versions], nonce: body.nonce, accessPassword: body.accessPassword },
      };
    case "resume":
      return {
        case: "resume",
        value: {
          account: idBytes(body.account),
          device: idBytes(body.device),
          counter: BigInt(body.counter),
          signature: body.signature,
        },
      };
    case "sign-up-start":
      return { case: "signUpStart", value: body };
    case "sign-up-finish":
      return { case: "signUpFinish", value: body };
    case "sign-up-confirm":
      return { case: "signUpConfirm", value: body };
    case "sign-in-start":
      return { case: "signInStart", value: body };
    case "sign-in-finish":
      return { case: "signInFinish", value: body };
    case "password-start":
      return { case: "passwordStart", value: body };
    case "password-finish":
      return { case: "passwordFinish", value: body };
    case "append":
      return {
        case: "append",
        value: {
          room: idBytes(body.room),
          id: idBytes(body.id),
          head: BigInt(body.head),
          base: BigInt(body.base),
          bytes: body.bytes,
          continues: body.continues,
        },
      };
    case "commit":
      return { case: "commit", value: commitInit(body) };
    case "room-create":
      return {
        case: "roomCreate",
        value: {
          room: idBytes(body.room),
          header: body.header,
          ...(body.link === undefined ? {} : { link: body.link }),
          ...(body.commit === undefined ? {} : { commit: commitInit(body.commit) }),
        },
      };
    case "fetch":
      return { case: "fetch", value: { room: idBytes(body.room), from: BigInt(body.from), limit: body.limit } };
    case "cursor":
      return { case: "cursor", value: { room: idBytes(body.room), seq: BigInt(body.seq) } };
    case "inbox-fetch":
      return { case: "inboxFetch", value: { from: BigInt(body.from) } };
    case "inbox-cursor":
      return { case: "inboxCursor", value: { number: BigInt(body.number) } };
    case "key-packages-put":
      return {
        case: "keyPackagesPut",
        value: { packages: [...body.packages], lastResort: body.lastResort ?? EMPTY, replace: body.replace },
      };
    case "key-packages-claim":
      return { case: "keyPackagesClaim", value: { account: idBytes(body.account) } };
    case "chain-get":
      return { case: "chainGet", value: { accounts: body.accounts.map(idBytes) } };
    case "chain-append":
      return { case: "chainAppend", value: { entry: body.entry } };
    case "directory":
      return { case: "directory", value: { name: body.name } };
    case "group-info-get":
      return { case: "groupInfoGet", value: { room: idBytes(body.room), token: body.token } };
    case "ping":
      return { case: "ping", value: {} };
    case "readmit":
      return { case: "readmit", value: { room: idBytes(body.room), signature: body.signature } };
    case "restore":
      return {
        case: "restore",
        value: {
          room: idBytes(body.room),
          previous: body.previous,
          entries: body.entries.map(entryInit),
          ...(body.link === undefined ? {} : { link: body.link }),
        },
      };
    case "admin":
      return { case: "admin", value: { action: actionInit(body) } };
    default:
      return unreachable(body);
  }
}

function actionInit(body: AdminAction): NonNullable<MessageInitShape<typeof pb.AdminSchema>["action"]> {
  switch (body.action) {
    case "kick":
    case "ban":
    case "unban":
      return { case: body.action, value: body.name };
    case "announce":
      return { case: "announce", value: body.text };
    default:
      return { case: body.action, value: {} };
  }
}

function commitInit(body: CommitBody): MessageInitShape<typeof pb.CommitSchema> {
  return {
    room: idBytes(body.room),
    id: idBytes(body.id),
    head: BigInt(body.head),
    base: BigInt(body.base),
    bytes: body.bytes,
    header: body.header,
    welcomes: body.welcomes.map((welcome) => ({ device: idBytes(welcome.device), bytes: welcome.bytes })),
    ...(body.link === undefined ? {} : { link: body.link ?? { tokenHash: EMPTY, groupInfo: EMPTY } }),
    joinToken: body.joinToken ?? EMPTY,
  };
}

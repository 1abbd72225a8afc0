/** Getting in: sign-up and the first code. Signing in is sign-in.ts, opening a profile unlock.ts. */
import {
  assert,
  type Code,
  chainEntryHash,
  deviceHash,
  equalBytes,
  idOf,
  LIMITS,
  type Link,
  makeChainEntry,
  parseLink,
  type ServerBody,
  toHex,
  type UserName,
  userName,
  utf8,
} from "@sotto/wire";
import type { Params } from "./api.ts";
import { readContact } from "./identity/contacts.ts";
import { makeRecovery } from "./identity/recovery.ts";
import { VaultError } from "./ports.ts";
import type { AccountRecord } from "./records.ts";
import { online } from "./session.ts";
import type { Shown } from "./state.ts";
import type { Turn } from "./turn.ts";
import { personal } from "./words.ts";

/** 10 characters or more, without the user name in it. */
export function isStrong(password: string, name: string): boolean {
  const characters = [...password].length;
  const fits = characters >= LIMITS.passwordCharactersMin && utf8(password).length <= LIMITS.passwordBytesMax;
  return fits && !password.toLowerCase().includes(name);
}

export interface Newcomer {
  readonly command: number;
  readonly link: Link;
  readonly name: UserName;
  readonly password: string;
}

/** Registers the password, makes device, recovery key and chain, and keeps them before the relay is told. */
export async function signUp(turn: Turn, command: number, params: Params<"account.signUp">): Promise<void> {
  const newcomer = newcomerOf(turn, command, params);
  if (newcomer === undefined) return;
  if (!isStrong(newcomer.password, newcomer.name)) return turn.refuse(command, "weak-password");
  enter(turn, newcomer, async (later, challenge, shown) => {
    const start = await later.ports.opaque.registerStart(newcomer.password);
    const { name, link } = newcomer;
    const accessPassword = link.accessPassword ?? "";
    later.ask(
      { type: "sign-up-start", name, accessPassword, registrationRequest: start.request },
      async (next, body) => {
        if (body?.type !== "sign-up-response") return leave(next, command, body);
        const registrationRecord = await next.ports.opaque.registerFinish({
          state: start.state,
          response: body.registrationResponse,
          password: newcomer.password,
          name,
          relay: toHex(challenge.relay),
        });
        await settleIn(next, newcomer, challenge, shown, registrationRecord);
        return undefined;
      },
    );
  });
}

async function settleIn(
  turn: Turn,
  newcomer: Newcomer,
  { relay, generation }: Extract<ServerBody, { type: "challenge" }>,
  shown: Shown,
  registrationRecord: Uint8Array,
): Promise<void> {
  const { crypto, vault } = turn.ports;
  const { command, name, link, password } = newcomer;
  const privateKey = turn.random(32);
  const deviceKey = crypto.publicKey(privateKey);
  const recovery = makeRecovery(crypto);
  const chainEntry = makeChainEntry(
    undefined,
    { kind: "create", name, relay, deviceKey, recoveryKey: recovery.publicKey },
    turn.now,
    (message) => crypto.sign(privateKey, message),
    (message) => crypto.sign(recovery.signKey, message),
  );
  const device = idOf.device(deviceHash(deviceKey, (bytes) => crypto.sha256(bytes)));
  const contact = contactOf(turn, relay, chainEntry);
  const me: AccountRecord = {
    account: contact.account,
    device,
    name,
    privateKey,
    relay,
    host: link.host,
    port: link.port,
    pin: lastingPin(shown),
    counter: 0,
    generation,
    confirmed: false,
    inbox: 0,
    halted: undefined,
    access: link.accessPassword,
  };
  try {
    turn.set({ store: await vault.create(password), me });
  } catch (error) {
    return refuseVault(turn, command, error);
  }
  turn.putMe({});
  turn.putContact(contact);
  turn.ask({ type: "sign-up-finish", registrationRecord, chainEntry }, async (later, body) => {
    if (body?.type !== "sign-up-pending") {
      await abandon(later);
      return leave(later, command, body);
    }
    const totpUri = otpauthUri(name, link.host, body.totpSecret);
    later.answer(command, { accountId: me.account, deviceId: device, totpUri, recoveryPhrase: recovery.phrase });
    return undefined;
  });
}

/**
 * What a device holds the relay to from now on: the key that was pinned or shown at first use. Where the system's roots
 * vouch for the name there is none: authorities change their keys, and the relay id is compared in any case.
 */
export function lastingPin({ trust, pin }: Shown): Uint8Array | undefined {
  return trust === "system" ? undefined : pin;
}

/** The account or device never came to be at the relay: nothing of it stays. */
export async function abandon(turn: Turn): Promise<void> {
  await turn.ports.vault.discard();
  turn.set({ store: undefined, me: undefined, contacts: new Map(), names: new Map(), notes: new Map() });
}

function contactOf(turn: Turn, relay: Uint8Array, chainEntry: Uint8Array) {
  const { crypto } = turn.ports;
  const hash = (bytes: Uint8Array) => crypto.sha256(bytes);
  const account = idOf.account(chainEntryHash(chainEntry, hash));
  const contact = readContact(crypto, relay, { account, entries: [chainEntry], conflict: false });
  assert(contact !== undefined, "the own chain entry holds");
  return contact;
}

/** Proves the second factor; the account lives from here on. */
export async function confirmOtp(turn: Turn, command: number, { code }: Params<"account.confirmOtp">): Promise<void> {
  const { me, session, halted } = turn.state;
  if (me === undefined) return turn.refuse(command, "not-signed-in");
  if (me.confirmed) return turn.refuse(command, "not-allowed");
  if (halted !== undefined) return turn.refuse(command, halted);
  if (session.state === "offline") return turn.refuse(command, "offline");
  if (session.state === "dialing" || (session.state === "handshake" && session.resuming)) {
    const again = async (later: Turn, fault: Code | undefined) =>
      fault === undefined || fault === "otp-pending"
        ? confirmOtp(later, command, { code })
        : later.refuse(command, fault);
    return turn.set({ parked: [...turn.state.parked, again] });
  }
  let backupCodes: readonly string[] | undefined;
  turn.ask({ type: "sign-up-confirm", code }, async (later, body) => {
    if (body?.type === "confirmed") {
      backupCodes = body.backupCodes;
      later.putMe({ confirmed: true });
      return true;
    }
    if (body?.type === "session" && backupCodes !== undefined) {
      await online(later, body);
      later.answer(command, { backupCodes });
    } else if (backupCodes !== undefined) {
      later.answer(command, { backupCodes });
    } else if (body?.type === "refused") {
      later.refuse(command, personal(body.code), body.retryMs || undefined);
    } else {
      later.refuse(command, "offline");
    }
    return undefined;
  });
}

/** Who may come in here and with which link; refuses the command otherwise. */
export function newcomerOf(
  turn: Turn,
  command: number,
  params: { readonly link: string; readonly username: string; readonly password: string },
): Newcomer | undefined {
  const link = parseLink(params.link);
  const name = userName(params.username);
  const { vault } = turn.ports;
  const fault: Code | undefined =
    vault.state !== "none" || turn.state.session.state !== "offline"
      ? "not-allowed"
      : link === undefined
        ? "bad-link"
        : name === undefined
          ? "bad-name"
          : undefined;
  if (fault !== undefined) turn.refuse(command, fault);
  return fault === undefined && link && name ? { command, link, name, password: params.password } : undefined;
}

/** Connects for a newcomer; the relay's id is the key that it showed, unless public certificates vouch for it. */
export function enter(
  turn: Turn,
  { command, link }: Newcomer,
  begin: (turn: Turn, challenge: Extract<ServerBody, { type: "challenge" }>, shown: Shown) => Promise<void>,
): void {
  turn.set({ halted: undefined });
  turn.dial(
    {
      target: { host: link.host, port: link.port, pin: link.pin, relay: undefined },
      accessPassword: link.accessPassword,
      // Where the vault holds keys by now, the answer to the last request, or the next session, decides.
      failed: async (later, code) => (later.state.me === undefined ? later.refuse(command, code) : undefined),
      challenged: async (later, challenge, shown) => {
        if (shown.trust !== "system" && !equalBytes(challenge.relay, shown.pin)) {
          later.refuse(command, "wrong-pin");
          return later.hangUp();
        }
        await begin(later, challenge, shown);
      },
    },
    0,
  );
}

/** The way in ended: with the relay's reason, or because the connection did. */
export function leave(turn: Turn, command: number, body: ServerBody | undefined): undefined {
  if (body?.type === "refused") turn.refuse(command, personal(body.code), body.retryMs || undefined);
  else turn.refuse(command, body === undefined ? "offline" : "internal");
  turn.hangUp();
}

export function refuseVault(turn: Turn, command: number, error: unknown): void {
  turn.hangUp();
  if (!(error instanceof VaultError)) throw error;
  turn.refuse(command, error.code, undefined, error.message);
}

/** Refuses a command with the relay's reason, or `offline` when the connection was lost before there was one. */
export function refuseReply(turn: Turn, command: number, body: ServerBody | undefined): undefined {
  if (body?.type === "refused") turn.refuse(command, personal(body.code), body.retryMs || undefined);
  else turn.refuse(command, body === undefined ? "offline" : "internal");
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The key URI that authenticator apps read from the QR code: SHA-1, 6 digits, 30 seconds. */
function otpauthUri(name: string, host: string, secret: Uint8Array): string {
  let bits = "";
  for (const byte of secret) bits += byte.toString(2).padStart(8, "0");
  const text = (bits.match(/.{5}/g) ?? []).map((five) => BASE32[Number.parseInt(five, 2)]).join("");
  const label = `${encodeURIComponent("sotto")}:${encodeURIComponent(`${name}@${host}`)}`;
  return `otpauth://totp/${label}?secret=${text}&issuer=sotto&algorithm=SHA1&digits=6&period=30`;
}

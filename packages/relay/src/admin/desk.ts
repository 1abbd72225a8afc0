/** Answers `sottoctl`: what the relay knows, as tables, and the orders of {@link ordered} by whoever owns the folder. */
import { type SettingInForce, unreachable } from "@sotto/wire";
import { fingerprint } from "../crypto.ts";
import type { Refusal } from "../refusal.ts";
import type { Services } from "../services.ts";
import type { UserRecord } from "../store/store.ts";
import { announce, ban, kick, type Orderer, renew, stop, unban } from "./orders.ts";
import { type AdminReply, type AdminRequest, parseAdminRequest, type Row } from "./protocol.ts";

/** What the relay itself does not know about the process it runs in. */
export interface Facts {
  readonly version: string;
  readonly pid: number;
  readonly url: string;
  /** With the access password of now. */
  readonly link: () => string;
  readonly startedAt: number;
  readonly settings: readonly SettingInForce[];
}

/** Who asks is known by being able to open the socket. */
const OPERATOR: Orderer = { name: undefined, address: "sottoctl" };

export class Desk {
  readonly #services: Services;
  readonly #facts: Facts;

  constructor(services: Services, facts: Facts) {
    this.#services = services;
    this.#facts = facts;
  }

  /** @param line - as it came; the answer is one line too, without its end. */
  async answer(line: string): Promise<string> {
    const request = parseAdminRequest(line);
    if (!request.ok) return JSON.stringify(failed(request.error, "sottoctl --help shows what it understands"));
    try {
      return JSON.stringify(await this.#reply(request.value));
    } catch (error) {
      this.#services.journal.error({ err: error, command: request.value.command }, "an order failed");
      return JSON.stringify(failed("the relay could not do it", "its log says why"));
    }
  }

  async #reply(request: AdminRequest): Promise<AdminReply> {
    const services = this.#services;
    switch (request.command) {
      case "status":
        return rows([await this.#status()]);
      case "online":
        return rows(await this.#online());
      case "users":
        return rows(await this.#users());
      case "audit":
        return rows(await this.#audit(request.limit));
      case "config":
        return rows(this.#facts.settings.map(settingRow));
      case "link":
        return rows([this.#link()]);
      case "regen": {
        const renewed = renew(services, OPERATOR);
        return renewed.ok ? rows([this.#link()]) : refusedReply(renewed.error, "");
      }
      case "kick":
      case "ban": {
        const ended = await (request.command === "kick" ? kick : ban)(services, OPERATOR, request.name);
        if (!ended.ok) return refusedReply(ended.error, request.name);
        return rows([{ name: request.name, connectionsEnded: ended.value }]);
      }
      case "unban": {
        const lifted = await unban(services, OPERATOR, request.name);
        return lifted.ok
          ? rows([{ name: request.name, wasBanned: lifted.value }])
          : refusedReply(lifted.error, request.name);
      }
      case "announce":
        return rows([{ devicesReached: announce(services, OPERATOR, request.text) }]);
      case "stop":
        stop(services, OPERATOR);
        return rows([{ stopping: true, pid: this.#facts.pid }]);
      default:
        return unreachable(request);
    }
  }

  async #status(): Promise<Row> {
    const { store, gate, connections, config } = this.#services;
    const { version, pid, url, startedAt } = this.#facts;
    const users = await store.users();
    return {
      version,
      pid,
      url,
      address: this.#services.address(),
      since: timeOf(startedAt),
      accounts: users.filter(({ confirmed }) => confirmed).length,
      connections: connections.size,
      signedIn: [...connections].filter(({ userName }) => userName !== undefined).length,
      banned: (await store.bans()).length,
      accessFor: config.access.for,
      accessPassword: gate.password === undefined ? "none" : gate.fixedBy === "" ? "renewed by regen" : "fixed",
    };
  }

  async #online(): Promise<readonly Row[]> {
    const connections = await this.#services.store.connections();
    return connections.map(({ id, address, since, name }) => {
      const status = name === undefined ? "anonymous" : "registered";
      return { id, address, status, name: name ?? null, since: timeOf(since) };
    });
  }

  async #users(): Promise<readonly Row[]> {
    const { store, connections } = this.#services;
    const online = new Set([...connections].map(({ userName }) => userName));
    return (await store.users()).map((user) => ({
      name: user.name,
      verifierFingerprint: fingerprint(user.registration),
      lastAddress: user.lastAddress ?? null,
      status: statusOf(user),
      online: online.has(user.name),
      admin: user.admin,
    }));
  }

  async #audit(limit: number): Promise<readonly Row[]> {
    const lines = await this.#services.store.audits(limit);
    return lines.map(({ time, event, address, name, about, code }) => {
      return { time: timeOf(time), event, address, name: name ?? null, about: about ?? null, code: code ?? null };
    });
  }

  #link(): Row {
    return { link: this.#facts.link(), accessPassword: this.#services.gate.password ?? null };
  }
}

function statusOf({ banned, confirmed }: UserRecord): "banned" | "active" | "held" {
  if (banned) return "banned";
  return confirmed ? "active" : "held";
}

function settingRow({ key, value, secret, from }: SettingInForce): Row {
  if (value === undefined) return { key, value: "(not set)", from };
  return { key, value: secret ? "(not shown)" : value, from };
}

const timeOf = (ms: number): string => new Date(ms).toISOString();
const rows = (all: readonly Row[]): AdminReply => ({ ok: true, rows: all });
const failed = (message: string, hint: string): AdminReply => ({ ok: false, message, hint });

function refusedReply({ code, field }: Refusal, name: string): AdminReply {
  if (code === "unknown-user") return failed(`nobody is called ${JSON.stringify(name)}`, "sottoctl users shows who is");
  if (field === "access.for") return failed("this relay is open: no access password is needed", "see access.for");
  if (field === "access.password") {
    const hint = "take access.password out of the configuration and start sottod again: each start makes a new one";
    return failed("the access password is fixed by access.password in the configuration", hint);
  }
  return failed(`refused: ${code}`, "see docs/relay.md");
}

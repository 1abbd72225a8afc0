/** One request to the running relay, over the socket in its data folder. */
import { connect } from "node:net";
import { EXIT } from "@sotto/wire";
import { type AdminReply, type AdminRequest, parseAdminReply } from "../admin/protocol.ts";
import { socketPath } from "../admin/socket-path.ts";
import { Trouble } from "../trouble.ts";

const ANSWER_MS = 20_000;

/** @throws Trouble when nobody answers there. */
export async function ask(data: string, request: AdminRequest): Promise<AdminReply> {
  let text: string;
  try {
    text = await exchange(socketPath(data), `${JSON.stringify(request)}\n`);
  } catch (cause) {
    throw explained(data, cause);
  }
  const reply = parseAdminReply(text);
  if (reply !== undefined) return reply;
  throw new Trouble(
    `the relay on ${data} did not answer as this program understands`,
    "it may have just ended, or be of another version: sottoctl --version, and its log",
  );
}

function exchange(path: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let answer = "";
    socket.setEncoding("utf8");
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
    socket.on("connect", () => socket.write(line));
    socket.on("data", (chunk) => {
      answer += String(chunk);
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
  });
}

function explained(data: string, cause: unknown): Trouble {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  if (code === "EACCES" || code === "EPERM") {
    return new Trouble(
      `no permission to speak to the relay on ${data}`,
      "run sottoctl as the user that runs sottod, such as with sudo -u",
      EXIT.failed,
      cause,
    );
  }
  if (code === "ENOENT" || code === "ENOTDIR" || code === "ECONNREFUSED") {
    return new Trouble(
      `no relay is running on ${data}`,
      `start it with sottod --data ${data}, or name the folder of the one that runs with --data DIR`,
      EXIT.failed,
      cause,
    );
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Trouble(`cannot speak to the relay on ${data}: ${reason}`, "its log may say why", EXIT.failed, cause);
}

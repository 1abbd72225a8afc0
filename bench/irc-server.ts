/** As much of an IRC server as WeeChat asks for: one room, and somebody in it who writes. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";

const ROOM = "#general";
const STEP_MS = 20;

export class IrcServer implements AsyncDisposable {
  sent = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #timer: NodeJS.Timeout | undefined;

  private constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        for (const line of chunk.toString().split("\r\n")) this.#answer(socket, line);
      });
    });
  }

  static async open(): Promise<IrcServer> {
    const made = new IrcServer();
    made.#server.listen(0, "127.0.0.1");
    await once(made.#server, "listening");
    return made;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  say(text: string): void {
    for (const socket of this.#sockets) socket.write(`:bob!bob@bench PRIVMSG ${ROOM} :${text}\r\n`);
  }

  flood(perSecond: number): void {
    const [startedAt, before] = [performance.now(), this.sent];
    this.#timer = setInterval(() => {
      const due = before + Math.floor(((performance.now() - startedAt) / 1000) * perSecond);
      for (; this.sent < due; this.sent++) this.say(`message ${this.sent} of those that come in while somebody types`);
    }, STEP_MS);
  }

  calm(): void {
    clearInterval(this.#timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.calm();
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #answer(socket: Socket, line: string): void {
    const [word, what = ""] = line.split(" ");
    if (word === "USER") socket.write(":bench 001 alice :welcome\r\n:bench 376 alice :end\r\n");
    if (word === "PING") socket.write(`:bench PONG bench ${what}\r\n`);
    if (word !== "JOIN") return;
    socket.write(`:alice!alice@bench JOIN ${ROOM}\r\n`);
    socket.write(`:bench 353 alice = ${ROOM} :alice bob\r\n:bench 366 alice ${ROOM} :end\r\n`);
  }
}

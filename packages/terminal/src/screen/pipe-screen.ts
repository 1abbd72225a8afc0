/** The plain mode without a terminal on both sides: lines in, lines out, no escape bytes at all. */
import type { ReadStream } from "node:tty";
import { error, type Line, type Look, renderLine } from "../output.ts";
import { lines } from "../rpc/lines.ts";
import { say } from "../text/index.ts";
import { KeyReader } from "./keys.ts";
import type { Screen } from "./screen.ts";

export class PipeScreen implements Screen {
  readonly look: Look = { isTerminal: false, colour: false, byEar: true };
  readonly #input: NodeJS.ReadableStream & AsyncIterable<Uint8Array>;
  readonly #output: NodeJS.WritableStream;
  readonly #lines: AsyncGenerator<string>;

  constructor(input: NodeJS.ReadableStream & AsyncIterable<Uint8Array>, output: NodeJS.WritableStream) {
    this.#input = input;
    this.#output = output;
    this.#lines = this.#texts();
  }

  size(): { columns: number; rows: number } {
    return { columns: 80, rows: 24 };
  }

  print(...all: readonly Line[]): void {
    for (const line of all) this.#output.write(`${renderLine(line, false)}\n`);
  }

  prompt(): void {}

  entered(): void {}

  async read(): Promise<string | undefined> {
    const next = await this.#lines.next();
    return next.done ? undefined : next.value;
  }

  async ask(question: string, { secret = false } = {}): Promise<string | undefined> {
    this.print([question]);
    return secret && isTerminal(this.#input) ? readSecret(this.#input) : this.read();
  }

  setCompletion(): void {}

  close(): void {}

  async *#texts(): AsyncGenerator<string> {
    for await (const line of lines(this.#input)) {
      if (line.type === "line") yield line.text;
      else {
        const { tooLong, notUtf8 } = say().plain.screen;
        this.print(error(line.type === "too-long" ? tooLong : notUtf8));
      }
    }
  }
}

/** A line from a terminal that does not show what is typed; undefined when it ended or Ctrl-C was pressed. */
export function readSecret(input: ReadStream): Promise<string | undefined> {
  const keys = new KeyReader();
  let text = "";
  input.setRawMode(true);
  input.resume();
  return new Promise((resolve) => {
    const finish = (value: string | undefined): void => {
      input.off("data", take);
      input.off("end", end);
      input.setRawMode(false);
      input.pause();
      resolve(value);
    };
    const end = (): void => finish(undefined);
    const take = (chunk: Buffer): void => {
      for (const key of keys.read(chunk)) {
        if (key.type === "text" || key.type === "paste") text += key.text;
        if (key.type !== "chord") continue;
        if (key.chord === "enter" || key.chord === "ctrl+j") {
          finish(text);
          return;
        }
        if (key.chord === "ctrl+c" || (key.chord === "ctrl+d" && text === "")) {
          finish(undefined);
          return;
        }
        if (key.chord === "backspace") text = [...text].slice(0, -1).join("");
        else if (key.chord === "ctrl+u") text = "";
      }
    };
    input.on("data", take);
    input.on("end", end);
  });
}

function isTerminal(input: object): input is ReadStream {
  return "isTTY" in input && input.isTTY === true;
}

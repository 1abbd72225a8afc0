import type { Mutation } from "./mutation.ts";

const RPC = "packages/terminal/test/rpc.test.ts";
const EDITOR = "packages/terminal/test/editor.test.ts";
const PLAIN = "packages/terminal/test/plain.test.ts";

/** What a person and a script see: every way out, and every line that comes in. */
export const TERMINAL: readonly Mutation[] = [
  {
    name: "print-sanitiser",
    breaks: "what others wrote is printed as it is",
    file: "packages/terminal/src/output.ts",
    text: `const clean = span.lines ? sanitiseText(span.text).replaceAll("\\n", INDENT) : sanitiseLine(span.text);`,
    by: `const clean = span.lines ? span.text.replaceAll("\\n", INDENT) : sanitiseLine(span.text);`,
    test: {
      file: PLAIN,
      title: "whatever a line is made of, only the styles of this program are escapes, and only with colour",
    },
  },
  {
    name: "print-line-of-ours",
    breaks: "a text of several lines can look like lines of this program",
    file: "packages/terminal/src/output.ts",
    text: `const INDENT = "\\n    ";`,
    by: `const INDENT = "\\n";`,
    test: { file: PLAIN, title: "reads as in the golden file" },
  },
  {
    name: "room-tag",
    breaks: "a room's name can pass for a sender or a time",
    file: "packages/terminal/src/plain/rooms.ts",
    text: `const name = sanitiseName(room.name).replace(NOT_IN_TAGS, "-");`,
    by: "const name = room.name;",
    test: { file: PLAIN, title: "whose name looks like a message are shown as one word" },
  },
  {
    name: "typed-control",
    breaks: "what is pasted into the line reaches the terminal as it is",
    file: "packages/terminal/src/screen/layout.ts",
    text: "const shown = sanitiseLine(grapheme);",
    by: "const shown = grapheme;",
    test: { file: EDITOR, title: "escapes inside a paste and a typed control are not written to the terminal" },
  },
  {
    name: "paste-sends",
    breaks: "a paste of several lines is sent line by line",
    file: "packages/terminal/src/screen/composer.ts",
    text: `return plainText(text).replace(/\\n{1,1000}$/, "");`,
    by: `return plainText(text).split("\\n")[0] ?? "";`,
    test: { file: EDITOR, title: "a paste of several lines is one message and sends nothing by itself" },
  },
  {
    name: "secret-shown",
    breaks: "a password is shown while it is typed",
    file: "packages/terminal/src/screen/editor.ts",
    text: `const shown = this.#kind === "secret" ? EMPTY_COMPOSER : this.#editing.composer;`,
    by: "const shown = this.#editing.composer;",
    test: {
      file: EDITOR,
      title: "a secret is not shown, not kept in the history, and gives back the line that was typed",
    },
  },
  {
    name: "secret-in-history",
    breaks: "a password comes back with the up key",
    file: "packages/terminal/src/screen/editor.ts",
    text: `if (this.#kind === "line") this.#remember(text);`,
    by: "this.#remember(text);",
    test: {
      file: EDITOR,
      title: "a secret is not shown, not kept in the history, and gives back the line that was typed",
    },
  },
  {
    name: "command-sent",
    breaks: "an unknown command is sent as a message",
    file: "packages/terminal/src/plain/input.ts",
    text: "if (command !== null) {",
    by: `if (command !== null && ["help", "quit"].includes(command[1] ?? "")) {`,
    test: { file: PLAIN, title: "$line", row: "/talk  bob" },
  },
  {
    name: "rpc-line",
    breaks: "a request line may be as long as it likes",
    file: "packages/terminal/src/rpc/lines.ts",
    text: "if (bytes > bytesMax) {",
    by: "if (bytes > 1000 * bytesMax) {",
    test: { file: RPC, title: "longer than the bound are refused while they still come, and the next one is read" },
  },
  {
    name: "rpc-value-told",
    breaks: "a wrong parameter is repeated in the answer",
    file: "packages/terminal/src/rpc/params.ts",
    text: "if (!check.is(value)) return fail(`",
    by: "if (!check.is(value)) return fail(JSON.stringify(value) + `",
    test: { file: RPC, title: "a fault never repeats a value, which may be a password" },
  },
  {
    name: "rpc-inherited",
    breaks: "a parameter is taken from what every object has",
    file: "packages/terminal/src/rpc/params.ts",
    text: "const value = Object.hasOwn(fields, name) ? fields[name] : undefined;",
    by: "const value = fields[name];",
    test: { file: RPC, title: "are inherited from nowhere" },
  },
  {
    name: "rpc-unchecked",
    breaks: "a parameter of the wrong kind is passed on",
    file: "packages/terminal/src/rpc/params.ts",
    text: "if (!check.is(value)) return fail(",
    by: 'if (name === "") return fail(',
    test: { file: RPC, title: "of $method: $params is refused: $fault" },
  },
  {
    name: "typed-into-a-question",
    breaks: "a letter that was typed for the line answers a question that opened meanwhile",
    file: "packages/terminal/src/full/overlay-stack.ts",
    text: "if (isTyping && top === this.#untimely && isForLine(key)) return false;",
    by: "if (isTyping && top === undefined) return false;",
    test: {
      file: "packages/terminal/test/full-races.test.ts",
      title: "is not answered by the letters of that line, which go on being its letters",
    },
  },
];

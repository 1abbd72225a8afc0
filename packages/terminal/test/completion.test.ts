/**
 * Completion in the real shells: keys are typed at a pseudo-terminal, the line is entered, and what a `sotto` that does
 * nothing else writes down of its arguments is looked at. A shell that is not on this machine is left out by name.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pty from "@lydell/node-pty";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { COMMAND_NAMES, COMMANDS, type Form, MAIN, SHELLS, type Shell } from "../src/command-line.ts";
import { completionScript } from "../src/completion/script.ts";
import { setLanguage } from "../src/text/index.ts";

/** Everything that a shell would expand, in names that a stranger chose. */
const NAMES = [
  "general",
  "@bob",
  "ha$(touch pwned)`touch pwned`",
  "it's\\a;touch|pwned&*?[a]{b,c}",
  "#--lines",
  "salon-été",
];

const folder = mkdtempSync(join(tmpdir(), "sotto-completion-"));
const log = join(folder, "log");

afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => writeFileSync(log, ""));

mkdirSync(join(folder, "bin"));
mkdirSync(join(folder, "some folder"));
mkdirSync(join(folder, "data", "sotto", "work"), { recursive: true });
writeFileSync(join(folder, "secret file"), "x\n");
writeFileSync(join(folder, "names"), `${NAMES.join("\n")}\n`);
writeFileSync(
  join(folder, "bin", "sotto"),
  `#!/bin/sh
if [ "$1 $2" = "rooms --names" ]; then printf '%s\\n' "asked $*" >> '${log}'; exec cat '${join(folder, "names")}'; fi
printf 'ran' >> '${log}'
for word; do printf '\\t%s' "$word" >> '${log}'; done
printf '\\n' >> '${log}'
`,
);
chmodSync(join(folder, "bin", "sotto"), 0o755);
for (const shell of SHELLS) writeFileSync(join(folder, `script.${shell}`), completionScript(shell));

const isHere = (shell: Shell): boolean => spawnSync(shell, ["-c", "exit 0"]).status === 0;

const PROMPT = "ready> ";
const STARTS: Readonly<
  Record<Shell, { readonly args: readonly string[]; readonly rc: string; readonly file: string }>
> = {
  bash: {
    args: ["--noprofile", "--rcfile", join(folder, ".bashrc"), "-i"],
    rc: `PS1='${PROMPT}'\nbind 'set enable-bracketed-paste off'\nsource '${join(folder, "script.bash")}'\n`,
    file: ".bashrc",
  },
  zsh: {
    args: ["-i"],
    rc: `PS1='${PROMPT}'\nautoload -Uz compinit && compinit -D\neval "$(cat '${join(folder, "script.zsh")}')"\n`,
    file: ".zshrc",
  },
  fish: {
    args: [
      "--no-config",
      "-i",
      "-C",
      `function fish_prompt; printf '${PROMPT}'; end; source '${join(folder, "script.fish")}'`,
    ],
    rc: "",
    file: ".fishrc",
  },
};

/** Types the keys and Enter at a fresh shell. @returns the lines of the log, once the command has run. */
async function typed(shell: Shell, keys: string): Promise<readonly string[]> {
  const { args, rc, file } = STARTS[shell];
  writeFileSync(join(folder, file), rc);
  const terminal = pty.spawn(shell, [...args], {
    cols: 200,
    rows: 24,
    cwd: folder,
    env: {
      PATH: `${join(folder, "bin")}:${process.env.PATH}`,
      HOME: folder,
      ZDOTDIR: folder,
      XDG_DATA_HOME: join(folder, "data"),
      XDG_CONFIG_HOME: join(folder, "config"),
      TERM: "xterm",
      LANG: "C.UTF-8",
      HISTFILE: "",
    },
  });
  let out = "";
  let hasTyped = false;
  const entered = new Promise<void>((resolve, reject) => {
    terminal.onData((data) => {
      out += data;
      // Fish asks what terminal this is, and waits for the answer.
      if (data.includes("\u001b[c")) terminal.write("\u001b[?62c");
      if (!hasTyped && out.includes(PROMPT)) {
        hasTyped = true;
        terminal.write(`${keys}; exit\r`);
      }
    });
    const timer = setTimeout(() => reject(new Error(`${shell} does not end; it shows:\n${out}`)), 20_000);
    terminal.onExit(() => {
      clearTimeout(timer);
      resolve();
    });
  });
  try {
    await entered;
  } finally {
    terminal.kill("SIGKILL");
  }
  return readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line !== "");
}

const ran = (lines: readonly string[]): readonly string[] => lines.at(-1)?.split("\t").slice(1) ?? [];

describe.each(SHELLS)("completion in %s", (shell) => {
  const inShell = test.runIf(isHere(shell));

  inShell.each([
    { keys: "sotto doc\t", args: ["doctor"] },
    { keys: "sotto send --li\t", args: ["send", "--lines"] },
    { keys: "sotto completion zs\t", args: ["completion", "zsh"] },
    { keys: "sotto help ta\t", args: ["help", "tail"] },
    { keys: "sotto --password-file sec\t doc\t", args: ["--password-file", "secret file", "doctor"] },
    { keys: "sotto doctor --password-file sec\t", args: ["doctor", "--password-file", "secret file"] },
    { keys: "sotto --profile so\t", args: ["--profile", "some folder/"] },
    { keys: "sotto --profile wo\t tail", args: ["--profile", "work", "tail"] },
    { keys: "sotto tail gen\t --hi\t 5", args: ["tail", "general", "--history", "5"] },
    { keys: "sotto send @b\t hello", args: ["send", "@bob", "hello"] },
    { keys: "sotto send sal\t x", args: ["send", "salon-été", "x"] },
  ])("$keys", async ({ keys, args }) => {
    expect(ran(await typed(shell, keys))).toEqual(args);
  });

  inShell.each([
    { keys: "sotto send ha\t x", name: NAMES[2] },
    { keys: "sotto send it\t x", name: NAMES[3] },
  ])("a name made to be expanded is one word, and nothing of it runs: $name", async ({ keys, name }) => {
    expect(ran(await typed(shell, keys))).toEqual(["send", name, "x"]);
    expect(existsSync(join(folder, "pwned"))).toBe(false);
  });

  inShell("rooms are asked of the profile that stands on the line", async () => {
    const lines = await typed(shell, "sotto --profile work send gen\t x");
    expect(lines).toEqual(["asked rooms --names --profile work", "ran\t--profile\twork\tsend\tgeneral\tx"]);
  });

  inShell("the script is one that the shell can read, in each language", () => {
    for (const language of ["en", "fr"] as const) {
      setLanguage(language);
      const path = join(folder, `read.${shell}`);
      writeFileSync(path, completionScript(shell));
      setLanguage("en");
      const { status, stderr } = spawnSync(shell, ["-n", path], { encoding: "utf8" });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    }
  });

  test("every command and every option is in the script", () => {
    const script = completionScript(shell);
    for (const name of COMMAND_NAMES) expect(script).toContain(name);
    const forms: readonly Form[] = [MAIN, ...COMMAND_NAMES.map((name) => COMMANDS[name])];
    for (const option of forms.flatMap(({ options }) => options)) {
      expect(script).toContain(shell === "fish" ? `-l ${option} ` : `--${option}`);
    }
  });
});

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { capabilitiesOf } from "../src/full/capabilities.ts";
import { contrast, paletteRgb, rgbOf, sgrColour } from "../src/full/colours.ts";
import { type Colour, ROLES } from "../src/full/theme.ts";
import { parseTheme, themeOf } from "../src/full/theme-file.ts";
import { OWN_THEMES, openTheme, ownTheme } from "../src/full/themes.ts";
import { configFolder, faultWords, parseScreenConfig, readScreenConfig } from "../src/full/tty-config.ts";
import { LANGUAGES, setLanguage } from "../src/text/index.ts";

const folder = mkdtempSync(join(tmpdir(), "sotto-themes-"));
mkdirSync(join(folder, "sotto", "themes"), { recursive: true });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Lines and frames: seen, not read. */
const DRAWN = ["rule", "border"];

function rgb(colour: Colour) {
  return (typeof colour === "number" ? paletteRgb(colour) : rgbOf(colour ?? "")) ?? { red: 0, green: 0, blue: 0 };
}

/** As a terminal with 256 colours shows it. */
function of256(colour: Colour): Colour {
  const index = /^[34]8;5;(\d+)$/.exec(sgrColour(colour, false, "256") ?? "")?.[1];
  return index === undefined ? colour : Number(index);
}

describe.each(["dark", "light", "high-contrast"])("the theme %s", (name) => {
  const file = ownTheme(name);
  const least = name === "high-contrast" ? 7 : 4.5;

  test("has names that can be read, all of them different, also with 256 colours", () => {
    expect(file?.nicks.length).toBeGreaterThanOrEqual(12);
    expect(new Set(file?.nicks).size).toBe(file?.nicks.length);
    for (const nick of file?.nicks ?? [])
      for (const shown of [nick, of256(nick)])
        expect(contrast(rgb(shown), rgb(file?.background)), `${nick} as ${shown}`).toBeGreaterThanOrEqual(least);
  });

  test("has parts that can be read on what stands behind them", () => {
    for (const role of ROLES) {
      const { fg, bg = file?.background } = file?.roles[role] ?? {};
      if (fg === undefined) continue;
      for (const shown of [fg, of256(fg)])
        expect(contrast(rgb(shown), rgb(bg)), `${role}: ${fg} as ${shown}`).toBeGreaterThanOrEqual(
          DRAWN.includes(role) ? 2 : least,
        );
    }
  });
});

test("the themes in the folder are the ones that are known, whole and without a fault", () => {
  const found = readdirSync(new URL("../themes", import.meta.url)).map((file) => file.replace(/\.toml$/, ""));
  expect(found.sort()).toEqual([...OWN_THEMES].sort());
  for (const name of OWN_THEMES) expect(ownTheme(name), name).toBeDefined();
  const { theme, faults } = openTheme({ name: "light", capabilities: capabilitiesOf({}), folder });
  expect({ name: theme.name, faults }).toEqual({ name: "light", faults: [] });
});

test("a theme without colour marks with attributes alone, but for a QR code", () => {
  const file = ownTheme("mono");
  for (const role of ROLES) if (role !== "qr") expect(Object.keys(file?.roles[role] ?? {})).not.toContain("fg");
  for (const role of ["selected", "match", "mention", "error", "bar"] as const)
    expect(Object.values(file?.roles[role] ?? {}), role).toContain(true);
});

test("an account has one colour, and many accounts have many", () => {
  const theme = themeOf("dark", ownTheme("dark") ?? parseTheme("").file);
  const accounts = Array.from({ length: 100 }, (_, index) => `${index}`.repeat(8));
  expect(accounts.map((account) => theme.nick(account))).toEqual(accounts.map((account) => theme.nick(account)));
  expect(new Set(accounts.map((account) => theme.nick(account).fg)).size).toBeGreaterThan(10);
});

describe("which theme is taken", () => {
  const nameOf = (name: string, env: Record<string, string>, background?: "dark" | "light"): string =>
    openTheme({
      name,
      capabilities: { ...capabilitiesOf(env), background },
      folder: configFolder({ XDG_CONFIG_HOME: folder }),
    }).theme.name;

  test.each([
    { what: "auto on a light terminal", got: () => nameOf("auto", {}, "light"), want: "light" },
    { what: "auto on a dark terminal", got: () => nameOf("auto", {}, "dark"), want: "dark" },
    { what: "auto where nobody knows", got: () => nameOf("auto", {}), want: "dark" },
    { what: "what was asked for", got: () => nameOf("high-contrast", {}, "light"), want: "high-contrast" },
    { what: "none with NO_COLOR", got: () => nameOf("high-contrast", { NO_COLOR: "1" }), want: "mono" },
    { what: "none with CLICOLOR=0", got: () => nameOf("auto", { CLICOLOR: "0" }), want: "mono" },
    { what: "no path", got: () => nameOf("../../etc/passwd", {}), want: "dark" },
    { what: "nothing that is not there", got: () => nameOf("nowhere", {}, "light"), want: "light" },
  ])("$what: $want", ({ got, want }) => {
    expect(got()).toBe(want);
  });

  test("one's own is based on another, and what is wrong in it is named and does no harm", () => {
    writeFileSync(
      join(folder, "sotto", "themes", "mine.toml"),
      'base = "light"\nspeed = 9\n[roles]\nerror = { fg = "red", bold = true }\nown = { fg = 300, blink = true }\nfoo = {}\ntime = "x"\n',
    );
    const { theme, faults } = openTheme({
      name: "mine",
      capabilities: capabilitiesOf({}),
      folder: join(folder, "sotto"),
    });
    expect(theme.name).toBe("mine");
    expect(theme.style("error")).toEqual({ bold: true });
    expect(theme.style("link")).toEqual(ownTheme("light")?.roles.link);
    expect(faults).toEqual([
      { key: "speed", want: "known-key", got: "9" },
      { key: "roles.error.fg", want: "colour", got: '"red"' },
      { key: "roles.own.fg", want: "colour", got: "300" },
      { key: "roles.own.blink", want: "known-key", got: "true" },
      { key: "roles.foo", want: "role", got: "foo" },
      { key: "roles.time", want: "table", got: '"x"' },
    ]);
  });
});

describe("sotto.toml", () => {
  test("sets what it sets, and the environment goes before it", () => {
    writeFileSync(join(folder, "sotto", "sotto.toml"), '[screen]\ntheme = "light"\nmouse = false\ncontent = true\n');
    const env = { XDG_CONFIG_HOME: folder };
    const want = { theme: "light", mouse: false, notifications: true, content: true };
    expect(readScreenConfig(env)).toEqual({ config: want, faults: [] });
    expect(readScreenConfig({ ...env, SOTTO_THEME: "dark" }).config.theme).toBe("dark");
    expect(readScreenConfig({ XDG_CONFIG_HOME: join(folder, "none") }).config.theme).toBe("auto");
  });

  test("is never fatal, and each fault is one line in both languages", () => {
    const { config, faults } = parseScreenConfig('color = 1\n[screen]\nmouse = "no"\ntheme = 3\nfoo = 1\n');
    expect(config).toEqual({ theme: "auto", mouse: true, notifications: true, content: false });
    expect(faults.map(({ key, want }) => `${key} ${want}`)).toEqual([
      "color known-key",
      "screen.mouse yes-or-no",
      "screen.theme text",
      "screen.foo known-key",
    ]);
    for (const language of Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[]) {
      setLanguage(language);
      for (const fault of faults) expect(faultWords("sotto.toml", fault)).toMatch(/^sotto\.toml ?: .*\S$/);
    }
    setLanguage("en");
    expect(parseScreenConfig("[screen\n").faults).toMatchObject([{ key: "", want: "toml" }]);
  });

  test("may hold tables deeper than anybody can follow", () => {
    const deep = `a${".a".repeat(15_000)} = 1`;
    expect(parseScreenConfig(deep).faults).toMatchObject([{ want: "known-key" }]);
    expect(parseTheme(`roles.${deep}`).faults).toMatchObject([{ want: "role" }]);
  });

  test("and themes: any text gives settings", () => {
    const word = fc.constantFrom(
      "[",
      "]",
      "roles",
      "screen",
      ".",
      "=",
      "{",
      "}",
      '"',
      "#aabbcc",
      "true",
      "1",
      "\n",
      "fg",
      "error",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((words) => words.join(" ")),
        ),
        (text) => {
          expect(typeof parseScreenConfig(text).config.theme).toBe("string");
          expect(themeOf("x", parseTheme(text).file).style("error")).toBeDefined();
        },
      ),
    );
  });
});

import { afterEach, describe, expect, test } from "vitest";
import { ACTIONS } from "../src/full/actions.ts";
import { faultsAt, keymapOf } from "../src/full/keymap.ts";
import { LANGUAGES, setLanguage } from "../src/text/index.ts";

afterEach(() => setLanguage("en"));

describe("without a file", () => {
  const { keymap, faults } = keymapOf(undefined);

  test("the table holds, and no key of it means two things", () => {
    expect(faults).toEqual([]);
    for (const { name, context, keys } of ACTIONS) {
      for (const chord of keys) expect(keymap.action(chord, context === "main" ? "empty" : context)).toBe(name);
    }
  });

  test("every action has its words in every language", () => {
    for (const { actions } of Object.values(LANGUAGES)) {
      expect(Object.keys(actions)).toEqual(ACTIONS.map(({ name }) => name));
    }
  });

  test("a character is text, unless nothing is typed or a message is selected", () => {
    expect(keymap.action("?", "main")).toBeUndefined();
    expect(keymap.action("?", "empty")).toBe("help");
    expect(keymap.action("?", "selection")).toBeUndefined();
    expect(keymap.action("r", "main")).toBeUndefined();
    expect(keymap.action("r", "empty")).toBeUndefined();
    expect(keymap.action("r", "selection")).toBe("quote");
  });

  test("what is bound everywhere is bound while a message is selected too", () => {
    expect(keymap.action("ctrl+k", "selection")).toBe("palette");
    expect(keymap.action("up", "selection")).toBe("select-up");
    expect(keymap.action("up", "empty")).toBe("select");
    expect(keymap.action("up", "main")).toBeUndefined();
  });

  test("two chords can follow each other", () => {
    expect(keymap.begins("ctrl+x")).toBe(true);
    expect(keymap.begins("ctrl+e")).toBe(false);
    expect(keymap.action("ctrl+x", "main")).toBeUndefined();
    expect(keymap.action("ctrl+x ctrl+e", "main")).toBe("external-editor");
  });

  test("keys are written as people write them, in their language", () => {
    expect(keymap.keyOf("palette")).toBe("Ctrl-K");
    expect(keymap.keysOf("room-up")).toEqual(["Alt-Up", "Alt-Left"]);
    expect(keymap.keyOf("help")).toBe("F1");
    expect(keymap.keyOf("quote")).toBe("r");
    expect(keymap.keysOf("external-editor")).toEqual(["Alt-C", "Ctrl-X Ctrl-E"]);
    setLanguage("fr");
    expect(keymap.keyOf("complete-back")).toBe("Maj-Tab");
  });
});

describe("keys.toml", () => {
  test.each([
    { text: "ctrl+k", chord: "ctrl+k" },
    { text: "Ctrl-G", chord: "ctrl+g" },
    { text: "SHIFT+Alt+CTRL+Left", chord: "ctrl+alt+shift+left" },
    { text: "Meta-PgUp", chord: "alt+pageup" },
    { text: "Esc", chord: "escape" },
    { text: "F12", chord: "f12" },
    { text: "ctrl+_", chord: "ctrl+_" },
    { text: "alt++", chord: "alt++" },
    { text: "-", chord: "-" },
    { text: "control+X  Ctrl+G", chord: "ctrl+x ctrl+g" },
  ])("$text is $chord", ({ text, chord }) => {
    const { keymap, faults } = keymapOf(`info = ["${text}"]\nexternal-editor = []\npalette = []\nselect-end = []`);
    expect(faults).toEqual([]);
    expect(keymap.action(chord, "selection")).toBe("info");
  });

  test("takes the place of the keys of an action, and of that action alone", () => {
    const { keymap, faults } = keymapOf('palette = ["ctrl+g"]');
    expect(faults).toEqual([]);
    expect(keymap.action("ctrl+g", "main")).toBe("palette");
    expect(keymap.action("ctrl+k", "main")).toBeUndefined();
    expect(keymap.action("ctrl+r", "main")).toBe("search");
  });

  test.each(['suspend = ""', "suspend = []", 'suspend = [""]'])("%s takes the key away", (toml) => {
    const { keymap, faults } = keymapOf(toml);
    expect(faults).toEqual([]);
    expect(keymap.action("ctrl+z", "main")).toBeUndefined();
    expect(keymap.keyOf("suspend")).toBe("");
  });

  test.each([
    { name: "an action that there is not", toml: 'teleport = ["ctrl+g"]', key: "teleport" },
    { name: "a key that there is not", toml: 'palette = ["hyper+k"]', key: "palette", got: '"hyper+k"' },
    { name: "three chords", toml: 'palette = ["a b c"]', key: "palette" },
    { name: "a number", toml: "palette = 7", key: "palette", got: "7" },
    { name: "a list of numbers", toml: "palette = [7]", key: "palette", got: "[7]" },
    { name: "a table", toml: "[palette]\na = 1", key: "palette" },
    { name: "a table without a bottom", toml: `palette${".a".repeat(15_000)} = 1`, key: "palette", got: "[[[…" },
    { name: "no TOML at all", toml: "palette = ", key: "" },
  ])("$name is a fault, and the rest holds", ({ toml, key, got }) => {
    const { keymap, faults } = keymapOf(`search = ["f3"]\n${toml}`);
    expect(faults).toEqual([{ key, want: expect.any(String), got: got ?? expect.any(String) }]);
    expect(keymap.action("ctrl+k", "main")).toBe("palette");
    if (key !== "") expect(keymap.action("f3", "main")).toBe("search");
  });

  test.each([
    "ctrl+i",
    "Ctrl-M",
    "ctrl+h",
    "ctrl+[",
    "ctrl+enter",
    "shift+enter",
    "ctrl+tab",
    "alt+escape",
    "ctrl+shift+x",
    "ctrl+alt+shift+x",
    "ctrl+1",
    "ctrl+-",
    "shift+a",
    "ctrl+x ctrl+enter",
  ])(
    "%s is named as a key that most terminals cannot send; it is bound all the same, beside the usual keys",
    (text) => {
      const { keymap, faults } = keymapOf(`palette = ["${text}"]\nexternal-editor = []\nnewline = []`);
      expect(faults).toMatchObject([
        { key: "palette", got: expect.stringMatching(/, which most terminals cannot send$/), isRare: true },
      ]);
      expect(faultsAt(faults, { keyboard: true })).toEqual([]);
      expect(faultsAt(faults, { keyboard: false })).toEqual(faults);
      expect(keymap.action(text.toLowerCase().replace(/^ctrl-/, "ctrl+"), "main")).toBe("palette");
      expect(keymap.keysOf("palette").slice(0, 2)).toEqual(["Ctrl-K", "Ctrl-P"]);
    },
  );

  test.each([
    "ctrl+g",
    "alt+shift+g",
    "ctrl+alt+g",
    "alt+enter",
    "shift+tab",
    "ctrl+shift+left",
    "ctrl+space",
    "ctrl+\\\\",
  ])("%s can be sent, and takes the place of the usual keys", (text) => {
    const { keymap, faults } = keymapOf(`palette = ["ctrl+enter", "${text}"]\nnewline = []\ncomplete-back = []`);
    expect(faults).toHaveLength(1);
    expect(keymap.action("ctrl+k", "main")).toBeUndefined();
  });

  test("usual keys that stay beside one that cannot be sent are free for whom the file names", () => {
    const { keymap, faults } = keymapOf('palette = ["ctrl+enter"]\nsearch = ["ctrl+k"]');
    expect([keymap.action("ctrl+k", "main"), keymap.action("ctrl+p", "main")]).toEqual(["search", "palette"]);
    expect(faults.map(({ key }) => key)).toEqual(["palette", "search"]);
  });

  test("an action that is nearly one is named", () => {
    const { faults } = keymapOf('send-agian = "s"\nx = "f4"');
    expect(faults.map(({ got }) => got)).toEqual([
      "a name that no action has; did you mean send-again?",
      "a name that no action has",
    ]);
  });

  test("a key that another action has by itself goes to the one that is named, and that is said", () => {
    const { keymap, faults } = keymapOf('search = ["ctrl+k"]');
    expect(keymap.action("ctrl+k", "main")).toBe("search");
    expect(keymap.action("ctrl+p", "main")).toBe("palette");
    expect(faults).toEqual([{ key: "search", want: expect.any(String), got: "Ctrl-K, which palette had" }]);
  });

  test("of two that are named for one key the first of the table has it", () => {
    const { keymap, faults } = keymapOf('quit = ["f4"]\npalette = ["F4"]');
    expect(keymap.action("f4", "main")).toBe("palette");
    expect(faults).toEqual([{ key: "quit", want: expect.any(String), got: "F4, which palette had" }]);
  });

  test("how two chords begin cannot mean something else", () => {
    const { keymap, faults } = keymapOf('palette = ["ctrl+x"]');
    expect(keymap.action("ctrl+x", "main")).toBe("palette");
    expect(keymap.begins("ctrl+x")).toBe(false);
    expect(keymap.action("alt+c", "main")).toBe("external-editor");
    expect(faults).toHaveLength(1);
  });

  test("the same key in two contexts is no conflict", () => {
    const { faults } = keymapOf('info = ["f1"]');
    expect(faults).toEqual([]);
  });
});

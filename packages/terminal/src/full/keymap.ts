/** Which key does what: the table of actions, as `keys.toml` changes it. What is wrong in that file is named, the rest of it holds. */
import { parse } from "smol-toml";
import { nearest } from "../plain/input.ts";
import { say } from "../text/index.ts";
import { ACTIONS, type ActionName, type Context } from "./actions.ts";
import { chordText, isRarelySent, parseChords } from "./chord.ts";
import { shown } from "./theme-file.ts";

export interface Keymap {
  /**
   * @param chord - as the key reader names it, or one character; two with a space between them, after {@link begins}.
   * @param context - "empty" while nothing is typed and no message is selected.
   */
  action(chord: string, context: Context): ActionName | undefined;
  /** The chord means nothing by itself, but another one after it may. */
  begins(chord: string): boolean;
  /** As people write it, for hints: `Ctrl-K`; "" where the action has no key. */
  keyOf(action: ActionName): string;
  /** All of them. */
  keysOf(action: ActionName): readonly string[];
}

/** `key` is the name of the action; "" is the file as a whole. */
export interface KeymapFault {
  readonly key: string;
  readonly want: string;
  readonly got: string;
  /** No fault where the terminal can send such keys: the binding holds. */
  readonly isRare?: true;
}

/** What is wrong at a terminal that has the kitty protocol, or has it not. */
export function faultsAt(faults: readonly KeymapFault[], { keyboard }: { readonly keyboard: boolean }) {
  return keyboard ? faults.filter(({ isRare }) => isRare !== true) : faults;
}

type Bindings = ReadonlyMap<ActionName, readonly string[]>;

/** @param toml - the text of `keys.toml`: `palette = ["ctrl+k"]`; "" or [] takes the keys away. */
export function keymapOf(toml: string | undefined): { keymap: Keymap; faults: readonly KeymapFault[] } {
  const faults: KeymapFault[] = [];
  const chosen = toml === undefined ? new Map<ActionName, readonly string[]>() : chosenKeys(toml, faults);
  return { keymap: new BoundKeys(bound(chosen, faults)), faults };
}

class BoundKeys implements Keymap {
  readonly #bindings: Bindings;
  readonly #actions: Readonly<Record<Context, Map<string, ActionName>>>;
  readonly #firsts = new Set<string>();

  constructor(bindings: Bindings) {
    this.#bindings = bindings;
    this.#actions = { main: new Map(), empty: new Map(), selection: new Map() };
    for (const { name, context } of ACTIONS) {
      for (const chord of bindings.get(name) ?? []) {
        this.#actions[context].set(chord, name);
        const [first = "", second] = chord.split(" ");
        if (second !== undefined) this.#firsts.add(first);
      }
    }
  }

  action(chord: string, context: Context): ActionName | undefined {
    const here = context === "main" ? undefined : this.#actions[context].get(chord);
    // What can be typed is text, unless there is none yet.
    return here ?? (isCharacter(chord) && context !== "empty" ? undefined : this.#actions.main.get(chord));
  }

  begins(chord: string): boolean {
    return this.#firsts.has(chord);
  }

  keyOf(action: ActionName): string {
    return this.keysOf(action)[0] ?? "";
  }

  keysOf(action: ActionName): readonly string[] {
    return (this.#bindings.get(action) ?? []).map(chordText);
  }
}

function isCharacter(chord: string): boolean {
  return [...chord].length === 1;
}

/** What the file says, action by action. */
function chosenKeys(toml: string, faults: KeymapFault[]): Map<ActionName, readonly string[]> {
  const chosen = new Map<ActionName, readonly string[]>();
  const wants = say().overlays.keymap;
  for (const [key, value] of Object.entries(tableOf(toml, faults))) {
    const action = ACTIONS.find(({ name }) => name === key);
    const texts = textsOf(value);
    if (action === undefined) faults.push({ key, want: wants.action, got: unknownAction(key) });
    else if (texts === undefined) faults.push({ key, want: wants.list, got: shown(value) });
    else {
      const chords: string[] = [];
      for (const text of texts) {
        const chord = parseChords(text);
        if (chord === undefined) faults.push({ key, want: wants.chord, got: shown(text) });
        else {
          chords.push(chord);
          if (isRarelySent(chord))
            faults.push({ key, want: wants.sent, got: wants.rare(chordText(chord)), isRare: true });
        }
      }
      // Where nothing of it can be used the keys stay as they were: nobody is left without them by a slip.
      if (chords.length > 0 || texts.length === 0) chosen.set(action.name, chords);
    }
  }
  return chosen;
}

function unknownAction(key: string): string {
  const { unknownAction, meant } = say().overlays.keymap;
  const near = nearest(
    key,
    ACTIONS.map(({ name }) => name),
  );
  return near === undefined ? unknownAction : `${unknownAction}; ${meant(near)}`;
}

function tableOf(toml: string, faults: KeymapFault[]): Readonly<Record<string, unknown>> {
  try {
    return parse(toml);
  } catch (error) {
    const got = error instanceof Error ? (error.message.split("\n")[0] ?? "") : "";
    faults.push({ key: "", want: "TOML", got });
    return {};
  }
}

function textsOf(value: unknown): readonly string[] | undefined {
  if (typeof value === "string") return value.trim() === "" ? [] : [value];
  if (!Array.isArray(value)) return undefined;
  const texts = value.filter((text) => typeof text === "string");
  return texts.length === value.length ? texts.filter((text) => text.trim() !== "") : undefined;
}

/** A key that two actions of one context have is the one's that the file names, else the first one's. */
function bound(chosen: Bindings, faults: KeymapFault[]): Bindings {
  const bindings = new Map<ActionName, readonly string[]>();
  const taken: { readonly context: Context; readonly chord: string; readonly by: ActionName }[] = [];
  const take = (name: ActionName, context: Context, chords: readonly string[], isNamed: boolean): void => {
    const free: string[] = [];
    for (const chord of chords) {
      const other = taken.find((one) => one.context === context && overlaps(one.chord, chord));
      if (other?.by === name) continue;
      if (other === undefined) {
        free.push(chord);
        taken.push({ context, chord, by: name });
      } else {
        const key = isNamed ? name : other.by;
        const loser = key === name ? other.by : name;
        faults.push({
          key,
          want: say().overlays.keymap.free,
          got: say().overlays.keymap.taken(chordText(chord), loser),
        });
      }
    }
    // Keys of its own first: they are shown where there is room for one.
    bindings.set(name, [...free, ...(bindings.get(name) ?? [])]);
  };
  for (const { name, context } of ACTIONS) {
    const chords = chosen.get(name);
    if (chords !== undefined) take(name, context, chords, true);
  }
  for (const { name, context, keys } of ACTIONS) {
    // Nobody is left without a key that their terminal can send.
    const isKept = chosen.get(name)?.some((chord) => !isRarelySent(chord)) ?? false;
    if (!isKept && chosen.get(name)?.length !== 0) take(name, context, keys, false);
  }
  return bindings;
}

/** The same, or the one is how the other begins. */
function overlaps(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other} `) || other.startsWith(`${one} `);
}

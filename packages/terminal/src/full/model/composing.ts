/** What is being typed, in which conversation, and what Tab offers for it. */
import { callsMember } from "../../plain/input.ts";
import { type Composer, composerOf, isEmpty, textOf } from "../../screen/composer.ts";
import { type Editing, EMPTY_EDITING, editingOf, replaced, withKill } from "../../screen/editing.ts";
import type { Completion } from "../../screen/editor.ts";
import { type Model, place } from "./model.ts";
import { roomOf, withRoom } from "./rooms.ts";

export function editingIn(model: Model): Editing {
  return model.editings.get(place(model)) ?? EMPTY_EDITING;
}

/** What is typed in the open conversation changed. Offers of completion go, they were for another text. */
export function withEditing(model: Model, editing: Editing): Model {
  if (editing === editingIn(model)) return model;
  return shown(withDraft(model, place(model), editing));
}

/** What is typed in any conversation changed. */
export function withDraft(model: Model, room: string, editing: Editing): Model {
  const editings = new Map(model.editings).set(room, editing);
  const hasDraft = !isEmpty(editing.composer);
  const known = roomOf(model.rooms, room);
  const rooms =
    known === undefined || known.hasDraft === hasDraft
      ? model.rooms
      : withRoom(model.rooms, room, (one) => ({ ...one, hasDraft }));
  return { ...model, editings, rooms };
}

/** The composer as it belongs to the conversation that is open now. */
export function shown(model: Model): Model {
  const tag = roomOf(model.rooms, model.open?.roomId)?.tag;
  const { composer } = editingIn(model);
  const prompt = [tag, elsewhere(model, composer)]
    .filter((one) => one !== undefined)
    .join(" → ")
    .concat("> ");
  if (composer === model.composer.composer && prompt === model.composer.prompt) return model;
  return { ...model, composer: { composer, prompt, offers: [], offer: undefined } };
}

/** `@alice` of `@alice can you look?` where alice is not in the room: only she gets it, which is easily meant otherwise. */
function elsewhere(model: Model, { before, after }: Composer): string | undefined {
  const target = /^([#@][^\s#@]\S{0,40})\s/.exec(`${before.slice(0, 80)}${after.slice(0, 80)}`)?.[1];
  return target === undefined || isSaidHere(model, target) ? undefined : target;
}

/** The line begins with the name of somebody who is in the open room. The prompt and Enter ask the same. */
export function isSaidHere({ open, rooms }: Model, target: string): boolean {
  return open !== undefined && roomOf(rooms, open.roomId)?.kind === "room" && callsMember(target, open.members);
}

/** The line was sent or thrown away: what was cut out of it before can still be put in. */
export function emptied(model: Model): Model {
  return withEditing(model, editingOf(composerOf(""), editingIn(model).kills));
}

export function typed(model: Model): string {
  return textOf(editingIn(model).composer);
}

/** A text behind what is there, on a line of its own. */
export function added(model: Model, text: string): Model {
  return addedAt(model, place(model), text);
}

/** @param room - "" where no conversation is open. */
export function addedAt(model: Model, room: string, text: string): Model {
  const editing = model.editings.get(room) ?? EMPTY_EDITING;
  const before = textOf(editing.composer);
  const glue = before === "" || before.endsWith("\n") ? "" : "\n";
  return shown(withDraft(model, room, replaced(editing, composerOf(`${before}${glue}${text}`))));
}

/**
 * A text that went nowhere stands again where it was typed. Where the next one is begun already it is not put into that:
 * it can be brought back as if it had been cut.
 */
export function returned(model: Model, room: string, text: string): Model {
  const editing = model.editings.get(room) ?? EMPTY_EDITING;
  const isFree = isEmpty(editing.composer);
  return shown(withDraft(model, room, isFree ? replaced(editing, composerOf(text)) : withKill(editing, text)));
}

/** A text that was thrown away can be brought back as if it had been cut out of the line. */
export function thrownAway(model: Model, room: string, text: string): Model {
  return shown(withDraft(model, room, withKill(model.editings.get(room) ?? EMPTY_EDITING, text)));
}

/** The first Tab puts in what all offers begin with; the next ones go round them. */
export function completed(model: Model, step: 1 | -1, complete: (before: string) => Completion): Model {
  const { offers, offer } = model.composer;
  if (offers.length > 1) return around(model, step === 1 ? (offer ?? -1) + 1 : (offer ?? 0) - 1);
  const editing = editingIn(model);
  const { word, candidates } = complete(editing.composer.before);
  const [only] = candidates;
  if (only === undefined) return model;
  if (candidates.length === 1)
    return withEditing(model, replaced(editing, instead(editing.composer, word, `${only} `)));
  const common = commonStart(candidates);
  const next = common.length > word.length ? replaced(editing, instead(editing.composer, word, common)) : editing;
  const after = withEditing(model, next);
  return { ...after, composer: { ...after.composer, offers: candidates, offer: undefined } };
}

function around(model: Model, to: number): Model {
  const { offers, offer } = model.composer;
  const at = (to + offers.length) % offers.length;
  const editing = editingIn(model);
  const word = offer === undefined ? commonStart(offers) : (offers[offer] ?? "");
  // What all begin with may be spelt otherwise in the text than in the offers: as long is what counts.
  const after = withEditing(model, replaced(editing, instead(editing.composer, word, offers[at] ?? "")));
  return { ...after, composer: { ...after.composer, offers, offer: at } };
}

function instead({ before, after }: Composer, word: string, by: string): Composer {
  return { before: before.slice(0, before.length - word.length) + by, after };
}

function commonStart(words: readonly string[]): string {
  const [first = ""] = words;
  let length = first.length;
  for (const word of words) while (!word.toLowerCase().startsWith(first.slice(0, length).toLowerCase())) length--;
  return first.slice(0, length);
}

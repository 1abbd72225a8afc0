/** What may lie over the screen, opened on hostile texts; whoever answers it says nothing better. */

import { DialogScreen } from "../../packages/terminal/src/full/dialog-screen.ts";
import { type Keymap, keymapOf } from "../../packages/terminal/src/full/keymap.ts";
import { OverlayStack } from "../../packages/terminal/src/full/overlay-stack.ts";
import { Help } from "../../packages/terminal/src/full/overlays/help.ts";
import { membersOverlay } from "../../packages/terminal/src/full/overlays/members.ts";
import { Pager } from "../../packages/terminal/src/full/overlays/pager.ts";
import { palette } from "../../packages/terminal/src/full/overlays/palette.ts";
import { QrOverlay } from "../../packages/terminal/src/full/overlays/qr.ts";
import { roomsOverlay } from "../../packages/terminal/src/full/overlays/rooms.ts";
import { searchOverlay } from "../../packages/terminal/src/full/overlays/search.ts";
import { Verify } from "../../packages/terminal/src/full/overlays/verify.ts";
import type { State } from "../../packages/terminal/src/full/state.ts";
import { FakeClient, ok } from "../../packages/terminal/test/fake-client.ts";
import type { Dice } from "../dice.ts";
import type { States } from "./states.ts";

export const keymap: Keymap = keymapOf(undefined).keymap;
const LOOK = { isTerminal: true, colour: true, byEar: false };

export class OpenOverlays {
  readonly stack = new OverlayStack(() => {});
  readonly #closing: (() => void)[] = [];
  readonly #dice: Dice;
  readonly #states: States;

  constructor(dice: Dice, states: States) {
    this.#dice = dice;
    this.#states = states;
  }

  /** @returns its name. */
  open(state: State, size: { readonly rows: number; readonly columns: number }): string {
    const states = this.#states;
    const { stack } = this;
    const nothing = (): void => {};
    const people = (): State["people"] => state.people;
    switch (this.#dice.below(9)) {
      case 0:
        stack.open(new Pager(states.text(), [states.line(), states.line(), states.line()]));
        break;
      case 1:
        stack.open(new Help(keymap));
        break;
      case 2:
        stack.open(palette({ state, keymap, run: nothing }));
        break;
      case 3:
        stack.open(roomsOverlay({ rooms: () => state.rooms, people, keymap, open: nothing }));
        break;
      case 4: {
        const members = (): NonNullable<State["open"]>["members"] => state.open?.members ?? [];
        const parts = { tag: state.rooms[0]?.tag ?? "", me: state.me.accountId, members, people };
        stack.open(membersOverlay({ ...parts, open: nothing, verify: nothing }));
        break;
      }
      case 5:
        stack.open(new QrOverlay({ title: states.text(), text: states.text(), look: LOOK, copy: () => true }));
        break;
      case 6:
        this.#dialog(size);
        break;
      case 7:
        this.#verify();
        break;
      default:
        this.#search(state);
    }
    return stack.top?.name ?? "none";
  }

  /** Nothing of them wakes any more. */
  close(): void {
    for (const close of this.#closing) close();
  }

  #dialog(size: { readonly rows: number; readonly columns: number }): void {
    const kind = this.#dice.one(["whole", "over"] as const);
    const title = this.#states.text();
    const dialog = new DialogScreen({
      title,
      kind,
      look: LOOK,
      overlays: this.stack,
      size: () => size,
      quit: () => {},
    });
    this.#closing.push(() => dialog.close());
    dialog.print(this.#states.line(), this.#states.line());
    const choices = this.#dice.oneIn(3) ? [this.#states.text() || "yes", "no"] : [];
    void dialog.ask(this.#states.text(), { secret: this.#dice.oneIn(3), choices });
  }

  #verify(): void {
    const words = Array.from({ length: this.#dice.below(14) }, () => this.#states.text()).join(" ");
    const client = new FakeClient({ "contact.safetyWords": () => ok({ words, verified: this.#dice.oneIn(2) }) });
    const { username, me } = { username: this.#states.text(), me: this.#states.text() };
    const parts = { client, mark: async () => true, overlays: this.stack, username, me, done: () => {} };
    const verify = new Verify(parts);
    this.#closing.push(() => void verify.press({ type: "chord", chord: "escape" }));
    this.stack.open(verify);
  }

  #search(state: State): void {
    const found = (state.open?.items ?? []).flatMap((item) => (item.type === "message" ? [item] : []));
    const room = state.rooms[0];
    const client = new FakeClient({
      "message.search": () => ok(found.map((one) => ({ ...one, roomId: room?.roomId ?? "" }))),
    });
    const everywhere = this.#dice.oneIn(2);
    const parts = { client, overlays: this.stack, me: state.me.accountId, room, everywhere };
    this.stack.open(searchOverlay({ ...parts, tag: () => room?.tag ?? "", jump: () => {} }));
  }
}

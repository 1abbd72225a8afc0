/** A small program with the full screen's terminal: shows its size, what it learned, and the text that was typed. */
import { Canvas } from "../src/full/canvas.ts";
import { paint } from "../src/full/paint.ts";
import { PaintClock } from "../src/full/paint-clock.ts";
import { openTty } from "../src/full/tty.ts";

let before: Canvas | undefined;
let typed = "";
let isFlooding = false;

// As the real program does it: the words come on the screen as it was before.
process.once("uncaughtException", (cause) => {
  process.stderr.write(`${cause.message}\n`, () => process.exit(1));
});

const tty = await openTty({
  input: process.stdin,
  output: process.stdout,
  env: process.env,
  mouse: true,
  events: {
    key(key) {
      if (key.type === "chord" && key.chord === "ctrl+q") void tty.close().then(() => process.exit(0));
      if (key.type === "chord" && key.chord === "ctrl+z") tty.suspend();
      if (key.type === "text" && key.text === "!") throw new Error("a fault in the program");
      if (key.type === "text" && key.text === "x") process.exit(4);
      if (key.type === "text" && key.text === "w") setInterval(flood, 5);
      if (key.type === "text") typed += key.text;
      clock.now();
    },
    redraw() {
      before = undefined;
      clock.now();
    },
    end(signal) {
      if (isFlooding) {
        void tty.close().then(() => process.exit(5));
        return;
      }
      process.stdout.write(`${signal}\n`, () => process.exit(3));
    },
  },
});
const clock = new PaintClock({ draw: drawn, isBackedUp: () => tty.isBackedUp(), drained: () => tty.drained() });
clock.now();
// Signals alone do not keep a program running that lent its terminal.
setInterval(() => {}, 60_000);

/** Writes until the terminal takes no more, and is told to end then. */
function flood(): void {
  if (!tty.isBackedUp()) tty.write("flood ".repeat(2000));
  else if (!isFlooding) {
    isFlooding = true;
    // Not at once: a write of a busy machine only takes its time.
    setTimeout(() => process.kill(process.pid, "SIGTERM"), 500);
  }
}

function drawn(): boolean {
  draw();
  return true;
}

function draw(): void {
  const { rows, columns } = tty.size();
  const canvas = new Canvas(rows, columns, {});
  canvas.put(0, 0, `ready ${rows}x${columns}`, { bold: true });
  canvas.put(1, 0, `keys ${typed}`, {});
  const { emoji, synchronised } = tty.capabilities;
  canvas.put(2, 0, JSON.stringify(emoji), {});
  canvas.put(3, 0, JSON.stringify({ synchronised }), {});
  canvas.cursor = { row: 1, column: 5 };
  tty.write(paint(before, canvas, tty.capabilities));
  before = canvas;
}

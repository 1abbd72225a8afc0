import { expect } from "vitest";
import type { Terminal } from "./terminal.ts";

/** Of a QR code in half blocks, whatever stands beside it. */
export const QR_ROW = /^ *[▀▄█][▀▄█ ]*$/;

/** A square of half blocks, black on white by explicit colours, with the three corners that a camera looks for. */
export function expectQr(terminal: Terminal, lines = terminal.lines): void {
  const rows = lines.map((line, row) => ({ line, row })).filter(({ line }) => QR_ROW.test(line));
  expect(rows.length).toBeGreaterThan(15);
  const modules = rows.flatMap(({ line }) => {
    const wide = line.padEnd(terminal.screen.cols);
    return [
      [...wide].map((block) => block === "█" || block === "▀"),
      [...wide].map((block) => block === "█" || block === "▄"),
    ];
  });
  const top = modules.findIndex((row) => row.includes(true));
  const left = modules[top]?.indexOf(true) ?? -1;
  const size = (modules[top]?.lastIndexOf(true) ?? 0) - left + 1;
  expect((size - 17) % 4).toBe(0);
  for (const [down, right] of [
    [0, 0],
    [0, size - 7],
    [size - 7, 0],
  ] as const) {
    const corner = Array.from({ length: 7 }, (_, row) => {
      return modules[top + down + row]
        ?.slice(left + right, left + right + 7)
        .map((dark) => (dark ? "#" : "."))
        .join("");
    });
    expect(corner).toEqual(["#######", "#.....#", "#.###.#", "#.###.#", "#.###.#", "#.....#", "#######"]);
  }
  const painted = rows.map(({ line }) => terminal.colours(line).join());
  expect(new Set(painted)).toEqual(new Set(["16,231"]));
}

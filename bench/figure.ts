/** What a bench gives, and how it is shown. Ratios are printed and never asserted: machines differ, and so do their hours. */
import { median } from "./load.ts";

export interface Options {
  readonly quick: boolean;
  /** An empty folder for everything that a bench writes. */
  readonly folder: string;
  /** Where servers leave their processor profiles. */
  readonly profiles: string | undefined;
  readonly tell: (progress: string) => void;
  /** Whether another round fits into the time of this bench. */
  readonly hasTime: () => boolean;
}

export interface Round {
  readonly value: number;
  /** Part of one processor that the measured program used, and the load generator; NaN where that cannot be known. */
  readonly busy?: number;
  readonly generator?: number;
}

/** One row: the median of some rounds. */
export interface Row {
  readonly what: string;
  readonly value: number;
  /** Lowest and highest round. */
  readonly range: readonly [number, number];
  /** Sotto's value by this one; undefined in sotto's own row. */
  readonly ratio: number | undefined;
  readonly busy: number | undefined;
  readonly generator: number | undefined;
  /** The value for each second of processor time: what is left of it when other programs take the processor away. */
  readonly perBusySecond: number | undefined;
  readonly busyRatio: number | undefined;
}

export interface Figure {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

/** @param ours - the first row, for all others. */
export function row(what: string, rounds: readonly Round[], ours?: Row): Row {
  const values = rounds.map((round) => round.value);
  const value = median(values);
  const perBusySecond = known(median(rounds.map((round) => round.value / (round.busy ?? Number.NaN))));
  return {
    what,
    value,
    range: [Math.min(...values), Math.max(...values)],
    ratio: ours === undefined ? undefined : ours.value / value,
    busy: known(median(rounds.map((round) => round.busy ?? Number.NaN))),
    generator: known(median(rounds.map((round) => round.generator ?? Number.NaN))),
    perBusySecond,
    busyRatio: known((ours?.perBusySecond ?? Number.NaN) / (perBusySecond ?? Number.NaN)),
  };
}

const known = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value);

const WIDTHS = [46, 12, 20, 7, 7, 11, 14, 7] as const;

export function table(figures: readonly Figure[]): string {
  const lines = figures.flatMap(({ name, title, unit, rows, notes }) => [
    `${name}: ${title}`,
    line("", unit, "lowest to highest", "ratio", "busy", "generator", "a busy second", "ratio"),
    ...rows.map((one) =>
      line(
        one.what,
        number(one.value),
        one.range[0] === one.range[1] ? "" : `${number(one.range[0])} to ${number(one.range[1])}`,
        one.ratio?.toFixed(2),
        percent(one.busy),
        percent(one.generator),
        number(one.perBusySecond),
        one.busyRatio?.toFixed(2),
      ),
    ),
    ...notes.map((note) => `  ${note}`),
    "",
  ]);
  return lines.join("\n");
}

const line = (...cells: readonly (string | undefined)[]): string =>
  cells
    .map((cell = "", index) => (index === 0 ? `  ${cell.padEnd(WIDTHS[0])}` : cell.padStart(WIDTHS[index] ?? 0)))
    .join("")
    .trimEnd();

const number = (value: number | undefined): string =>
  value?.toLocaleString("en", { maximumFractionDigits: Math.abs(value) < 100 ? 1 : 0 }) ?? "";
const percent = (part: number | undefined): string => (part === undefined ? "" : `${Math.round(part * 100)}%`);

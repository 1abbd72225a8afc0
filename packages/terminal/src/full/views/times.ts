/** Times and days as they stand in the timeline. A sender's clock may say anything. */
import { say } from "../../text/index.ts";

interface Clock {
  readonly year: number;
  readonly month: number;
  readonly date: number;
  readonly weekday: number;
  readonly hours: number;
  readonly minutes: number;
}

function clockOf(ms: number, utc: boolean): Clock | undefined {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return undefined;
  if (!utc) {
    return {
      year: date.getFullYear(),
      month: date.getMonth(),
      date: date.getDate(),
      weekday: date.getDay(),
      hours: date.getHours(),
      minutes: date.getMinutes(),
    };
  }
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth(),
    date: date.getUTCDate(),
    weekday: date.getUTCDay(),
    hours: date.getUTCHours(),
    minutes: date.getUTCMinutes(),
  };
}

/** `09:41`. */
export function timeText(ms: number, utc: boolean): string {
  const clock = clockOf(ms, utc);
  return clock === undefined ? "--:--" : `${two(clock.hours)}:${two(clock.minutes)}`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}

/** A number for each day, so that days can be compared; 0 for a time that is none. */
export function dayNumber(ms: number, utc: boolean): number {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return 0;
  if (utc) return (date.getUTCFullYear() * 12 + date.getUTCMonth()) * 31 + date.getUTCDate();
  return (date.getFullYear() * 12 + date.getMonth()) * 31 + date.getDate();
}

/** `Sat 21 Nov`, with the year if it is not this one. */
export function dayText(ms: number, now: number, utc: boolean): string {
  const clock = clockOf(ms, utc);
  if (clock === undefined) return say().timeline.unknownDay;
  const year = clock.year === clockOf(now, utc)?.year ? undefined : clock.year;
  return say().timeline.day(clock.weekday, clock.date, clock.month, year);
}

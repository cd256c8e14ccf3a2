/**
 * Dates, times and zones: reading and writing the two kinds of moments, and saying them. Dates stay dates.
 * @module
 */
import { locale } from "./language.js";

/** @typedef {{date: string} | {date_time: string, time_zone: string}} Moment */

const DAY = 86_400_000;

/** The zone of this browser. */
export const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/**
 * How long ago an instant was, in words.
 * @param {string} instant RFC 3339
 * @param {number} [now] milliseconds
 */
export function ago(instant, now = Date.now()) {
  const seconds = Math.round((now - Date.parse(instant)) / 1000);
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  if (seconds < 45) return relative.format(0, "second");
  if (seconds < 45 * 60) return relative.format(-Math.round(seconds / 60), "minute");
  if (seconds < 22 * 3600) return relative.format(-Math.round(seconds / 3600), "hour");
  return relative.format(-Math.round(seconds / 86_400), "day");
}

/**
 * The wall-clock reading of an instant in a zone.
 * @param {number} instant milliseconds
 * @param {string} zone IANA
 * @returns {{date: string, time: string}} YYYY-MM-DD and HH:MM
 */
export function wallClock(instant, zone) {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const part = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
  return { date: `${part.year.padStart(4, "0")}-${part.month}-${part.day}`, time: `${part.hour}:${part.minute}` };
}

/**
 * RFC 3339 of a wall-clock time in a zone, with that zone's offset. A time that the clocks skip moves forward by the gap;
 * of a time that comes twice, the first is meant.
 * @param {string} date YYYY-MM-DD
 * @param {string} time HH:MM
 * @param {string} zone IANA
 */
export function zoned(date, time, zone) {
  const naive = Date.parse(`${date}T${time}:00Z`);
  // The offset depends on the instant that is sought: the offsets a day either side bracket any change.
  const [before, after] = [offset(naive - DAY, zone), offset(naive + DAY, zone)];
  const fits = [before, after].find((minutes) => offset(naive - minutes * 60_000, zone) === minutes) ?? before;
  const instant = naive - fits * 60_000;
  const actual = offset(instant, zone);
  const wall = wallClock(instant, zone);
  return `${wall.date}T${wall.time}:00${sign(actual)}`;
}

/** Minutes east of Greenwich at an instant. @param {number} instant @param {string} zone */
function offset(instant, zone) {
  const { date, time } = wallClock(instant, zone);
  return Math.round((Date.parse(`${date}T${time}:00Z`) - Math.floor(instant / 60_000) * 60_000) / 60_000);
}

/** @param {number} minutes */
function sign(minutes) {
  const size = Math.abs(minutes);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/**
 * A date some days later or earlier.
 * @param {string} date YYYY-MM-DD
 * @param {number} days
 */
export function shiftDate(date, days) {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/**
 * A date some months later; at a shorter month's end, its last day.
 * @param {string} date YYYY-MM-DD
 * @param {number} months
 */
export function shiftMonths(date, months) {
  const [year, month, day] = date.split("-").map(Number);
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(day, last))).toISOString().slice(0, 10);
}

/** Today in this browser's zone. */
export function today() {
  return wallClock(Date.now(), HERE).date;
}

/**
 * The day on which a moment is listed: its own date, or that of its instant in this browser's zone.
 * @param {Moment} moment
 */
export function dayOf(moment) {
  return "date" in moment ? moment.date : wallClock(Date.parse(moment.date_time), HERE).date;
}

/** A date in words, e.g. "Mon, Mar 2, 2026". @param {string} date YYYY-MM-DD @param {Intl.DateTimeFormatOptions} [style] */
export function sayDate(date, style = { weekday: "short", month: "short", day: "numeric", year: "numeric" }) {
  return new Intl.DateTimeFormat(locale(), { ...style, timeZone: "UTC" }).format(Date.parse(`${date}T00:00:00Z`));
}

/** A birthday in words; its year may not be known. @param {{year?: number | null, month: number, day: number}} day */
export function sayBirthday({ year, month, day }) {
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const style = /** @type {const} */ ({ month: "long", day: "numeric" });
  const date = `${String(year || 2000).padStart(4, "0")}-${two(month)}-${two(day)}`;
  return sayDate(date, year ? { ...style, year: "numeric" } : style);
}

/** A time of day in a zone, e.g. "2:30 p.m.". @param {string} instant RFC 3339 @param {string} zone */
export function sayTime(instant, zone) {
  return new Intl.DateTimeFormat(locale(), { timeZone: zone, hour: "numeric", minute: "2-digit" }).format(
    Date.parse(instant),
  );
}

/**
 * The day of the week of an instant that lies within a week, or "" for today.
 * @param {string} instant RFC 3339
 * @param {number} [now] milliseconds
 */
export function sayWeekday(instant, now = Date.now()) {
  const today = wallClock(Date.parse(instant), HERE).date === wallClock(now, HERE).date;
  return today ? "" : sayInstant(instant, { weekday: "long" });
}

/**
 * The time of an instant that lies within a week, as one word, and its day, "" for today.
 * @param {string} instant
 * @returns {[string, string]}
 */
export function timeAndDay(instant) {
  return [sayTime(instant, HERE).replace(/\s/g, "\u00a0"), sayWeekday(instant)];
}

/** A sentence that ends with a time; "p.m." has its full stop. @param {string} instant @param {(time: string, day: string) => string} words */
export function whenIn(instant, words) {
  const said = words(...timeAndDay(instant));
  return said.endsWith(".") ? said : `${said}.`;
}

/** The short name of a zone at an instant, e.g. "EDT". @param {string} instant @param {string} zone */
export function sayZone(instant, zone) {
  const parts = new Intl.DateTimeFormat(locale(), { timeZone: zone, timeZoneName: "short" }).formatToParts(
    Date.parse(instant),
  );
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? zone;
}

/** An instant in words in this browser's zone, e.g. "March 2, 2026 at 2:30 p.m.". @param {string} instant RFC 3339 @param {Intl.DateTimeFormatOptions} [style] */
export function sayInstant(instant, style = { dateStyle: "long", timeStyle: "short" }) {
  return new Intl.DateTimeFormat(locale(), style).format(Date.parse(instant));
}

/**
 * What takes place on which day: loading an agenda over any stretch of time, and laying it out by days.
 * @module
 */
import { withQuery } from "../../service/api.js";
import { HERE, dayOf, shiftDate, wallClock } from "../../words/time.js";

/** @typedef {import("../../words/time.js").Moment} Moment */
/** @typedef {import("../../records/appointments/edit.js").Item} Item */
/**
 * One line of a day. part and parts: which day of a longer item it is. whole: it takes up the whole of this day.
 * @typedef {{item: Item, part: number, parts: number, whole: boolean}} Line
 */

const LONGEST = 366;
const DAY = 86_400_000;

/** The days from one date to another. @param {string} from @param {string} to */
export function daysBetween(from, to) {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY);
}

/**
 * All items of these days, in order.
 * @param {import("../../service/api.js").Api} api
 * @param {string} from
 * @param {string} to the day after the last
 * @param {boolean} cancelled
 * @returns {Promise<Item[]>}
 */
export async function loadAgenda(api, from, to, cancelled) {
  /** @type {Map<string, Item>} */
  const found = new Map();
  for (let first = from; first < to; first = shiftDate(first, LONGEST)) {
    const last = shiftDate(first, LONGEST);
    const range = { from: first, to: last < to ? last : to, time_zone: HERE, cancelled: cancelled ? "true" : "" };
    /** @type {string | null} */
    let token = null;
    do {
      const page = await api.get(withQuery("/api/agenda", { ...range, page_token: token }));
      for (const item of page.items) found.set(keyOf(item), item);
      token = page.next_page_token;
    } while (token);
  }
  return [...found.values()];
}

/** What tells an item from all others. @param {Item} item */
export function keyOf({ appointment_id: id, original_start: start }) {
  return start ? `${id} ${"date" in start ? start.date : Date.parse(start.date_time)}` : id;
}

/** The last day on which something still takes place. @param {{start: Moment, end: Moment}} item */
export function lastDayOf({ start, end }) {
  if ("date" in end) return shiftDate(end.date, -1);
  // What ends at midnight does not take place on the day that begins then.
  const last = Math.max(Date.parse(end.date_time) - 1, "date" in start ? 0 : Date.parse(start.date_time));
  return wallClock(last, HERE).date;
}

/**
 * The lines of each day, days in order; a longer item has a line on each of its days.
 * @param {Item[]} items
 * @param {string} from
 * @param {string} to the day after the last
 * @returns {[string, Line[]][]}
 */
export function byDays(items, from, to) {
  /** @type {Map<string, Line[]>} */
  const days = new Map();
  for (const item of items) {
    const [first, last] = [dayOf(item.start), lastDayOf(item)];
    const parts = daysBetween(first, last) + 1;
    const end = last < to ? last : shiftDate(to, -1);
    for (let day = first > from ? first : from; day <= end; day = shiftDate(day, 1)) {
      const part = daysBetween(first, day) + 1;
      const line = { item, part, parts, whole: "date" in item.start || (part > 1 && part < parts) };
      days.set(day, [...(days.get(day) ?? []), line]);
    }
  }
  for (const lines of days.values()) lines.sort(inOrder);
  return [...days].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** @param {Line} a @param {Line} b */
function inOrder(a, b) {
  return (
    Number(b.whole) - Number(a.whole) || instant(a.item) - instant(b.item) || (a.item.title < b.item.title ? -1 : 1)
  );
}

/** @param {Item} item */
function instant({ start }) {
  return Date.parse("date" in start ? start.date : start.date_time);
}

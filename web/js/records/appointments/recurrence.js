/**
 * Recurrence rules as the form knows them (RFC 5545): read, changed and written. What it does not know stays as it is written.
 * @module
 */
import { wallClock, zoned } from "../../words/time.js";

/** @typedef {import("../../words/time.js").Moment} Moment */
/** @typedef {"DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY"} Frequency */
/**
 * What the form can say about a series.
 * @typedef {object} Rule
 * @property {Frequency} freq
 * @property {number} interval
 * @property {string[]} days of a weekly rule: MO … SU
 * @property {number | null} monthDay of a monthly rule; -1 is the last day
 * @property {{nth: number, day: string} | null} weekday of a monthly rule, e.g. the second Tuesday; -1 is the last
 * @property {string | null} until YYYY-MM-DD, the last day on which it may take place
 * @property {number | null} count
 */
/**
 * rule: null when it is none that the form knows. rest: lines besides the rule (dates added or left out). raw: all lines as they are.
 * @typedef {{rule: Rule | null, rest: string[], raw: string[]}} Recurrence
 */

export const DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
/** @type {Frequency[]} */
export const FREQUENCIES = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"];
const WORKING = DAYS.slice(0, 5).join();

/**
 * Reads recurrence lines.
 * @param {string[]} lines
 * @param {Moment} start of the series
 * @returns {Recurrence}
 */
export function parse(lines, start) {
  const rules = lines.filter((line) => /^(RRULE|EXRULE)/i.test(line));
  const rest = lines.filter((line) => !rules.includes(line));
  const rule =
    rules.length === 1 && /^RRULE:/i.test(rules[0]) ? parseRule(rules[0].slice(6).toUpperCase(), start) : null;
  return { rule, rest, raw: lines };
}

/** @param {string} text @param {Moment} start @returns {Rule | null} */
function parseRule(text, start) {
  const {
    FREQ,
    INTERVAL,
    COUNT,
    UNTIL,
    WKST: _,
    ...more
  } = Object.fromEntries(text.split(";").map((part) => part.split("=")));
  if (!FREQUENCIES.includes(FREQ)) return null;
  /** @type {Rule} */
  const rule = {
    freq: FREQ,
    interval: Number(INTERVAL ?? 1),
    days: [],
    monthDay: null,
    weekday: null,
    until: UNTIL ? untilDay(UNTIL, start) : null,
    count: COUNT ? Number(COUNT) : null,
  };
  const { BYDAY, BYMONTHDAY, BYSETPOS, ...unknown } = more;
  if (Object.keys(unknown).length > 0 || (UNTIL && !rule.until)) return null;
  return fits(rule, BYDAY, BYMONTHDAY, BYSETPOS, start) ? rule : null;
}

/**
 * Puts the rule's days into it; false when they are more than the form can say.
 * @param {Rule} rule
 * @param {string | undefined} byDay
 * @param {string | undefined} byMonthDay
 * @param {string | undefined} bySetPos
 * @param {Moment} start
 */
function fits(rule, byDay, byMonthDay, bySetPos, start) {
  if (rule.freq === "WEEKLY" && !byMonthDay && !bySetPos) {
    rule.days = byDay?.split(",") ?? [weekdayOf(start)];
    return rule.days.every((day) => DAYS.includes(day));
  }
  if (rule.freq === "DAILY" && byDay === WORKING && rule.interval === 1 && !byMonthDay && !bySetPos) {
    // "Every weekday" is the same as weekly on these days.
    rule.freq = "WEEKLY";
    rule.days = DAYS.slice(0, 5);
    return true;
  }
  if (rule.freq === "MONTHLY" && byDay && !byMonthDay) {
    const [, nth, day] = /^([+-]?\d)?([A-Z]{2})$/.exec(byDay) ?? [];
    const position = Number(nth ?? bySetPos);
    if (!DAYS.includes(day) || (nth && bySetPos) || ![1, 2, 3, 4, 5, -1].includes(position)) return false;
    rule.weekday = { nth: position, day };
    return true;
  }
  if (byDay || bySetPos) return false;
  if (rule.freq === "MONTHLY") {
    rule.monthDay = byMonthDay ? Number(byMonthDay) : dayOfMonth(start);
    return rule.monthDay === -1 || rule.monthDay === dayOfMonth(start);
  }
  return !byMonthDay;
}

/**
 * The lines of a rule, with the lines besides it.
 * @param {Rule} rule
 * @param {string[]} rest
 * @param {Moment} start
 */
export function build(rule, rest, start) {
  const parts = [`FREQ=${rule.freq}`];
  if (rule.interval > 1) parts.push(`INTERVAL=${rule.interval}`);
  if (rule.freq === "WEEKLY" && rule.days.length > 0)
    parts.push(`BYDAY=${DAYS.filter((day) => rule.days.includes(day))}`);
  if (rule.freq === "MONTHLY" && rule.weekday) parts.push(`BYDAY=${rule.weekday.nth}${rule.weekday.day}`);
  else if (rule.freq === "MONTHLY" && rule.monthDay === -1) parts.push("BYMONTHDAY=-1");
  if (rule.count) parts.push(`COUNT=${rule.count}`);
  else if (rule.until) parts.push(`UNTIL=${untilText(rule.until, start)}`);
  return [`RRULE:${parts.join(";")}`, ...rest];
}

/** A rule of this frequency that fits a start. @param {Frequency} freq @param {Moment} start @returns {Rule} */
export function plainRule(freq, start) {
  const days = freq === "WEEKLY" ? [weekdayOf(start)] : [];
  const monthDay = freq === "MONTHLY" ? dayOfMonth(start) : null;
  return { freq, interval: 1, days, monthDay, weekday: null, until: null, count: null };
}

/** The date of a moment in its own zone. @param {Moment} moment */
export function ownDate(moment) {
  return "date" in moment ? moment.date : wallClock(Date.parse(moment.date_time), moment.time_zone).date;
}

/** MO … SU. @param {Moment} moment */
export function weekdayOf(moment) {
  return DAYS[(new Date(`${ownDate(moment)}T00:00:00Z`).getUTCDay() + 6) % 7];
}

/** @param {Moment} moment */
export function dayOfMonth(moment) {
  return Number(ownDate(moment).slice(8));
}

/** Which of its weekday in the month a moment is (1 to 5), and whether it is the last. @param {Moment} moment */
export function nthOfMonth(moment) {
  const [year, month, day] = ownDate(moment).split("-").map(Number);
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return { nth: Math.ceil(day / 7), last: day + 7 > days };
}

/** @param {string} text @param {Moment} start @returns {string | null} */
function untilDay(text, start) {
  const [, year, month, day, clock] = /^(\d{4})(\d{2})(\d{2})(T\d{6})?Z?$/.exec(text) ?? [];
  if (!year) return null;
  if (!clock || !text.endsWith("Z") || !("time_zone" in start)) return `${year}-${month}-${day}`;
  const time = `${clock.slice(1, 3)}:${clock.slice(3, 5)}:${clock.slice(5, 7)}`;
  return wallClock(Date.parse(`${year}-${month}-${day}T${time}Z`), start.time_zone).date;
}

/** The end of that day where the series is, as RFC 5545 has it. @param {string} day @param {Moment} start */
function untilText(day, start) {
  if (!("time_zone" in start)) return day.replaceAll("-", "");
  const instant = Date.parse(zoned(day, "23:59", start.time_zone)) + 59_000;
  return new Date(instant).toISOString().replace(/[-:]|\.\d+/g, "");
}

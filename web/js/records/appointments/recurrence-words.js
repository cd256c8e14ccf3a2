/**
 * A recurrence in words, e.g. "Every 2 weeks on Monday and Thursday, until June 1, 2027".
 * @module
 */
import { locale } from "../../words/language.js";
import { text } from "../../words/strings.js";
import { sayDate } from "../../words/time.js";
import { DAYS, dayOfMonth, ownDate, parse } from "./recurrence.js";

/** @typedef {import("./recurrence.js").Rule} Rule */
/** @typedef {import("../../words/time.js").Moment} Moment */

/** The name of a weekday. @param {string} day MO … SU @param {"long" | "short" | "narrow"} [style] */
export function weekdayName(day, style = "long") {
  // The first of January 2024 was a Monday.
  const at = Date.UTC(2024, 0, 1 + DAYS.indexOf(day));
  return new Intl.DateTimeFormat(locale(), { weekday: style, timeZone: "UTC" }).format(at);
}

/** A day and month, e.g. "June 1". @param {Moment} start */
function sayDay(start) {
  return sayDate(ownDate(start), { month: "long", day: "numeric" });
}

/**
 * What the lines say. Of a rule beyond the form's ken it says so, with the rule as it is written.
 * @param {string[]} lines
 * @param {Moment} start
 */
export function sayRecurrence(lines, start) {
  const t = text.repeat;
  if (lines.length === 0) return t.never;
  const { rule, rest, raw } = parse(lines, start);
  const extra = rest.length > 0 ? [t.besides(rest.length)] : [];
  if (!rule)
    return [t.custom, raw.filter((line) => !rest.includes(line)).join(" · "), ...extra].filter(Boolean).join(" · ");
  return [sayRule(rule, start), ...extra].join(" · ");
}

/** @param {Rule} rule @param {Moment} start */
export function sayRule(rule, start) {
  const t = text.repeat;
  const said = [t.every[rule.freq](rule.interval), sayDays(rule, start)].filter(Boolean).join(" ");
  if (rule.count) return `${said}, ${t.times(rule.count)}`;
  return rule.until
    ? `${said}, ${t.until(sayDate(rule.until, { year: "numeric", month: "long", day: "numeric" }))}`
    : said;
}

/** @param {Rule} rule @param {Moment} start */
function sayDays(rule, start) {
  const t = text.repeat;
  if (rule.freq === "WEEKLY") {
    const names = DAYS.filter((day) => rule.days.includes(day)).map((day) => weekdayName(day));
    if (names.length === 0) return "";
    return t.onDays(new Intl.ListFormat(locale(), { type: "conjunction" }).format(names));
  }
  if (rule.freq === "MONTHLY") return sayMonthly(rule, start);
  return rule.freq === "YEARLY" ? t.onDays(sayDay(start)) : "";
}

/** On which day of the month. @param {Pick<Rule, "weekday" | "monthDay">} rule @param {Moment} start @returns {string} */
export function sayMonthly({ weekday, monthDay }, start) {
  const t = text.repeat;
  if (weekday) return t.onWeekday(t.positions[String(weekday.nth)] ?? "", weekdayName(weekday.day));
  return monthDay === -1 ? t.onLastDay : t.onMonthDay(dayOfMonth(start));
}

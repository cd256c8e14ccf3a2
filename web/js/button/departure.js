/**
 * What is said of a Google account that was left: what was chosen is being removed, another one waits for that, or something stayed.
 * @module
 */
import { h } from "../parts/dom.js";
import { text } from "../words/strings.js";
import { whenIn } from "../words/time.js";

const t = text.departure;

/** @typedef {import("../service/sync-status.js").Departure} Departure */

/** That another account is connected after this one. @param {Departure} departure @param {string} next */
export function nextWords({ email, until }, next) {
  return whenIn(until, (time, day) => t.next(email || t.before, next, time, day));
}

/**
 * What the button says of it; null when there is nothing to say.
 * @param {Departure | null} departure
 * @returns {{message: string, more: HTMLElement | undefined, over: boolean} | null}
 */
export function departureNote(departure) {
  if (!departure) return null;
  if (!departure.ended) {
    return departure.next ? { message: nextWords(departure, departure.next), more: undefined, over: false } : null;
  }
  const lines = departure.left.map(
    ({ resource, side, count, reason }) =>
      `${(side === "google" ? t.atGoogle : t.inCrm)(resource, count)} (${t.reasons[reason] ?? t.otherwise}).`,
  );
  if (departure.access_left) lines.push(t.accessLeft);
  const more = h(
    "span",
    { class: "lines" },
    lines.map((line) => h("span", {}, line)),
  );
  return { message: t.left(departure.email || t.before), more, over: true };
}

/** That the clean-up has begun; "" where there is none. @param {{by: string | null}} left @param {boolean} cleans */
export function runningWords({ by }, cleans) {
  return by && cleans ? whenIn(by, t.running) : "";
}

/**
 * Meetings that somebody else organizes: whose they are, and what the person answers.
 * @module
 */
import { h } from "../../parts/dom.js";
import { spoken } from "../../parts/person.js";
import { text } from "../../words/strings.js";
import { section } from "../controls.js";

/** @typedef {{email: string, name: string, guests_may_edit: boolean}} Organizer */
/** @typedef {"needs_action" | "accepted" | "tentative" | "declined"} Answer */

/** Whether it is somebody else's, who does not let guests change it. @param {Record<string, any>} appointment */
export function isLocked({ organizer }) {
  return Boolean(organizer) && !organizer.guests_may_edit;
}

/**
 * The answer to an invitation, under whose meeting it is; null for what is none.
 * @param {Record<string, any>} appointment
 * @param {HTMLElement[]} more what else is the person's own
 */
export function answerFields({ organizer, response }, more) {
  const t = text.appointment;
  if (!organizer && !response) return null;
  const answers = Object.entries(t.answers).filter(([value]) => value !== "needs_action" || response === value);
  const select = h(
    "select",
    { name: "response", value: response ?? "" },
    answers.map(([value, words]) => h("option", { value }, words)),
  );
  const name = organizer && spoken(organizer.name.trim() || organizer.email);
  const element = section(t.groups.invitation, [
    name && h("p", { class: "wide", role: "note" }, (isLocked({ organizer }) ? t.notYours : t.theirs)(name)),
    response && h("label", { class: "field" }, h("span", {}, t.fields.response), select),
    response && h("p", { class: "quiet small wide" }, t.answerNote),
    ...more,
  ]);
  return { element, read: () => (response ? { response: select.value } : {}) };
}

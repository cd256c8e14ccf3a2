/**
 * Records that are set aside: why, and what the person can do about each.
 * @module
 */
import { h } from "../parts/dom.js";
import { longText, spoken } from "../parts/person.js";
import { refusalWords } from "../words/reports.js";
import { text } from "../words/strings.js";

const t = text.refused;

/** @typedef {"again" | "google"} Choice */
/**
 * @typedef {object} Refused
 * @property {string} id
 * @property {"contacts" | "calendar"} resource
 * @property {string | null} record_id
 * @property {string} name
 * @property {string} reason
 * @property {string} message
 * @property {Choice[]} choices
 */

/**
 * The card of a record. `edit` opens its form, `choose` tells the service and says what came of it.
 * @param {Refused} record
 * @param {() => Promise<void>} edit
 * @param {(choice: Choice) => Promise<void>} choose
 */
export function refusedCard(record, edit, choose) {
  const name = record.record_id ? record.name : t.atGoogle[record.resource];
  const said = spoken(name);
  /** @param {string} label @param {string} of @param {() => Promise<void>} act */
  const button = (label, of, act) => {
    const made = h("button", { type: "button", class: "button", "aria-label": of }, label);
    made.addEventListener("click", async () => {
      made.disabled = true;
      try {
        await act();
      } finally {
        made.disabled = false;
      }
    });
    return made;
  };
  return h(
    "article",
    { class: "review-card refused", data: { record: record.record_id ?? record.id } },
    h(
      "div",
      {},
      h("h3", { tabindex: "-1" }, longText(name || text.common.noName)),
      h("p", {}, refusalWords(record.reason, record.message)),
    ),
    h(
      "div",
      { class: "card-buttons" },
      record.record_id && record.name && button(t.edit, t.editOf(said), edit),
      record.choices.includes("google") && button(t.take, t.takeOf(said), () => choose("google")),
      record.choices.includes("again") && button(t.again, t.againOf(said), () => choose("again")),
    ),
  );
}

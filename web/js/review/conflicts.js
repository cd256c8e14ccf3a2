/**
 * Values that differed: the one in use and the one that lost, side by side, and the choice between them.
 * @module
 */
import { h } from "../parts/dom.js";
import { fieldName, showValue } from "../parts/field-values.js";
import { longText, spoken } from "../parts/person.js";
import { text } from "../words/strings.js";

const t = text.conflicts;
let drawn = 0;

/** @typedef {"crm" | "google" | "both"} Choice */
/**
 * @typedef {object} Conflict
 * @property {string} id
 * @property {string} digest
 * @property {string} field
 * @property {any} lost
 * @property {"crm" | "google"} lost_side
 * @property {any} current
 * @property {string} record_name
 * @property {"active" | "archived" | "gone"} record_state
 * @property {boolean} both
 */

/**
 * The card of a conflict. `choose` tells the service, and says what came of it.
 * @param {Conflict} conflict
 * @param {(choice: Choice) => Promise<void>} choose
 */
export function conflictCard(conflict, choose) {
  const field = fieldName(conflict.field);
  const name = spoken(conflict.record_name);
  const kept = conflict.lost_side === "crm" ? "google" : "crm";
  const active = conflict.record_state === "active";
  drawn += 1;
  const id = `conflict-${drawn}`;
  /** @param {Choice} choice @param {string} label @param {string} said */
  const pick = (choice, label, said) => {
    const button = h("button", { type: "button", class: "button", "aria-label": said, data: { choice } }, label);
    button.addEventListener("click", async () => {
      const all = card.querySelectorAll("button[data-choice]");
      for (const each of all) /** @type {HTMLButtonElement} */ (each).disabled = true;
      try {
        await choose(choice);
      } finally {
        for (const each of all) /** @type {HTMLButtonElement} */ (each).disabled = false;
      }
    });
    return button;
  };
  const now = active ? conflict.current : null;
  const card = h(
    "article",
    { class: "review-card", "aria-labelledby": id, data: { conflict: conflict.id } },
    h(
      "h3",
      { id, tabindex: "-1" },
      longText(conflict.record_name || text.common.noName),
      h("span", { class: "quiet" }, ` · ${field}`),
    ),
    !active && h("p", { class: "quiet" }, conflict.record_state === "archived" ? t.archived : t.gone),
    h(
      "div",
      { class: "sides" },
      active && side(t.now, conflict.field, now, pick(kept, t.keep, t.keepOf(field, name))),
      side(
        t.had[conflict.lost_side],
        conflict.field,
        conflict.lost,
        active && pick(conflict.lost_side, t.take, t.takeOf(field, name)),
      ),
    ),
    active && conflict.both && h("div", { class: "card-buttons" }, pick("both", t.both, t.bothOf(field, name))),
    !active && h("div", { class: "card-buttons" }, pick(kept, t.dismiss, `${t.dismiss}: ${field} ${name}`)),
  );
  return card;
}

/** @param {string} label @param {string} field @param {any} value @param {HTMLElement | false} button */
function side(label, field, value, button) {
  return h("div", { class: "side" }, h("div", { class: "small quiet" }, label), showValue(field, value), button);
}
